"""The checksums of a release, as `sha256sum --check SHA256SUMS` reads them."""

import hashlib

FILE = "SHA256SUMS"


def sha256(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


def write_checksums(dist):
    """Writes the checksums of all files of a folder. Returns their file."""
    files = sorted(path for path in dist.iterdir() if path.is_file() and path.name != FILE)
    sums = dist / FILE
    sums.write_text("".join(f"{sha256(path)}  {path.name}\n" for path in files))
    return sums
