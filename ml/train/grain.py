"""The trees that tell noise, blur and compression, and how strong they are, by a part's traces.

The same photos and seed give the same trees. Runs without torch.
"""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import cv2
import numpy as np
import onnx
from numpy.typing import NDArray
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor

from ml.degradations.blur import DefocusBlur, GaussianBlur, Jpeg, MotionBlur
from ml.degradations.degradation import Degradation
from ml.degradations.light import Fading, LowLight
from ml.degradations.noise import CameraNoise, GaussianNoise, PoissonNoise
from ml.restoration import blurred, spectrum
from ml.restoration.grain import KINDS, LOOKS, NETWORK, PARAMS, beside, looked, told_as
from ml.restoration.traces import PART, parts
from ml.train import onnx_trees, restoration_sources
from ml.train.camera_finish import as_cameras_write
from ml.train.distortion_sources import Sources
from ml.train.grain_gate import MILDEST
from ml.train.restoration_examples import crop
from ml.weights.manifest import FOLDER

SOURCES = Path("build/restoration")  # the photos are those of the restoration
EXAMPLES = 7000
_CLEAN = 0.4
_RIM = 16  # pixels around a part that damage may reach in from
_LARGE = 2 * PART  # pixels a side of photos that are judged by several parts
_GROWN = 120  # trees of each
_SPECTRA = 600  # clean parts whose spectra are looked at
_SEED = 17

Table = NDArray[np.float32]


def main(data: Path) -> None:
    """Fit on the photos below `data` and write ml/data/spectrum_prior.npz and
    ml/weights/grain_trees.onnx, telling its figures on held-out ones.
    """
    cv2.setNumThreads(1)
    photos = restoration_sources.load(data, SOURCES)
    _tell_spectra(photos)
    features, numbers = _table(photos, EXAMPLES, _SEED)
    trees: list[onnx_trees.Trees] = []
    options = {"max_leaf_nodes": 15, "learning_rate": 0.1, "early_stopping": False}
    for column in numbers.T:
        there = np.isfinite(column)
        trees.append(
            HistGradientBoostingClassifier(
                max_iter=_GROWN, l2_regularization=2.0, random_state=_SEED, **options
            ).fit(features, there)
        )
    for column in numbers.T:
        there = np.isfinite(column)
        trees.append(
            HistGradientBoostingRegressor(
                max_iter=_GROWN, l2_regularization=2.0, random_state=_SEED, **options
            ).fit(features[there], column[there])
        )
    path = FOLDER / f"{NETWORK}.onnx"
    onnx.save(onnx_trees.models(trees, LOOKS, {"parts": str(len(features))}), path)
    print(f"{path}: {path.stat().st_size} bytes, {len(features)} parts", flush=True)
    _tell_figures(trees, restoration_sources.load_held_out(data, SOURCES))


def _tell_figures(trees: Sequence[onnx_trees.Trees], photos: Sources) -> None:
    """Tell how well kinds are found on held-out photos of a part's size and on larger ones, judged
    by five parts; there also without damage too mild to be proposed, which then counts neither way.
    """
    for name, side in (("a part", PART), ("a photo", _LARGE)):
        rngs = (np.random.default_rng((_SEED + 1, number)) for number in range(EXAMPLES // 8))
        drawn = [_seen(*_example(photos, rng, side)) for rng in rngs]
        numbers = np.stack([told for _, told in drawn])
        said = np.stack([_said(trees, looks) for looks, _ in drawn])
        for place, kind in enumerate(KINDS):
            there, sure = np.isfinite(numbers[:, place]), said[:, place] > 0
            strong = ~(numbers[:, place] < told_as(kind, MILDEST[kind]))
            off = np.exp(said[there, len(KINDS) + place] - numbers[there, place])
            print(
                f"{name}, {kind}: F1 {_f1(there, sure):.3f}, {_f1(there[strong], sure[strong]):.3f}"
                f" without the mild; median error {np.median(np.abs(off - 1)):.3f}",
                flush=True,
            )


def _said(trees: Sequence[onnx_trees.Trees], looks: Table) -> Table:
    """What the stage makes of a photo's looks: of KINDS the log odds, and the numbers."""
    count, known = len(KINDS), beside(looks)
    odds = [each.decision_function(looks).mean() for each in trees[:count]]
    found = [np.median(each.predict(looks) + known[:, i]) for i, each in enumerate(trees[count:])]
    return np.array([*odds, *found], np.float32)


def _f1(there: NDArray[np.bool_], said: NDArray[np.bool_]) -> float:
    return float(2 * (said & there).sum() / max(said.sum() + there.sum(), 1))


def _tell_spectra(photos: Sources) -> None:
    """Write how the spectra of clean parts are spread."""
    rng = np.random.default_rng(_SEED)
    drawn = (photos.photo(int(rng.integers(len(photos)))) for _ in range(_SPECTRA))
    found = spectrum.fitted(np.stack([spectrum.power([crop(each, PART, rng)]) for each in drawn]))
    mean, spread = found.mean.astype(np.float32), found.spread.astype(np.float32)
    np.savez(spectrum.FILE, mean=mean, spread=spread, rest=found.rest)
    spectrum.prior.cache_clear()
    blurred.candidates.cache_clear()


def _table(photos: Sources, count: int, seed: int) -> tuple[Table, Table]:
    """What trees are told (count, LOOKS), and numbers of what was done beside what they tell,
    (count, KINDS), NaN where it was not.
    """
    rngs = (np.random.default_rng((seed, number)) for number in range(count))
    features, numbers = zip(*(_seen(*_example(photos, rng)) for rng in rngs), strict=True)
    looks = np.concatenate(features)
    return looks, np.stack(numbers) - beside(looks)


def _seen(image: NDArray[np.uint8], done: Mapping[str, float]) -> tuple[Table, Table]:
    """The looks of a photo's parts (parts, LOOKS), and what was done to it (KINDS,)."""
    seen = parts(image)
    powers = np.stack([spectrum.power([part]) for part in seen])
    told = [told_as(kind, done[kind]) if kind in done else np.nan for kind in KINDS]
    return looked(seen, powers), np.array(told, np.float32)


def _example(
    photos: Sources, rng: np.random.Generator, side: int = PART
) -> tuple[NDArray[np.uint8], dict[str, float]]:
    photo = photos.photo(int(rng.integers(len(photos))))
    image = as_cameras_write(crop(photo, side + 2 * _RIM, rng), rng)
    done = dict[str, float]()
    for step in _drawn(rng):
        image = step.apply(image).image
        if step.kind in KINDS:
            done[step.kind] = step.params[PARAMS[step.kind]]
    top, left = (int(rng.integers(0, 2 * _RIM)) for _ in range(2))
    return np.ascontiguousarray(image[top : top + side, left : left + side]), done


def _drawn(rng: np.random.Generator) -> Iterator[Degradation]:
    """What is done, in the order in which cameras and files do it."""
    seed = int(rng.integers(2**31))
    if rng.random() < 0.15:
        yield (LowLight, Fading)[int(rng.integers(2))](float(rng.uniform(0.1, 0.6)), seed)
    if rng.random() < _CLEAN:
        return
    chosen = rng.random(3) < (0.4, 0.5, 0.4)
    if chosen[0]:
        blur = (GaussianBlur, DefocusBlur, MotionBlur)[rng.choice(3, p=(0.4, 0.2, 0.4))]
        yield blur(float(rng.uniform(0.16, 0.9)), seed)
    if chosen[1]:
        noise = (GaussianNoise, PoissonNoise, CameraNoise)[rng.choice(3, p=(0.45, 0.2, 0.35))]
        yield noise(float(np.exp(rng.uniform(np.log(0.04), np.log(0.8)))), seed)
    if chosen[2]:
        yield Jpeg.of(int(rng.integers(8, 78)), seed)
