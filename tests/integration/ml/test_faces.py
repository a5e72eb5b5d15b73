"""Faces with the real networks: all orientations, faces at the edge, another embedder."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from skimage import data

from ml import weights
from ml.errors import WeightsError
from ml.evaluate.detection import matches
from ml.faces.embed import EMBEDDERS, SETTING
from ml.image import Picture
from ml.results import Face
from ml.stages.faces import find_faces
from ml.stages.table import VIEW_SIDE
from ml.weights.manifest import entry
from ml.weights.store import find
from tests.conftest import lacking

# What undoes each EXIF orientation: stored pixels are the upright ones after this.
STORED = {
    1: None,
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_90,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_270,
}
HEAD = (150, 20, 310, 220)  # of NASA's portrait of Eileen Collins


@pytest.fixture(scope="module", autouse=True)
def _weights() -> None:
    for name in ("yunet", "sface"):
        try:
            weights.locate(name)
        except WeightsError as error:
            lacking(str(error))


@pytest.fixture(scope="module")
def scene() -> Image.Image:
    """A photo of 960 × 640 with a head in three sizes, one of them leaning."""
    canvas = Image.new("RGB", (960, 640), (92, 110, 128))
    head = Image.fromarray(data.astronaut()).crop(HEAD)
    for place, scale, lean in (((60, 60), 1.6, 0), ((480, 90), 0.5, 12), ((700, 320), 0.9, 0)):
        size = (round(head.width * scale), round(head.height * scale))
        canvas.paste(head.rotate(lean, Image.Resampling.BICUBIC).resize(size), place)
    return canvas


def faces_of(path: Path) -> tuple[Face, ...]:
    found, missing = find_faces(Picture.open(path), VIEW_SIDE)
    assert missing is None
    return found


def corners(faces: tuple[Face, ...]) -> np.ndarray:
    table = np.array([face.box for face in faces], float)
    return np.concatenate([table[:, :2], table[:, :2] + table[:, 2:]], axis=1)


@pytest.mark.parametrize("orientation", STORED)
def test_faces_lie_at_the_same_place_in_all_orientations(
    scene: Image.Image, tmp_path: Path, orientation: int
):
    """The same picture, its pixels stored in eight ways: equal boxes, points and vectors."""
    exif = Image.Exif()
    exif[0x0112] = orientation
    turn = STORED[orientation]
    stored = scene if turn is None else scene.transpose(turn)
    scene.save(tmp_path / "upright.jpg", quality=97)
    stored.save(tmp_path / "stored.jpg", quality=97, exif=exif)
    upright, found = faces_of(tmp_path / "upright.jpg"), faces_of(tmp_path / "stored.jpg")
    assert len(upright) == len(found) == 3
    assert np.abs(corners(upright) - corners(found)).max() < 2
    for one, other in zip(upright, found, strict=True):
        assert np.abs(one.landmarks - other.landmarks).max() < 2
        assert one.embedding is not None
        assert other.embedding is not None
        assert one.embedding @ other.embedding > 0.98


@pytest.mark.parametrize("side", ["left", "right"])
def test_a_face_that_the_edge_cuts_in_half_is_found(tmp_path: Path, side: str):
    astronaut = Image.fromarray(data.astronaut())
    box = (226, 0, 512, 400) if side == "left" else (0, 0, 226, 400)
    astronaut.crop(box).save(tmp_path / "cut.png")
    half = (0, 65, 47, 190) if side == "left" else (178, 65, 226, 190)
    hits, _ = matches(np.array([half], float), corners(faces_of(tmp_path / "cut.png")))
    assert hits.all()


@pytest.mark.parametrize("name", EMBEDDERS)
def test_each_embedder_tells_a_face_from_its_surroundings(
    monkeypatch: pytest.MonkeyPatch, scene: Image.Image, tmp_path: Path, name: str
):
    if name != "sface" and not find(entry(name)):
        pytest.skip(f"{name} is fetched by name alone")
    monkeypatch.setenv(SETTING, name)
    scene.save(tmp_path / "scene.png")
    vectors = np.array([face.embedding for face in faces_of(tmp_path / "scene.png")])
    assert vectors.shape == (3, EMBEDDERS[name].dimensions)
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    assert (vectors @ vectors.T).min() > 0.5, "three times the same person"


@pytest.mark.parametrize("degrees", [-45, -30, 30, 45])
def test_a_turned_face_is_found_and_told_as_if_it_were_upright(tmp_path: Path, degrees: int):
    head = Image.fromarray(data.astronaut()).crop((90, 0, 360, 270))
    turned = head.rotate(degrees, Image.Resampling.BICUBIC, fillcolor=(92, 110, 128))
    for name, photo in (("upright", head), ("turned", turned)):
        photo.save(tmp_path / f"{name}.png")
    [upright], [found] = faces_of(tmp_path / "upright.png"), faces_of(tmp_path / "turned.png")
    assert upright.embedding is not None
    assert found.embedding is not None
    assert float(upright.embedding @ found.embedding) > 0.9
