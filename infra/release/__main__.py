"""Makes what a release consists of. The workflow `release` calls it, and so can you:

    python3 infra/release build --target TRIPLE                  compiles the binary of a target
    python3 infra/release archive --target TRIPLE --dist DIR     packs it, from there or from --binary
    python3 infra/release sbom --dist DIR                        lists what is linked; needs cargo-cyclonedx
    python3 infra/release formula --dist DIR                     needs the archives of all targets
    python3 infra/release npm --dist DIR                         does, too; needs npm
    python3 infra/release checksums --dist DIR                   of all that is there, so it comes last
    python3 infra/release crates --out DIR [--verify]            packages for crates.io; publishes nothing
    python3 infra/release check-tag v1.2.3                       is that the version of the workspace?
"""

import argparse
import os
import pathlib
import subprocess
import sys
import tempfile

import archive
import binary
import checksums
import crates
import formula
import npm_packages
import sbom
from project import NAME, ROOT, TARGETS, version


def read_arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    folder = {"type": lambda path: pathlib.Path(path).resolve(), "required": True}
    triples = [target.triple for target in TARGETS]
    own = f"{os.environ.get('GITHUB_SERVER_URL', '')}/{os.environ.get('GITHUB_REPOSITORY', '')}"
    repository = {"default": own, "help": "the URL of the repository; in a workflow, it is known"}
    command = commands.add_parser("build")
    command.add_argument("--target", choices=triples, required=True)
    command = commands.add_parser("archive")
    command.add_argument("--target", choices=triples, required=True)
    command.add_argument("--binary", type=pathlib.Path)
    command.add_argument("--completions-by", type=pathlib.Path, help="a binary that runs here, if that one does not")
    command.add_argument("--dist", **folder)
    commands.add_parser("checksums").add_argument("--dist", **folder)
    for name in ("sbom", "formula", "npm"):
        command = commands.add_parser(name)
        command.add_argument("--dist", **folder)
        command.add_argument("--repository", **repository)
    command = commands.add_parser("crates")
    command.add_argument("--out", **folder)
    command.add_argument("--repository", **repository)
    command.add_argument("--verify", action="store_true")
    commands.add_parser("check-tag").add_argument("tag")
    given = parser.parse_args()
    if not getattr(given, "repository", "https:").startswith("https:"):
        parser.error("--repository is needed where GITHUB_REPOSITORY is not set")
    return given


def pack_npm(dist, repository):
    """Writes the npm packages into a folder of their own beside the archives."""
    with tempfile.TemporaryDirectory() as folder:
        for package in npm_packages.write_packages(dist, pathlib.Path(folder), repository):
            subprocess.run(["npm", "pack", "--silent", "--pack-destination", dist], cwd=package, check=True)


def main():
    given = read_arguments()
    if "dist" in given:
        given.dist.mkdir(parents=True, exist_ok=True)
    match given.command:
        case "build":
            print(binary.build_binary(given.target))
        case "archive":
            target = ROOT / os.environ.get("CARGO_TARGET_DIR", "target")
            packed = given.binary or target / given.target / "release" / NAME
            print(archive.write_archive(packed, given.target, given.dist, given.completions_by or packed))
        case "sbom":
            print(sbom.write_sbom(given.dist, given.repository))
        case "formula":
            print(formula.write_formula(given.dist, given.repository))
        case "npm":
            pack_npm(given.dist, given.repository)
        case "checksums":
            print(checksums.write_checksums(given.dist))
        case "crates":
            print("\n".join(crates.package_crates(given.out, given.repository, given.verify)))
        case "check-tag":
            if given.tag != f"v{version()}":
                sys.exit(f"the tag is {given.tag}, and the version of the workspace is {version()}")


main()
