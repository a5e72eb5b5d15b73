"""Laws that every family of warps keeps, over the table."""

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ml.warps import FAMILIES, WarpError, compose, distort, draw, undo
from ml.warps.sampling import lookup

SIZE = (320, 240)
NAMES = sorted(FAMILIES)

warps = st.builds(
    lambda name, seed: draw.draw(name, SIZE, np.random.default_rng(seed)),
    st.sampled_from(NAMES),
    st.integers(0, 2**32 - 1),
)
several = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def points_on(size: tuple[int, int], seed: int = 5) -> np.ndarray:
    return np.random.default_rng(seed).uniform(0, np.subtract(size, 1), (200, 2))


def assert_close_where_defined(found: np.ndarray, wanted: np.ndarray, within: float, share: float):
    defined = np.isfinite(found).all(1) & np.isfinite(wanted).all(1)
    assert defined.mean() >= share
    np.testing.assert_allclose(found[defined], wanted[defined], atol=within)


@several
@given(warps)
def test_there_and_back_is_where_it_was(warp):
    points = points_on(SIZE)
    if warp.kind == "pinch":  # what lands on its very centre lies there to the last bit of a float
        points = points[np.hypot(*(warp.forward(points) - warp.center).T) > 1e-4]
    share = 0.5 if warp.kind in ("arc", "perspective") else 1.0
    assert_close_where_defined(warp.inverse(warp.forward(points)), points, 1e-6, share)
    # The corners of a picture lie outside of the disc of a polar map, and of an arc of its rows.
    share = 0.2 if warp.kind in ("arc", "perspective", "polar") else 1.0
    assert_close_where_defined(warp.forward(warp.inverse(points)), points, 1e-6, share)


@several
@given(warps)
def test_without_strength_nothing_moves(warp):
    if warp.kind == "polar":
        return
    still, points = warp.weakened(0.0), points_on(SIZE)
    np.testing.assert_allclose(still.forward(points), points, atol=1e-7)
    np.testing.assert_allclose(still.inverse(points), points, atol=1e-7)


@several
@given(warps, st.floats(0.2, 5))
def test_resizing_the_picture_resizes_the_displacement(warp, factor):
    points = points_on(SIZE)
    larger = (points + 0.5) * factor - 0.5
    wanted = (warp.inverse(points) + 0.5) * factor - 0.5
    assert_close_where_defined(warp.scaled(factor).inverse(larger), wanted, 1e-6 * factor, 0.2)


@several
@given(warps)
def test_shape_and_dtype_stay_and_the_input_is_left_alone(warp):
    points = points_on(SIZE)
    before = points.copy()
    for moved in (warp.forward(points), warp.inverse(points)):
        assert moved.shape == points.shape
        assert moved.dtype == np.float64
    np.testing.assert_array_equal(points, before)
    assert warp.forward(np.empty((0, 2))).shape == (0, 2)


@several
@given(warps)
def test_neighbours_stay_neighbours_in_order(warp):
    """The inverse keeps the orientation: no part of the picture is mirrored, so nothing folds."""
    if warp.kind == "polar":
        return
    points, h = points_on(SIZE), 1e-3
    here = warp.inverse(points)
    by_x = (warp.inverse(points + np.array([h, 0])) - here) / h
    by_y = (warp.inverse(points + np.array([0, h])) - here) / h
    area = by_x[:, 0] * by_y[:, 1] - by_x[:, 1] * by_y[:, 0]
    assert np.nanmin(area) > 0


@pytest.mark.parametrize("name", NAMES)
def test_parameters_survive_json(name):
    warp = draw.draw(name, SIZE, np.random.default_rng(1))
    told = {
        key: tuple(value) if isinstance(value, list) else value
        for key, value in warp.as_json().items()
    }
    assert FAMILIES[name](**told) == warp


@pytest.mark.parametrize("name", [name for name in NAMES if name != "polar"])
@pytest.mark.parametrize("severity", [0.01, 0.04])
def test_severity_is_the_mean_displacement(name, severity):
    reached = [
        draw.displacement(draw.draw(name, SIZE, np.random.default_rng(seed), severity), SIZE)
        for seed in range(6)
    ]
    assert max(reached) < severity * 1.05
    assert np.median(reached) > severity * 0.5


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_a_smooth_picture_comes_back(name, dtype):
    width, height = SIZE
    most = np.iinfo(dtype).max
    y, x = np.mgrid[:height, :width]
    waves = np.stack([np.sin(x / 17), np.cos(y / 23), np.sin((x + y) / 31)], 2)
    picture = ((waves * 0.45 + 0.5) * most).astype(dtype)
    before = picture.copy()
    warp = draw.draw(name, SIZE, np.random.default_rng(3), 0.02)
    bent = distort(picture, warp, border="replicate")
    back = undo(bent, warp)
    assert bent.dtype == back.dtype == dtype
    assert bent.shape == back.shape == picture.shape
    np.testing.assert_array_equal(picture, before)
    places = lookup(warp.forward, SIZE)
    inner = (places[..., 0] > 2) & (places[..., 0] < width - 3)
    inner &= (places[..., 1] > 2) & (places[..., 1] < height - 3)
    assert inner.mean() > 0.3
    if name != "polar":  # rows near the centre of the disc are gone
        assert np.abs(back[inner].astype(float) - picture[inner]).mean() < 0.006 * most


def test_a_composition_is_undone_in_reverse():
    rng = np.random.default_rng(8)
    both = tuple(draw.draw(name, SIZE, rng, 0.02) for name in ("swirl", "barrel", "wave"))
    points = points_on(SIZE)
    moved = compose.forward(both, points)
    step_by_step = both[2].forward(both[1].forward(both[0].forward(points)))
    np.testing.assert_array_equal(moved, step_by_step)
    np.testing.assert_allclose(compose.inverse(both, moved), points, atol=1e-6)
    scaled = compose.scaled(both, 2.0)
    np.testing.assert_allclose(
        compose.forward(scaled, points * 2 + 0.5), moved * 2 + 0.5, atol=1e-6
    )


FOLDING = [
    ("barrel", {"k": 0.7}),
    ("barrel", {"k": -0.1}),
    ("pincushion", {"k": 0.8}),
    ("pincushion", {"k": 0.3, "model": "polynomial"}),
    ("fisheye", {"angle": 80}),
    ("lens", {"b": -0.5}),
    ("bulge", {"strength": 1.0}),
    ("pinch", {"strength": 1.3}),
    ("ripple", {"amplitude": 40, "wavelength": 50}),
    ("shear", {"slope": (1.0, 1.0)}),
    ("perspective", {"top_left": (400.0, 0.0)}),
    ("arc", {"angle": 400}),
    ("contour", {"heights": (90.0,) * 15}),
    ("polar", {"radius": 5.0, "inner": 10.0}),
    ("swirl", {"radius": 0.0}),
    ("wave", {"wavelength": 0.0}),
    ("swirl", {"angle": float("nan")}),
    ("swirl", {"profile": "cubist"}),
]


@pytest.mark.parametrize(("name", "bad"), FOLDING)
def test_what_folds_is_refused_by_name(name, bad):
    with pytest.raises(WarpError, match=name):
        draw.default(name, SIZE, **bad)
