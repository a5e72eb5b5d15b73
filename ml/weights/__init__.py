"""Weights of networks: what the manifest says of each, where it lies on this machine, and how it is
fetched.

Every byte is held against the manifest's sha256 before use.
"""

from ml.weights.manifest import Weights, manifest
from ml.weights.sources import fetch
from ml.weights.store import locate

__all__ = ["Weights", "fetch", "locate", "manifest"]
