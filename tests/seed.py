"""Fills a database with a library as it looks after fifteen years; no file is analysed.

    python -m tests.seed --photos 100000 --data FOLDER [--database URL] [--seed 1]
        [--faces 100000 --people 500]

Folders, dates, cameras, flat and hierarchical tags, proposals, answers, faces, jobs. A few pictures
made here stand for all thumbnails and previews, by hard links. Repeatable: the same seed makes the
same library.
"""

import argparse
import hashlib
import json
import math
import random
import sys
import time
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
from alembic import command
from PIL import Image
from sqlalchemy import Connection, func, insert, select, text, update

from app.config import Config
from app.core import Core
from app.folding import folded
from app.models import (
    Face,
    Generation,
    Job,
    Library,
    Location,
    Photo,
    PhotoTag,
    PhotoText,
    Upload,
)
from app.services import settings
from app.services.intake import paths
from scripts.migrate import alembic
from tests import seed_faces
from tests.seed_tags import CITIES, EVENTS, make_tags, said

FIRST = datetime(2011, 1, 3)  # noqa: DTZ001  (a camera's clock has no zone)
NOW = datetime.fromisoformat("2026-01-02T03:04:05+00:00")
YEARS = 15
BATCH = 2000
PICTURES = 12  # hard links to one file end at 65,000
LARGE = 250  # one shoot in so many is a wedding of thousands
CAMERAS = (
    ("Canon EOS 5D Mark III", "IMG_{:04d}.jpg"),
    ("NIKON D750", "DSC_{:04d}.JPG"),
    ("SONY ILCE-7M3", "DSC{:05d}.ARW"),
    ("FUJIFILM X-T4", "DSCF{:04d}.JPG"),
    ("Apple iPhone 12", "IMG_{:04d}.HEIC"),
    ("Panasonic DMC-GX8", "P1{:06d}.JPG"),
)
SHAPES = ((6000, 4000), (4000, 6000), (6000, 4000), (4032, 3024), (5472, 3648), (3024, 4032))


def band_of(low: float) -> int:
    """The section of a photo by its least certain proposal: 0 to 19, 40 without any."""
    return min(int(low * 20), 19) if low <= 1 else 40


def shoots(rng: random.Random, photos: int) -> Iterator[tuple[datetime, str, str, str, int]]:
    """Days on which photos were taken: (start, folder, camera, names, photos)."""
    left = photos
    while left:
        size = round(rng.lognormvariate(3.2, 0.9)) + 1
        if photos > 20 * LARGE and rng.randrange(LARGE) == 0:
            size = rng.randrange(2000, 4000)
        start = FIRST + timedelta(days=rng.randrange(365 * YEARS), hours=rng.randrange(7, 20))
        event, place = rng.choice(EVENTS), rng.choice(CITIES)
        camera, names = rng.choice(CAMERAS)
        folder = f"{start:%Y}/{start:%Y-%m-%d} {event} {place}"
        yield start, folder, camera, names, min(size, left)
        left -= min(size, left)


class Seeding:
    """Rows of one library, written by the thousand."""

    def __init__(self, connection: Connection, library_id: int, seed: int) -> None:
        self.connection, self.library_id = connection, library_id
        self.rng = random.Random(seed)
        self.ids = make_tags(connection, library_id)
        self.next = (connection.scalar(select(func.max(Photo.id))) or 0) + 1
        self.waiting: dict[Any, list[dict[str, Any]]] = {
            model: [] for model in (Photo, Location, PhotoText, PhotoTag, Face, Job, Upload)
        }
        self.hashes: list[str] = []
        self.vectors = [np.random.default_rng(n).bytes(1024) for n in range(16)]

    def shoot(self, start: datetime, folder: str, camera: str, names: str, photos: int) -> None:
        """One day's photos."""
        rng, ids = self.rng, self.ids
        own = [rng.choice(ids["place"])] if rng.random() < 0.6 else []
        own += rng.sample(ids["keyword"], rng.randrange(3))
        first = rng.randrange(9000)
        for n in range(photos):
            moment = start + timedelta(seconds=37 * n % 40_000)
            name = names.format(first + n)
            self.photo(moment, folder, name, camera, own)
        if len(self.waiting[Photo]) >= BATCH:
            self.write()

    def photo(
        self, moment: datetime, folder: str, name: str, camera: str, own: Sequence[int]
    ) -> None:
        """One photo with all that is known about it."""
        rng, photo_id, library = self.rng, self.next, {"library_id": self.library_id}
        self.next += 1
        tags = said(rng, self.ids, own)
        new = rng.random() < 0.02
        if new:
            tags = [row for row in tags if row["source"] == "file"]
        open_ = [row["confidence"] for row in tags if row["state"] == "suggested"]
        width, height = rng.choice(SHAPES)
        digest = hashlib.sha256(f"{self.library_id} {photo_id}".encode()).hexdigest()
        faces = 0 if rng.random() < 0.6 else min(6, int(rng.expovariate(0.6)) + 1)
        rating = rng.choice((None, None, None, 1, 3, 4, 5))
        summary = [["Camera", camera], ["Lens", "24-70mm F2.8"]]
        mine = {"photo_id": photo_id}
        self.hashes.append(digest)
        self.waiting[Photo].append(
            library
            | {
                "id": photo_id,
                "sha256": digest,
                "image_sha256": digest,
                "size": rng.randrange(3_000_000, 30_000_000),
                "name": name,
                "state": "ready",
                "format": "JPEG",
                "mime": "image/jpeg",
                "width": width,
                "height": height,
                "taken_at": moment,
                "sort_at": moment,
                "day": moment.date().isoformat(),
                "sort_name": paths.natural(name),
                "certainty": min(open_, default=2.0),
                "band": band_of(min(open_, default=2.0)),
                "to_review": len(open_),
                "confirmed": sum(row["state"] == "confirmed" for row in tags),
                "face_count": None if new else faces,
                "camera": camera,
                "rating": rating,
                "metadata_": {"summary": summary, "rating": rating},
                "analysed_at": None if new else NOW,
                "trashed_at": NOW if rng.random() < 0.003 else None,
            }
        )
        self.waiting[Location].append(library | mine | {"folder": folder, "name": name})
        texts = [name, folder, camera, "24-70mm F2.8"]
        self.waiting[PhotoText].append(mine | {"words": folded(texts)})
        self.waiting[PhotoTag] += [library | mine | row for row in tags]
        self.waiting[Face] += [
            mine
            | {"box": [10.0, 10.0, 90.0, 90.0], "landmarks": [], "score": 0.9, "quality": 0.5}
            | {"embedding": rng.choice(self.vectors), "network": "sface@seed"}
            for _ in range(0 if new else faces)
        ]
        for kind in ("prepare",) if new else ("prepare", "analyse"):
            self.waiting[Job].append(
                library
                | mine
                | {"subject": f"photo:{photo_id}", "kind": kind, "params_hash": "0" * 16}
                | {"state": "done", "finished_at": NOW}
            )
        self.waiting[Upload].append(
            library
            | mine
            | {"id": digest[:32], "path": f"{folder}/{name}", "size": 1, "state": "done"}
        )

    def write(self) -> None:
        """Write what waits."""
        for model, rows in self.waiting.items():
            if rows:
                self.connection.execute(insert(model), rows)
                rows.clear()


def pictures(folder: Path) -> list[Path]:
    """A few pictures that differ, as thumbnails and previews are."""
    made = []
    for n in range(PICTURES):
        rng = np.random.default_rng(n)
        noise = Image.fromarray(rng.integers(30, 220, (6, 9, 3), dtype=np.uint8))
        for side, name in ((512, "thumb"), (1600, "preview")):
            target = folder / f"seed-{n}.{name}.webp"
            size = (side, side * 2 // 3)
            noise.resize(size, Image.Resampling.BICUBIC).save(target, "WEBP", quality=80)
        made.append(folder / f"seed-{n}")
    return made


def link_pictures(core: Core, library_id: int, hashes: Sequence[str]) -> None:
    """Give every photo a thumbnail and a preview."""
    made = pictures(core.storage.root)
    for n, digest in enumerate(hashes):
        for name in ("thumb.webp", "preview.webp"):
            target = core.storage.derived(library_id, digest, name)
            target.parent.mkdir(parents=True, exist_ok=True)
            if not target.exists():
                source = made[n % PICTURES]
                target.hardlink_to(source.with_name(f"{source.name}.{name}"))


def seed(
    core: Core,
    photos: int,
    number: int = 1,
    files: bool = True,
    faces: tuple[int, int] | None = None,
) -> Library:
    """Fill the owner's library of a migrated database; returns it. `faces` are how many faces, and
    how many people they are of, in place of a few that look like nobody.
    """
    with core.db.write() as session:
        library = settings.owner(session)
        library.settings = library.settings | {"analyse_on_upload": False}
        session.commit()
    with core.db.engine.execution_options(write=True).begin() as connection:
        seeding = Seeding(connection, library.id, number)
        for shoot in shoots(seeding.rng, photos):
            seeding.shoot(*shoot)
        seeding.write()
        if faces:
            seed_faces.add(connection, library.id, *faces, seed=number)
        if connection.dialect.name == "postgresql":  # rows came with their ids
            top = select(func.max(Photo.id)).scalar_subquery()
            connection.execute(select(func.setval("photo_id_seq", top)))
            top = select(func.coalesce(func.max(Face.id), 1)).scalar_subquery()
            connection.execute(select(func.setval("face_id_seq", top)))
        else:
            connection.execute(update(Generation).values(n=Generation.n + 1))
    with core.db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text("VACUUM ANALYZE"))
    core.db.analyze()  # as the worker does every ten minutes
    if files:
        link_pictures(core, library.id, seeding.hashes)
    return library


def main(arguments: Sequence[str] | None = None) -> None:
    """Migrate a database and fill it; prints how long that took."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--photos", type=int, default=100_000)
    parser.add_argument("--data", type=Path, required=True, help="the data folder")
    parser.add_argument("--database", default="", help="a URL; without it SQLite in the folder")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--faces", type=int, default=0)
    parser.add_argument("--people", type=int, default=500)
    chosen = parser.parse_args(arguments)
    chosen.data.mkdir(parents=True, exist_ok=True, mode=0o700)
    config = Config(data=chosen.data, database_url=chosen.database)
    command.upgrade(alembic(config.database_url), "head")
    begun, core = time.perf_counter(), Core.build(config)
    faces = (chosen.faces, chosen.people) if chosen.faces else None
    library = seed(core, chosen.photos, chosen.seed, faces=faces)
    core.db.dispose()
    seconds = round(time.perf_counter() - begun, 1)
    told = {"photos": chosen.photos, "library": library.id, "seconds": math.ceil(seconds)}
    sys.stdout.write(json.dumps(told) + "\n")


if __name__ == "__main__":
    main()
