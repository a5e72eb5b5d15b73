"""Sensors' patterns: estimated in the background where a library holds enough photos of a body.

There are two of each, from one half of the photos and from the other: a photo is compared with the
one that it has no part in.
"""

import shutil
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from app.core import Core
from app.models import Photo, Sensor, Verdict
from app.services.authenticity.wanted import JUDGE
from app.services.intake.preparation import original
from app.services.rows import among, insert_missing
from app.services.work import jobs, leases
from app.services.work.leases import Claim
from app.storage import SUMS, replacing
from ml.authenticity.body import body as body_of
from ml.authenticity.sensor import LEAST, Pattern, Sums
from ml.authenticity.stored import Stored, stored
from ml.errors import ImageError
from ml.image import Picture

KIND = "sensor"  # of jobs
MOST = 100  # photos that a pattern is estimated from
_GROWN = 1.5  # times as many photos as before: estimated anew
_MIX = 2654435761  # Knuth's multiplier


@dataclass(frozen=True)
class _Order:
    """A body, and the ids and files of photos that may be of it."""

    library_id: int
    sensor_id: int
    body: str
    files: tuple[tuple[int, Path], ...]


def wanted(session: Session, photo: Photo, body: str) -> None:
    """Have a body's pattern estimated where there are enough photos by now, or many more than were
    there the last time. The caller commits.
    """
    count = session.scalar(select(func.count()).where(*_alike(photo))) or 0
    row = _row(session, photo.library_id, body)
    if count < max(LEAST, _GROWN * row.asked if row else 0):
        return
    insert_missing(
        session,
        Sensor,
        [{"library_id": photo.library_id, "body": body, "asked": 0, "photos": 0}],
        ("library_id", "body"),
    )
    found = session.scalars(
        select(Sensor).where(Sensor.library_id == photo.library_id, Sensor.body == body)
    ).one()
    found.asked = count
    params = {"sensor": found.id, "photo": photo.id}
    subject = f"sensor:{found.id}"
    jobs.ask(session, photo.library_id, KIND, subject=subject, params=params, again=True)


def pattern(session: Session, core: Core, photo: Photo, body: str) -> Pattern | None:
    """The pattern of a body that a photo has no part in; None where there is none."""
    row = _row(session, photo.library_id, body)
    if row is None or not row.photos:
        return None
    path = core.storage.sensor(row.library_id, row.id, 1 - half_of(photo.id))
    return Pattern(np.load(path, mmap_mode="r")) if path.is_file() else None


def estimate(core: Core, claim: Claim) -> None:
    """Estimate both halves of a pattern, and look again at the photos it may tell something of."""
    with core.db.read() as session:
        order = _order(session, core, claim)
    try:
        used = _estimated(core, order, leases.Holder(core, claim)) if order else 0
    except leases.Lost:
        return
    with core.db.write() as session:
        if not leases.finish(session, claim):
            return
        row = session.get(Sensor, claim.params["sensor"])
        if row is not None and order is not None:
            row.photos = used
            ids = [photo_id for photo_id, _ in order.files] if used else []
            judged = select(Verdict.photo_id).where(among(Verdict.photo_id, ids))
            again = list(session.scalars(judged))
            jobs.ask(session, row.library_id, JUDGE, photo_ids=again, again=True)
        session.commit()


def forget(core: Core, before: float) -> None:
    """Drop the patterns of libraries that hold too few photos by now, and what was added up until
    `before`, seconds since 1970, by workers that were killed.
    """
    enough = select(Photo.library_id).group_by(Photo.library_id).having(func.count() >= LEAST)
    with core.db.write() as session:
        rows = session.scalars(select(Sensor).where(Sensor.library_id.not_in(enough))).all()
        gone = [(row.library_id, row.id) for row in rows]
        for row in rows:
            session.delete(row)
        session.commit()
    for library_id, sensor_id in gone:
        for half in (0, 1):
            core.storage.sensor(library_id, sensor_id, half).unlink(missing_ok=True)
    for folder in (core.storage.root / "sensors").glob(f"*/{SUMS}*/"):
        if all(each.stat().st_mtime < before for each in (folder, *folder.iterdir())):
            shutil.rmtree(folder, ignore_errors=True)


def _row(session: Session, library_id: int, body: str) -> Sensor | None:
    query = select(Sensor).where(Sensor.library_id == library_id, Sensor.body == body)
    return session.scalars(query).one_or_none()


def _alike(photo: Photo) -> tuple[ColumnElement[bool], ...]:
    """Conditions on photos that may be of a photo's body: the same camera, size and format."""
    sides = (photo.width, photo.height)
    return (
        Photo.library_id == photo.library_id,
        Photo.camera == photo.camera,
        Photo.format == photo.format,
        Photo.width.in_(sides),
        Photo.height.in_(sides),
        Photo.trashed_at.is_(None),
    )


def half_of(photo_id: int) -> int:
    """The half that a photo has a part in: mixed, since a RAW and its JPEG come one after the
    other.
    """
    return (photo_id * _MIX >> 16) & 1


def _order(session: Session, core: Core, claim: Claim) -> _Order | None:
    """What a job is about; None where it has been deleted."""
    row = session.get(Sensor, claim.params["sensor"])
    photo = session.get(Photo, claim.params["photo"])
    if row is None or photo is None:
        return None
    rows = session.scalars(select(Photo).where(*_alike(photo)).order_by(Photo.id))
    files = tuple((each.id, original(core, each)) for each in rows)
    return _Order(row.library_id, row.id, row.body, files)


def _estimated(core: Core, order: _Order, hold: leases.Holder) -> int:
    """Estimate and keep both halves; returns from how many photos, 0 where they are too few."""
    sums: list[Sums] = []
    room = core.storage.sensor(order.library_id, order.sensor_id, 0).parent
    room.mkdir(parents=True, exist_ok=True, mode=0o700)
    with ExitStack() as stack:
        number = 0
        for photo_id, file in _of_body(order):
            hold(number / MOST)
            if file is None:
                continue
            number += 1
            if not sums:
                folders = (
                    stack.enter_context(TemporaryDirectory(prefix=SUMS, dir=room)) for _ in range(2)
                )
                sums = [Sums(Path(folder), file.luma.shape) for folder in folders]
            if file.luma.shape == sums[0].shape:
                sums[half_of(photo_id)].add(file.luma)
            if number == MOST:
                break
        if min((each.count for each in sums), default=0) < LEAST // 3:
            return 0
        for half, each in enumerate(sums):
            target = core.storage.sensor(order.library_id, order.sensor_id, half)
            with replacing(target) as path, path.open("wb") as out:
                np.save(out, each.pattern().kept)
        return sum(each.count for each in sums)


def _of_body(order: _Order) -> Iterator[tuple[int, Stored | None]]:
    """Photos one after the other, None for those whose files do not name this very body."""
    for photo_id, path in order.files:
        try:
            picture = Picture.open(path)
            file = stored(picture) if body_of(picture) == order.body else None
        except ImageError:  # its own job tells of the damage
            file = None
        yield photo_id, file
