"""Warps as the few numbers that a network regresses, free of the picture's size."""

from ml.estimators.encodings.table import ENCODINGS, WIDTH, choice_of, decode, encode, kind_of

__all__ = ["ENCODINGS", "WIDTH", "choice_of", "decode", "encode", "kind_of"]
