"""What is released: the project's version, and the targets for which there is a binary."""

import dataclasses
import os
import pathlib
import subprocess
import tomllib

ROOT = pathlib.Path(__file__).resolve().parents[2]
NAME = "statewright"
DESCRIPTION = "Runs Amazon States Language state machines: on one machine, or in your own AWS account"


@dataclasses.dataclass(frozen=True)
class Target:
    """A kind of machine. `npm` is its name in process.platform and process.arch of Node.js; none where
    another target serves the same machines."""
    triple: str
    npm: tuple[str, str] | None = None


# A binary for musl is static, so npm and Homebrew take it for every Linux. There is none for Windows:
# functions are processes in groups of Unix, and their guard and the signals are Unix's, too.
TARGETS = [
    Target("x86_64-unknown-linux-gnu"),
    Target("aarch64-unknown-linux-gnu"),
    Target("x86_64-unknown-linux-musl", ("linux", "x64")),
    Target("aarch64-unknown-linux-musl", ("linux", "arm64")),
    Target("x86_64-apple-darwin", ("darwin", "x64")),
    Target("aarch64-apple-darwin", ("darwin", "arm64")),
]


def version():
    """The version of all packages of the workspace."""
    return tomllib.loads((ROOT / "Cargo.toml").read_text())["workspace"]["package"]["version"]


def epoch():
    """The time that files of a release have: that of the commit, so that a release can be repeated."""
    given = os.environ.get("SOURCE_DATE_EPOCH")
    if given is None:
        given = subprocess.run(["git", "log", "-1", "--format=%ct"], cwd=ROOT, check=True,
                               capture_output=True, text=True).stdout
    return int(given)


def archive_name(triple):
    """The name of the archive for a target, without the end that tells its format."""
    return f"{NAME}-{version()}-{triple}"
