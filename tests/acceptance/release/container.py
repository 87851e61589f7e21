"""Does the image of infra/docker/Dockerfile work? Its steps are carried out below a folder, with a binary
that is built already where it compiles one; then its entry point runs there as its user, and its health
check asks. Needs root, for chroot; there is no container engine.

    unshare --net python3 tests/acceptance/release/container.py BINARY
"""

import contextlib
import fcntl
import os
import pathlib
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request

from dockerfile import Builder, in_root

ROOT = pathlib.Path(__file__).resolve().parents[3]
DOCKERFILE = ROOT / "infra/docker/Dockerfile"
KEY = "[default]\naws_access_key_id = flows\naws_secret_access_key = 0123456789abcdef0123\n"

# In place of cargo: it is asked to build one binary, by the lock file, and that is there already.
CARGO = """#!/bin/sh
case "$*" in
    "build --locked --release --bin statewright") ;;
    *) echo "cargo $*: not expected" >&2; exit 1 ;;
esac
mkdir -p target/release && cp "$BINARY" target/release/statewright
"""


def linked_libraries(binary):
    """The libraries that a binary links, which the base image has to have."""
    listed = subprocess.run(["ldd", binary], check=True, capture_output=True, text=True).stdout
    return [pathlib.Path(word) for word in listed.split() if word.startswith("/")]


def prepare_base(stage, binary):
    if stage.base.startswith("gcr.io/distroless/cc-debian12"):
        libraries = linked_libraries(binary)
        assert not any("ssl" in library.name or "sqlite" in library.name for library in libraries), libraries
        for library in libraries:
            target = stage.root / str(library).lstrip("/")
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(library, target)
        (stage.root / "tmp").mkdir()
        (stage.root / "tmp").chmod(0o1777)
        (stage.root / "dev").mkdir()
    else:
        assert stage.base.startswith("rust:"), stage.base


def run_shell(stage, command, folder, binary):
    """Runs a command of the stage that builds: with the tools of this machine, in a space of mounts of its
    own where the folders of the stage are at their places."""
    tools = folder / "tools"
    tools.mkdir(exist_ok=True)
    (tools / "cargo").write_text(CARGO)
    (tools / "cargo").chmod(0o755)
    for name in ("usr", "bin", "sbin", "lib", "lib64", "dev", "tools"):
        (stage.root / name).mkdir(exist_ok=True)
    host = [name for name in ("usr", "bin", "sbin", "lib", "lib64", "dev") if pathlib.Path("/", name).is_dir()]
    mounts = [f'mount --bind -o ro "/{name}" "{stage.root}/{name}"' for name in host]
    mounts.append(f'mount --bind "{tools}" "{stage.root}/tools"')
    shutil.copy(binary, tools / "built")
    script = " && ".join([*mounts, f'exec chroot "{stage.root}" /bin/sh -c "$STEP"'])
    environment = {"PATH": "/tools:/usr/bin:/bin:/usr/sbin:/sbin", "BINARY": "/tools/built",
                   "STEP": f"cd {stage.workdir} && {command}", **stage.environment}
    subprocess.run(["unshare", "--mount", "sh", "-c", script], check=True, env=environment)


@contextlib.contextmanager
def serving(stage, arguments=None):
    """The container, once it has said where it listens."""
    server = in_root(stage, stage.entrypoint + (arguments or stage.command), stdout=subprocess.PIPE, text=True)
    try:
        assert server.stdout.readline() == "listening on http://0.0.0.0:8083\n", "it says where it listens"
        yield server
    finally:
        server.kill()
        server.wait()


def health(stage):
    return in_root(stage, stage.healthcheck, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL).wait()


def check_context(sent):
    lines = (ROOT / ".dockerignore").read_text().splitlines()
    rules = [line for line in lines if not line.startswith("#")]
    assert rules[0] == "*" and {f"!{name}" for name in sent} == set(rules[1:]), f"an engine is sent {sent}"


def check_image(stage):
    assert stage.user.split(":")[0] not in ("0", "root"), "it is not root"
    assert stage.exposed == [8083] and stage.volumes == ["/data"], "what it exposes and keeps"
    data = stage.path("/data").stat()
    assert f"{data.st_uid}:{data.st_gid}" == stage.user and data.st_mode & 0o777 == 0o700, "its data are its own"
    found = {str(path.relative_to(stage.root)) for path in stage.path("/usr/local").rglob("*") if path.is_file()}
    assert found == {"usr/local/bin/statewright"}, f"nothing but the binary was added: {found}"


def check_container(stage):
    refused = in_root(stage, stage.entrypoint + stage.command, stderr=subprocess.PIPE, text=True)
    said = refused.communicate()[1]
    assert refused.returncode == 2 and "/run/secrets/statewright" in said, f"without a key it says so: {said}"
    assert health(stage) == 1, "nothing serves, so it is not healthy"

    secret = stage.path("/run/secrets/statewright")
    secret.parent.mkdir(parents=True)
    secret.write_text(KEY)
    with serving(stage) as server:
        status = pathlib.Path(f"/proc/{server.pid}/status").read_text()
        assert f"\nUid:\t{stage.user.split(':')[0]}\t" in status, "it runs as the user of the image"
        assert health(stage) == 0, "it is healthy"
        try:
            urllib.request.urlopen("http://127.0.0.1:8083/", timeout=10)
            raise AssertionError("a request without a signature is answered")
        except urllib.error.HTTPError as error:
            assert error.code == 400, error
        server.send_signal(signal.SIGTERM)
        assert server.wait(timeout=30) == 0, "it ends in peace"
    assert health(stage) == 1, "it has ended"
    assert any(stage.path("/data").iterdir()), "its data are in the volume"
    # The image is also the command.
    version = in_root(stage, [*stage.entrypoint, "--version"], stdout=subprocess.PIPE, text=True)
    assert version.communicate()[0].startswith("statewright "), "the command"


def raise_loopback():
    """Sets up the loopback interface of a network of our own."""
    get_flags, set_flags, up = 0x8913, 0x8914, 0x1
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
        asked = struct.pack("16sh14x", b"lo", 0)
        name, flags = struct.unpack("16sh14x", fcntl.ioctl(control, get_flags, asked))
        fcntl.ioctl(control, set_flags, struct.pack("16sh14x", name, flags | up))


def check(binary):
    """Checks it in a network of its own, as a container has one: its port is taken by nobody else."""
    may_unshare = ["unshare", "--net", "--mount", "true"]
    if os.geteuid() != 0 or subprocess.run(may_unshare, capture_output=True).returncode != 0:
        print("container: NOT TESTED, since it needs root, and leave to unshare networks and mounts")
        return
    subprocess.run(["unshare", "--net", sys.executable, __file__, binary], check=True)


def check_in_own_network(binary):
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="statewright-image-") as folder:
        folder = pathlib.Path(folder)
        folder.chmod(0o755)
        stripped = folder / "statewright"
        subprocess.run(["strip", "-o", stripped, binary], check=True)
        builder = Builder(ROOT, folder, lambda stage: prepare_base(stage, stripped),
                          lambda stage, command: run_shell(stage, command, folder, stripped))
        image = builder.build(DOCKERFILE.read_text())
        check_context(builder.sent)
        check_image(image)
        check_container(image)
    print(f"container: built by {DOCKERFILE.relative_to(ROOT)} and healthy, in {time.monotonic() - began:.0f} s")


if __name__ == "__main__":
    raise_loopback()
    check_in_own_network(sys.argv[1])
