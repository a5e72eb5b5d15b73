"""Choosing the network that tells faces apart, without one."""

import numpy as np
import pytest

from ml import engine, pipeline
from ml.errors import EstimationError, WeightsError
from ml.faces import embed
from ml.people.calibration import shipped_calibration
from ml.people.whitening import shipped_whitening


class Flat:
    """A network that answers with the mean of the left half of what it is given."""

    def __init__(self, dimensions: int) -> None:
        self.dimensions = dimensions
        self.seen: list[np.ndarray] = []

    def run(self, batch: np.ndarray) -> dict[str, np.ndarray]:
        self.seen.append(batch)
        out = np.zeros((len(batch), self.dimensions), np.float32)
        out[:, 0], out[:, 1] = batch[:, 0, :, :56].mean((1, 2)), 1
        return {"out": out}


@pytest.mark.parametrize(("name", "top"), [("sface", 255.0), ("w600k_mbf", 1.0)])
def test_each_embedder_gets_pixels_as_it_was_trained_on(
    monkeypatch: pytest.MonkeyPatch, name: str, top: float
):
    monkeypatch.setenv(embed.SETTING, name)
    network = Flat(embed.EMBEDDERS[name].dimensions)
    monkeypatch.setattr(engine, "load", lambda *_: network)
    crop = np.zeros((1, 112, 112, 3), np.uint8)
    crop[:, :, :56] = 255
    vector = embed.embed(crop)
    assert vector.shape == (1, embed.EMBEDDERS[name].dimensions)
    assert np.linalg.norm(vector) == pytest.approx(1)
    assert network.seen[0].max() == top
    mirrored = embed.embed(crop[:, :, ::-1])
    assert np.allclose(vector, mirrored, atol=1e-6)


def test_a_vector_without_direction_is_told(monkeypatch: pytest.MonkeyPatch):
    class Silent:
        def run(self, batch: np.ndarray) -> dict[str, np.ndarray]:
            return {"out": np.zeros((len(batch), 128), np.float32)}

    monkeypatch.setattr(engine, "load", lambda *_: Silent())
    with pytest.raises(EstimationError):
        embed.embed(np.zeros((1, 112, 112, 3), np.uint8))


def test_the_default_may_be_used_by_anybody(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv(embed.SETTING, raising=False)
    assert embed.chosen().weights.commercial_use
    assert embed.chosen().weights.default
    others = [one.weights for one in embed.EMBEDDERS.values() if one.name != embed.DEFAULT]
    assert not any(one.default for one in others)
    assert all("non-commercial" in one.licence for one in others if not one.commercial_use)


def test_an_unknown_embedder_names_the_known_ones(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv(embed.SETTING, "facenet")
    with pytest.raises(WeightsError, match="sface, w600k_mbf"):
        embed.chosen()


@pytest.mark.parametrize("name", embed.EMBEDDERS)
def test_each_embedder_has_statistics_of_its_own(monkeypatch: pytest.MonkeyPatch, name: str):
    monkeypatch.setenv(embed.SETTING, name)
    assert len(shipped_whitening().mean) == embed.EMBEDDERS[name].dimensions
    assert len(shipped_calibration().weights) == 5
    assert f"+{name}@" in pipeline.provenance("faces")
