"""A photo that was swirled on purpose, and a machine that has seen it."""

import io

import numpy as np
import pytest
from PIL import Image
from sqlalchemy import select

from app.models import Photo
from app.services.repairs import findings
from ml.results import Finding
from ml.warps import distort
from ml.warps.swirl import Swirl
from tests.in_process import InProcess
from tests.unit.ml_distortion.known_picture import photo as known_picture

SIZE = (480, 360)
SWIRL = Swirl((200.0, 180.0), 70.0, 120.0)
REGION = (80.0, 60.0, 240.0, 240.0)
NETWORK = "distortion@12345678"


def found(warp=SWIRL, confidence=0.97, kind="swirl") -> Finding:
    return Finding("distortion", kind, confidence, warp.as_json(), REGION)


def swirled(quality: int = 95) -> bytes:
    out = io.BytesIO()
    Image.fromarray(distort(known_picture(*SIZE), SWIRL)).save(out, "JPEG", quality=quality)
    return out.getvalue()


def see(it: InProcess, photo_id: int, *seen: Finding) -> None:
    with it.core.db.write() as session:
        findings.keep(session, session.get_one(Photo, photo_id), "distortion", seen, NETWORK)
        session.commit()


@pytest.fixture
def bent(it):
    data = swirled()
    it.upload(data, "trip/face.jpg")
    it.work("prepare", "metadata")
    with it.core.db.read() as session:
        photo_id = session.scalars(select(Photo.id)).one()
    see(it, photo_id, found())
    return photo_id, data


def detail(it, photo_id):
    return it.get(f"/photos/{photo_id}")


def pixels(it, address):
    answer = it.client.get(address, buffered=True)
    assert answer.status_code == 200, answer.get_data(as_text=True)
    return np.asarray(Image.open(io.BytesIO(answer.get_data())).convert("RGB"))
