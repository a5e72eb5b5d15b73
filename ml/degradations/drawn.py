"""Drawn pictures with a grid by design: pixel art, screens, walls, fences, cloth, print, tables."""

import cv2
import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.uint8]
Size = tuple[int, int]

_FONTS = (cv2.FONT_HERSHEY_SIMPLEX, cv2.FONT_HERSHEY_DUPLEX, cv2.FONT_HERSHEY_COMPLEX_SMALL)
_LETTERS = "abcdefghijklmnopqrstuvwxyz      ABCDEFG0123456789.,:"


def pixel_art(size: Size, rng: np.random.Generator) -> Pixels:
    """Sprites of few colours, each of their pixels a square."""
    width, height = size
    cell = int(rng.integers(2, 25))
    down, across = -(-height // cell), -(-width // cell)
    palette = rng.integers(0, 256, (int(rng.integers(4, 17)), 3)).astype(np.uint8)
    picture = np.zeros((down, across), np.int64)
    for _ in range(max(4, down * across // 120)):
        side = int(rng.integers(4, 17))
        half = rng.integers(0, len(palette), (side, (side + 1) // 2))
        half[rng.random(half.shape) < 0.35] = 0
        half = np.repeat(np.repeat(half[::2, ::2], 2, 0), 2, 1)[:side, : (side + 1) // 2]
        sprite = np.concatenate([half, half[:, ::-1]], 1)
        y, x = int(rng.integers(0, down)), int(rng.integers(0, across))
        target = picture[y : y + side, x : x + sprite.shape[1]]
        part = sprite[: target.shape[0], : target.shape[1]]
        target[part > 0] = part[part > 0]
    large = np.repeat(np.repeat(palette[picture], cell, 0), cell, 1)
    return np.ascontiguousarray(large[:height, :width])


def screenshot(photo: Pixels, rng: np.random.Generator) -> Pixels:
    """Windows, bars, text and buttons, sometimes around a photo."""
    height, width = photo.shape[:2]
    dark = rng.random() < 0.4
    base = int(rng.integers(10, 60)) if dark else int(rng.integers(215, 256))
    screen = np.full((height, width, 3), base, np.uint8)
    if rng.random() < 0.5:
        h, w = int(height * rng.uniform(0.3, 0.7)), int(width * rng.uniform(0.3, 0.7))
        y, x = int(rng.integers(0, height - h)), int(rng.integers(0, width - w))
        screen[y : y + h, x : x + w] = photo[y : y + h, x : x + w]
    for _ in range(int(rng.integers(4, 16))):
        a, b = rng.integers(0, width, 2), rng.integers(0, height, 2)
        colour = [int(v) for v in rng.integers(0, 256, 3)]
        thickness = -1 if rng.random() < 0.5 else 1
        corners = (int(a.min()), int(b.min())), (int(a.max() // 2), int(b.max() // 2))
        cv2.rectangle(screen, *corners, colour, thickness)
    ink = (235, 235, 235) if dark else (25, 25, 25)
    for y in range(int(rng.integers(10, 30)), height, int(rng.integers(14, 30))):
        text = "".join(rng.choice(list(_LETTERS), int(rng.integers(8, 70))))
        start = (int(rng.integers(4, max(5, width // 2))), y)
        font, scale = int(rng.choice(_FONTS)), float(rng.uniform(0.35, 0.7))
        cv2.putText(screen, text, start, font, scale, ink, 1, cv2.LINE_AA)
    return screen


def brick(size: Size, rng: np.random.Generator) -> Pixels:
    """A wall: rows of bricks, each of a shade of its own, mortar between them."""
    tall = float(rng.uniform(6, 40))
    long = tall * float(rng.uniform(1.0, 3.5))
    joint = max(1.0, tall * float(rng.uniform(0.05, 0.2)))
    y, x = _turned(size, rng, 0.05)
    row = np.floor(y / tall)
    x = x + np.mod(row, 2) * long / 2 * float(rng.integers(0, 2))
    shade = rng.normal(0, rng.uniform(4, 30), (512, 512))
    own = shade[np.mod(row, 512).astype(int), np.mod(np.floor(x / long), 512).astype(int)]
    colour = rng.uniform(60, 190, 3)
    wall = colour + own[..., None] + _grain(size, rng)[..., None]
    mortar = (np.mod(y, tall) < joint) | (np.mod(x, long) < joint)
    wall[mortar] = rng.uniform(90, 220) + _grain(size, rng)[mortar, None]
    return _softened(wall, rng)


def fence(size: Size, rng: np.random.Generator) -> Pixels:
    """Bars or wire before something blurred."""
    small = rng.uniform(20, 230, (6, 8, 3))
    behind = np.asarray(cv2.resize(small, size, interpolation=cv2.INTER_CUBIC), np.float64)
    pitch = float(rng.uniform(4, 50))
    thick = max(1.0, pitch * float(rng.uniform(0.1, 0.6)))
    y, x = _turned(size, rng, 0.8 if rng.random() < 0.5 else 0.02)
    bars = np.mod(x, pitch) < thick
    if rng.random() < 0.6:
        bars |= np.mod(y, pitch * float(rng.choice((1.0, 1.0, 2.0)))) < thick
    behind[bars] = rng.uniform(0, 255, 3)
    return _softened(behind + _grain(size, rng)[..., None], rng)


def fabric(size: Size, rng: np.random.Generator) -> Pixels:
    """A weave: threads over and under each other, or a chequered cloth."""
    pitch = float(np.exp(rng.uniform(np.log(3), np.log(40))))
    y, x = _turned(size, rng, 0.4 if rng.random() < 0.5 else 0.02)
    colours = rng.uniform(20, 235, (2, 3))
    if rng.random() < 0.5:
        over = np.sin(np.pi * x / pitch) * np.sin(np.pi * y / pitch)
    else:
        over = np.sign(np.sin(np.pi * x / pitch)) + np.sign(np.sin(np.pi * y / pitch))
    share = (over - over.min()) / max(1e-6, float(np.ptp(over)))
    cloth = colours[0] + share[..., None] * (colours[1] - colours[0])
    return _softened(cloth + _grain(size, rng)[..., None], rng)


def halftone(photo: Pixels, rng: np.random.Generator) -> Pixels:
    """The photo printed in dots on a turned grid."""
    size = (photo.shape[1], photo.shape[0])
    pitch = float(rng.uniform(3, 14))
    y, x = _turned(size, rng, 1.5)
    grey = np.asarray(cv2.cvtColor(photo, cv2.COLOR_RGB2GRAY), np.float64)
    screen = (np.cos(2 * np.pi * x / pitch) + np.cos(2 * np.pi * y / pitch)) * 64 + 128
    dots = np.clip((grey - screen) * float(rng.uniform(1, 6)) + 128, 0, 255)
    tint = rng.uniform(0.7, 1, 3)
    return np.asarray(np.rint(dots[..., None] * tint), np.uint8)


def table(size: Size, rng: np.random.Generator) -> Pixels:
    """A sheet of cells with lines between them, some filled: tables, calendars, tiles."""
    width, height = size
    across, down = float(rng.uniform(6, 80)), float(rng.uniform(6, 50))
    y, x = np.mgrid[0:height, 0:width]
    row, column = np.floor(y / down).astype(int), np.floor(x / across).astype(int)
    fills = rng.uniform(180, 255, (row.max() + 1, column.max() + 1, 3))
    fills[rng.random(fills.shape[:2]) < rng.uniform(0.3, 1)] = rng.uniform(225, 255)
    sheet = fills[row, column]
    lines = (np.mod(y, down) < 1) | (np.mod(x, across) < 1)
    sheet[lines] = rng.uniform(0, 200)
    return _softened(sheet, rng, 0.3)


def _turned(
    size: Size, rng: np.random.Generator, most: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Rows and columns of every pixel, turned by up to `most` radians, at a random start."""
    width, height = size
    y, x = np.mgrid[0:height, 0:width].astype(np.float64)
    angle = rng.uniform(-most, most) if rng.random() < 0.7 else 0.0
    start = rng.uniform(0, 100, 2)
    return (
        x * np.sin(angle) + y * np.cos(angle) + start[0] + width,
        x * np.cos(angle) - y * np.sin(angle) + start[1] + height,
    )


def _grain(size: Size, rng: np.random.Generator) -> NDArray[np.float64]:
    grain = rng.normal(0, rng.uniform(0, 12), (size[1], size[0]))
    return np.asarray(cv2.GaussianBlur(grain, (0, 0), rng.uniform(0.4, 2)), np.float64)


def _softened(picture: NDArray[np.float64], rng: np.random.Generator, share: float = 0.8) -> Pixels:
    if rng.random() < share:
        picture = np.asarray(cv2.GaussianBlur(picture, (0, 0), rng.uniform(0.4, 1.5)))
    return np.asarray(np.clip(np.rint(picture), 0, 255), np.uint8)
