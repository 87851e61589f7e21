"""The archive of a target: the binary, what its licence asks for, and completions for shells."""

import gzip
import io
import subprocess
import tarfile

from project import NAME, ROOT, archive_name, epoch

# The names under which shells look for completions.
COMPLETIONS = {"bash": "statewright.bash", "zsh": "_statewright", "fish": "statewright.fish"}


def completions(command):
    """The completions that a binary writes, by file; none if it knows no such command."""
    asked = subprocess.run([command, "completions", "--help"], capture_output=True)
    if asked.returncode != 0:
        return {}
    written = {}
    for shell, file in COMPLETIONS.items():
        done = subprocess.run([command, "completions", shell], check=True, capture_output=True)
        written[f"completions/{file}"] = done.stdout
    return written


def contents(binary, command):
    """The files of an archive, by their names: (bytes, mode)."""
    files = {NAME: (binary.read_bytes(), 0o755)}
    for name in ("LICENSE", "README.md", "CHANGELOG.md"):
        files[name] = ((ROOT / name).read_bytes(), 0o644)
    files["NOTICE"] = ((ROOT / "shared/services/NOTICE").read_bytes(), 0o644)
    for name, text in completions(command).items():
        files[name] = (text, 0o644)
    return files


def write_archive(binary, triple, dist, command):
    """Writes the archive of a target, the same bytes each time. Returns its path. `command` is a binary of
    the same version that runs here, and writes the completions."""
    name = archive_name(triple)
    tar = io.BytesIO()
    with tarfile.open(fileobj=tar, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for file, (data, mode) in sorted(contents(binary, command).items()):
            entry = tarfile.TarInfo(f"{name}/{file}")
            entry.size, entry.mode, entry.mtime = len(data), mode, epoch()
            archive.addfile(entry, io.BytesIO(data))
    path = dist / f"{name}.tar.gz"
    path.write_bytes(gzip.compress(tar.getvalue(), mtime=0))
    return path


def read_binary(path):
    """The binary in an archive."""
    with tarfile.open(path) as archive:
        entry = next(entry for entry in archive if entry.name.endswith(f"/{NAME}"))
        return archive.extractfile(entry).read()
