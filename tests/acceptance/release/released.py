"""What infra/release makes: archives, checksums, the formula, and packages for npm. The given binary stands
for that of this machine, and a small file for those of others."""

import hashlib
import json
import pathlib
import platform
import re
import shutil
import signal
import subprocess
import sys
import tarfile
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[3]
RELEASE = ROOT / "infra/release"
REPOSITORY = "https://github.com/example/statewright"
TARGETS = [f"{processor}-{system}" for system in ("unknown-linux-gnu", "unknown-linux-musl", "apple-darwin")
           for processor in ("x86_64", "aarch64")]
PASS = '{"StartAt": "A", "States": {"A": {"Type": "Pass", "End": true}}}'
FAIL = '{"StartAt": "A", "States": {"A": {"Type": "Fail", "Error": "Wanted"}}}'


def release(*arguments):
    subprocess.run([sys.executable, RELEASE, *arguments], check=True, stdout=subprocess.DEVNULL, cwd=ROOT)


def text_of(command, **more):
    return subprocess.run(command, check=True, capture_output=True, text=True, **more).stdout


def check_archive(path, packed, binary, version):
    with tarfile.open(path) as archive:
        files = {entry.name: (entry, archive.extractfile(entry).read()) for entry in archive}
    folder = path.name.removesuffix(".tar.gz")
    assert re.fullmatch(rf"statewright-{re.escape(version)}-[a-z0-9_-]+", folder), folder
    assert {name.split("/")[0] for name in files} == {folder}, "all is in one folder of its own"
    wanted = {"statewright", "LICENSE", "NOTICE", "README.md", "CHANGELOG.md"}
    has_completions = subprocess.run([binary, "completions", "--help"], capture_output=True).returncode == 0
    if has_completions:
        wanted |= {f"completions/{file}" for file in ("statewright.bash", "_statewright", "statewright.fish")}
    assert {name.split("/", 1)[1] for name in files} == wanted, sorted(files)
    entry, data = files[f"{folder}/statewright"]
    assert data == packed.read_bytes() and entry.mode == 0o755, "the binary, which may be run"
    assert files[f"{folder}/LICENSE"][1] == (ROOT / "LICENSE").read_bytes(), "the licence"
    assert all(data for _, data in files.values()), "no file is empty"
    assert {(entry.uid, entry.gid, entry.uname) for entry, _ in files.values()} == {(0, 0, "")}, "nobody's name"


def check_archives(binary, version, dist, folder):
    elsewhere = folder / "elsewhere"
    elsewhere.write_text("a binary that does not run here")
    own = f"{platform.machine()}-unknown-linux-musl"
    for target in TARGETS:
        packed = binary if target == own else elsewhere
        arguments = ["archive", "--target", target, "--binary", packed, "--completions-by", binary, "--dist", dist]
        release(*arguments)
        path = dist / f"statewright-{version}-{target}.tar.gz"
        check_archive(path, packed, binary, version)
        if packed == elsewhere:
            before = path.read_bytes()
            release(*arguments)
            assert before == path.read_bytes(), "it is the same each time"


def check_checksums(dist):
    release("checksums", "--dist", dist)
    listed = {line.split("  ")[1] for line in (dist / "SHA256SUMS").read_text().splitlines()}
    assert listed == {path.name for path in dist.iterdir()} - {"SHA256SUMS"}, "every file has one"
    subprocess.run(["sha256sum", "--check", "--strict", "--quiet", "SHA256SUMS"], cwd=dist, check=True)
    changed = dist / sorted(listed)[0]
    kept = changed.read_bytes()
    changed.write_bytes(kept[:-1])
    refused = subprocess.run(["sha256sum", "--check", "--quiet", "SHA256SUMS"], cwd=dist, capture_output=True)
    changed.write_bytes(kept)
    assert refused.returncode != 0, "a changed file is noticed"


def check_formula(version, dist):
    release("formula", "--dist", dist, "--repository", REPOSITORY)
    text = (dist / "statewright.rb").read_text()
    assert not re.search(r"@[A-Z]\w+@", text), "nothing is left to fill in"
    pairs = re.findall(r'url "([^"]+)"\n\s+sha256 "([^"]+)"', text)
    assert len(pairs) == 4, "each system and processor"
    for url, checksum in pairs:
        base, name = url.rsplit("/", 1)
        assert base == f"{REPOSITORY}/releases/download/v{version}", url
        assert hashlib.sha256((dist / name).read_bytes()).hexdigest() == checksum, name
    if shutil.which("ruby"):
        subprocess.run(["ruby", "-c", dist / "statewright.rb"], check=True, stdout=subprocess.DEVNULL)


def unpack(package, into):
    """Puts a package where npm would."""
    with tarfile.open(package) as archive:
        archive.extractall(into, filter="data")
    return into / "package"


def check_npm(version, dist, folder):
    release("npm", "--dist", dist, "--repository", REPOSITORY)
    packed = {path.name for path in dist.glob("*.tgz")}
    machines = [f"{system}-{processor}" for system in ("linux", "darwin") for processor in ("x64", "arm64")]
    assert packed == {f"statewright-{name}-{version}.tgz" for name in machines} | {f"statewright-{version}.tgz"}, packed
    modules = folder / "node_modules"
    modules.mkdir(parents=True)
    unpack(dist / f"statewright-{version}.tgz", folder / "wrapper").rename(modules / "statewright")
    wrapper = json.loads((modules / "statewright/package.json").read_text())
    assert wrapper["optionalDependencies"] == {f"@statewright/{name}": version for name in machines}
    # Where node is a package of Python's, its command is a wrapper, which passes no signals on.
    node = text_of(["node", "--print", "process.execPath"]).strip()
    command = [node, modules / "statewright/bin/statewright.js"]
    missing = subprocess.run([*command, "--version"], capture_output=True, text=True)
    assert missing.returncode == 2 and "--omit=optional" in missing.stderr, missing

    machine = f"linux-{'arm64' if platform.machine() == 'aarch64' else 'x64'}"
    (modules / "@statewright").mkdir()
    unpack(dist / f"statewright-{machine}-{version}.tgz", folder / "binary").rename(modules / "@statewright" / machine)
    package = json.loads((modules / "@statewright" / machine / "package.json").read_text())
    assert (package["os"], [package["name"]]) == (["linux"], [f"@statewright/{machine}"]), package
    assert text_of([*command, "--version"]) == f"statewright {version}\n"
    for definition, code in ((PASS, 0), (FAIL, 1)):
        ran = subprocess.run([*command, "run", "-", "--input", '{"a":1}'], input=definition, capture_output=True, text=True)
        assert ran.returncode == code, ran
    server = subprocess.Popen([*command, "local", "--port", "0", "--memory"], stdout=subprocess.PIPE,
                              stderr=subprocess.DEVNULL, text=True)
    assert server.stdout.readline().startswith("listening on "), "it serves"
    server.send_signal(signal.SIGTERM)
    assert server.wait(timeout=30) == 0, "what ends the wrapper ends the command, in peace"


def check(binary):
    version = text_of([binary, "--version"]).split()[1]
    release("check-tag", f"v{version}")
    refused = subprocess.run([sys.executable, RELEASE, "check-tag", "v99.0.0"], capture_output=True)
    assert refused.returncode != 0, "a tag of another version"
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        stripped, dist = folder / "statewright", folder / "dist"
        subprocess.run(["strip", "-o", stripped, binary], check=True)
        check_archives(stripped, version, dist, folder)
        check_formula(version, dist)
        parts = "archives, formula"
        if shutil.which("npm"):
            check_npm(version, dist, folder / "npm")
            parts += ", packages for npm"
        else:
            print("released: PACKAGES FOR NPM NOT TESTED, since there is no npm on the PATH")
        check_checksums(dist)
    print(f"released: {parts} and checksums of {version}")
