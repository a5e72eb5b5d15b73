"""Marks taken away by a mask: filled or given back their colour; every pixel beside stays."""

import base64
import io

import numpy as np
import pytest
from PIL import Image
from skimage import data

from ml.degradations.stains import Stains
from ml.errors import ImageError, MLError
from ml.image.deep import Deep
from ml.marks import undone
from ml.marks.mask import LONGEST, decoded, empty, encoded, placed
from ml.marks.stained import lost
from ml.marks.undone import REPAIRED, check, undo
from ml.repair.recipe import Recipe, apply
from ml.repair.step import Step

SIZE = (120, 200)


def picture(depth: type = np.uint8) -> np.ndarray:
    y, x = np.mgrid[0 : SIZE[0], 0 : SIZE[1]]
    values = np.stack([60 + x / 2, 80 + y / 2, 100 + (x + y) / 8], 2)
    return (values * (257 if depth is np.uint16 else 1)).astype(depth)


def hole() -> np.ndarray:
    mask = np.zeros(SIZE, np.bool_)
    mask[40:44, 30:150] = True
    return mask


def blot() -> np.ndarray:
    y, x = np.mgrid[0 : SIZE[0], 0 : SIZE[1]]
    return np.hypot(y - 60, x - 100) < 38


@pytest.mark.parametrize("depth", [np.uint8, np.uint16])
def test_a_scratch_is_filled_at_the_photos_own_depth(depth):
    clean, mask = picture(depth), hole()
    marked = clean.copy()
    marked[mask] = np.iinfo(depth).max
    done = undo(marked, "RGB", [("scratch", {"mask": encoded(mask)}, 1.0)])
    away = np.abs(done.astype(np.int64) - clean)
    assert done.dtype == depth
    assert away[mask].max() <= 4 * (257 if depth is np.uint16 else 1)
    beside = np.ones(SIZE, np.bool_)
    beside[39:45, 29:151] = False
    assert (done[beside] == marked[beside]).all()


def test_a_stain_is_given_back_its_colour():
    clean, mask = picture(), blot()
    marked = clean.copy()
    marked[mask] = np.rint(clean[mask] * np.array([0.9, 0.8, 0.6])).astype(np.uint8)
    done = undo(marked, "RGB", [("stain", {"mask": encoded(mask)}, 1.0)])
    assert (done[~mask] == marked[~mask]).all()
    before, after = (np.abs(each[mask].astype(int) - clean[mask]).mean() for each in (marked, done))
    assert after < before / 3


@pytest.mark.parametrize("depth", [np.uint8, np.uint16])
def test_an_uneven_stain_is_taken_off_a_photo_whether_grey_or_not(depth):
    clean = np.ascontiguousarray(data.astronaut()[:300, :400])
    damaged = Stains(0.5, 4).apply(clean)
    mask, scale = damaged.mask, 257 if depth is np.uint16 else 1
    stained = damaged.image.astype(depth) * depth(scale)
    done = undo(stained, "RGB", [("stain", {"mask": encoded(mask)}, 1.0)])
    assert (done[~mask] == stained[~mask]).all()
    before, after = (((each[mask] / scale - clean[mask]) ** 2).mean() for each in (stained, done))
    assert after < before / 2, "3 dB"
    grey = damaged.image.mean(2).astype(np.uint8)
    alone = undo(grey, "L", [("stain", {"mask": encoded(mask)}, 1.0)])
    assert alone.shape == grey.shape
    wanted = clean.mean(2)[mask]
    assert ((alone[mask] - wanted) ** 2).mean() < ((grey[mask] - wanted) ** 2).mean()


def test_what_a_stain_took_is_told_inside_it_alone():
    clean, mask = picture(), blot()
    told = lost(clean, mask)
    assert told.shape == clean.shape
    assert (told[~mask] == 0).all()
    assert np.isfinite(told).all()
    assert lost(clean[:1], mask[:1]).shape == (1, SIZE[1], 3)


def test_half_the_strength_goes_half_the_way():
    clean, mask = picture(), hole()
    marked = clean.copy()
    marked[mask] = 255
    whole, half = (
        undo(marked, "RGB", [("scratch", {"mask": encoded(mask)}, share)]).astype(int)
        for share in (1.0, 0.5)
    )
    assert np.abs(half - (marked.astype(int) + whole) / 2)[mask].max() <= 1


def test_alpha_and_a_photo_without_marks_stay():
    photo = np.dstack([picture(), np.full(SIZE, 77, np.uint8)])
    done = undo(photo, "RGBA", [("loss", {"mask": encoded(hole())}, 1.0)])
    assert (done[..., 3] == 77).all()
    nothing = undo(photo, "RGBA", [("loss", {"mask": encoded(empty((200, 120)))}, 1.0)])
    assert (nothing == photo).all()
    with pytest.raises(ImageError):
        undo(photo, "CMYK", [("loss", {"mask": encoded(hole())}, 1.0)])


def test_a_recipe_takes_marks_away_and_says_so():
    step = Step("marks", "scratch", {"mask": encoded(hole())})
    told = Recipe((step,)).as_json()
    again = Recipe.of(told)
    assert again.networks == {}
    stain = Step("marks", "stain", {"mask": encoded(hole())})
    assert Recipe((step, stain)).networks["stains"].startswith("stains@")
    assert again.digest == Recipe((step,)).digest
    marked = picture()
    marked[hole()] = 255
    assert (apply(Deep(marked, "RGB", None), again).values[hole()] < 230).all()


def test_masks_survive_letters_and_get_no_larger_than_they_may():
    mask = hole()
    assert (decoded(encoded(mask)) == mask).all()
    wide = np.zeros((600, 3 * LONGEST), np.bool_)
    wide[100:200] = True
    kept = decoded(encoded(wide))
    assert kept.shape == (200, LONGEST)
    assert (placed(kept, (3 * LONGEST, 600)) == wide).mean() > 0.99


@pytest.mark.parametrize("text", [None, 7, "", "ä", "QUJD", "A" * 200_000])
def test_what_is_no_mask_is_told(text):
    with pytest.raises(MLError, match="mask"):
        check("scratch", {"mask": text})


def test_a_mask_larger_than_it_may_be_is_not_read():
    out = io.BytesIO()
    Image.new("1", (LONGEST + 1, 4)).save(out, "PNG")
    with pytest.raises(MLError, match="pixels a side"):
        decoded(base64.b64encode(out.getvalue()).decode())


def test_only_kinds_that_can_be_repaired_are():
    assert "crease" not in REPAIRED
    with pytest.raises(MLError, match="crease"):
        check("crease", {"mask": encoded(hole())})


@pytest.mark.parametrize("kind", ["stain", "scratch"])
def test_marks_far_apart_are_each_taken_away_alone(kind, monkeypatch):
    values = np.full((600, 900, 3), 120, np.uint8)
    mask = np.zeros(values.shape[:2], np.bool_)
    for top, left in ((20, 30), (560, 850), (300, 400), (300, 440)):
        mask[top : top + 12, left : left + 12] = True
    values[mask] = 90
    name = "corrected" if kind == "stain" else "filled"
    seen, taken = list[tuple[int, ...]](), getattr(undone, name)

    def noted(part, holes):
        seen.append(part.shape[:2])
        return taken(part, holes)

    monkeypatch.setattr(undone, name, noted)
    done = undo(values, "RGB", [(kind, {"mask": encoded(mask)}, 1.0)])
    assert len(seen) == 3
    assert max(map(max, seen)) < 200
    assert (done[~mask] == 120).all()
    assert np.abs(done[mask].astype(int) - 120).mean() < 12


@pytest.mark.parametrize("size", [(1, 40), (40, 1), (10, 9000)])
def test_strips_are_no_error(size):
    mask = np.zeros(size, np.bool_)
    mask[:, : size[1] // 2 + 1] = True
    values = np.full((*size, 3), 120, np.uint8)
    assert undo(values, "RGB", [("stain", {"mask": encoded(mask)}, 1.0)]).shape == values.shape
