"""Holds what an installation has against what was sent: nothing lost, doubled or left over."""

import os
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from PIL import Image
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from app.config import Config
from app.core import Core
from app.models import Embedding, Face, Job, Location, Photo, PhotoTag, Sidecar, Upload
from app.services.intake import paths
from app.storage import sha256_of
from tests.drop import File
from workers.sweeper import Sweeper

DAYS_S = 3 * 86_400


@dataclass
class Audit:
    """What was found: complaints, none of which may be; figures for people."""

    complaints: list[str] = field(default_factory=list)
    figures: dict[str, Any] = field(default_factory=dict)

    def hold(self, true: object, complaint: str) -> None:
        """Complain where something is not true."""
        if not true:
            self.complaints.append(complaint)

    def equal(self, what: str, found: Counter[Any], wanted: Counter[Any]) -> None:
        """Complain of what is there too often or too rarely."""
        for word, rest in (("lost", wanted - found), ("too many", found - wanted)):
            if rest:
                self.complaints.append(f"{what} {word}: {rest.total()}, such as {next(iter(rest))}")


def audit(config: Config, files: Sequence[File]) -> Audit:
    """Check the rows and files of a stopped installation against the drop."""
    core, result = Core.build(config), Audit()
    with core.db.read() as session:
        _check_photos(session, core, result, files)
        _check_paths(session, result, files)
        _check_jobs(session, result)
        _check_findings(session, result)
        _check_uploads(session, result, files)
        _check_database(session, result)
    _check_leftovers(core, result)
    core.db.dispose()
    return result


def _check_photos(session: Session, core: Core, result: Audit, files: Sequence[File]) -> None:
    rows = session.scalars(select(Photo)).all()
    wanted = {file.sha256 for file in files if file.kind == "photo"}
    result.equal("photos", Counter(row.sha256 for row in rows), Counter(wanted))
    for row in rows:
        original = core.storage.original(row.library_id, row.sha256)
        intact = original.is_file() and sha256_of(original) == row.sha256
        result.hold(intact, f"the original of {row.name} is not what was sent")
        if row.state == "failed":
            result.hold(row.reason, f"{row.name} failed without a reason")
        else:
            result.hold(row.state == "ready", f"{row.name} is still {row.state}")
            thumb = core.storage.derived(row.library_id, row.sha256, "thumb.webp")
            result.hold(_is_picture(thumb), f"{row.name} has no thumbnail")
    result.figures["photos"] = dict(Counter(row.state for row in rows))
    result.figures["files"] = dict(Counter(file.kind for file in files))


def _is_picture(path: Path) -> bool:
    try:
        with Image.open(path) as image:
            image.load()
    except OSError:
        return False
    return True


def _check_paths(session: Session, result: Audit, files: Sequence[File]) -> None:
    """Every path of the drop is a location of its photo, or a sidecar tied to its photo."""
    query = select(Location.folder, Location.name, Photo.sha256).join(Photo)
    found = [tuple(row) for row in session.execute(query)]
    wanted = Counter((*paths.split(f.path), f.sha256) for f in files if f.kind == "photo")
    result.equal("paths", Counter(found), wanted)
    sidecars = session.execute(
        select(Sidecar.folder, Sidecar.name, Sidecar.sha256, Sidecar.photo_id)
    ).all()
    wanted = Counter((*paths.split(f.path), f.sha256) for f in files if f.kind == "sidecar")
    result.equal("sidecars", Counter((row[0], row[1], row[2]) for row in sidecars), wanted)
    alone = [row.name for row in sidecars if row.photo_id is None]
    result.hold(not alone, f"sidecars without their photo: {alone[:5]}")


def _check_jobs(session: Session, result: Audit) -> None:
    jobs = session.scalars(select(Job)).all()
    for job in jobs:
        ended = job.state == "done" or (job.state == "failed" and job.reason)
        result.hold(ended, f"job {job.id} ({job.kind}) is {job.state}, reason {job.reason}")
    kinds = Counter((job.photo_id, job.kind) for job in jobs if job.kind != "metadata")
    ready = session.scalars(select(Photo).where(Photo.state == "ready")).all()
    wanted = Counter((photo.id, kind) for photo in ready for kind in ("prepare", "analyse"))
    failed = set(session.scalars(select(Photo.id).where(Photo.state == "failed")))
    found = Counter({key: n for key, n in kinds.items() if key[0] not in failed})
    result.equal("jobs", found, wanted)
    analysed = {job.photo_id for job in jobs if job.kind == "analyse" and job.state == "done"}
    blank = [photo.id for photo in ready if photo.id in analysed and photo.analysed_at is None]
    result.hold(not blank, f"analysed without a result: photos {blank[:5]}")
    result.figures["jobs"] = {f"{k} {s}": n for (k, s), n in _states(jobs).items()}
    result.figures["most_attempts"] = max((job.attempt for job in jobs), default=0)
    result.figures["attempts_over_one"] = sum(job.attempt - 1 for job in jobs if job.attempt)
    result.figures["reasons"] = dict(Counter(job.reason for job in jobs if job.reason))


def _states(jobs: Sequence[Job]) -> Counter[tuple[str, str]]:
    return Counter((job.kind, job.state) for job in jobs)


def _check_findings(session: Session, result: Audit) -> None:
    faces = session.execute(select(Face.photo_id, Face.box)).all()
    twice = [key for key, n in Counter((i, tuple(box)) for i, box in faces).items() if n > 1]
    result.hold(not twice, f"faces found twice: {twice[:5]}")
    counts = Counter(photo_id for photo_id, _ in faces)
    photos = session.execute(select(Photo.id, Photo.face_count, Photo.to_review)).all()
    wrong = [i for i, n, _ in photos if n is not None and counts[i] != n]
    result.hold(not wrong, f"photos whose count of faces is wrong: {wrong[:5]}")
    tags = session.execute(
        select(PhotoTag.photo_id, PhotoTag.tag_id, PhotoTag.source, PhotoTag.state)
    ).all()
    doubled = [key for key, n in Counter((row[0], row[1]) for row in tags).items() if n > 1]
    result.hold(not doubled, f"tags found twice: {doubled[:5]}")
    unanswered = Counter(row[0] for row in tags if row[2:] == ("machine", "suggested"))
    wrong = [i for i, _, n in photos if unanswered[i] != n]
    result.hold(not wrong, f"photos whose count of proposals is wrong: {wrong[:5]}")
    embeddings = session.scalars(select(Embedding.photo_id)).all()
    result.hold(len(embeddings) == len(set(embeddings)), "photos with two embeddings")
    result.figures["findings"] = {
        "tags": len(tags),
        "faces": len(faces),
        "embeddings": len(embeddings),
    }


def _check_uploads(session: Session, result: Audit, files: Sequence[File]) -> None:
    """Every file of the drop has an upload that ended as it should; none is left under way."""
    rows = session.scalars(select(Upload)).all()
    ends: dict[str, set[str]] = {}
    for row in rows:
        ends.setdefault(row.path, set()).add(row.state)
        if row.state == "refused":
            result.hold(row.reason, f"{row.path} is refused without a reason")
    failed = {
        (place.folder, place.name)
        for place in session.scalars(select(Location).join(Photo).where(Photo.state == "failed"))
    }
    for file in files:
        good = {"done", "duplicate"} if file.kind != "broken" else {"refused"}
        if paths.split(file.path) in failed:
            good |= {"refused"}
        states = ends.get(file.path, set())
        result.hold(states & good, f"{file.path} ({file.kind}) ended as {sorted(states)}")
    under_way = Counter(row.state for row in rows if row.state in ("receiving", "waiting"))
    result.hold(not under_way, f"uploads that never end: {dict(under_way)}")
    result.figures["uploads"] = dict(Counter(row.state for row in rows))
    result.figures["refusals"] = sorted({row.reason for row in rows if row.reason})[:12]


def _check_database(session: Session, result: Audit) -> None:
    if session.get_bind().dialect.name != "sqlite":
        return
    answer = session.scalar(text("PRAGMA integrity_check"))
    result.hold(answer == "ok", f"integrity_check: {answer}")
    broken = session.execute(text("PRAGMA foreign_key_check")).all()
    result.hold(not broken, f"foreign_key_check: {broken[:5]}")


def _check_leftovers(core: Core, result: Audit) -> None:
    """Whatever a killed process left half-written is gone after a sweep some days later."""
    result.figures["left_before_sweep"] = len(list(_left(core)))
    for path in _left(core):
        os.utime(path, (time.time() - DAYS_S,) * 2)
    Sweeper(core).sweep(tidy=True, clean=True)
    for path in _left(core):
        result.complaints.append(f"left over: {path.relative_to(core.storage.root)}")


def _left(core: Core) -> Iterator[Path]:
    """Files that belong to no row."""
    with core.db.read() as session:
        kept = {"originals": set(session.scalars(select(Photo.sha256)))}
        kept["derived"] = kept["originals"]
        kept["sidecars"] = set(session.scalars(select(Sidecar.sha256)))
        kept["uploads"] = set(session.scalars(select(Upload.id).where(Upload.state == "receiving")))
    rooms = ("originals", "derived", "sidecars", "uploads")
    for room in rooms:
        for path in (core.storage.root / room).rglob("*"):
            if path.is_file() and path.name.split(".")[0] not in kept.get(room, set()):
                yield path
