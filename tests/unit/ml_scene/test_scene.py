"""Categories from logits, objects and faces."""

import numpy as np
import pytest

from ml import scene, weights
from ml.engine import Tensor
from ml.results import Face, Tag
from ml.scene import EVIDENCE, NAMES, SceneHead, evidence, fit, fusion

SIZE = (1000, 800)
LOGITS = np.linspace(-3, 3, len(NAMES)).astype(np.float32)


def face(side: float, score: float = 0.9) -> Face:
    return Face((10, 10, side, side), score, np.zeros((5, 2), np.float32), 1.0, None)


def named(values: np.ndarray) -> dict[str, float]:
    return dict(zip(EVIDENCE, values.tolist(), strict=True))


@pytest.mark.parametrize("shape", [(480, 640), (640, 480), (300, 300), (50, 3000), (1, 1)])
def test_fit_gives_multiples_of_the_stride_near_the_wanted_area(shape: tuple[int, int]) -> None:
    fitted = fit(np.zeros((*shape, 3), np.uint8))
    assert fitted.dtype == np.uint8
    assert fitted.shape[0] % scene.STRIDE == fitted.shape[1] % scene.STRIDE == 0
    if max(shape) < 4 * min(shape):
        assert fitted.shape[0] * fitted.shape[1] == pytest.approx(scene.SIDE**2, rel=0.15)
        assert fitted.shape[1] / fitted.shape[0] == pytest.approx(shape[1] / shape[0], rel=0.15)


def test_evidence_does_not_depend_on_the_size_of_the_photo() -> None:
    small = evidence(LOGITS, [Tag("dog", 0.8, (10, 10, 200, 100))], [face(100)], SIZE)
    double = evidence(LOGITS, [Tag("dog", 0.8, (20, 20, 400, 200))], [face(200)], (2000, 1600))
    assert small == pytest.approx(double)


def test_evidence_counts_people_and_measures_them() -> None:
    one = named(evidence(LOGITS, [Tag("person", 0.9, (0, 0, 500, 400))], [face(200)], SIZE))
    assert (one["person one"], one["person several"], one["face one"]) == (1, 0, 1)
    assert one["person area"] == pytest.approx(0.5)
    two = named(evidence(LOGITS, [], [face(200), face(100)], SIZE))
    assert (two["face one"], two["face several"]) == (0, 1)
    assert two["face second area"] == pytest.approx(0.5)


def test_weak_boxes_and_faces_are_no_evidence() -> None:
    nothing = evidence(LOGITS, [], [], SIZE)
    weak = evidence(LOGITS, [Tag("cat", 0.1, (0, 0, 500, 500))], [face(300, score=0.3)], SIZE)
    assert weak.tolist() == nothing.tolist()


def test_evidence_is_in_the_order_of_its_names() -> None:
    values = named(evidence(LOGITS, [Tag("boat", 0.7, (0, 0, 100, 80))], [], SIZE))
    assert values["vehicle confidence"] == values["boat confidence"] == pytest.approx(0.7)
    assert values["animal confidence"] == 0
    assert values["scene nature"] == LOGITS[0]


class Fixed:
    """A network that gives the same logits for every photo."""

    outputs = ("logits", "embedding")

    def __init__(self, logits: Tensor) -> None:
        self.inputs: dict[str, tuple[int | str | None, ...]] = {"photos": ("n", 3, "h", "w")}
        self.metadata: dict[str, str] = {}
        self.logits = logits
        self.seen: list[Tensor] = []

    def run(self, batch: Tensor) -> dict[str, Tensor]:
        self.seen.append(batch)
        return {"logits": self.logits[None], "embedding": np.eye(1, 1280, dtype=np.float32)}


def test_head_gives_the_surest_first_and_nothing_below_its_threshold() -> None:
    logits = np.full(len(NAMES), -6, np.float32)
    logits[NAMES.index("indoor")] = 6
    network = Fixed(logits)
    view = np.random.default_rng(1).integers(0, 255, (300, 400, 3), dtype=np.uint8)
    found, embedding = SceneHead(network).predict(view, (), (), (4000, 3000))
    assert found[0].name == "indoor"
    assert [c.confidence for c in found] == sorted((c.confidence for c in found), reverse=True)
    assert all(category.confidence >= fusion().suggest[category.name] for category in found)
    assert embedding.shape == (1280,)
    assert network.seen[0].shape[:2] == (1, 3)
    assert network.seen[0].max() > 1  # the network itself scales 0..255


def test_fusion_fits_the_code_and_its_network() -> None:
    stored = fusion()
    assert stored.weights.shape == (len(NAMES), len(EVIDENCE))
    assert set(stored.suggest) == set(NAMES)
    assert all(0 < value < 1 for value in stored.suggest.values())
    for own, name in enumerate(NAMES):  # more of the scene's own opinion never speaks against it
        assert stored.weights[own, own] > 0, name


def test_committed_network_runs_at_any_size_and_its_embedding_has_length_one() -> None:
    from ml.engine import load_file

    network = load_file(weights.locate("scene"))
    assert network.metadata["categories"] == ",".join(NAMES)
    rng = np.random.default_rng(2)
    for height, width in ((224, 352), (288, 288)):
        output = network.run(rng.uniform(0, 255, (2, 3, height, width)).astype(np.float32))
        assert output["logits"].shape == (2, len(NAMES))
        assert np.linalg.norm(output["embedding"], axis=1) == pytest.approx(1, abs=1e-4)
