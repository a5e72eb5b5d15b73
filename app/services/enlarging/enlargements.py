"""Photos made larger: asked for, watched, fetched, thrown away; they expire."""

import re
import time
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path, PurePosixPath
from typing import Any

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from app.core import Core
from app.errors import AppError, Conflict, NotFound
from app.models import Enlargement, Job, Library, Photo, now
from app.services.work import dispatch, jobs
from ml.image import MAX_PIXELS
from ml.superres.upscale import FACTORS, INVENTED, METHODS

KIND = "enlarge"
KEEP = timedelta(hours=24)
SETTLED_S = 600.0  # of a folder without a row
MOST = 20  # of one library at a time
LONGEST_NAME = 200
SIDES = ("bicubic", "enlarged")  # what is compared


def create(
    session: Session,
    core: Core,
    library: Library,
    *,
    factor: int,
    method: str,
    photo: Photo | None = None,
    name: str = "",
    file: Path | None = None,
) -> Enlargement:
    """Have a photo of the library made larger, or a `file`, which is moved away; commits.

    AppError for a factor or method that there is not, and where the result is known to be too
    large; Conflict where too many are kept.
    """
    if factor not in FACTORS or method not in METHODS:
        raise AppError(f"The factor is one of 2, 3 and 4, the method one of {', '.join(METHODS)}.")
    if photo is not None and photo.width and photo.height:
        check_size(photo.width, photo.height, factor)
    _check_room(session, library)
    row = Enlargement(
        library_id=library.id,
        photo_id=photo.id if photo else None,
        name=_plain(PurePosixPath(photo.name if photo else name).name)[-LONGEST_NAME:] or "photo",
        factor=factor,
        method=method,
    )
    session.add(row)
    session.flush()
    core.storage.remove_enlargement(row.id)  # what was there before a backup was restored
    if file is not None:
        folder = core.storage.enlargement(row.id)
        folder.mkdir(parents=True, exist_ok=True)
        file.replace(source_of(core, row))
    params = {"enlargement": row.id}
    jobs.ask(session, library.id, KIND, subject=_subject(row.id), params=params)
    session.commit()
    dispatch.publish(core)
    return row


def _plain(name: str) -> str:
    """A file's name without control characters, which no header of an answer holds."""
    return "".join(c for c in name if c.isprintable())


def _check_room(session: Session, library: Library) -> None:
    kept = select(func.count()).where(Enlargement.library_id == library.id)
    if (session.scalar(kept) or 0) >= MOST:
        raise Conflict(f"{MOST} enlarged photos are kept at a time. Throw one away first.")


def check_size(width: int, height: int, factor: int) -> None:
    """AppError where nothing here could open the result again."""
    if width * height * factor**2 > MAX_PIXELS:
        raise AppError(
            f"{factor} times as large it would have {width * factor:,} × {height * factor:,} "
            f"pixels, more than the limit of {MAX_PIXELS / 1e6:g} megapixels."
        )


def get(session: Session, library: Library, enlargement_id: int) -> Enlargement:
    """Find an enlarged photo of this library; NotFound otherwise."""
    row = session.get(Enlargement, enlargement_id)
    if row is None or row.library_id != library.id:
        raise NotFound("This enlarged photo is no longer here. Make it again.")
    return row


def listing(session: Session, library: Library) -> Sequence[Enlargement]:
    """List those of a library, the newest first."""
    mine = select(Enlargement).where(Enlargement.library_id == library.id)
    return session.scalars(mine.order_by(Enlargement.id.desc())).all()


def standing(session: Session, row: Enlargement) -> dict[str, Any]:
    """Tell how far it is: state (waiting, running, ready, failed, cancelled), reason."""
    if row.state == "ready":
        return {"state": "ready", "reason": None}
    job = job_of(session, row)
    state = job.state if job is not None else "cancelled"
    return {
        "state": "waiting" if state == "queued" else "running" if state == "done" else state,
        "reason": job.reason if job is not None else None,
    }


def job_of(session: Session, row: Enlargement) -> Job | None:
    """Return the job that makes one."""
    return session.scalar(select(Job).where(Job.subject == _subject(row.id)))


def remove(session: Session, core: Core, row: Enlargement) -> None:
    """Stop it where it is being made, and throw it away; commits."""
    number, library_id, job = row.id, row.library_id, job_of(session, row)
    session.delete(row)
    session.commit()
    if job is not None:  # kept: on SQLite another job would get its number while it is made
        jobs.cancel(session, library_id, [job.id])
    core.storage.remove_enlargement(number)


def file_of(core: Core, row: Enlargement) -> Path:
    """Return the enlarged photo; Conflict while it is being made."""
    if row.state != "ready":
        raise Conflict("It is not ready yet.")
    path = result_of(core, row)
    if not path.is_file():
        raise NotFound("This enlarged photo is no longer here. Make it again.")
    return path


def piece_of(core: Core, row: Enlargement, side: str, column: int, rank: int) -> Path:
    """Return a piece of the comparison: one of `compared.TILE` pixels."""
    return _seen(core, row, f"{side}-{column}-{rank}.jpg")


def overview_of(core: Core, row: Enlargement, side: str) -> Path:
    """Return the whole of one side of the comparison, as large as a screen."""
    return _seen(core, row, f"{side}.jpg")


def _seen(core: Core, row: Enlargement, name: str) -> Path:
    if row.state != "ready":
        raise Conflict("It is not ready yet.")
    path = core.storage.enlargement(row.id) / name
    if not path.is_file():
        raise NotFound("There is no such piece.")
    return path


def source_of(core: Core, row: Enlargement) -> Path:
    """Return where a file of its own lies, under the suffix that it came with."""
    suffix = PurePosixPath(row.name).suffix
    known = suffix if re.fullmatch(r"\.[A-Za-z0-9]{1,6}", suffix) else ""
    return core.storage.enlargement(row.id) / f"source{known}"


def result_of(core: Core, row: Enlargement) -> Path:
    """Return where the enlarged photo lies."""
    return core.storage.enlargement(row.id) / f"result{row.suffix}"


def download_name(row: Enlargement) -> str:
    """Return the name of the enlarged photo: the source's, the factor, and if it is made up."""
    told = "-invented" if row.method == INVENTED else ""
    return f"{PurePosixPath(row.name).stem}-{row.factor}x{told}{row.suffix}"


def sweep(session: Session, core: Core) -> None:
    """Throw away what nobody will fetch any more, and folders without a row; commits."""
    old = now() - KEEP
    expired = select(Enlargement.id).where(Enlargement.created_at < old)
    numbers = session.scalars(expired).all()
    session.execute(delete(Enlargement).where(Enlargement.id.in_(numbers)))
    session.execute(delete(Job).where(Job.kind == KIND, Job.created_at < old))
    session.commit()
    for number in numbers:
        core.storage.remove_enlargement(number)
    folders = list((core.storage.root / "enlargements").iterdir())
    known = {str(number) for number in session.scalars(select(Enlargement.id))}
    session.rollback()
    for folder in folders:
        if folder.name not in known and folder.name.isdigit() and _is_settled(folder):
            core.storage.remove_enlargement(int(folder.name))


def _is_settled(folder: Path) -> bool:
    """Whether no request is about to commit the row of a folder."""
    try:
        return time.time() - folder.stat().st_mtime > SETTLED_S
    except FileNotFoundError:  # somebody was quicker
        return False


def _subject(enlargement_id: int) -> str:
    return f"enlargement:{enlargement_id}"
