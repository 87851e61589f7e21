"""The packages for npm: one with the command, and one with the binary of each kind of machine, of which npm
installs the one that fits."""

import json
import shutil

from archive import read_binary
from project import NAME, ROOT, TARGETS, archive_name, version

SOURCE = ROOT / "infra/npm"


def platform_package(target):
    """The name of the package with the binary of a target."""
    return f"@{NAME}/{'-'.join(target.npm)}"


def write_packages(dist, out, repository):
    """Writes the folders from which `npm pack` makes the packages, of the archives in `dist`. The one with the
    command is the last. Returns their paths."""
    wrapper = json.loads((SOURCE / "package.json").read_text())
    common = {"version": version(), "license": wrapper["license"],
              "repository": {"type": "git", "url": f"git+{repository}.git"}}
    folders, optional = [], {}
    for target in TARGETS:
        if target.npm is None:
            continue
        system, processor = target.npm
        name = platform_package(target)
        folder = out / name.replace("/", "-").lstrip("@")
        (folder / "bin").mkdir(parents=True)
        binary = folder / "bin" / NAME
        binary.write_bytes(read_binary(dist / f"{archive_name(target.triple)}.tar.gz"))
        binary.chmod(0o755)
        package = {"name": name, **common, "description": f"The binary of {NAME} for {system} on {processor}",
                   "os": [system], "cpu": [processor], "files": [f"bin/{NAME}"]}
        write_folder(folder, package)
        optional[name] = version()
        folders.append(folder)
    folder = out / NAME
    shutil.copytree(SOURCE, folder)
    (folder / "bin/statewright.js").chmod(0o755)
    write_folder(folder, {**wrapper, **common, "optionalDependencies": optional})
    return [*folders, folder]


def write_folder(folder, package):
    (folder / "package.json").write_text(json.dumps(package, indent=2) + "\n")
    shutil.copy(ROOT / "LICENSE", folder)
    readme = f"# {NAME}\n\n{package['description']}.\n\nSee <{package['repository']['url'][4:-4]}>.\n"
    (folder / "README.md").write_text(readme)
