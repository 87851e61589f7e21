"""The binary of a target, compiled for release."""

import os
import subprocess

from project import NAME, ROOT, TARGETS, epoch

# The oldest glibc that a binary runs on: that of RHEL 8, Debian 10 and Amazon Linux 2023.
GLIBC = "2.28"


def build_binary(triple):
    """Compiles the command for a target; for Linux by `cargo zigbuild`, which links an old glibc, or musl.
    Returns its path."""
    assert triple in [target.triple for target in TARGETS], f"{triple} is no target"
    is_linux = "-linux-" in triple
    wanted = f"{triple}.{GLIBC}" if triple.endswith("-gnu") else triple
    command = ["cargo", "zigbuild" if is_linux else "build", "--locked", "--release", "--bin", NAME,
               "--target", wanted]
    # Names of functions stay, for what a panic tells; the rest of what debuggers read does not.
    environment = dict(os.environ, SOURCE_DATE_EPOCH=str(epoch()), CARGO_PROFILE_RELEASE_STRIP="debuginfo")
    subprocess.run(command, cwd=ROOT, check=True, env=environment)
    target = ROOT / os.environ.get("CARGO_TARGET_DIR", "target")
    return target / triple / "release" / NAME
