"""Training of the super-resolution networks; a run that was stopped goes on from its checkpoint."""

from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from ml.errors import MLError
from ml.image import Picture
from ml.superres import bicubic
from ml.train import onnx_file, superres_perceptual, superres_sources, superres_training
from ml.train.pixelation_sources import held_out
from ml.train.run import CHECKPOINT, prepare
from ml.train.superres_network import FACTOR, SHAPES, Collapsed
from ml.train.superres_training import Recipe

FOLDER = Path("build/superres")
DEFAULT_MINUTES = {"fast": 60.0, "quality": 600.0, "mosaic": 60.0, "perceptual": 60.0}
RECIPES = {
    "fast": Recipe(),
    "quality": Recipe(taught=0.8),
    "mosaic": Recipe(taught=0.0, mosaic=True),
}
_MEASURED = {"train/photos_hq": 10, "train/photos_bsds": 10}
_MEASURED_SIDE = 384


def main(data: Path, minutes: float | None = None, network: str = "quality") -> None:
    """Train one of SHAPES, or "perceptual", for `minutes` on the photos below `data`, taught by the
    networks in `data`/../models, checkpoints in build/superres/NETWORK, and write it as
    superres_NETWORK.onnx there; 0 minutes only write it.

    Raises MLError where "perceptual" has no fast network to begin from.
    """
    folder = FOLDER / network
    prepare(folder)
    if network == "perceptual":
        _perceptual(data, DEFAULT_MINUTES[network] if minutes is None else minutes)
        return
    recipe = RECIPES[network]
    state = superres_training.begin(SHAPES[network], recipe)
    if (folder / CHECKPOINT).exists():
        state.load(folder / CHECKPOINT)
    if minutes != 0:
        sources = superres_sources.load(data, data.parent / "models", FOLDER)
        held = measured(data)
        if recipe.mosaic:
            rng = np.random.default_rng(recipe.seed)
            held = [(superres_training.mosaicked(true, rng), true) for _, true in held]
        plain = [superres_training.bicubic(small) for small, _ in held]
        floor = superres_training.mean_db(plain, held)
        print(f"{len(sources)} pictures; bicubic {floor:.3f} dB", flush=True)
        limit = DEFAULT_MINUTES[network] if minutes is None else minutes
        superres_training.train(state, sources, held, folder=folder, minutes=limit, recipe=recipe)
    path = folder / f"superres_{network}.onnx"
    collapsed = Collapsed(state.average.module)
    parameters = sum(each.numel() for each in collapsed.parameters())
    told = {"steps": str(state.steps), "parameters": str(parameters)}
    onnx_file.write_upscaler(collapsed, path, told)
    print(f"{path}: {parameters} parameters, {path.stat().st_size} bytes", flush=True)


def _perceptual(data: Path, minutes: float) -> None:
    if not (FOLDER / "fast" / CHECKPOINT).exists():
        raise MLError("the perceptual network begins from the fast one: train that first")
    fast = superres_training.begin(SHAPES["fast"], RECIPES["fast"])
    fast.load(FOLDER / "fast" / CHECKPOINT)
    superres_perceptual.main(
        fast.average.module,
        lambda: superres_sources.load(data, data.parent / "models", FOLDER),
        measured(data) if minutes else [],
        minutes,
    )


def measured(data: Path) -> list[tuple[Tensor, ...]]:
    """Luma of the middle of some held-out photos, shrunk (1, 1, H, W) and true (1, 1, 4H, 4W)."""
    found = list[tuple[Tensor, ...]]()
    for folder, most in _MEASURED.items():
        names = [name for name in sorted(held_out()) if name.startswith(folder + "/")]
        for name in names[:most]:
            photo = Picture.open(data / name).full()
            height, width = (min(_MEASURED_SIDE, n) // FACTOR * FACTOR for n in photo.shape[:2])
            top, left = (photo.shape[0] - height) // 2, (photo.shape[1] - width) // 2
            true = photo[top : top + height, left : left + width]
            small = superres_sources.rounded(bicubic.shrink(true.astype(np.float32), FACTOR))
            planes = [superres_sources.luma(each) / 255 for each in (small, true)]
            found.append(
                (torch.from_numpy(planes[0])[None, None], torch.from_numpy(planes[1])[None, None])
            )
    return found
