"""Which container a file is, told by its first bytes."""

from __future__ import annotations

from .blocks import Container
from .jpeg import Jpeg
from .source import Source


def container(source: Source) -> Container | None:
    """The file's container if it is one that we can write; MetadataError where it is broken."""
    head = source.head(16)
    if head[:3] == b"\xff\xd8\xff":
        return Jpeg(source)
    return None
