"""Another embedder: faces are looked at again in the background; what was said of them stays."""

import io
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
import skimage.data
from PIL import Image, ImageEnhance
from sqlalchemy import select

from app.core import Core
from app.models import Face, FaceRejection, Job, PeopleModel, Photo, now
from app.services.intake import preparation
from app.services.people import faces, found_faces
from app.services.work.analysis import STAGES, current
from ml import weights
from ml.errors import WeightsError
from ml.faces.embed import EMBEDDERS, SETTING
from ml.image import Picture
from ml.results import Face as Found
from ml.stages.faces import find_faces
from ml.stages.table import VIEW_SIDE
from ml.weights.manifest import entry
from ml.weights.store import find
from tests.conftest import ROOT, lacking, until
from tests.queueing import Broker, broker, core, library, photo_file, taken

__all__ = ["broker", "core"]
pytestmark = [pytest.mark.integration, pytest.mark.alone]
NAMES = ("named", "open", "refused", "stranger")


@pytest.fixture(autouse=True)
def _weights() -> None:
    for name in ("yunet", "sface"):
        try:
            weights.locate(name)
        except WeightsError as error:
            lacking(str(error))


@contextmanager
def worker(core: Core, embedder: str, log: Path) -> Iterator[None]:
    """A real worker with this embedder."""
    line = [sys.executable, "-m", "celery", "--quiet", "-A", "workers.celery_app", "worker"]
    line += ["--concurrency", "1", "--without-gossip", "--without-mingle"]
    env = {**os.environ, **core.config.environ(), SETTING: embedder}
    with log.open("wb") as file:
        process = subprocess.Popen(line, cwd=ROOT, env=env, stdout=file, stderr=file)
    try:
        yield
    finally:
        process.terminate()
        process.wait(30)


def portrait(number: int) -> bytes:
    """NASA's portrait of Eileen Collins, in another light for each number."""
    image = Image.fromarray(skimage.data.astronaut()[:300, 60:420])
    out = io.BytesIO()
    ImageEnhance.Brightness(image).enhance(0.8 + 0.1 * number).save(out, "JPEG", quality=92)
    return out.getvalue()


@pytest.fixture
def said(core: Core) -> dict[str, int]:
    """Four photos seen by an embedder that is none of ours, and what was said of their faces."""
    for number, name in enumerate(NAMES):
        job = photo_file(core, path=f"{name}.jpg", data=portrait(number))
        preparation.prepare(core, taken(core, job))
    mine, rng = library(core), np.random.default_rng(2)
    with core.db.write() as session:
        for photo in session.scalars(select(Photo)):
            picture = Picture.open(core.storage.original(photo.library_id, photo.sha256))
            [face], _ = find_faces(picture, VIEW_SIDE)
            vector = rng.normal(size=96).astype(np.float32)
            seen = Found(face.box, face.score, face.landmarks, face.quality, vector)
            found_faces.keep(session, photo, [seen], "yunet@1+other@1")
            known = {stage: str(current(stage)) for stage in STAGES}
            photo.networks = known | {"faces": "yunet@1+other@1"}
            photo.analysed_at = now()
        session.commit()
        query = select(Photo.name, Face.id).join(Photo, Photo.id == Face.photo_id)
        ids = {name.removesuffix(".jpg"): face for name, face in session.execute(query)}
        _, person = faces.name(session, mine, [ids["named"]], "Eileen Collins")
        faces.reject(session, mine, [ids["refused"]], person.id)
        faces.answer(session, mine, [ids["stranger"]], "stranger")
        session.get_one(Face, ids["open"]).stack = 0
        session.commit()
    return ids


def learned(core: Core, embedder: str) -> Callable[[], bool]:
    """Tells whether every face has this embedder's vector, and all was learned from them."""

    def ask() -> bool:
        with core.db.read() as session:
            vectors = list(session.scalars(select(Face.embedding)))
            model = session.scalars(select(PeopleModel)).one()
            waiting = set(session.scalars(select(Job.state))) & {"queued", "running"}
        length = 4 * EMBEDDERS[embedder].dimensions
        return (
            {len(vector or b"") for vector in vectors} == {length}
            and (model.network, model.learned) == (embedder, model.asked)
            and not waiting
        )

    return ask


@pytest.mark.parametrize("core", ["sqlite"], indirect=True)
def test_words_stay_and_names_are_proposed_by_the_new_vectors(
    core: Core, broker: Broker, said: dict[str, int], tmp_path: Path
):
    chosen = [name for name in EMBEDDERS if name == "sface" or find(entry(name))]
    for embedder in chosen:
        with worker(core, embedder, tmp_path / f"log-{embedder}"):
            until(learned(core, embedder), f"every face seen by {embedder}", 100)
        with core.db.read() as session:
            rows = {name: session.get_one(Face, face) for name, face in said.items()}
            [refused] = session.scalars(select(FaceRejection))
            who = rows["named"].person_id
        assert {name: row.state for name, row in rows.items()} == {
            "named": "named",
            "open": "suggested",
            "refused": "open",
            "stranger": "stranger",
        }
        assert (rows["named"].source, rows["stranger"].source) == ("person", "person")
        assert (rows["open"].person_id, rows["open"].stack) == (who, None)
        assert rows["open"].confidence > 0.8
        assert (refused.face_id, refused.person_id) == (said["refused"], who)
        assert rows["refused"].stack == 0
