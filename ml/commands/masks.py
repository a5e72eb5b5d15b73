"""Masks of findings as PNG files."""

from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from ml.errors import MLError


class Masks:
    """The folder that masks go to; None: nowhere. Made when the first one comes."""

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder
        self._used: set[str] = set()

    def write(self, name: str, kind: str, mask: NDArray[np.bool_] | None) -> str | None:
        """Write the mask (H, W) of a photo's finding as `photo.jpg.kind.png`, white where it is,
        with a number where that name was given already; returns the path.

        Raises MLError where the folder cannot be written.
        """
        if self._folder is None or mask is None:
            return None
        stem, number = f"{Path(name).name}.{kind}", 1
        chosen = stem
        while chosen in self._used:
            number += 1
            chosen = f"{stem}.{number}"
        self._used.add(chosen)
        path = self._folder / f"{chosen}.png"
        _, data = cv2.imencode(".png", mask.astype(np.uint8) * 255)
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data.tobytes())
        except OSError as error:
            raise MLError(f"{path} cannot be written: {error.strerror}") from error
        return str(path)
