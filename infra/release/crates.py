"""The packages for crates.io: the command as `statewright`, and each of our crates that it links with that name
before its own, since most of ours are taken there (`model`, `engine`, `aws`).

They are made in a copy of the workspace, so in the repository names stay short and `publish` stays false:
nothing is published by accident. In the sources, a crate keeps its name: that of its library does not change.
"""

import json
import pathlib
import re
import shutil
import subprocess

from project import NAME, ROOT, version

COMMAND = "statewright-cli"


def published_name(package):
    """The name on crates.io of a package of ours."""
    return NAME if package == COMMAND else f"{NAME}-{package.replace('_', '-')}"


def linked_packages():
    """Our packages that the command links, itself included: the folder of each by its name."""
    asked = ["cargo", "metadata", "--no-deps", "--offline", "--format-version", "1"]
    listed = json.loads(subprocess.run(asked, cwd=ROOT, check=True, capture_output=True).stdout)["packages"]
    ours = {package["name"]: package for package in listed}
    found, left = {}, [COMMAND]
    while left:
        name = left.pop()
        if name not in found:
            found[name] = pathlib.Path(ours[name]["manifest_path"]).parent.relative_to(ROOT)
            left += [used["name"] for used in ours[name]["dependencies"] if used["name"] in ours]
    return found


def workspace_manifest(text, packages, repository):
    """The manifest of the copy: without the package of the tests, and with the names on crates.io."""
    text = text[: text.index("\n[package]\n")]
    members = ", ".join(f'"{folder}"' for folder in sorted(map(str, packages.values())))
    text, found = re.subn(r"members = .*\ndefault-members = .*\n", f"members = [{members}]\n", text)
    assert found == 1
    text = text.replace("publish = false", f'publish = ["crates-io"]\nrepository = "{repository}"')
    for name, folder in packages.items():
        own = f'{{ package = "{published_name(name)}", path = "{folder}", version = "={version()}" }}'
        text = text.replace(f'{name} = {{ path = "{folder}" }}', f"{name} = {own}")
    # Crates of ours that are not published: nothing that is published needs them.
    unpublished = re.findall(r'^(\w+) = \{ path = "[^"]+" \}\n', text, re.MULTILINE)
    return re.sub(r'^\w+ = \{ path = "[^"]+" \}\n', "", text, flags=re.MULTILINE), unpublished


def package_manifest(text, name):
    """The manifest of a package in the copy."""
    text = text.replace(f'name = "{name}"', f'name = "{published_name(name)}"', 1)
    text = text.replace("publish.workspace = true", "publish.workspace = true\nrepository.workspace = true", 1)
    if name == COMMAND:
        return text.replace("[lints]", 'readme = "README.md"\n\n[lints]', 1).replace("\n\nreadme", "\nreadme", 1)
    # A rename of the package is no rename of the library.
    return f'{text}\n[lib]\nname = "{name}"\n'


def readme(repository):
    """The README of the repository, whose links lead there."""
    text = (ROOT / "README.md").read_text()
    return re.sub(r"\]\((?!https?:|#)([^)]+)\)", rf"]({repository}/blob/v{version()}/\1)", text)


def write_workspace(out, repository):
    """Writes the copy into a folder. Returns the names of its packages on crates.io."""
    packages = linked_packages()
    listed = subprocess.run(["git", "ls-files", "-z", *map(str, packages.values())], cwd=ROOT, check=True,
                            capture_output=True, text=True).stdout
    for file in filter(None, listed.split("\0")):
        (out / file).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / file, out / file)
    for name, folder in packages.items():
        manifest = out / folder / "Cargo.toml"
        manifest.write_text(package_manifest(manifest.read_text(), name))
        shutil.copy(ROOT / "LICENSE", out / folder)
    (out / packages[COMMAND] / "README.md").write_text(readme(repository))
    text, unpublished = workspace_manifest((ROOT / "Cargo.toml").read_text(), packages, repository)
    assert not set(unpublished) & set(packages), unpublished
    (out / "Cargo.toml").write_text(text)
    shutil.copy(ROOT / "Cargo.lock", out)
    return sorted(map(published_name, packages))


def package_crates(out, repository, verify):
    """Packages all of them as `cargo publish` would. With `verify`, each is compiled from its package."""
    names = write_workspace(out, repository)
    command = ["cargo", "package", "--quiet", "--workspace", "--allow-dirty"]
    subprocess.run([*command, *([] if verify else ["--no-verify"])], cwd=out, check=True)
    return names
