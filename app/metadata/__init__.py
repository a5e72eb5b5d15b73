"""Metadata of photos: read from every field that programs use, written into the copy that is
delivered.
"""

from .deliver import deliver
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
    "read",
]
