"""What crates.io would get, and the bill of materials: both name our crates as they are named there."""

import json
import pathlib
import shutil
import subprocess
import sys
import tarfile
import tempfile
import tomllib

from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

ROOT = pathlib.Path(__file__).resolve().parents[3]
RELEASE = ROOT / "infra/release"
REPOSITORY = "https://github.com/example/statewright"


def linked_by_command():
    """The names of our crates that the command links, as cargo resolves them."""
    command = ["cargo", "tree", "--package", "statewright-cli", "--edges", "normal,build", "--prefix", "none",
               "--format", "{p}", "--locked", "--target", "all"]
    lines = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout.splitlines()
    return {line.split()[0] for line in lines if str(ROOT) in line}


def published_name(name):
    return "statewright" if name == "statewright-cli" else f"statewright-{name.replace('_', '-')}"


def check_package(path, version):
    with tarfile.open(path) as archive:
        names = {name.split("/", 1)[1] for name in archive.getnames()}
        read = lambda name: archive.extractfile(f"{path.name.removesuffix('.crate')}/{name}").read().decode()
        manifest = tomllib.loads(read("Cargo.toml"))
        package = manifest["package"]
        assert package["version"] == version and package["publish"] == ["crates-io"], package
        # Spec: The Cargo Book, "Publishing on crates.io" § Before publishing a new crate.
        assert package["license"] == "Apache-2.0" and "LICENSE" in names, path
        assert package["description"] and package["repository"] == REPOSITORY and package["rust-version"], package
        if package["name"] == "statewright":
            assert package["keywords"] and package["categories"] and package["readme"] == "README.md", package
            assert "](http" in read("README.md") and "](ARCHITECTURE.md)" not in read("README.md"), "links lead somewhere"
            assert [binary["name"] for binary in manifest["bin"]] == ["statewright"]
            assert "Cargo.lock" in names, "for cargo install --locked"
        else:
            assert package["name"] == published_name(manifest["lib"]["name"]), "sources know it by its short name"
    return manifest


def check_packages(version, out, published):
    command = [sys.executable, RELEASE, "crates", "--out", out, "--repository", REPOSITORY]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    packed = {path.name: path for path in (out / "target/package").glob("*.crate")}
    assert set(packed) == {f"{name}-{version}.crate" for name in published}, sorted(packed)
    for path in packed.values():
        manifest = check_package(path, version)
        for used in manifest.get("dependencies", {}).values():
            # A version by which crates.io could find it; the path stays behind.
            assert not isinstance(used, dict) or ("version" in used and "path" not in used), (path, used)
    kept = tomllib.loads((ROOT / "Cargo.toml").read_text())["workspace"]["package"]
    assert kept["publish"] is False, "nothing is published from the repository by accident"


def check_sbom(version, dist, published):
    command = [sys.executable, RELEASE, "sbom", "--dist", dist, "--repository", REPOSITORY]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    text = (dist / f"statewright-{version}.cdx.json").read_text()
    refused = JsonStrictValidator(SchemaVersion.V1_5).validate_str(text)
    assert refused is None, refused
    bill = json.loads(text)
    assert bill["bomFormat"] == "CycloneDX"
    command = bill["metadata"]["component"]
    assert (command["name"], command["version"]) == ("statewright", version), command
    named = {component["name"]: component for component in bill["components"]}
    assert published - {"statewright"} <= set(named), published - set(named)
    assert named["rusqlite"]["purl"] == "pkg:cargo/rusqlite@" + named["rusqlite"]["version"]
    assert tempfile.gettempdir() + "/" not in text and str(ROOT) not in text, "where it was made is not in it"
    return len(named)


def check(binary):
    version = subprocess.run([binary, "--version"], check=True, capture_output=True, text=True).stdout.split()[1]
    published = {published_name(name) for name in linked_by_command()}
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        check_packages(version, folder / "crates", published)
        print(f"crates: {len(published)} packages")
        if shutil.which("cargo-cyclonedx"):
            print(f"crates: a bill of {check_sbom(version, folder / 'dist', published)} crates")
        else:
            print("crates: BILL OF MATERIALS NOT TESTED, since there is no cargo-cyclonedx on the PATH")
