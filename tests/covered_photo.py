"""A photo with a mosaic laid over a part of it, and a machine that has seen it."""

import io

import numpy as np
import pytest
from PIL import Image
from sqlalchemy import select

from app.models import Photo
from app.services.repairs import findings
from ml.degradations.mosaic import Mosaic
from ml.pixelation.covered import Covered
from ml.pixelation.grid import Grid
from ml.results import Finding
from tests.in_process import InProcess
from tests.unit.ml_distortion.known_picture import photo as known_picture

SIZE = (480, 360)
REGION = (120.0, 90.0, 200.0, 150.0)
MOSAIC = Mosaic(4, (0.0, 2.0), shape="ellipse", region=REGION)
COVERED = Covered.found(Grid(4, (0.0, 2.0), 1), MOSAIC.mask(SIZE))
NETWORK = "pixelation_trees@12345678"


def found(covered: Covered = COVERED, confidence: float = 0.97) -> Finding:
    return Finding("pixelation", "mosaic", confidence, covered.as_json(), REGION)


def covered_pixels() -> np.ndarray:
    return MOSAIC.apply(known_picture(*SIZE))


def png() -> bytes:
    out = io.BytesIO()
    Image.fromarray(covered_pixels()).save(out, "PNG")
    return out.getvalue()


def see(it: InProcess, photo_id: int, *seen: Finding) -> None:
    with it.core.db.write() as session:
        findings.keep(session, session.get_one(Photo, photo_id), "pixelation", seen, NETWORK)
        session.commit()


@pytest.fixture
def covered(it):
    it.upload(png(), "trip/plate.png")
    it.work("prepare", "metadata")
    with it.core.db.read() as session:
        photo_id = session.scalars(select(Photo.id)).one()
    see(it, photo_id, found())
    return photo_id
