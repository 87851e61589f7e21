"""Reads a Dockerfile, and carries out its steps without a container engine.

Of each step it knows the forms that ours use, and refuses all others, so that nothing is left out unseen.
"""

import dataclasses
import json
import os
import pathlib
import re
import shlex
import shutil
import subprocess


@dataclasses.dataclass
class Stage:
    """A stage of a build: the folder that is its root, and what its image says of itself."""
    base: str
    name: str
    root: pathlib.Path
    workdir: str = "/"
    user: str = "0:0"
    environment: dict = dataclasses.field(default_factory=dict)
    entrypoint: list = dataclasses.field(default_factory=list)
    command: list = dataclasses.field(default_factory=list)
    healthcheck: list = dataclasses.field(default_factory=list)
    exposed: list = dataclasses.field(default_factory=list)
    volumes: list = dataclasses.field(default_factory=list)

    def path(self, inside):
        """A path of this stage, as it is outside."""
        return self.root / os.path.normpath(os.path.join(self.workdir, inside)).lstrip("/")


def instructions(text):
    """The instructions of a Dockerfile: name and rest, with continued lines joined."""
    lines = [line for line in text.splitlines() if not line.lstrip().startswith("#")]
    for line in "\n".join(lines).replace("\\\n", " ").splitlines():
        if line.strip():
            name, rest = line.strip().split(None, 1)
            yield name.upper(), rest.strip()


def options(words):
    """Parts words into options, by their names, and the others."""
    given, others = {}, []
    for word in words:
        if word.startswith("--") and not others:
            name, _, value = word[2:].partition("=")
            given.setdefault(name, []).append(value)
        else:
            others.append(word)
    return given, others


class Builder:
    """Builds the stages below a folder. `prepare_base` fills the root of a stage with its base image;
    `run_shell` runs a command in one."""

    def __init__(self, context, folder, prepare_base, run_shell):
        self.context, self.folder = pathlib.Path(context), pathlib.Path(folder)
        self.prepare_base, self.run_shell = prepare_base, run_shell
        self.stages = []
        # What is copied of the context.
        self.sent = set()

    def build(self, dockerfile):
        """Carries out every instruction. Returns the last stage."""
        for name, rest in instructions(dockerfile):
            getattr(self, f"do_{name.lower()}")(rest)
        return self.stages[-1]

    @property
    def stage(self):
        return self.stages[-1]

    def do_from(self, rest):
        found = re.fullmatch(r"(\S+)(?: AS (\S+))?", rest, re.IGNORECASE)
        assert found, f"FROM {rest}"
        base, name = found.groups()
        tag = base.rpartition(":")[2]
        assert ":" in base and tag != "latest", f"{base} is not pinned"
        root = self.folder / f"stage-{len(self.stages)}"
        root.mkdir()
        self.stages.append(Stage(base, name or "", root))
        self.prepare_base(self.stage)

    def do_arg(self, rest):
        assert re.fullmatch(r"\w+", rest), f"ARG {rest}"
        self.stage.environment[rest] = os.environ.get(rest, "0")

    def do_workdir(self, rest):
        self.stage.workdir = str(pathlib.PurePosixPath(self.stage.workdir) / rest)
        self.stage.path(".").mkdir(parents=True, exist_ok=True)

    def do_copy(self, rest):
        given, (*sources, target) = options(shlex.split(rest))
        assert set(given) <= {"from", "chown"}, f"COPY {rest}"
        if "from" in given:
            source_stage = next(stage for stage in self.stages[:-1] if stage.name == given["from"][0])
            found = [source_stage.root / source.lstrip("/") for source in sources]
        else:
            found = [self.context / source for source in sources]
            self.sent.update(sources)
        into = self.stage.path(target)
        for source in found:
            self.copy(source, into / source.name if target.endswith("/") else into)
        if "chown" in given:
            user, group = map(int, given["chown"][0].split(":"))
            os.chown(into, user, group)
            for folder, folders, files in os.walk(into):
                for name in folders + files:
                    os.chown(pathlib.Path(folder) / name, user, group)

    @staticmethod
    def copy(source, target):
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            # Of a folder of ours, an engine sends what is there; what is built or cached is of no use.
            ignored = shutil.ignore_patterns("target", "__pycache__", "node_modules")
            shutil.copytree(source, target, dirs_exist_ok=True, ignore=ignored)
        else:
            shutil.copy2(source, target)

    def do_run(self, rest):
        given, command = options(rest.split())
        assert set(given) <= {"mount"}, f"RUN {rest}"
        self.run_shell(self.stage, " ".join(command))

    def do_user(self, rest):
        assert re.fullmatch(r"\d+:\d+", rest), f"USER {rest}: an orchestrator checks that it is a number"
        self.stage.user = rest

    def do_volume(self, rest):
        self.stage.volumes.append(rest)

    def do_expose(self, rest):
        self.stage.exposed.append(int(rest))

    def do_healthcheck(self, rest):
        given, command = options(rest.split())
        assert set(given) <= {"interval", "timeout", "start-period", "retries"}, rest
        assert command[0] == "CMD", rest
        self.stage.healthcheck = json.loads(" ".join(command[1:]))

    def do_entrypoint(self, rest):
        self.stage.entrypoint = json.loads(rest)

    def do_cmd(self, rest):
        self.stage.command = json.loads(rest)


def in_root(stage, arguments, **more):
    """Starts a command in the root of a stage as its user, with nothing of our environment."""
    user, group = map(int, stage.user.split(":"))

    def enter():
        os.chroot(stage.root)
        os.chdir(stage.workdir)
        os.setgroups([])
        os.setgid(group)
        os.setuid(user)

    environment = {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/home/nonroot"}
    program = next(
        (f"{folder}/{arguments[0]}" for folder in environment["PATH"].split(":")
         if (stage.root / folder.lstrip("/") / arguments[0]).exists()), arguments[0])
    return subprocess.Popen([program, *arguments[1:]], preexec_fn=enter, env=environment, **more)
