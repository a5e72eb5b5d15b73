"""Kill -9 at random while photos are uploaded and analysed; afterwards count what is there.

    python -m tests.kills --kills 200 --photos 1000 --seed 1

Starts main.py by itself and kills only what that has started: the web server and its worker, the
Celery worker and its pool, Valkey, and with --mains main.py itself. With --servers the database
is a PostgreSQL of its own and the queue a Redis of its own, which are killed as well: one backend,
the whole server, the Redis with all it knows; each is started again. Prints one JSON object; exit
status 1 when anything was lost, doubled, left over or never ended.
"""

import argparse
import contextlib
import http.client
import json
import os
import random
import signal
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.config import Config
from tests import drop
from tests.api_client import ApiClient, Refused
from tests.audit import audit
from tests.installation import Installation, Process
from tests.servers import Postgresql, Redis, wait
from tests.tus_client import Sent, TusClient, patiently

OWN = ("web", "web-worker", "worker", "pool")
SERVERS = ("backend", "postgresql", "redis")
SENDERS = 4
STALLED_S = 20.0  # how long a kill waits for progress since the one before
QUIET_S = 1800.0


@dataclass(frozen=True)
class Plan:
    """How many kills and photos; `every_s` is the mean time between kills, in seconds."""

    kills: int
    photos: int
    seed: int = 1
    every_s: float = 2.0
    mains: int = 0
    nice: int = 0
    database: str = ""
    servers: bool = False

    def environ(self) -> dict[str, str]:
        """The settings to start main.py with."""
        own = {"PROOFSHEET_RESTARTS": "100000", "PROOFSHEET_WORKERS": "2"}
        return own | ({"DATABASE_URL": self.database} if self.database else {})


class Servers:
    """The PostgreSQL and the Redis that main.py is given, and what may be killed of them."""

    def __init__(self) -> None:
        self._postgresql, self._redis = Postgresql(), Redis()
        self._postgresql.start()
        self._redis.start()

    def environ(self) -> dict[str, str]:
        """The settings that name them."""
        return {"DATABASE_URL": self._postgresql.url, "REDIS_URL": self._redis.url}

    def kill(self, part: str, rng: random.Random) -> bool:
        """Kill a part and start it again; False where there is none at this moment."""
        if part == "backend":
            backends = self._postgresql.backends()
            if backends:
                os.kill(rng.choice(backends), signal.SIGKILL)
                wait(self._postgresql.serves, "PostgreSQL", lambda: self._postgresql.process)
            return bool(backends)
        server = self._postgresql if part == "postgresql" else self._redis
        server.kill()
        time.sleep(rng.uniform(0.0, 1.0))  # it may be away for a while
        server.start()
        return True

    def close(self) -> None:
        """Stop both."""
        self._postgresql.close()
        self._redis.close()


class Killer(threading.Thread):
    """Sends the kills, one at a time, waiting in between until work has gone on."""

    def __init__(self, installation: Installation, plan: Plan, servers: Servers | None) -> None:
        super().__init__(name="killer", daemon=True)
        self.installation, self.plan, self.servers = installation, plan, servers
        self.rng = random.Random(plan.seed)
        self.killed: Counter[str] = Counter()
        self.stalled = self.idle = 0
        self.sent = threading.Condition()
        self.error: BaseException | None = None
        self._client = ApiClient(installation.base, timeout_s=10)

    def run(self) -> None:
        """Kill until the plan is fulfilled."""
        mains = set(self.rng.sample(range(self.plan.kills), self.plan.mains))
        try:
            for n in range(self.plan.kills):
                self._let_work()
                part = self._kill_main() if n in mains else self._kill_part()
                with self.sent:
                    self.killed[part] += 1
                    self.sent.notify_all()
        except Exception as error:  # noqa: BLE001 - it is raised where somebody waits
            self.error = error
            with self.sent:
                self.sent.notify_all()

    def wait_for(self, kills: float) -> None:
        """Wait until that many kills have been sent; raises what ended the killer."""
        with self.sent:
            self.sent.wait_for(lambda: self.error or self.killed.total() >= kills)
        if self.error:
            raise self.error

    def _let_work(self) -> None:
        """Wait a random while, and until something got done since the last kill."""
        before, end = self._done(), time.monotonic() + STALLED_S
        time.sleep(self.rng.uniform(0.1, 2 * self.plan.every_s))
        while (now := self._done()) is None or now == before:
            if now is not None and now[2]:
                self.idle += 1
                return
            if time.monotonic() > end:
                self.stalled += 1
                return
            time.sleep(0.2)

    def _done(self) -> tuple[int, int, bool] | None:
        """How much is done, refused, and whether nothing is to be done; None: no answer."""
        try:
            told = self._client.get("/progress")
        except (OSError, http.client.HTTPException, Refused):
            return None
        idle = not (told["waiting"] or told["running"] or told["uploading"])
        return told["done"], told["refused"], idle

    def _kill_part(self) -> str:
        end = time.monotonic() + 60
        while time.monotonic() < end:
            parts = self.installation.parts()
            part = self.rng.choice((*OWN, *(SERVERS if self.servers else ("valkey",))))
            if self.servers and part in SERVERS:
                if self.servers.kill(part, self.rng):
                    return part
            elif candidates := parts.get(part):
                self._kill(self.rng.choice(candidates))
                return part
            time.sleep(0.1)
        raise AssertionError("nothing of main.py is left to be killed")

    def _kill(self, process: Process) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.kill(process.pid, signal.SIGKILL)

    def _kill_main(self) -> str:
        self.installation.kill()
        self.installation.start()
        return "main"


def send(
    installation: Installation, plan: Plan, killer: Killer, files: Sequence[drop.File]
) -> tuple[list[Sent], Counter[int]]:
    """Send the drop by several threads, spread over the time of the kills.

    Gives what became of each file, and with which statuses requests were refused meanwhile.
    """
    mine, clients = threading.local(), list[TusClient]()

    def one(numbered: tuple[int, drop.File]) -> Sent:
        n, file = numbered
        killer.wait_for(n / len(files) * plan.kills)
        if not hasattr(mine, "client"):
            mine.client = TusClient(installation.base, seed=n)
            clients.append(mine.client)
        client: TusClient = mine.client
        return client.send(file.data, file.path, drop="kills")

    with ThreadPoolExecutor(SENDERS) as pool:
        sent = list(pool.map(one, enumerate(files)))
    return sent, sum((client.refusals for client in clients), Counter())


def settle(installation: Installation) -> dict[str, Any]:
    """Wait until nothing waits or runs and no file is under way; gives the last progress."""
    client, end = ApiClient(installation.base), time.monotonic() + QUIET_S
    while True:
        told: dict[str, Any] = patiently(lambda: client.get("/progress"))
        waiting = patiently(lambda: client.get("/uploads?state=waiting&limit=1"))["uploads"]
        if not (told["waiting"] or told["running"] or waiting):
            return told
        if time.monotonic() > end:
            raise AssertionError(f"never quiet: {told}")
        time.sleep(1.0)


def run(plan: Plan, folder: Path) -> dict[str, Any]:
    """Carry the plan out in an empty folder; gives the summary."""
    files = drop.make(plan.photos, plan.seed)
    random.Random(plan.seed).shuffle(files)
    with contextlib.ExitStack() as stack:
        servers = Servers() if plan.servers else None
        if servers is not None:
            stack.callback(servers.close)
        environ = plan.environ() | (servers.environ() if servers else {})
        return carry_out(plan, files, Installation(folder, environ, plan.nice), servers)


def carry_out(
    plan: Plan, files: Sequence[drop.File], installation: Installation, servers: Servers | None
) -> dict[str, Any]:
    """Send the files while the kills go on, wait for quiet, audit; gives the summary."""
    start = time.monotonic()
    with installation:
        killer = Killer(installation, plan, servers)
        killer.start()
        sent, refusals = send(installation, plan, killer, files)
        killer.wait_for(plan.kills)
        killed_s = time.monotonic() - start
        progress = settle(installation)
    total_s = time.monotonic() - start
    found = audit(Config.from_env(installation.environ), files)
    return {
        "seed": plan.seed,
        "kills": dict(killer.killed),
        "kills_total": killer.killed.total(),
        "kills_while_idle": killer.idle,
        "kills_without_progress_between": killer.stalled,
        "files_sent": len(sent),
        "retries_of_senders": sum(one.retries for one in sent),
        "refusals_by_status": dict(refusals),
        "tracebacks_in_log": installation.words().count("Traceback"),
        "seconds": {"while_killing": round(killed_s), "until_quiet": round(total_s)},
        "progress": progress,
        **found.figures,
        "complaints": found.complaints,
    }


def main(argv: Sequence[str] | None = None) -> int:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--photos", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--every", type=float, default=2.0, help="mean seconds between kills")
    parser.add_argument("--mains", type=int, default=0, help="how many of them go to main.py")
    parser.add_argument("--nice", type=int, default=0)
    parser.add_argument("--database", default="", help="DATABASE_URL; default SQLite")
    parser.add_argument(
        "--servers", action="store_true", help="its own PostgreSQL and Redis, killed too"
    )
    parser.add_argument("--folder", type=Path, help="where to work; default a temporary folder")
    given = vars(parser.parse_args(argv))
    folder, every_s = given.pop("folder"), given.pop("every")
    plan = Plan(every_s=every_s, **given)
    with tempfile.TemporaryDirectory(prefix="proofsheet-kills-") as temporary:
        summary = run(plan, folder or Path(temporary))
    print(json.dumps(summary, indent=2))  # noqa: T201 - a command line
    return 1 if summary["complaints"] else 0


if __name__ == "__main__":
    sys.exit(main())
