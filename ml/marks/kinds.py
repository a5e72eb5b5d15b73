"""The kinds of marks that are told apart, in the order of the network's masks."""

KINDS = ("scratch", "crease", "tear", "stain", "loss", "craquelure")
"""Scratch stands for dust and hairs too, which are filled alike."""
OF = {"dust": "scratch"} | {kind: kind for kind in KINDS}
"""The mark that a degradation's kind counts as."""
STRIDE = 16
"""Sides of what the network sees are multiples of it."""
OUTPUT = "masks"
