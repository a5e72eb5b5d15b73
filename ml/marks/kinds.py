"""The kinds of marks that are told apart, and the networks that find them."""

from dataclasses import dataclass

KINDS = ("scratch", "crease", "tear", "stain", "loss", "craquelure")
"""Scratch stands for dust and hairs too, which are filled alike."""
OF = {"dust": "scratch"} | {kind: kind for kind in KINDS}
"""The mark that a degradation's kind counts as."""
STRIDE = 16
"""Sides of what the networks see are multiples of it."""
OUTPUT = "masks"


@dataclass(frozen=True)
class Network:
    """A network of marks: the kinds of its masks, and the long side in pixels at which it sees
    whole photos, smaller ones as they are.
    """

    name: str
    kinds: tuple[str, ...]
    longest: int


THIN = Network("marks_thin", ("scratch", "crease", "tear", "loss", "craquelure"), 1024)
BROAD = Network("marks_broad", ("stain",), 288)
NETWORKS = {"thin": THIN, "broad": BROAD}
