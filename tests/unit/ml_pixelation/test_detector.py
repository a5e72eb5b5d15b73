"""From cells to findings: several mosaics of one photo, masks on disk, clean photos left alone."""

import json
import tracemalloc
from pathlib import Path

import cv2
import numpy as np
import pytest
import skimage

from ml.__main__ import main
from ml.degradations.lookalikes import LOOKALIKES
from ml.degradations.mosaic import Mosaic
from ml.pixelation.detector import METHODS, Judgement, both, judge, locate, spread
from ml.pixelation.score import Score, summary
from tests.unit.ml_pixelation.scenes import scene

NOTHING = np.zeros(0)


def overlap(some, other):
    return (some & other).sum() / (some | other).sum()


def cells_of(true, cell=16, sure=4.0):
    """Logits as a good method would give them."""
    rows, columns = (side // cell for side in true.shape)
    share = true[: rows * cell, : columns * cell].reshape(rows, cell, columns, cell).mean((1, 3))
    return ((share * 2 - 1) * sure).astype(np.float32)


def test_two_mosaics_are_two_findings_with_their_own_grids():
    one = Mosaic(8, (1, 3), shape="rectangle", region=(32, 40, 120, 100))
    two = Mosaic(13, (4, 4), shape="ellipse", region=(230, 170, 140, 130))
    image = two.apply(one.apply(scene()))
    masks = [each.mask((400, 320)) for each in (one, two)]
    judged = Judgement(0.99, True, cells_of(masks[0] | masks[1]), 16, "", NOTHING)
    found = locate(image, judged)
    assert len(found) == 2
    for mosaic, true in zip((one, two), masks, strict=True):
        nearest = max(found, key=lambda each: overlap(each.mask, true))
        assert overlap(nearest.mask, true) > 0.85
        assert nearest.grid.block == pytest.approx(mosaic.block, rel=0.02)


def test_nothing_is_located_where_no_cell_says_so():
    logits = np.full((20, 25), -4, np.float32)
    assert locate(scene(), Judgement(0.9, True, logits, 16, "", NOTHING)) == []


def test_logits_are_spread_over_every_pixel():
    logits = np.array([[-1, 1], [1, 3]], np.float32)
    whole = spread(Judgement(0, False, logits, 32, "", NOTHING), (70, 75))
    assert whole.shape == (75, 70)
    assert whole[0, 0] == -1
    assert whole[74, 69] == 3


def test_logits_are_spread_over_smaller_cells():
    logits = np.array([[-1, 1], [1, 3]], np.float32)
    finer = spread(Judgement(0, False, logits, 32, "", NOTHING), (5, 4), 16)
    assert finer.shape == (4, 5)
    assert finer[0, 0] == -1
    assert finer[3, 4] == 3
    assert finer[1, 1] == pytest.approx(0)


def test_copied_rows_and_columns_tell_dark_photos():
    dark = scene(200, 240)
    dark[:, 60:] = dark[:, 60:] // 12
    whole = np.kron(dark, np.ones((3, 3, 1), np.uint8))
    judged = judge(whole)
    assert judged.pixelated
    assert judged.probability > 0.99
    assert locate(whole, judged)[0].mask.mean() > 0.9
    drawing = np.kron(dark // 40 * 40, np.ones((3, 3, 1), np.uint8))
    assert judge(drawing, "trees").probability < 0.999
    assert not judge(dark).pixelated


def test_of_a_large_photo_both_see_where_the_trees_look():
    rng = np.random.default_rng(0)
    photo = rng.integers(90, 170, (1500, 2100, 3)).astype(np.uint8)
    logits = np.full((23, 33), -5, np.float32)
    logits[20:22, 28:30] = 4
    trees = Judgement(0.5, False, logits, 64, "", np.zeros(14))
    told = both(trees, photo)
    assert told.method == "both"
    assert told.logits.shape == (94, 132)
    assert np.allclose(told.logits[:40, :40], -5)
    alone = judge(photo, "network").logits
    seen = (spread(trees, (132, 94), 16) + alone)[84, 116] / 2
    assert told.logits[84, 116] == pytest.approx(seen, abs=0.6)
    small = np.ascontiguousarray(photo[:300, :400])
    whole = both(Judgement(0.5, False, logits[:4, :6], 64, "", np.zeros(14)), small)
    wanted = (
        spread(Judgement(0, False, logits[:4, :6], 64, "", NOTHING), (25, 19), 16)
        + judge(small, "network").logits
    ) / 2
    assert np.allclose(whole.logits, wanted, atol=1e-4)


def test_a_larger_mosaic_is_the_more_likely_one():
    line = Score((0.5,) * 12, -2.0, "")
    small, large = np.full((2, 20, 20), -4.0, np.float32)
    small[5:7, 5:7], large[2:18, 2:18] = 3, 3
    chances = [line.probability(summary(each, 32)) for each in (small, large)]
    assert 0 < chances[0] < chances[1] < 1


def test_trees_know_a_mosaic_from_a_photo():
    photo = skimage.data.astronaut()
    assert not judge(photo, "trees").pixelated
    for block in (3, 6.5, 12):
        assert judge(Mosaic(block, (1, 1)).apply(photo), "trees").pixelated
    part = Mosaic(10, (3, 2), shape="ellipse", region=(160, 40, 150, 170))
    found = locate(part.apply(photo), judge(part.apply(photo)))
    assert overlap(found[0].mask, part.mask((512, 512))) > 0.7
    assert found[0].grid.block == pytest.approx(10, rel=0.02)


@pytest.mark.parametrize("kind", LOOKALIKES)
def test_lookalikes_are_pictures_of_the_same_kind_every_time(kind):
    photo = scene()
    one, again = (LOOKALIKES[kind](photo, np.random.default_rng(5)) for _ in range(2))
    assert one.dtype == np.uint8
    assert one.ndim == 3
    assert (one == again).all()
    assert one.std() > 1


def test_the_command_tells_block_phase_and_mask(tmp_path: Path, capsys):
    photo = skimage.data.astronaut()
    mosaic = Mosaic(9, (2, 4), shape="rectangle", region=(150, 40, 180, 180))
    for name, image in (("clean.png", photo), ("part.png", mosaic.apply(photo))):
        cv2.imwrite(str(tmp_path / name), image[..., ::-1])
    masks = tmp_path / "masks"
    paths = [str(tmp_path / name) for name in ("clean.png", "part.png")]
    assert main(["analyse", *paths, "--stages", "pixelation", "--masks", str(masks), "--json"]) == 0
    clean, part = (json.loads(line) for line in capsys.readouterr().out.splitlines())
    assert clean["findings"] == []
    finding = part["findings"][0]
    assert (finding["stage"], finding["kind"]) == ("pixelation", "mosaic")
    assert finding["params"]["block"] == pytest.approx(9, rel=0.02)
    assert finding["params"]["phase"] == pytest.approx([2, 4], abs=1)
    mask = cv2.imread(finding["mask"], cv2.IMREAD_GRAYSCALE)
    assert set(np.unique(mask)) == {0, 255}
    assert overlap(mask > 0, mosaic.mask((512, 512))) > 0.8
    x, y, width, height = finding["region"]
    assert cv2.boundingRect(mask) == (x, y, width, height)


def test_the_command_looks_by_the_method_that_was_chosen(tmp_path: Path, capsys, monkeypatch):
    path = str(tmp_path / "part.png")
    mosaic = Mosaic(9, (2, 4), shape="rectangle", region=(150, 40, 180, 180))
    cv2.imwrite(path, mosaic.apply(skimage.data.astronaut())[..., ::-1])
    asked = []

    def noted(image, method):
        asked.append(method)
        return judge(image, method)

    monkeypatch.setattr("ml.stages.pixelation.judge", noted)
    for method in (*METHODS, None):
        chosen = [] if method is None else ["--method", method]
        assert main(["analyse", path, "--stages", "pixelation", *chosen]) == 0
        finding = json.loads(capsys.readouterr().out)["findings"][0]
        assert finding["params"]["block"] == pytest.approx(9, rel=0.02)
    assert asked == ["trees", "network", "cascade", "cascade"]
    with pytest.raises(SystemExit):
        main(["analyse", path, "--method", "guess"])


@pytest.mark.parametrize("parts", [1, 6])
def test_looking_for_mosaics_takes_little_memory_beside_the_photo(parts):
    whole = np.tile(scene(), (6, 6, 1))
    logits = np.full((60, 75), -3, np.float32)
    side = 60 // parts
    for number in range(parts):
        logits[number * side + 2 : (number + 1) * side - 2, 3:-3] = 2
    covered = Mosaic(12).apply(whole)
    judged = Judgement(0.99, True, logits, 32, "", NOTHING)
    tracemalloc.start()
    found = locate(covered, judged)
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert found
    assert most < 20 * logits.size * 32**2  # bytes; pixels as floats alone are 4
