"""Reading a file by ranges, and copying it with some ranges replaced."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, NamedTuple, Self

from .model import MetadataError

CHUNK = 1 << 20


class Range(NamedTuple):
    """Bytes from `start` up to and without `end`."""

    start: int
    end: int


class Splice(NamedTuple):
    """Put `data` where the bytes from `start` up to and without `end` were."""

    start: int
    end: int
    data: bytes


class Source:
    """A file or a block of bytes that is read piece by piece, so that its size does not matter."""

    def __init__(self, origin: Path | bytes) -> None:
        self._data = origin if isinstance(origin, bytes) else b""
        self._file: BinaryIO | None = None if isinstance(origin, bytes) else origin.open("rb")
        self.size = len(self._data) if self._file is None else os.fstat(self._file.fileno()).st_size

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._file is not None:
            self._file.close()

    def read(self, start: int, length: int) -> bytes:
        """Exactly `length` bytes from `start`; MetadataError where the file ends before."""
        if start < 0 or length < 0 or start + length > self.size:
            raise MetadataError("the file ends too early")
        if self._file is None:
            return self._data[start : start + length]
        data = os.pread(self._file.fileno(), length, start)
        if len(data) != length:
            raise MetadataError("the file ends too early")
        return data

    def head(self, length: int) -> bytes:
        """The first bytes, fewer where the file is shorter."""
        return self.read(0, min(length, self.size))

    def chunks(self, ranges: Sequence[Range]) -> Iterator[bytes]:
        """The bytes of the ranges one after the other, in pieces."""
        for start, end in ranges:
            for place in range(start, end, CHUNK):
                yield self.read(place, min(CHUNK, end - place))


def spliced(source: Source, splices: Sequence[Splice]) -> Iterator[bytes]:
    """The source's bytes with the splices applied; they must not overlap."""
    position = 0
    for start, end, data in sorted(splices, key=lambda splice: (splice.start, splice.end)):
        if start < position:
            raise MetadataError("parts of the file overlap")
        yield from source.chunks([Range(position, start)])
        yield data
        position = end
    yield from source.chunks([Range(position, source.size)])


def same_bytes(
    left: Source, left_ranges: Sequence[Range], right: Source, right_ranges: Sequence[Range]
) -> bool:
    """Whether the ranges of two sources, strung together, hold the same bytes."""
    if sum(r.end - r.start for r in left_ranges) != sum(r.end - r.start for r in right_ranges):
        return False
    ahead, behind = left.chunks(left_ranges), right.chunks(right_ranges)
    first, second = b"", b""
    while True:
        first = first or next(ahead, b"")
        second = second or next(behind, b"")
        length = min(len(first), len(second))
        if length == 0:
            return not first and not second
        if first[:length] != second[:length]:
            return False
        first, second = first[length:], second[length:]
