"""The bill of materials: every crate that is linked, in CycloneDX, by `cargo cyclonedx`."""

import os
import shutil
import subprocess

from project import NAME, ROOT, epoch, version

MANIFEST = ROOT / "functions/cli/Cargo.toml"
STEM = "statewright-sbom"


def write_sbom(dist):
    """Writes the bill of materials of the command for all targets. Returns its path."""
    command = ["cargo", "cyclonedx", "--manifest-path", MANIFEST, "--format", "json", "--target", "all",
               "--spec-version", "1.5", "--override-filename", STEM]
    environment = dict(os.environ, SOURCE_DATE_EPOCH=str(epoch()))
    try:
        subprocess.run(command, check=True, env=environment, stdout=subprocess.DEVNULL)
        path = dist / f"{NAME}-{version()}.cdx.json"
        shutil.copy(MANIFEST.parent / f"{STEM}.json", path)
        return path
    finally:
        # The tool writes one beside the manifest of each package that is linked.
        for written in [*ROOT.glob(f"{STEM}.json"), *ROOT.glob(f"*/*/{STEM}.json")]:
            written.unlink()
