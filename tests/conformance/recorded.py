"""Runs the cases recorded on AWS against `statewright local` and holds the list of those that pass.

    python3 tests/conformance/recorded.py ../shared/conformance            every listed case must pass
    python3 tests/conformance/recorded.py ../shared/conformance --update   adds those that newly pass

With --moto PATH, a moto_server at that path stands for the other services, whose cases run as well.

The cases are third-party data and stay outside the repository; passing.txt holds their ids alone.
"""

import argparse
import csv
import os
import pathlib
import signal
import socket
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).parent
ROOT = HERE.parent.parent
LIST = HERE / "passing.txt"
# What a case may need beside the endpoint itself.
NEEDS = "none,lambda,sfn,activity"
# What moto serves.
SERVICES = "sqs,sns,s3,events,dynamodb,secretsmanager"
# Passes only if other cases have left enough state machines behind, so it is not listed.
DEPENDS_ON_OTHERS = {"sfn_api.list_sms_pagination"}
# Lists everything that is there, so it runs by itself.
ALONE = "sfn_api_activities.list_activities"


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def start_double(command, port):
    """A double prints nothing when it is ready, so its port is asked until it answers."""
    double = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    for _ in range(10_000):
        with socket.socket() as probe:
            probe.settimeout(1)
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return double
    raise SystemExit(f"{command[0]} does not answer")


def start_local(binary, lambda_port, services):
    port = free_port()
    environment = dict(
        os.environ,
        **services,
        # Its own API is the Step Functions that its Tasks call.
        AWS_ENDPOINT_URL_SFN=f"http://127.0.0.1:{port}",
        AWS_ENDPOINT_URL_LAMBDA=f"http://127.0.0.1:{lambda_port}",
        AWS_ACCESS_KEY_ID="test",
        AWS_SECRET_ACCESS_KEY="test",
        AWS_REGION="us-east-1",
    )
    local = subprocess.Popen(
        [binary, "local", "--port", str(port), "--memory"],
        stdout=subprocess.PIPE, text=True, env=environment,
    )
    return local, local.stdout.readline().split()[-1]


def run_cases(binary, conformance, results, jobs, moto, extra):
    lambda_port, moto_port = free_port(), free_port()
    doubles = [
        start_double([sys.executable, conformance / "lambda_double.py", str(lambda_port)], lambda_port)
    ]
    needs, services = NEEDS, {}
    if moto:
        doubles.append(start_double([moto, "-p", str(moto_port)], moto_port))
        needs = f"{NEEDS},{SERVICES}"
        services = {"AWS_ENDPOINT_URL": f"http://127.0.0.1:{moto_port}"}
        extra = [*extra, "--services-endpoint", services["AWS_ENDPOINT_URL"]]
    local, endpoint = start_local(binary, lambda_port, services)
    try:
        command = [
            sys.executable, conformance / "run.py", "--endpoint", endpoint, "--needs", needs,
            "--lambda-endpoint", f"http://127.0.0.1:{lambda_port}", "--jobs", str(jobs),
            "--out", results, *extra,
        ]
        subprocess.run(command, check=True)
    finally:
        local.send_signal(signal.SIGTERM)
        for double in doubles:
            double.kill()
        local.wait()


def passed(results):
    with open(results) as file:
        rows = csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
        return {row["id"]: row for row in rows}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("conformance", type=pathlib.Path)
    parser.add_argument("--update", action="store_true", help="add the cases that newly pass")
    parser.add_argument("--binary", default=ROOT / "target/release/statewright")
    parser.add_argument("--jobs", type=int, default=8)
    parser.add_argument("--moto", help="the moto_server that stands for other services")
    parser.add_argument("--keep", help="also write the results here")
    options, extra = parser.parse_known_args()
    listed = set(LIST.read_text().split()) if LIST.exists() else set()
    with tempfile.TemporaryDirectory() as folder:
        results = options.keep or os.path.join(folder, "results.tsv")
        conformance = options.conformance.resolve()
        run_cases(options.binary, conformance, results, options.jobs, options.moto, extra)
        rows = passed(results)
        if ALONE in rows:
            alone = os.path.join(folder, "alone.tsv")
            run_cases(options.binary, conformance, alone, 1, options.moto, ["--id", ALONE])
            rows |= passed(alone)
    passing = {name for name, row in rows.items() if row["status"] == "PASS"} - DEPENDS_ON_OTHERS
    if options.update:
        LIST.write_text("".join(f"{name}\n" for name in sorted(listed | passing)))
        print(f"{len(passing - listed)} cases added, {len(listed | passing)} listed")
    lost = sorted(name for name in listed - passing if name in rows)
    for name in lost:
        print(f"no longer passes: {name}: {rows[name]['reason'][:600]}")
    print(f"{len(listed & passing)} listed cases pass, {len(lost)} no longer do")
    return 1 if lost else 0


if __name__ == "__main__":
    sys.exit(main())
