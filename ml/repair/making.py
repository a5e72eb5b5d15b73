"""A photo repaired by a recipe, as a file."""

from pathlib import Path

from ml.image import Picture, deep
from ml.repair import saving
from ml.repair.recipe import Recipe, apply
from ml.restoration.blind import Progress


def make(picture: Picture, recipe: Recipe, target: Path, progress: Progress | None = None) -> None:
    """Write the repaired photo to `target` in the photo's own format, a RAW as TIFF.

    Where only which way is up is another, a JPEG keeps every pixel and says so in its Orientation.
    `progress` is called now and then and stops the work by raising. Raises ImageError and
    WeightsError.
    """
    if recipe.turns_alone and saving.turn(picture, target, recipe.quarters):
        return
    repaired = apply(deep.read(picture), recipe, progress)
    moved = bool(recipe.warps or recipe.quarters)
    saving.save(repaired, picture, target, moved=moved, finer=bool(recipe.damage))
