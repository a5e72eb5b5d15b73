"""Metadata of photos: read from every field that programs use, written into the copy that is
delivered.
"""

from .deliver import deliver, deliver_sidecar
from .image_hash import image_sha256
from .model import Delivered, Edits, Gps, Keyword, Metadata, MetadataError, Region
from .read import read

__all__ = [
    "Delivered",
    "Edits",
    "Gps",
    "Keyword",
    "Metadata",
    "MetadataError",
    "Region",
    "deliver",
    "deliver_sidecar",
    "image_sha256",
    "read",
]
