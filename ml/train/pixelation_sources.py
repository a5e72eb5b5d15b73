"""The photos that pixelation is learned on, split by source from those it is measured on."""

from functools import cache
from pathlib import Path

from ml.errors import MLError
from ml.image import Picture
from ml.image.formats import is_taken
from ml.train.labels import dhash, near_pairs

HELD_OUT = Path(__file__).parents[1] / "data" / "pixelation_held_out.txt"
# Folders below the data folder. Photos of the folders for evaluation are held out as well.
FOLDERS = (
    "train/photos_hq",
    "train/photos_osie",
    "train/photos_bsds",
    "train/photos_scenes",
    "train/photos_coco_person",
    "train/photos_more",
)
_EVALUATION = "eval"
_HASHED_SIDE = 64


@cache
def held_out() -> frozenset[str]:
    """Names, relative to the data folder, of the photos that are never trained on."""
    return frozenset(HELD_OUT.read_text("utf-8").split())


def trained_on(path: Path) -> bool:
    """Whether training may have seen a photo, judged by its folder and name."""
    folder, name = "/".join(path.parts[-3:-1]), "/".join(path.parts[-3:])
    return folder in FOLDERS and name not in held_out()


def training_photos(data: Path) -> list[Path]:
    """Photos for training, without near copies of those that are measured on.

    Raises MLError where the data folder has none.
    """
    names = [
        path.relative_to(data).as_posix()
        for folder in FOLDERS
        for path in sorted((data / folder).glob("*"))
        if is_taken(path)
    ]
    ours = [data / name for name in names if name not in held_out()]
    if not ours:
        raise MLError(f"{data} has none of {', '.join(FOLDERS)}")
    others = [data / name for name in sorted(held_out()) if (data / name).is_file()]
    others += [path for path in sorted((data / _EVALUATION).rglob("*")) if is_taken(path)]
    hashes = [[_hash(path) for path in paths] for paths in (ours, others)]
    copies = {i for i, _ in near_pairs(hashes[0], hashes[1])}
    return [path for i, path in enumerate(ours) if i not in copies]


def _hash(path: Path) -> int:
    return dhash(Picture.open(path).view(_HASHED_SIDE))
