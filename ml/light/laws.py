"""The laws by which light is lost, undone: smooth, of few numbers, channel by channel.

Colours are what files hold: 0..1, encoded as in sRGB. Numbers and colours are arrays of NumPy or
of torch that broadcast, so that training undoes what the product undoes.
"""

from typing import Any

Array = Any

DARKEST = 0.004  # what film's greatest density lets through, as ml.degradations has it
_TOE = 0.01  # darker tones are brightened no more than this one
_THICKEST = 0.1  # of haze that is still seen through
_VEIL = (1.0, 0.8, 0.5)  # the share of a varnish's own light that each colour has


def faded(values: Array, density: Array, paper: Array) -> Array:
    """Dyes that kept `density` of theirs, on paper that is `paper` white."""
    return (values / paper).clip(DARKEST / 8, 1.0) ** (1 / density)


def varnish(values: Array, through: Array, veil: Array) -> Array:
    """A film that lets `through` so much, and adds light of its own, `veil` for each colour."""
    return ((values - veil) / (1 - veil) / through).clip(0.0, 1.0)


def dark(values: Array, gain: Array, power: Array) -> Array:
    """Too little light: tones raised to `power`, times `gain`."""
    return (gain * values * values.clip(_TOE, 1.0) ** (power - 1)).clip(0.0, 1.0)


def haze(values: Array, depth: Array, air: Array) -> Array:
    """Air of an optical `depth` at each place, which shines `air` itself."""
    through = (2.718281828459045**-depth).clip(_THICKEST, 1.0)
    return ((values - air) / through + air).clip(0.0, 1.0)


def veil_of(share: Array) -> tuple[Array, Array, Array]:
    """The colours of a varnish's own light of a share of white."""
    red, green, blue = _VEIL
    return share * red, share * green, share * blue
