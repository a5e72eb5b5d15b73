"""Which photos super-resolution is learned on: not those that pixelation is measured on, since the
repair of those ends in super-resolution.
"""

from pathlib import Path

from ml.train import pixelation_sources

# Folders below the data folder with the sizes that their photos are learned at: what was shrunk
# once more is sharper still, and bears less trace of JPEG.
FOLDERS = {
    "train/photos_hq": (1.0, 0.6),
    "train/photos_bsds": (1.0,),
    "train/photos_osie": (0.6,),
}


def trained_on(path: Path) -> bool:
    """Whether the networks may have seen a photo, judged by its folder and name."""
    return "/".join(path.parts[-3:-1]) in FOLDERS and pixelation_sources.trained_on(path)


def chosen(data: Path) -> list[tuple[Path, float]]:
    """Every photo to learn on, once for each of its sizes.

    Raises MLError where the data folder has none.
    """
    return [
        (path, size)
        for path in pixelation_sources.training_photos(data)
        for size in FOLDERS.get("/".join(path.parts[-3:-1]), ())
    ]
