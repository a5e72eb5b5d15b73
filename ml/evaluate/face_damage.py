"""Faces made hard on purpose: small, blurred, dark, turned, covered; each from the seed alone."""

from collections.abc import Callable

import cv2
import numpy as np
from numpy.typing import NDArray

from ml.image import Image
from ml.results import Face

Damage = Callable[[Image, Face, np.random.Generator], Image]


def _jpeg(view: Image, quality: int) -> Image:
    _, content = cv2.imencode(".jpg", view[:, :, ::-1], [cv2.IMWRITE_JPEG_QUALITY, quality])
    decoded = cv2.imdecode(content, cv2.IMREAD_COLOR)
    return np.ascontiguousarray(np.asarray(decoded)[:, :, ::-1], dtype=np.uint8)


def _narrow(width_px: float, quality: int) -> Damage:
    """Shrink the photo until the face has that width, then save it as JPEG."""

    def damage(view: Image, face: Face, _rng: np.random.Generator) -> Image:
        scale = min(1.0, width_px / face.box[2])
        size = (max(8, round(view.shape[1] * scale)), max(8, round(view.shape[0] * scale)))
        small = cv2.resize(view, size, interpolation=cv2.INTER_AREA)
        return _jpeg(np.asarray(small, dtype=np.uint8), quality)

    return damage


def _blurred(view: Image, face: Face, _rng: np.random.Generator) -> Image:
    """Blur by a Gaussian of 5 % of the face's width."""
    return np.asarray(cv2.GaussianBlur(view, (0, 0), face.box[2] * 0.05), dtype=np.uint8)


def _dark(view: Image, _face: Face, rng: np.random.Generator) -> Image:
    """Expose 25 times too short, brighten twofold: light's own noise and the sensor's stay."""
    light = (view / 255.0) ** 2.2 * 0.04
    noisy = rng.poisson(light * 1500) / 1500 + rng.normal(0, 0.002, view.shape)
    return np.asarray(np.rint(np.clip(noisy * 2, 0, 1) ** (1 / 2.2) * 255), dtype=np.uint8)


def _turned(view: Image, _face: Face, rng: np.random.Generator) -> Image:
    """Turn the photo by 25 to 50 degrees either way."""
    degrees = rng.uniform(25, 50) * rng.choice([-1, 1])
    height, width = view.shape[:2]
    matrix = cv2.getRotationMatrix2D(((width - 1) / 2, (height - 1) / 2), degrees, 1)
    turned = cv2.warpAffine(view, matrix, (width, height), borderMode=cv2.BORDER_REFLECT)
    return np.asarray(turned, dtype=np.uint8)


class _Canvas:
    """Draws on a face in units of the distance between its eyes, x along them, y downwards."""

    def __init__(self, view: Image, face: Face) -> None:
        self.view, self.points = view.copy(), face.landmarks.astype(np.float64)
        self.middle = self.points[:2].mean(axis=0)
        along = self.points[1] - self.points[0]
        self.unit = max(float(np.hypot(*along)), 1.0)
        self.x = along / self.unit
        self.y = np.array([-self.x[1], self.x[0]])

    def place(self, x: float, y: float) -> NDArray[np.int64]:
        point = self.middle + (self.x * x + self.y * y) * self.unit
        return np.asarray(np.rint(point), dtype=np.int64)


def _sunglasses(view: Image, face: Face, _rng: np.random.Generator) -> Image:
    canvas, dark = _Canvas(view, face), (15, 15, 18)
    angle = float(np.degrees(np.arctan2(canvas.x[1], canvas.x[0])))
    axes = (max(1, round(0.42 * canvas.unit)), max(1, round(0.33 * canvas.unit)))
    for eye in np.rint(canvas.points[:2]).astype(int).tolist():
        cv2.ellipse(canvas.view, eye, axes, angle, 0, 360, dark, -1, cv2.LINE_AA)
    ends = canvas.place(-0.9, -0.08).tolist(), canvas.place(0.9, -0.08).tolist()
    cv2.line(canvas.view, *ends, dark, max(2, round(0.08 * canvas.unit)), cv2.LINE_AA)
    return canvas.view


def _mask(view: Image, face: Face, _rng: np.random.Generator) -> Image:
    """Cover nose, mouth and chin by a plain surgical mask."""
    canvas = _Canvas(view, face)
    mouth = canvas.points[3:].mean(axis=0) - canvas.middle
    below = float(mouth @ canvas.y) / canvas.unit
    outline = [(-0.95, 0.25), (0, 0.42), (0.95, 0.25)]
    outline += [(0.85, below + 0.35), (0, below + 0.85), (-0.85, below + 0.35)]
    corners = np.array([canvas.place(*point) for point in outline], dtype=np.int32)
    cv2.fillPoly(canvas.view, [corners], (150, 190, 215), cv2.LINE_AA)
    return canvas.view


DAMAGES: dict[str, Damage] = {
    "30px_jpeg60": _narrow(30, 60),
    "20px": _narrow(20, 90),
    "blurred": _blurred,
    "dark": _dark,
    "turned": _turned,
    "sunglasses": _sunglasses,
    "mask": _mask,
}
