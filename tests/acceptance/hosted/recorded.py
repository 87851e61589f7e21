"""The cases recorded on AWS that pass on one machine, against the deployment.

They are third-party data and stay outside the repository, with their runner.
"""

import csv
import pathlib
import random
import subprocess
import sys

from deployment import ROLE_NAME
from double import answers, free_port

CONFORMANCE = pathlib.Path(__file__).parent.parent.parent / "conformance"
AREAS = {"base", "choice", "parallel", "map", "error-handling"}
# What a case calls: the functions' double that is started here, and the deployment itself.
NEEDS = {"none", "lambda", "sfn"}
TABS = {"delimiter": "\t", "quoting": csv.QUOTE_NONE}
# A step of a case takes some 100 ms here, where ministack looks at its queues ten times a second.
SECONDS = 120


def the_recorded_cases_pass(stage, folder, sample, seed):
    """Every listed case of these areas passes, or each of a sample of them."""
    folder = folder.resolve()
    listed = set((CONFORMANCE / "passing.txt").read_text().split())
    with open(folder / "cases/INDEX.tsv") as file:
        index = csv.DictReader(file, **TABS)
        rows = [row for row in index if row["id"] in listed and row["area"] in AREAS
                and set(row["needs"].split(",")) <= NEEDS]
    if sample:
        rows = random.Random(seed).sample(rows, min(sample, len(rows)))
    results = run(stage, folder, index.fieldnames, rows)
    for row in results:
        if row["status"] != "PASS":
            print(f"  {row['id']}: {row['status']} {row['reason'][:600]}")
    passed = sum(row["status"] == "PASS" for row in results)
    print(f"  {passed} of {len(rows)} recorded cases pass on the deployment")
    assert passed == len(rows), [row["id"] for row in results if row["status"] != "PASS"]


def run(stage, folder, columns, rows):
    wire, scratch = stage.wire, stage.folder
    corpus, results = scratch / "cases", scratch / "results.tsv"
    corpus.mkdir()
    for part in (folder / "cases").iterdir():
        if part.is_dir():
            (corpus / part.name).symlink_to(part)
    with open(corpus / "INDEX.tsv", "w") as file:
        index = csv.DictWriter(file, columns, lineterminator="\n", **TABS)
        index.writeheader()
        index.writerows(rows)
    port = free_port()
    lambdas = subprocess.Popen([sys.executable, folder / "lambda_double.py", str(port)])
    answers(port)
    wire.lambdas = f"http://127.0.0.1:{port}"
    try:
        subprocess.run(
            [sys.executable, folder / "run.py", "--endpoint", stage.proxy,
             "--lambda-endpoint", wire.lambdas, "--needs", ",".join(sorted(NEEDS)), "--jobs", "4",
             "--role", ROLE_NAME,
             "--timeout", str(SECONDS), "--corpus", corpus, "--out", results],
            check=True,
        )
    finally:
        wire.lambdas = None
        lambdas.kill()
        lambdas.wait()
    with open(results) as file:
        return list(csv.DictReader(file, **TABS))
