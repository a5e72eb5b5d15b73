"""Carry out the Dockerfile in plain folders, for machines without a container engine.

`python -m scripts.try_image BASE WORK` (as root, on Linux). BASE is a Debian with Python 3.11:
`debootstrap --include=python3,python3-venv,ca-certificates bookworm BASE`. Each stage becomes a
folder under WORK; RUN lines run there by chroot; COPY takes what git and .dockerignore let through.
The last stage stays behind, to be started with chroot. It stops at the first line that fails. It
has no layers, cache or isolation: it tries commands, it builds no image.
"""

from __future__ import annotations

import json
import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

from app.config import ROOT


def instructions(text: str) -> list[tuple[str, str]]:
    """The Dockerfile's lines as (word, rest), comments and line ends taken away."""
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    joined = "\n".join(lines).replace("\\\n", " ")
    return [(line.split(None, 1)[0], line.split(None, 1)[1]) for line in joined.splitlines()]


def kept() -> list[Path]:
    """The files of the checkout that .dockerignore lets through."""
    listed = ["git", "ls-files", "--cached", "--others"]
    every = subprocess.run(
        [*listed, "--exclude-standard"], cwd=ROOT, check=True, capture_output=True, text=True
    )
    rules = (ROOT / ".dockerignore").read_text().splitlines()
    allowed = [rule[1:] for rule in rules if rule.startswith("!")]
    files = [Path(line) for line in every.stdout.splitlines()]
    return [file for file in files if file.parts[0] in allowed and (ROOT / file).is_file()]


class Stage:
    """A folder that a stage of the Dockerfile fills."""

    def __init__(self, base: Path, folder: Path) -> None:
        if folder.exists():
            raise SystemExit(f"{folder} is there already.")
        folder.parent.mkdir(parents=True, exist_ok=True)
        # cp copies a device as a device; shutil would read /dev/full until the disk is.
        subprocess.run(["cp", "--archive", str(base), str(folder)], check=True)
        self.folder, self.workdir, self.env, self.user = folder, "/", dict(os.environ), "0"

    def inside(self, path: str) -> Path:
        return self.folder / os.path.join(self.workdir, path).lstrip("/")  # noqa: PTH118 - may be absolute

    def run(self, line: str) -> None:
        command = ["chroot", f"--userspec={self.user}:{self.user}", str(self.folder)]
        script = f"cd {self.workdir} && {line}"
        subprocess.run([*command, "/bin/sh", "-ec", script], check=True, env=self.env)

    def copy(self, rest: str, stages: dict[str, Stage]) -> None:
        *sources, target = [word for word in shlex.split(rest) if not word.startswith("--")]
        place = self.inside(target)
        if "--from=" in rest:
            name = rest.partition("--from=")[2].split()[0]
            source = stages[name].inside("/" + sources[0].lstrip("/"))
            place.mkdir(parents=True, exist_ok=True)
            subprocess.run(["cp", "--archive", f"{source}/.", str(place)], check=True)
            return
        for file in kept():
            for source in map(Path, sources):
                if source in (file, Path()) or source in file.parents:
                    inner = file.relative_to(source) if source != file else Path(file.name)
                    (place / inner).parent.mkdir(parents=True, exist_ok=True)
                    shutil.copy2(ROOT / file, place / inner)


def main(base: Path, work: Path) -> None:
    """Carry out every instruction."""
    stages: dict[str, Stage] = {}
    stage = None
    for word, rest in instructions((ROOT / "Dockerfile").read_text()):
        print(f"{word} {rest}", flush=True)
        if word == "FROM":
            name = rest.split(" AS ")[1] if " AS " in rest else "final"
            stage = stages[name] = Stage(base, work / name)
        elif stage is None:
            raise SystemExit("The Dockerfile has to begin with FROM.")
        elif word == "WORKDIR":
            stage.workdir = rest
            stage.inside("").mkdir(parents=True, exist_ok=True)
        elif word == "ENV":
            stage.env |= dict(pair.split("=", 1) for pair in shlex.split(rest))
        elif word == "USER":
            stage.user = rest
        elif word == "RUN":
            stage.run(rest)
        elif word == "COPY":
            stage.copy(rest, stages)
        elif word in ("HEALTHCHECK", "ENTRYPOINT"):
            json.loads(
                rest[rest.index("[") :]
            )  # the exec form is JSON, or Docker would use a shell


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve(), Path(sys.argv[2]).resolve())
