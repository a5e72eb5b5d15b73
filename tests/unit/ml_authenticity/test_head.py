"""The head on frozen features: sizes, what it adds up, what it refuses."""

import numpy as np
import onnx
import pytest
from skimage import data

from ml import engine, weights
from ml.authenticity import frozen, head, patches
from ml.errors import WeightsError


def test_features_are_of_one_length_whatever_the_picture():
    one = frozen.features(data.astronaut()).parts
    other = frozen.features(data.coffee()[:144, :400]).parts
    assert {part: len(values) for part, values in one.items()} == {
        part: len(values) for part, values in other.items()
    }
    assert tuple(one) == frozen.PARTS
    assert all(np.isfinite(values).all() for values in (*one.values(), *other.values()))


def test_of_the_detector_nothing_runs_but_the_blocks_that_are_looked_at():
    whole = onnx.load(weights.locate(frozen.OBJECTS))
    batch = np.random.default_rng(0).random((1, 3, 64, 96), np.float32)
    shown = engine.load(frozen.OBJECTS, frozen.show_blocks)
    taps, everything = shown.outputs, len(whole.graph.node)
    frozen.show_blocks(whole)
    assert len(whole.graph.node) < everything / 2
    assert whole.graph.node[-1].output[0] in taps
    assert [each.shape[2:] for each in shown.run(batch).values()] == [
        (8, 12),
        (4, 6),
        (2, 3),
        (2, 3),
    ]


def test_the_residual_is_seen_wide_and_says_the_same():
    batch = np.random.default_rng(3).uniform(0, 255, (1, 3, 96, 128)).astype(np.float32)
    plain, wide = (
        engine.load(patches.NETWORK, *how).run(batch)[patches.EDITED]
        for how in ((), (patches.wide,))
    )
    assert plain.std() > 0.01
    assert np.abs(plain - wide).max() < 1e-4


def test_parts_and_base_are_the_score_of_a_linear_head():
    rng = np.random.default_rng(1)

    def vectors(scale):
        return {part: rng.normal(0, scale, 7).astype(np.float32) for part in frozen.PARTS}

    spread = {part: np.full(7, 2.0, np.float32) for part in frozen.PARTS}
    made = head.Head(vectors(1), spread, vectors(1), 0.5)
    seen = vectors(1)
    wanted = sum(
        float((seen[part] - made.mean[part]) / 2 @ made.weights[part]) for part in frozen.PARTS
    )
    assert sum(made.speaks(seen).values()) == pytest.approx(wanted, rel=1e-4)
    far = {part: values + 1e6 for part, values in seen.items()}
    most = sum(float(made.weights[part].sum()) * head.SPAN for part in frozen.PARTS)
    assert sum(made.speaks(far).values()) == pytest.approx(most, rel=1e-4)


def test_a_head_is_kept_as_it_was(tmp_path):
    committed, path = head.head(), tmp_path / "head.npz"
    committed.save(path)
    seen = frozen.features(data.astronaut()).parts
    assert head.head(path).speaks(seen) == committed.speaks(seen)
    path.write_bytes(b"nothing")
    head.head.cache_clear()
    with pytest.raises(WeightsError, match="authenticity-gate"):
        head.head(path)


def test_the_map_says_where_and_its_mean_is_the_score():
    committed, seen = head.head(), frozen.features(data.astronaut())
    places = committed.places(seen)
    score = sum(committed.speaks(seen.parts).values()) + committed.base
    assert places.mean() == pytest.approx(score, abs=0.05)
    assert places.std() > 0.1
    assert min(places.shape) >= 8
