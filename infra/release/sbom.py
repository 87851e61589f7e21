"""The bill of materials: every crate that is linked, in CycloneDX, by `cargo cyclonedx`."""

import os
import pathlib
import subprocess
import tempfile

import crates
from project import NAME, epoch, version


def write_sbom(dist, repository):
    """Writes the bill of materials of the command for all targets. Returns its path. Ours have their names
    on crates.io there: by the short ones, a scanner would take them for crates of others."""
    with tempfile.TemporaryDirectory() as folder:
        out = pathlib.Path(folder).resolve()
        crates.write_workspace(out, repository)
        command = ["cargo", "cyclonedx", "--manifest-path", "functions/cli/Cargo.toml", "--format", "json",
                   "--target", "all", "--spec-version", "1.5", "--override-filename", "sbom"]
        environment = dict(os.environ, SOURCE_DATE_EPOCH=str(epoch()))
        subprocess.run(command, cwd=out, check=True, env=environment, stdout=subprocess.DEVNULL)
        # Where it was made is nobody's business, and no two releases of a commit should differ.
        text = (out / "functions/cli/sbom.json").read_text().replace(f"path+file://{out}/", "path+file:///")
    path = dist / f"{NAME}-{version()}.cdx.json"
    path.write_text(text)
    return path
