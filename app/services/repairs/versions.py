"""Repaired versions of photos: made by a recipe, shown in the photo's stead, made again at need."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core import Core
from app.errors import Conflict
from app.models import Photo, Repair, Version
from app.services.disk import references
from app.services.intake import preparation
from app.services.repairs import wanted
from app.services.rows import among, batches
from app.services.work import jobs, leases
from app.services.work.leases import Claim
from app.storage import sha256_of
from ml.errors import MLError
from ml.image import Picture
from ml.repair import making, saving
from ml.repair.recipe import STAGES, Geometry, Recipe, Step

SEEN = ("tags", "categories", "faces")  # what is looked for anew on another picture


@dataclass(frozen=True)
class _Order:
    """What is to be made: a recipe of a photo's current file, and whether that is there already."""

    library_id: int
    recipe: Recipe
    networks: dict[str, str]
    source_sha256: str
    source: Path
    known: int | None


@dataclass(frozen=True)
class _Made:
    """A version's file, in its place."""

    sha256: str
    size: int
    format: str
    suffix: str
    width: int
    height: int


def shown(session: Session, photo: Photo) -> Version | None:
    """Return the version that is shown in a photo's stead; None: the original is."""
    return session.get(Version, photo.version_id) if photo.version_id else None


def sizes(session: Session, photos: Sequence[Photo]) -> dict[int, tuple[int, int]]:
    """Return width and height of the versions that are shown, by photo."""
    by_version = {photo.version_id: photo.id for photo in photos if photo.version_id}
    found = dict[int, tuple[int, int]]()
    for some in batches(list(by_version)):
        query = select(Version.id, Version.width, Version.height).where(among(Version.id, some))
        found |= {by_version[number]: (w, h) for number, w, h in session.execute(query)}
    return found


def of_photo(session: Session, photo_id: int) -> list[Version]:
    """List the versions of a photo, the newest first."""
    query = select(Version).where(Version.photo_id == photo_id).order_by(Version.id.desc())
    return list(session.scalars(query))


def geometry(session: Session, photo: Photo) -> Geometry | None:
    """Return where things of a photo lie in the version that is shown; None where nothing moved."""
    version = shown(session, photo)
    if version is None or not (photo.width and photo.height):
        return None
    return Recipe.of(version.recipe).geometry((photo.width, photo.height))


def recipe_of(session: Session, photo_id: int) -> tuple[Recipe, dict[str, str]]:
    """Return what is accepted for a photo, in order, and the networks that found and repair it."""
    query = select(Repair).where(Repair.photo_id == photo_id, Repair.state == "accepted")
    rows = sorted(
        session.scalars(query), key=lambda row: (STAGES.index(row.stage), row.place, row.id)
    )
    steps = tuple(
        Step(row.stage, row.kind, row.changed or row.params, row.strength)
        for row in rows
        if row.strength > 0
    )
    recipe = Recipe(steps)
    return recipe, {row.stage: row.network for row in rows} | recipe.networks


def make(core: Core, claim: Claim) -> None:
    """Make the version that a photo shall show, or show the original again."""
    with core.db.read() as session:
        order = _order(session, core, claim)
    if order is None:
        return
    try:
        made = _made(core, order, claim) if order.recipe.steps and not order.known else None
    except leases.Lost:
        return
    except MLError as error:
        with core.db.write() as session:
            if leases.fail(session, claim, f"It cannot be repaired: {error}."):
                session.commit()
        return
    with core.db.write() as session:
        if leases.finish(session, claim):
            _show(session, claim, order, made)
            session.commit()


def _order(session: Session, core: Core, claim: Claim) -> _Order | None:
    photo = session.get(Photo, claim.photo_id)
    if photo is None:
        return None
    if trouble := references.trouble(session, photo):
        raise Conflict(trouble)
    recipe, networks = recipe_of(session, photo.id)
    known = _known(session, photo, recipe)
    if known is not None and not _whole(core, known):
        known = None  # made again
    source = preparation.original(core, photo)
    there = known.id if known else None
    return _Order(photo.library_id, recipe, networks, photo.sha256, source, there)


def _whole(core: Core, version: Version) -> bool:
    thumb = core.storage.derived(version.library_id, version.sha256, "thumb.webp")
    return file_of(core, version).is_file() and thumb.is_file()


def _known(session: Session, photo: Photo, recipe: Recipe) -> Version | None:
    return session.scalar(
        select(Version).where(
            Version.photo_id == photo.id,
            Version.source_sha256 == photo.sha256,
            Version.recipe_hash == recipe.digest,
        )
    )


def _made(core: Core, order: _Order, claim: Claim) -> _Made:
    """Write the version's file and its thumbnail."""
    picture = Picture.open(order.source, max_pixels=core.config.max_pixels)
    draft = core.storage.draft(f"version-{claim.job_id}")
    try:
        making.make(picture, order.recipe, draft, leases.Holder(core, claim))
        digest = sha256_of(draft)
        core.storage.adopt(draft, core.storage.version(order.library_id, digest))
        size = draft.stat().st_size
    finally:
        draft.unlink(missing_ok=True)
    result = Picture.open(core.storage.version(order.library_id, digest))
    preparation.thumbnail(core, result, order.library_id, digest)
    form, suffix = saving.format_of(picture), saving.suffix_of(picture)
    return _Made(digest, size, form, suffix, *result.size)


def _show(session: Session, claim: Claim, order: _Order, made: _Made | None) -> None:
    """Show what was made, unless something else was said meanwhile."""
    photo = session.get_one(Photo, claim.photo_id, with_for_update=True)
    recipe, _ = recipe_of(session, photo.id)
    if recipe != order.recipe or photo.sha256 != order.source_sha256:
        wanted.version(session, photo.library_id, [photo.id])
        return
    version = _known(session, photo, recipe)
    if made is not None:
        if version is None:
            version = Version(
                library_id=photo.library_id,
                photo_id=photo.id,
                source_sha256=photo.sha256,
                recipe=recipe.as_json(),
                recipe_hash=recipe.digest,
            )
            session.add(version)
        version.networks = order.networks
        version.sha256, version.size = made.sha256, made.size
        version.format, version.suffix = made.format, made.suffix
        version.width, version.height = made.width, made.height
        session.flush()
    number = version.id if version is not None and recipe.steps else None
    if photo.version_id != number:
        photo.version_id = number
        _look_again(session, photo)


def _look_again(session: Session, photo: Photo) -> None:
    """Have what was looked for before looked for on the picture that is shown now."""
    if photo.analysed_at is not None and photo.stack_id is None:
        photo.networks = {k: v for k, v in photo.networks.items() if k not in SEEN}
        jobs.ask(session, photo.library_id, "analyse", photo_ids=[photo.id], again=True)


def file_of(core: Core, version: Version) -> Path:
    """Return where a version's file lies."""
    return core.storage.version(version.library_id, version.sha256)


def digests(session: Session, photo_ids: Sequence[int]) -> list[str]:
    """Return the files of these photos' versions."""
    query = select(Version.sha256).where(Version.photo_id.in_(photo_ids))
    return list(session.scalars(query.distinct()))


def remove(core: Core, library_id: int, gone: Sequence[str]) -> None:
    """Remove versions' files that no row has any more."""
    with core.db.write() as session:
        for digest in gone:
            row = select(Version.id).where(
                Version.library_id == library_id, Version.sha256 == digest
            )
            if session.scalar(row.limit(1)) is None:
                core.storage.remove_version(library_id, digest)
