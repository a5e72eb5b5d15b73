"""Heads that leave groups out, and what their scores are worth."""

import numpy as np
import pytest

from ml.authenticity.frozen import PARTS
from ml.train import authenticity_calibration as calibration
from ml.train.authenticity_heads import Cell, Heads
from ml.train.authenticity_rows import between, mean_area
from ml.train.authenticity_sources import EDITED, GENERATED, REAL, Source, Sources

EACH = 30


@pytest.fixture(scope="module")
def heads():
    """Two generators and three collections; objects tell the class, the whole only the group."""
    groups = [(REAL, "a"), (REAL, "b"), (REAL, "c"), (GENERATED, "m"), (GENERATED, "n")]
    told = tuple(Source(f"{name}{i}", kind, name) for kind, name in groups for i in range(EACH))
    sources = Sources(told, np.zeros(0, np.uint8), np.zeros((len(told), 3), np.int64))
    rng = np.random.default_rng(4)
    parts = {part: rng.normal(0, 1, (2, len(told), 12)).astype(np.float32) for part in PARTS}
    for place, source in enumerate(told):
        parts["objects"][:, place, :3] += 2.5 * (source.kind == GENERATED)
        parts["whole"][:, place, "abcmn".index(source.collection)] += 6
    return Heads(sources, parts, 2), parts


def test_every_generator_meets_every_collection_unseen(heads):
    cells = list(heads[0].cells())
    assert {(cell.generator, cell.collection) for cell in cells} == {
        (generator, collection) for generator in "mn" for collection in "abc"
    }
    assert mean_area(cells) > 0.9
    assert all(cell.generated.shape == cell.real.shape == (2, EACH) for cell in cells)


def test_the_head_that_is_kept_scores_as_the_one_that_was_fitted(heads):
    fitted, parts = heads
    scores, _ = fitted.scores(np.zeros(5 * EACH, bool))
    kept = fitted.whole()
    for place in (0, 70, 149):
        spoken = kept.speaks({part: values[0, place] for part, values in parts.items()})
        assert sum(spoken.values()) + kept.base == pytest.approx(scores[0, place], abs=1e-3)


def test_what_tells_collections_apart_is_nothing_to_a_head(heads):
    fitted, parts = heads
    kept = fitted.whole()
    weights = np.concatenate([kept.weights[part] / kept.spread[part] for part in PARTS])
    scale = np.abs(weights).max()
    for one, other in ((0, EACH), (EACH, 2 * EACH)):
        gap = np.concatenate(
            [
                parts[part][0, one : one + EACH].mean(0)
                - parts[part][0, other : other + EACH].mean(0)
                for part in PARTS
            ]
        )
        assert abs(gap @ weights) < 0.05 * scale * np.abs(gap).sum()


def table(gap, fringes=0.0, traced=0.0):
    rng = np.random.default_rng(7)
    kinds = np.repeat(np.array([REAL, GENERATED, EDITED]), 600)
    return calibration.Table(
        kinds,
        np.tile(np.array(["one", "other"]), 900),
        np.tile(np.array(["one", "other"]), 900),
        rng.normal(gap * (kinds == GENERATED), 1),
        np.maximum(rng.normal(fringes * (kinds != GENERATED), 1), 0),
        rng.normal(gap * (kinds == EDITED), 1),
        4.0 * ((kinds == EDITED) & (rng.random(len(kinds)) < traced)),
    )


def test_traces_tell_more_edits_and_accuse_nobody_more():
    found = []
    for share in (0.0, 0.4):
        told = calibration.fit(table(2.0, traced=share))
        rows = table(2.0, traced=share)
        found.append(calibration.figures(told, calibration.sure(told, rows), rows))
    assert found[1]["told"][EDITED] > found[0]["told"][EDITED] + 0.15
    assert found[1]["false_accusations"] <= found[0]["false_accusations"] + 0.005


@pytest.mark.parametrize("gap", [2.0, 3.0])
def test_hardly_a_photograph_is_accused_and_what_is_told_is_right(gap):
    told = calibration.fit(table(gap))
    found = calibration.figures(told, calibration.sure(told, table(gap)), table(gap))
    assert found["false_accusations"] <= 0.02
    assert found["accuracy_decided"] >= 0.9
    assert found["ece"] < 0.05


def test_more_is_told_of_what_differs_more():
    covered = []
    for gap in (1.0, 3.0):
        told = calibration.fit(table(gap))
        least = calibration.sure(told, table(gap))
        covered.append(calibration.figures(told, least, table(gap))["coverage"])
    assert covered[1] > 2 * covered[0] > 0


def test_one_fold_of_drawn_suspicions_is_chance_and_of_generators_is_not():
    rows = table(2.0)
    odd = np.flatnonzero((rows.kind == REAL) & (rows.fold == "one"))[:5]
    accused = np.zeros(len(rows.kind))
    accused[odd] = 0.98
    assert calibration._accusing(accused, rows, EDITED) < 0.5
    assert calibration._accusing(accused, rows, GENERATED) == pytest.approx(0.98)


def test_each_fold_is_told_by_the_others():
    assert [each["fold"] for each in calibration.crossed(table(2.0))] == ["one", "other"]


def test_edits_are_drawn_from_pictures_that_are_known():
    told = tuple(
        Source(f"{i}", kind, name)
        for kind, name in ((REAL, "bsds"), (REAL, "coco"), (GENERATED, "flux"))
        for i in range(4)
    )
    sources = Sources(told, np.zeros(0, np.uint8), np.zeros((12, 3), np.int64))
    real, made = np.arange(8.0), np.arange(4.0) + 20
    real[7] = np.nan
    cell = Cell("flux", "both", made[None], real[None], np.arange(8, 12), np.arange(8))
    edits = {REAL: np.array([[1, 0]]), GENERATED: np.array([[2, 0]]), EDITED: np.array([[3, 4]])}
    margin = calibration.margins(12, [cell, cell], 0)
    found = calibration.tabled(sources, margin, np.arange(12.0), edits)
    assert list(found.kind) == [REAL] * 7 + [GENERATED] * 4 + [EDITED] * 7
    assert list(found.edit) == [1.0] * 7 + [2.0] * 4 + [3.0] * 7
    assert list(found.traced) == [0.0] * 11 + [4.0] * 7
    assert list(found.margin[11:]) == list(real[:7])
    assert list(found.margin[7:11]) == list(made)
    assert list(found.fringes) == [*range(7), *range(8, 12), *range(7)]


def test_an_area_passes_over_what_has_no_score():
    nothing = np.float32(np.nan)
    assert between(np.array([2.0, nothing]), np.array([1.0, 3.0, nothing])) == 0.5


def test_fringes_count_for_a_photograph_where_they_tell():
    assert calibration.fit(table(1.0))["fringes"] == pytest.approx(0, abs=0.3)
    assert calibration.fit(table(1.0, 2.0))["fringes"] < -1


def test_cells_count_fringes_as_other_groups_have_it():
    rows = table(1.0, 2.0)
    cell = Cell("one", "other", np.zeros((2, 3)), np.ones((2, 2)), np.arange(3), np.arange(3, 5))
    fringes = np.array([[0.0, 0.0, 0.0, 0.0, 1.0], [1.0, 1.0, 1.0, 1.0, 1.0]], np.float32)
    (found,) = calibration.optical([cell], rows, fringes)
    kept = (rows.kind != GENERATED) & (rows.group == "one") | (rows.kind == GENERATED) & (
        rows.group == "other"
    )
    told = calibration.fit(rows.rows(kept | (rows.kind == EDITED)))
    worth = told["fringes"] / told["head"]
    assert found.real[0].tolist() == pytest.approx([1.0, 1.0 + worth], rel=1e-4)
    assert found.generated[1].tolist() == pytest.approx([worth] * 3, rel=1e-4)
