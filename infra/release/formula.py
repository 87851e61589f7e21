"""The formula for Homebrew, with the version and the checksums of a release."""

import re

from checksums import sha256
from project import ROOT, TARGETS, archive_name, version

TEMPLATE = ROOT / "infra/homebrew/statewright.rb"


def write_formula(dist, repository):
    """Writes the formula of the archives in a folder. Returns its path."""
    values = {"VERSION": version(), "REPOSITORY": repository}
    for target in TARGETS:
        if target.npm:
            name = target.triple.upper().replace("-", "_")
            values[f"SHA256_{name}"] = sha256(dist / f"{archive_name(target.triple)}.tar.gz")
    text = re.sub(r"@(\w+)@", lambda found: values[found[1]], TEMPLATE.read_text())
    path = dist / "statewright.rb"
    path.write_text(text)
    return path
