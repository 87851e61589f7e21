"""What is released: does it hold what it should, and does it work?

    python3 tests/acceptance/release BINARY [--only PART…]

The binary stands for the one that a release would build.
"""

import argparse
import pathlib

import container
import crates
import exposition
import released

PARTS = {"container": container.check, "exposition": exposition.check, "released": released.check, "crates": crates.check}

arguments = argparse.ArgumentParser()
arguments.add_argument("binary", type=lambda path: pathlib.Path(path).resolve())
arguments.add_argument("--only", nargs="+", choices=PARTS, default=list(PARTS))
given = arguments.parse_args()
for part in given.only:
    PARTS[part](given.binary)
