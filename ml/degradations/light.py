"""What happens to light and colour: fading, varnish, darkness, haze."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from ml.degradations import fields
from ml.degradations.degradation import Degradation, Floats, Stage, encoded, linear

MOST_STOPS = 5.0


@dataclass(frozen=True)
class Fading(Degradation):
    """Dyes that lost density, each differently, on paper that yellowed; blacks turn grey."""

    kind: ClassVar[str] = "faded"
    stage: ClassVar[Stage] = "light"

    @property
    def params(self) -> dict[str, float]:
        """`density_*`: the share of each channel's density that is left; `paper_*`: its white."""
        rng = self._rng()
        left = 1 - self.severity * rng.uniform(0.35, 0.75, 3)
        yellow = self.severity * rng.uniform(0.3, 1)
        white = 1 - yellow * np.array([0.06, 0.13, 0.36]) * rng.uniform(0.6, 1.2, 3)
        named = zip(("red", "green", "blue"), left, white, strict=True)
        return {
            key: float(value)
            for name, density, bare in named
            for key, value in ((f"density_{name}", density), (f"paper_{name}", bare))
        }

    def _done(self, values: Floats, rng: np.random.Generator) -> Floats:
        del rng
        told, names = self.params, ("red", "green", "blue")
        left = np.array([told[f"density_{name}"] for name in names], np.float32)
        white = np.array([told[f"paper_{name}"] for name in names], np.float32)
        density = -np.log(np.clip(values, 0.004, None))
        return np.asarray(white * np.exp(-density * left), np.float32)


@dataclass(frozen=True)
class Varnish(Degradation):
    """Old varnish on a painting: brown, uneven, duller in the darks."""

    kind: ClassVar[str] = "varnish"
    stage: ClassVar[Stage] = "light"

    @property
    def params(self) -> dict[str, float]:
        """What the varnish lets through of red, green and blue."""
        rng = self._rng()
        thick = self.severity * rng.uniform(0.6, 1.1)
        taken = np.array([0.22, 0.5, 1.15]) * rng.uniform(0.8, 1.2, 3) * thick
        through = np.exp(-taken)
        return dict(zip(("red", "green", "blue"), through.tolist(), strict=True))

    def _done(self, values: Floats, rng: np.random.Generator) -> Floats:
        through = np.array(list(self.params.values()), np.float32)
        uneven = 1 + 0.18 * fields.clouds(values.shape, rng, 250 * fields.unit(values.shape), 3)
        veil = np.float32(0.035 * self.severity) * np.array([1.0, 0.8, 0.5], np.float32)
        film = np.power(through, np.clip(uneven, 0.3, 2)[..., None])
        return np.asarray(values * film * (1 - veil) + veil, np.float32)


@dataclass(frozen=True)
class LowLight(Degradation):
    """Too little light, by stops, with the sensor's noise and a cast; stored as it was taken."""

    kind: ClassVar[str] = "dark"
    stage: ClassVar[Stage] = "light"

    @property
    def params(self) -> dict[str, float]:
        """`stops` of light that are missing."""
        return {"stops": self.severity * MOST_STOPS}

    def _done(self, values: Floats, rng: np.random.Generator) -> Floats:
        cast = np.exp(rng.normal(0, 0.06 * self.severity, 3)).astype(np.float32)
        light = linear(values) * cast * np.float32(2 ** -self.params["stops"])
        photons = 10 ** rng.uniform(3.3, 4.6)
        spread = np.sqrt(
            light / np.float32(photons) + np.float32(rng.uniform(0.3, 1.2) / photons) ** 2
        )
        noisy = light + rng.standard_normal(light.shape, np.float32) * spread
        return encoded(np.asarray(noisy, np.float32))


@dataclass(frozen=True)
class Haze(Degradation):
    """Air between camera and scene: more of it farther up, as landscapes have it."""

    kind: ClassVar[str] = "haze"
    stage: ClassVar[Stage] = "light"

    @property
    def params(self) -> dict[str, float]:
        """`optical_depth` at the farthest point."""
        return {"optical_depth": self.severity * 2.2}

    def _done(self, values: Floats, rng: np.random.Generator) -> Floats:
        height = values.shape[0]
        far = np.linspace(1, rng.uniform(0.15, 0.6), height, dtype=np.float32)[:, None]
        lumps = 0.08 * fields.clouds(values.shape, rng, 220 * fields.unit(values.shape), 3)
        through = np.exp(-np.float32(self.params["optical_depth"]) * np.clip(far + lumps, 0.02, 1))
        air = np.float32(rng.uniform(0.72, 0.95)) * np.array([0.97, 0.99, 1], np.float32)
        return np.asarray(air + through[..., None] * (values - air), np.float32)
