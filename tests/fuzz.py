"""Sends damaged, lying and oddly named files through the command line and through a running server.

    python -m tests.fuzz --files 2000 --seed 1

Nothing may crash, hang or eat the memory; each file that is refused has a reason in plain words
that names it; the good files among them succeed. Prints one JSON object; exit status 1 on any
complaint.
"""

import argparse
import json
import os
import queue
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path, PurePosixPath
from typing import Any

from app.services.intake import paths
from tests.api_client import ApiClient, Refused
from tests.installation import ROOT, Installation, table
from tests.kills import settle
from tests.mutate import Mutant, mutants
from tests.outcome import Outcome
from tests.tus_client import TusClient, patiently

BATCH = 100
HANG_S = 120.0  # without a line: far more than any file needs, even on a busy machine
SHARED = ROOT.parent / "shared" / "data" / "formats"


def through_command(files: Sequence[Mutant], folder: Path) -> Outcome:
    """Analyse every file by `python -m ml analyse`, some at a time."""
    outcome, start = Outcome(), time.monotonic()
    for first in range(0, len(files), BATCH):
        left = list(_written(files[first : first + BATCH], folder))
        while left:
            left = left[_one_command(left, outcome) :]
    outcome.seconds = time.monotonic() - start
    return outcome


def _written(files: Sequence[Mutant], folder: Path) -> Iterator[tuple[Mutant, bytes]]:
    """Write files under their own names where a file system takes them."""
    for mutant in files:
        place, name = mutant.path.split("/", 1)
        name = name.replace("/", "_").replace("\0", "_")
        encoded = name.encode("utf-8", "surrogateescape")[-200:].lstrip(b"\x80\xbf") or b"x"
        target = os.fsencode(folder / place) + b"/" + encoded
        (folder / place).mkdir(exist_ok=True)
        with open(target, "wb") as file:  # noqa: PTH123 - Path cannot hold every name
            file.write(mutant.data)
        yield mutant, target


def _one_command(files: list[tuple[Mutant, bytes]], outcome: Outcome) -> int:
    """Run the command once; returns how many files it got through before it ended or was ended."""
    line = [sys.executable, "-m", "ml", "analyse", "--json", *(path for _, path in files)]
    with tempfile.TemporaryFile() as told:
        process = subprocess.Popen(line, cwd=ROOT, stdout=subprocess.PIPE, stderr=told)
        lines: queue.Queue[bytes] = queue.Queue()
        reader = threading.Thread(target=_pass_on, args=(process, lines), daemon=True)
        reader.start()
        answers = list(_answers(process, lines, files, outcome))
        process.kill()
        status = process.wait()
        reader.join()
        told.seek(0)
        said = told.read().decode(errors="surrogateescape")
    _check_words(said, answers, status, files, outcome)
    if len(answers) < len(files):
        culprit = files[len(answers)][0]
        outcome.complaints.append(f"{culprit.how}: the command ended with {status}: {said[-300:]}")
        return len(answers) + 1
    return len(files)


def _pass_on(process: subprocess.Popen[bytes], lines: "queue.Queue[bytes]") -> None:
    assert process.stdout is not None
    with process.stdout as told:
        for line in told:
            lines.put(line)
    process.wait()  # so that its exit status is its own, not that of our kill
    lines.put(b"")


def _answers(
    process: subprocess.Popen[bytes],
    lines: "queue.Queue[bytes]",
    files: list[tuple[Mutant, bytes]],
    outcome: Outcome,
) -> Iterator[dict[str, Any]]:
    """The command's lines in turn, each checked against its file, with its time and memory."""
    for mutant, path in files:
        start = time.monotonic()
        while True:
            try:
                line = lines.get(timeout=0.5)
                break
            except queue.Empty:
                if (found := table().get(process.pid)) is not None:
                    outcome.weigh("command", found.rss_kb)
                if time.monotonic() - start > HANG_S:
                    outcome.complaints.append(f"{mutant.how}: no answer within {HANG_S} s")
                    return
        if not line:
            return
        answer = json.loads(line)
        outcome.took(mutant, time.monotonic() - start)
        if answer["path"] != os.fsdecode(path):
            outcome.complaints.append(f"{mutant.how}: the line is of {answer['path']!r}")
        name = PurePosixPath(answer["path"]).name
        error = answer.get("error")
        outcome.judge(mutant, name, f"{name}: {error}" if error else None)
        yield answer
    lines.get(timeout=HANG_S)


def _check_words(
    said: str,
    answers: list[dict[str, Any]],
    status: int,
    files: list[tuple[Mutant, bytes]],
    outcome: Outcome,
) -> None:
    """Standard error has a line a refused file and no more; the status says whether any was."""
    failed = sum(1 for answer in answers if answer.get("error"))
    if len(answers) == len(files) and status != (2 if failed else 0):
        outcome.complaints.append(f"exit status {status} with {failed} files refused")
    if "Traceback" in said:
        outcome.complaints.append(f"a traceback: {said[-1500:]}")
    for answer in answers:
        if answer.get("error") and str(answer["error"]) not in said:
            outcome.complaints.append(f"standard error is silent about {answer['path']!r}")


def through_server(files: Sequence[Mutant], folder: Path, nice: int = 0) -> Outcome:
    """Upload every file to a running server, wait, and read what became of each."""
    outcome, start = Outcome(), time.monotonic()
    installation = Installation(folder / "server", {"PROOFSHEET_WORKERS": "2"}, nice)
    with installation, Scales(installation, outcome):
        before = {p.pid for part in installation.parts().values() for p in part}
        refusals = _send(installation, files)
        client = ApiClient(installation.base).connect()
        settle(installation)
        ends = patiently(lambda: client.get("/uploads?drop=fuzz&limit=5000"))["uploads"]
        _judge_server(client, files, refusals, ends, outcome)
        after = {p.pid for part in installation.parts().values() for p in part}
        if before - after:
            outcome.complaints.append(f"{len(before - after)} processes were replaced")
    said = installation.words()
    for bad in ("Traceback", "exited with", "was sent SIG", "died ("):
        if bad in said:
            outcome.complaints.append(
                f"the log has {bad!r}: {said[said.index(bad) - 200 :][:1500]}"
            )
    outcome.seconds = time.monotonic() - start
    return outcome


class Scales(threading.Thread):
    """Weighs every process of an installation once a second."""

    def __init__(self, installation: Installation, outcome: Outcome) -> None:
        super().__init__(daemon=True)
        self._installation, self._outcome = installation, outcome
        self._stopped = threading.Event()

    def __enter__(self) -> None:
        self.start()

    def __exit__(self, *_: object) -> None:
        self._stopped.set()
        self.join()

    def run(self) -> None:
        """Weigh until stopped."""
        while not self._stopped.wait(1.0):
            for name, processes in self._installation.parts().items():
                for process in processes:
                    self._outcome.weigh(name, process.rss_kb)


def _send(installation: Installation, files: Sequence[Mutant]) -> dict[str, str]:
    """Send all; gives the reasons of those that were refused at the door, by path."""
    refusals: dict[str, str] = {}
    clients = threading.local()

    def one(mutant: Mutant) -> None:
        if not hasattr(clients, "own"):
            clients.own = TusClient(installation.base, seed=0)
        try:
            clients.own.send(mutant.data, mutant.path, drop="fuzz")
        except Refused as answer:
            refusals[mutant.path] = str(json.loads(answer.body)["error"]["message"])

    with ThreadPoolExecutor(3) as pool:
        list(pool.map(one, files))
    return refusals


def _judge_server(
    client: ApiClient,
    files: Sequence[Mutant],
    refusals: dict[str, str],
    ends: list[dict[str, Any]],
    outcome: Outcome,
) -> None:
    by_path = {end["path"]: end for end in ends}
    jobs = _failed_jobs(client)
    for mutant in files:
        folder, name = paths.split(mutant.path)
        end = by_path.get(paths.join(folder, name))
        if mutant.path in refusals:
            outcome.judge(mutant, name, f"{name}: {refusals[mutant.path]}")
        elif end is None:
            outcome.complaints.append(f"{mutant.how}: nothing is known of {name!r}")
        elif end["state"] in ("done", "duplicate"):
            outcome.judge(mutant, name, jobs.get(end["photo"]))
        elif end["state"] == "refused":
            outcome.judge(mutant, name, end["reason"] or "")
        else:
            outcome.complaints.append(f"{mutant.how}: {name!r} is still {end['state']}")
    for photo in client.photos():
        if photo["thumb"] is None:
            outcome.complaints.append(f"{photo['name']!r} has no thumbnail")


def _failed_jobs(client: ApiClient) -> dict[int, str]:
    """Reasons of failed jobs by photo, each with the photo's name as the page shows it."""
    found: dict[int, str] = {}
    after = ""
    while True:
        page = client.get(f"/jobs?state=failed&limit=500{after}")
        found |= {job["photo"]: f"{job['name']}: {job['reason']}" for job in page["jobs"]}
        if page["next"] is None:
            return found
        after = f"&after={page['next']}"


def main(argv: Sequence[str] | None = None) -> int:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--files", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--real", type=Path, default=SHARED, help="a folder of further seeds")
    parser.add_argument("--only", choices=("command", "server"))
    options = parser.parse_args(argv)
    files = list(mutants(options.files, options.seed, options.real))
    summary: dict[str, Any] = {"files": len(files), "good": sum(file.good for file in files)}
    with tempfile.TemporaryDirectory(prefix="proofsheet-fuzz-") as temporary:
        folder = Path(temporary)
        if options.only != "server":
            summary["command"] = through_command(files, folder).summary()
        if options.only != "command":
            summary["server"] = through_server(files, folder).summary()
    print(json.dumps(summary, indent=2, ensure_ascii=True))  # noqa: T201 - a command line
    return 1 if any(summary.get(k, {}).get("complaints") for k in ("command", "server")) else 0


if __name__ == "__main__":
    sys.exit(main())
