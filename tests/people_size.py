"""How long the work with people takes in a library of many faces.

    python -m tests.people_size [--faces 100000] [--people 500] [--photos 30000] [--database URL]

Seeds a library, learns it once, then asks the app as the pages do, in this process, and prints
JSON: medians and worst cases in milliseconds. `confirm, then ranked again`: the answer, and the
proposals as they are after it was learned in the background.
"""

import argparse
import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from alembic import command

from app.config import Config
from app.services.people import identities
from scripts.migrate import alembic
from tests.in_process import InProcess
from tests.seed import seed
from tests.size import emptied

PERSON = 40  # of the list: neither the most nor the least photographed


def timed(call: Callable[[int], Any], rounds: int) -> dict[str, float]:
    """Medians of some calls in milliseconds, on the clock and of this process's CPU; the worst."""
    times, busy = [], []
    for n in range(rounds):
        begun, worked = time.perf_counter(), time.process_time()
        call(n)
        times.append((time.perf_counter() - begun) * 1000)
        busy.append((time.process_time() - worked) * 1000)
    ms, cpu = statistics.median(times), statistics.median(busy)
    return {"ms": round(ms, 1), "worst": round(max(times), 1), "cpu": round(cpu, 1)}


def learn(it: InProcess) -> dict[str, float]:
    """Learn all of the library, as after an answer; seconds, on the clock and of CPU."""
    owner = it.owner()
    with it.core.db.write() as session:
        identities.ask(session, owner.id)
        session.commit()
    begun, worked = time.perf_counter(), time.process_time()
    it.work("people")
    told = time.perf_counter() - begun, time.process_time() - worked
    return {"s": round(told[0], 2), "cpu": round(told[1], 2)}


def pages(it: InProcess, rounds: int) -> dict[str, Any]:
    """What the pages ask for."""
    people = it.get("/people")["people"]
    mine = people[PERSON]["id"]
    reads = {
        "people": "/people",
        "type ahead": "/people?q=person%204&limit=10",
        "a person, most certain": f"/people/{mine}/faces?tab=suggested&order=most",
        "a person, least certain": f"/people/{mine}/faces?tab=suggested&order=least",
        "a person, named": f"/people/{mine}/faces?tab=named",
        "stacks": "/people/stacks",
        "a stack": f"/people/stacks/{it.get('/people/stacks')['stacks'][0]['stack']}",
    }
    return {name: timed(lambda _, p=path: it.get(p), rounds) for name, path in reads.items()}


def answers(it: InProcess, rounds: int) -> dict[str, Any]:
    """What a key does, and the ranking after it."""
    people = it.get("/people")["people"][PERSON : PERSON + 3 * rounds]
    first = [
        (one["id"], it.get(f"/people/{one['id']}/faces?tab=suggested&order=least&limit=3")["faces"])
        for one in people
        if one["suggested"] > 3
    ]

    def confirm(n: int) -> None:
        it.post("/faces/confirm", {"faces": [first[n][1][0]["id"]]})

    def ranked(n: int) -> None:
        person, faces = first[n]
        it.post("/faces/confirm", {"faces": [faces[1]["id"]]})
        it.work("people")
        it.get(f"/people/{person}/faces?tab=suggested&order=least")

    def reject(n: int) -> None:
        person, faces = first[n]
        it.post("/faces/reject", {"faces": [faces[2]["id"]], "person": person})
        it.work("people")

    rounds = min(rounds, len(first))
    told = {"confirm": timed(confirm, rounds)}
    it.work("people")
    told["confirm, then ranked again"] = timed(ranked, rounds)
    told["reject, then ranked again"] = timed(reject, rounds)
    return told


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and print JSON."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--faces", type=int, default=100_000)
    parser.add_argument("--people", type=int, default=500)
    parser.add_argument("--photos", type=int, default=30_000)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--database", default="", help="a PostgreSQL database, which is emptied")
    parser.add_argument("--data", type=Path, help="a folder of tests.seed --faces instead")
    chosen = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as room:
        config = Config(data=chosen.data or Path(room), database_url=emptied(chosen.database))
        command.upgrade(alembic(config.database_url), "head")
        it = InProcess(config)
        if chosen.data is None:
            seed(it.core, chosen.photos, files=False, faces=(chosen.faces, chosen.people))
        told: dict[str, Any] = {"faces": chosen.faces, "people": chosen.people}
        told["learned first"] = learn(it)
        told["learned again"] = learn(it)
        told |= pages(it, chosen.rounds) | answers(it, chosen.rounds)
        told["load"] = round(os.getloadavg()[0], 1)
        it.close()
    sys.stdout.write(json.dumps(told, indent=1) + "\n")


if __name__ == "__main__":
    main()
