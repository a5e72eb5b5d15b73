"""Makes a photo larger, in a worker, and the pieces by which it is compared with bicubic."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from PIL import Image as Pillow
from sqlalchemy.orm import Session

from app.core import Core
from app.errors import Conflict, NoRoom
from app.models import Enlargement, Photo
from app.services.disk import references
from app.services.enlarging import enlargements
from app.services.intake import preparation, uploads
from app.services.repairs import versions
from app.services.work import leases
from app.services.work.leases import Claim
from app.storage import replacing
from ml.errors import MLError
from ml.image import Image, Picture, deep
from ml.image.deep import Deep
from ml.repair import saving
from ml.superres import compared, upscale

OVERVIEW_SIDE = 1600
TOLD_EVERY_S = 0.5
NETWORKS_SHARE = 0.9  # of the work; the rest are files and pieces


class _Stopped(Exception):
    """It was cancelled or thrown away, or another worker has it."""


@dataclass(frozen=True)
class _Order:
    """What is to be made of which file, and where."""

    row: Enlargement
    source: Path
    folder: Path


def make(core: Core, claim: Claim) -> None:
    """Make the enlarged photo of a job, telling how far it is."""
    with core.db.read() as session:
        order = _order(session, core, claim)
    try:
        made = _made(core, order, _Teller(core, claim, order.row.id)) if order else None
    except _Stopped:
        _tidy(core, claim)
        return
    except MLError as error:
        with core.db.write() as session:
            if leases.fail(session, claim, f"It cannot be enlarged: {error}."):
                session.commit()
        return
    with core.db.write() as session:
        if not leases.finish(session, claim):
            session.rollback()
            _tidy(core, claim)
            return
        row = session.get(Enlargement, claim.params["enlargement"])
        if row is not None and made is not None:
            row.state, row.share, row.suffix, row.size = "ready", 1.0, *made
        session.commit()
    if order is not None and order.row.photo_id is None:
        order.source.unlink(missing_ok=True)


def _order(session: Session, core: Core, claim: Claim) -> _Order | None:
    """Find what a job is about; None where it has been thrown away. Conflict says why not."""
    row = session.get(Enlargement, claim.params["enlargement"])
    if row is None:
        return None
    folder = core.storage.enlargement(row.id)
    if row.photo_id is None:
        return _Order(row, enlargements.source_of(core, row), folder)
    photo = session.get_one(Photo, row.photo_id)
    version = versions.shown(session, photo)
    if version is not None:
        return _Order(row, versions.file_of(core, version), folder)
    if trouble := references.trouble(session, photo):
        raise Conflict(trouble)
    return _Order(row, preparation.original(core, photo), folder)


def _made(core: Core, order: _Order, tell: "_Teller") -> tuple[str, int]:
    """Write the enlarged photo and its pieces; returns its suffix and bytes."""
    factor = order.row.factor
    picture = Picture.open(order.source, max_pixels=core.config.max_pixels)
    enlargements.check_size(*picture.size, factor)
    tell.size(picture.size)
    network = upscale.network(order.row.method)
    source = deep.read(picture)
    if core.storage.free() < source.values.nbytes * factor**2 + uploads.SPARE:
        raise NoRoom
    values = upscale.upscale(
        source.values,
        factor,
        network,
        mode=source.mode,
        progress=lambda share: tell(NETWORKS_SHARE * share),
    )
    large = source.with_values(values)
    del values
    height, width = large.values.shape[:2]
    form = saving.form_for(picture, (width, height))
    suffix = saving.suffix_of(picture, form)
    target = order.folder / f"result{suffix}"
    saving.save(large, picture, target, moved=False, form=form)
    _write_pieces(order.folder, source, large, tell)
    return suffix, target.stat().st_size


def _write_pieces(folder: Path, source: Deep, large: Deep, tell: Callable[[float], None]) -> None:
    """Write what the page compares: both as a whole, and piece by piece at full size."""
    height, width = large.values.shape[:2]
    scale = min(1.0, OVERVIEW_SIDE / max(width, height))
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    for side, photo in zip(enlargements.SIDES, (source, large), strict=True):
        _save(compared.overview(photo, size), folder / f"{side}.jpg")
    rows = -(-height // compared.TILE)
    for column, row, *pair in compared.tiles(source, large):
        for side, pixels in zip(enlargements.SIDES, pair, strict=True):
            _save(pixels, folder / f"{side}-{column}-{row}.jpg")
        tell(NETWORKS_SHARE + (1 - NETWORKS_SHARE) * row / rows)


def _save(pixels: Image, target: Path) -> None:
    with replacing(target) as temporary:
        Pillow.fromarray(pixels).save(temporary, "JPEG", quality=93, subsampling=0)


def _tidy(core: Core, claim: Claim) -> None:
    """Remove what was made for nobody; what only failed or was cancelled can be tried again."""
    number = claim.params["enlargement"]
    with core.db.read() as session:
        gone = session.get(Enlargement, number) is None
    if gone:
        core.storage.remove_enlargement(number)


class _Teller:
    """Tells the page how far it is, and the work that nobody wants it any more."""

    def __init__(self, core: Core, claim: Claim, number: int) -> None:
        self._core, self._claim, self._number = core, claim, number
        self._told = 0.0

    def size(self, size: tuple[int, int]) -> None:
        """Tell the source's width and height in pixels."""
        self._write(width=size[0], height=size[1], share=0.0)

    def __call__(self, share: float) -> None:
        """Tell the share of 1 that is done, now and then; _Stopped where it is to end."""
        if time.monotonic() - self._told >= TOLD_EVERY_S:
            self._told = time.monotonic()
            self._write(share=share)

    def _write(self, **values: float) -> None:
        with self._core.db.write() as session:
            row = session.get(Enlargement, self._number)
            if row is None:
                raise _Stopped
            for name, value in values.items():
                setattr(row, name, value)
            if not leases.renew(session, self._claim, self._core.config.lease_s):
                raise _Stopped
