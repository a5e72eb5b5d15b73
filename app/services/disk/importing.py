"""The work of an import: a folder is walked a piece at a time, files stay where they lie.

A piece ends after some seconds and the job goes back to the queue, so that other work comes in
between. What is written at once: the rows of some files, and the cursor behind them.
"""

import shutil
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from time import monotonic

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core import Core
from app.models import Import, Photo, Reference, now
from app.services.disk import folders, references
from app.services.disk.sightings import Seen, look
from app.services.disk.walks import walk
from app.services.files import revisions
from app.services.intake import ingest, sidecars
from app.services.intake.ingest import Arrival
from app.services.work import jobs, leases
from app.services.work.leases import Claim
from app.storage import replacing, sha256_of

PIECE_S = 10.0
BATCH, BATCH_S = 50, 2.0  # files whose rows are written at once
MOST_PROBLEMS = 200


def walk_on(core: Core, claim: Claim) -> None:
    """Do the next piece of an import; the job is queued again until all is done."""
    with core.db.read() as session:
        row = session.get(Import, claim.params.get("import"))
        if row is None or row.library_id != claim.library_id or row.state != "running":
            return
    end = monotonic() + PIECE_S
    folder = Path(row.path)
    if not folder.is_dir():
        _finish(core, claim, row.id, reason=f"{folder} is no longer there.")
        return
    files = walk(folder, row.cursor, core.config.data)
    while batch := list(_for_a_while(files)):
        seen = look(core, claim.library_id, batch)
        if not _write(core, claim, row.id, seen, batch[-1].relative_to(folder).parts):
            return
        if monotonic() > end:
            with core.db.write() as session:
                leases.again(session, claim)
            return
    references.watch(core, claim.library_id, folder)
    _finish(core, claim, row.id)


def _for_a_while(files: Iterator[Path]) -> Iterator[Path]:
    """Yield the next files until there are enough of them, by number or by size."""
    room = 256 * 2**20
    for path in islice(files, BATCH):
        yield path
        try:
            room -= path.lstat().st_size
        except OSError:
            continue
        if room < 0:
            return


def _write(
    core: Core, claim: Claim, import_id: int, seen: Sequence[Seen], cursor: Sequence[str]
) -> bool:
    """Write the rows of some files with the cursor behind them; False: somebody stopped it."""
    with core.db.write() as session:
        ingest.lock(session, claim.library_id)
        row = session.get(Import, import_id)
        if row is None:
            return False
        counts, problems = dict(row.counts), list(row.problems)
        for one in seen:
            outcome = _keep(session, core, claim.library_id, one)
            counts[outcome] = counts.get(outcome, 0) + 1
            if outcome == "refused" and len(problems) < MOST_PROBLEMS:
                name = str(one.path).encode("utf-8", "replace").decode()
                problems.append([name, one.reason])
        row.counts, row.problems = counts, problems
        row.cursor = [
            part.encode("utf-8", "surrogateescape").decode("utf-8", "replace") for part in cursor
        ]
        return leases.renew(session, claim, core.config.lease_s)


def _keep(session: Session, core: Core, library_id: int, one: Seen) -> str:
    """Write what was seen of one file; returns what it counts as."""
    if one.outcome == "refused":
        return "refused"
    folder, name = folders.place(core.config, one.path)
    if one.outcome == "sidecar":
        return _keep_sidecar(session, core, library_id, one.path)
    query = select(Reference).where(
        Reference.library_id == library_id, Reference.path == str(one.path)
    )
    reference = session.scalar(query)
    if one.outcome == "unchanged":
        if reference is not None:
            reference.seen_at = now()
            references.mark(session, reference, None)
        return "unchanged"
    modified = datetime.fromtimestamp(one.mtime_ns / 1e9, UTC)
    come = Arrival(
        library_id, folder, name, one.sha256, one.image, one.size, modified, str(one.path)
    )
    return _keep_photo(session, come, reference, one.mtime_ns)


def _keep_photo(session: Session, come: Arrival, reference: Reference | None, mtime_ns: int) -> str:
    known = revisions.known(session, come.library_id, [come.sha256]).get(come.sha256)
    before = reference.sha256 if reference else None
    there = reference and session.get(Photo, reference.photo_id, with_for_update=True)
    if (
        there
        and known is None
        and revisions.same_picture(session, come.library_id, come.image)
        in (
            None,
            there,
        )
    ):
        photo = _changed(session, there, come)
    else:
        photo = ingest.arrive(session, come)
    if reference is None:
        reference = Reference(library_id=come.library_id, path=come.source)
        session.add(reference)
    reference.photo_id, reference.sha256 = photo.id, come.sha256
    reference.size, reference.mtime_ns, reference.seen_at = come.size, mtime_ns, now()
    session.flush()
    references.mark(session, reference, None)
    if before not in (None, come.sha256):
        references.forget(session, come.library_id, before or "")
    if known is not None:
        return "unchanged"
    return "added" if photo.sha256 == come.sha256 and there is None else "updated"


def _changed(session: Session, photo: Photo, come: Arrival) -> Photo:
    """Take a file that was changed where it lies for a further file of its photo."""
    revision = ingest.add_revision(session, photo, come)
    if photo.state == "ready":
        jobs.ask(session, come.library_id, "metadata", photo_ids=[photo.id], again=True)
    else:  # what it was before can no longer be read
        revisions.make_current(photo, revision, come.source)
        photo.state, photo.reason = "new", None
        jobs.ask(session, come.library_id, "prepare", photo_ids=[photo.id], again=True)
    ingest.add_location(session, photo, come.folder, come.name)
    return photo


def _keep_sidecar(session: Session, core: Core, library_id: int, path: Path) -> str:
    """Copy a sidecar, which is small and may be changed, and tie it to its photo."""
    try:
        digest = sha256_of(path)
        target = core.storage.sidecar(library_id, digest)
        if not target.exists():
            with replacing(target) as temporary:
                shutil.copyfile(path, temporary)
            if sha256_of(target) != digest:
                target.unlink()
                return "refused"
    except OSError:
        return "refused"
    changed, _ = sidecars.keep_file(session, library_id, *folders.place(core.config, path), digest)
    return "updated" if changed else "unchanged"


def _finish(core: Core, claim: Claim, import_id: int, reason: str | None = None) -> None:
    with core.db.write() as session:
        row = session.get(Import, import_id)
        if row is None or not leases.finish(session, claim):
            return
        row.state, row.reason = "failed" if reason else "done", reason
        row.finished_at = now()
        if reason is None:
            row.counts = row.counts | {
                "missing": references.missing(session, claim.library_id, Path(row.path))
            }
        session.commit()
