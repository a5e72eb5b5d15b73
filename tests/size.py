"""How long lists, search, review and changes take in a small library and in a large one.

    python -m tests.size --photos 1000 --photos 100000 [--database postgresql://…] [--rounds 15]

Seeds a library of each size, asks the app as the page does, in this process and without a browser
(tests.browser.size has one), and prints JSON: medians in milliseconds. `fresh`: something was
written before each request, so that nothing is remembered; `again`: nothing was.
"""

import argparse
import gc
import json
import os
import resource
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from alembic import command
from sqlalchemy import create_engine, delete, insert, select, text

from app.config import Config
from app.models import Embedding, Library, Photo
from app.services.tagging import heads, learning
from scripts.migrate import alembic
from tests.in_process import InProcess
from tests.seed import seed

READS = {
    "sections": "/photos/sections?sort=date",
    "sections by name": "/photos/sections?sort=name&order=asc",
    "sections by certainty": "/photos/sections?sort=uncertain",
    "page": "/photos?sort=date&limit=200",
    "facets": "/facets",
    "facets of a tag": "/facets?tag=dog",
    "search: a word, sections": "/photos/sections?q=wedding",
    "search: a word, page": "/photos?q=wedding&limit=200",
    "search: a rare name": "/photos?q=dsc_0451&limit=200",
    "search: tag and year": "/photos?q=tag:dog&from=2019-01-01&to=2019-12-31&limit=200",
    "search: a branch of tags": "/photos?tag=Places&limit=200",
    "state: to review": "/photos?state=review&limit=200",
    "suggestions": "/suggest?q=wed",
    "tags": "/tags?limit=50",
    "review": "/review?limit=20",
    "review of a tag": "/review?limit=20&tag=kite",
    "progress": "/progress",
}
LARGE = 50_000  # photos of a bulk edit
WIDTH = 1280  # numbers of an embedding


def written(it: InProcess) -> None:
    """Commit something, as every upload and every answer does."""
    with it.core.db.write() as session:
        library = session.scalars(select(Library)).first()
        assert library is not None
        library.paused = not library.paused
        session.flush()
        library.paused = not library.paused
        session.commit()


def median_ms(
    call: Callable[[], Any], rounds: int, before: Callable[[], Any] | None
) -> dict[str, float]:
    """The medians of some calls in milliseconds: on the clock, and of this process's CPU."""
    times, busy = [], []
    for _ in range(rounds):
        if before is not None:
            before()
        begun, worked = time.perf_counter(), time.process_time()
        call()
        times.append((time.perf_counter() - begun) * 1000)
        busy.append((time.process_time() - worked) * 1000)
    return {"ms": round(statistics.median(times), 1), "cpu": round(statistics.median(busy), 1)}


def reads(it: InProcess, rounds: int) -> dict[str, dict[str, Any]]:
    """What the page asks for."""
    found = {}
    for name, path in READS.items():
        call = lambda path=path: it.get(path)  # noqa: E731
        call()
        fresh = median_ms(call, rounds, lambda: written(it))
        found[name] = {"fresh": fresh, "again": median_ms(call, rounds, None)}
        sys.stderr.write(f"{name}: {found[name]}\n")
    return found


def answers(it: InProcess, rounds: int) -> dict[str, dict[str, Any]]:
    """A key of the review page: one answer, and taking it back."""
    items = it.get("/review?limit=100")["items"][: rounds * 2]
    done: list[int] = []

    def answer() -> None:
        item = items.pop()
        body = {"photo": item["photo"]["id"], "tag": item["tag"]["id"], "answer": "yes"}
        done.append(it.post("/review", body)["action"]["id"])

    said = median_ms(answer, rounds, None)
    back = median_ms(lambda: it.post(f"/actions/{done.pop()}/undo"), rounds, None)
    return {"answer": {"fresh": said}, "answer taken back": {"fresh": back}}


def changes(it: InProcess, photos: int) -> dict[str, Any]:
    """Many photos changed at once, and that undone; seconds, and what memory grew by in MB."""
    n = min(LARGE, photos // 2)
    first = it.get("/photos?limit=1&sort=date&order=asc")["photos"][0]["day"]
    days = it.get("/photos/sections?order=asc")["sections"]
    count, last = 0, first
    for day in days:
        count, last = count + day["count"], day["key"]
        if count >= n:
            break
    chosen = {"selection": {"filter": {"to": last}}}
    told: dict[str, Any] = {"photos": count}
    calls = {
        "add a tag": ("/tags/apply", {"add": ["bulk"]}),
        "remove a tag": ("/tags/apply", {"remove": ["dog"]}),
        "confirm all proposals": ("/tags/answer", {"state": "confirmed"}),
        "to the trash": ("/photos/trash", {}),
    }
    gc.collect()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for name, (path, body) in calls.items():
        begun = time.perf_counter()
        answer = it.post(path, chosen | body)
        middle = time.perf_counter()
        it.post(f"/actions/{answer['action']['id']}/undo")
        told[name] = {
            "changed": answer["changed"],
            "s": round(middle - begun, 2),
            "undone_s": round(time.perf_counter() - middle, 2),
        }
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    return told | {"memory_grew_mb": round(grown / 1024, 1)}


def taught(it: InProcess, rounds: int) -> dict[str, Any]:
    """Learning an own tag from ten yes and ten no, with an embedding of every photo; seconds."""
    rng, name = np.random.default_rng(5), heads.network()
    pool = rng.normal(size=(4096, WIDTH)).astype(np.float32)
    pool /= np.linalg.norm(pool, axis=1, keepdims=True)
    vectors = [one.astype("<f2").tobytes() for one in pool]
    with it.core.db.write() as session:
        library = session.scalars(select(Library)).one()
        session.execute(delete(Embedding))
        ids = session.scalars(select(Photo.id).where(Photo.library_id == library.id)).all()
        for i in range(0, len(ids), 10_000):
            some = [
                {"photo_id": photo, "network": name, "vector": vectors[photo % len(vectors)]}
                for photo in ids[i : i + 10_000]
            ]
            session.execute(insert(Embedding), some)
        session.commit()
    tag = it.post("/concepts", {"name": "first dance"})["concept"]["id"]
    examples = [photo["id"] for photo in it.get("/photos?limit=20")["photos"]]
    it.post(f"/concepts/{tag}", {"photos": examples[:10], "answer": "yes"})
    it.post(f"/concepts/{tag}", {"photos": examples[10:], "answer": "no"})
    with it.core.db.read() as session:
        times = median_ms(lambda: learning.learn(session, library.id, tag), rounds, None)
    return {"embeddings": len(ids), "s": round(times["ms"] / 1000, 2)}


def measure(photos: int, database: str, rounds: int, data: Path | None = None) -> dict[str, Any]:
    """Seed a library (or take the one in `data`) and measure everything."""
    with tempfile.TemporaryDirectory() as room:
        config = Config(data=data or Path(room), database_url=database)
        command.upgrade(alembic(config.database_url), "head")
        it = InProcess(config)
        begun = time.perf_counter()
        if data is None:
            seed(it.core, photos, files=False)
        told = {"photos": photos, "seeded_s": round(time.perf_counter() - begun, 1)}
        told |= {"reads": reads(it, rounds) | answers(it, rounds), "changes": changes(it, photos)}
        told["own tag learned"] = taught(it, rounds)
        it.close()
    return told


def emptied(url: str) -> str:
    """Make an empty database of this name, dropping the one that is there; returns the URL."""
    if url:
        server, _, name = url.rpartition("/")
        engine = create_engine(f"{server}/postgres", isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.execute(text(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)'))
            connection.execute(text(f'CREATE DATABASE "{name}"'))
        engine.dispose()
    return url


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure every size and print JSON."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--photos", type=int, action="append", help="repeatable")
    parser.add_argument("--database", default="", help="a PostgreSQL database, which is emptied")
    parser.add_argument("--data", type=Path, action="append", help="folders of tests.seed instead")
    parser.add_argument("--rounds", type=int, default=15)
    chosen = parser.parse_args(arguments)
    sizes = chosen.photos or [1000, 100_000]
    folders = chosen.data or [None] * len(sizes)
    told = [
        measure(photos, emptied(chosen.database), chosen.rounds, data)
        for photos, data in zip(sizes, folders, strict=True)
    ]
    database = "postgresql" if chosen.database else "sqlite"
    load = round(os.getloadavg()[0], 1)
    sys.stdout.write(json.dumps({"database": database, "load": load, "sizes": told}) + "\n")


if __name__ == "__main__":
    main()
