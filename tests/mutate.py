"""Makes damaged and lying files out of good ones, and names that no file should have."""

import random
import struct
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from tests import seeds

GOOD_EVERY = 10  # one file in ten is left as it is and must succeed
EXTREMES = (0, 1, 0x7F, 0x80, 0xFF, 0x7FFF, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF)
NOT_TAKEN = ("gif", "bmp", "xmp")
SUFFIXES = ("jpg", "jpeg", "png", "webp", "tif", "heic", "avif", "dng", "cr3", "nef", "JPG", "xmp")
NAMES = (
    "../../../etc/passwd.{0}",
    "..\\..\\windows\\system32.{0}",
    "/absolute/path.{0}",
    "C:\\photos\\drive.{0}",
    "CON.{0}",
    "nul.tar.{0}",
    "-rf.{0}",
    " leading and trailing .{0} ",
    "dots....{0}.",
    "....",
    "line\nbreak.{0}",
    "nul\0byte.{0}",
    "\u202egpj.exe.{0}",
    "emoji 🏔️👩‍👩‍👧.{0}",
    "e\u0301 decomposed.{0}",
    "ｆｕｌｌｗｉｄｔｈ.{0}",
    "<script>alert(1)</script>.{0}",
    "'; DROP TABLE photo; --.{0}",
    "%2e%2e%2fescaped.{0}",
    "${{HOME}} `id`.{0}",
    "{1}.{0}",
    "a/" * 200 + "deep.{0}",
    "same name.{0}",
    "no suffix",
    ".hidden.{0}",
)
LONG = "very long " * 60


@dataclass(frozen=True)
class Mutant:
    """One file: under which path it is sent, what was done to it; `good` ones must succeed."""

    path: str
    data: bytes
    how: str
    good: bool = False


Mutation = Callable[[bytes, random.Random], bytes]


def bits_flipped(data: bytes, rng: random.Random) -> bytes:
    content = bytearray(data)
    for _ in range(rng.choice((1, 2, 8, 64))):
        content[rng.randrange(len(content))] ^= 1 << rng.randrange(8)
    return bytes(content)


def header_flipped(data: bytes, rng: random.Random) -> bytes:
    content = bytearray(data)
    for _ in range(rng.randint(1, 8)):
        content[rng.randrange(min(len(content), 256))] = rng.choice((0, 1, 0x7F, 0x80, 0xFF))
    return bytes(content)


def truncated(data: bytes, rng: random.Random) -> bytes:
    return data[: rng.choice((rng.randrange(len(data)), rng.randrange(min(len(data), 64))))]


def overwritten(data: bytes, rng: random.Random) -> bytes:
    start, length = rng.randrange(len(data)), rng.randint(1, 400)
    return data[:start] + rng.randbytes(length) + data[start + length :]


def zeroed(data: bytes, rng: random.Random) -> bytes:
    start, length = rng.randrange(len(data)), rng.randint(16, 4096)
    return data[:start] + bytes(min(length, len(data) - start)) + data[start + length :]


def stuffed(data: bytes, rng: random.Random) -> bytes:
    start = rng.randrange(len(data))
    return data[:start] + rng.randbytes(rng.randint(1, 2000)) + data[start:]


def tail_added(data: bytes, rng: random.Random) -> bytes:
    return data + rng.randbytes(rng.randint(1, 100_000))


def spliced(data: bytes, rng: random.Random) -> bytes:
    """The start of one file and the end of another."""
    other = seed_bytes(rng.choice(sorted(seeds.SEEDS)))
    return data[: rng.randrange(1, len(data))] + other[rng.randrange(len(other)) :]


def length_lied(data: bytes, rng: random.Random) -> bytes:
    """Another number where a chunk, box, segment or directory says how long it is."""
    places = [start for start, _ in chunks(data)] or [rng.randrange(max(1, len(data) - 4))]
    at, content = rng.choice(places), bytearray(data)
    order, number = rng.choice("<>"), rng.choice(EXTREMES)
    content[at : at + 4] = struct.pack(order + "I", number)
    return bytes(content)


def chunks_shuffled(data: bytes, rng: random.Random) -> bytes:
    """Two chunks changed round, or one doubled, or one left out."""
    found = chunks(data)
    if len(found) < 2:
        return stuffed(data, rng)
    (a, b), (c, d) = sorted(rng.sample(found, 2))
    return rng.choice(
        (
            data[:a] + data[c:d] + data[b:c] + data[a:b] + data[d:],
            data[:b] + data[a:b] + data[b:],
            data[:c] + data[d:],
        )
    )


def size_lied(data: bytes, rng: random.Random) -> bytes:
    """A header that tells of another width or height; checksums are made to agree."""
    content = bytearray(data)
    wide, high = (rng.choice((0, 1, 7, 4000, 20_000, 65_535, 2**31 - 1)) for _ in range(2))
    if data.startswith(seeds.MAGIC_PNG):
        content[16:24] = struct.pack(">II", wide, high)
        content[29:33] = struct.pack(">I", zlib.crc32(bytes(content[12:29])))
    elif (at := _frame(data)) is not None:
        content[at + 5 : at + 9] = struct.pack(">HH", min(high, 65_535), min(wide, 65_535))
    elif (at := data.find(b"ispe")) > 0:
        content[at + 8 : at + 16] = struct.pack(">II", wide, high)
    elif data[:2] in (b"II", b"MM") and len(data) > 60:
        order = "<" if data[:2] == b"II" else ">"
        for tag, number in ((256, wide), (257, high)):
            at = data.find(struct.pack(order + "HH", tag, 4))
            at = at if at > 0 else data.find(struct.pack(order + "HH", tag, 3))
            if 0 < at < len(data) - 12:
                content[at + 2 : at + 12] = struct.pack(order + "HII", 4, 1, number)
    elif data[8:12] == b"WEBP":
        content[24:30] = rng.randbytes(6)
    return bytes(content)


def _frame(data: bytes) -> int | None:
    """Where a JPEG's frame header begins."""
    at = next((at for m in (b"\xff\xc0", b"\xff\xc2") if (at := data.find(m)) > 0), None)
    return at if data.startswith(b"\xff\xd8") and at and at + 9 < len(data) else None


MUTATIONS: tuple[Mutation, ...] = (
    bits_flipped,
    header_flipped,
    truncated,
    overwritten,
    zeroed,
    stuffed,
    tail_added,
    spliced,
    length_lied,
    chunks_shuffled,
    size_lied,
)


def chunks(data: bytes) -> list[tuple[int, int]]:
    """(start, end) of a file's chunks, segments or boxes after its signature; none for others."""
    if data.startswith(seeds.MAGIC_PNG):
        return _walk(data, 8, lambda at: 12 + struct.unpack_from(">I", data, at)[0])
    if data.startswith(b"RIFF"):
        return _walk(
            data, 12, lambda at: 8 + -(-struct.unpack_from("<I", data, at + 4)[0] // 2) * 2
        )
    if data.startswith(b"\xff\xd8"):
        return _walk(data, 2, lambda at: 2 + struct.unpack_from(">H", data, at + 2)[0])
    if data[4:8] == b"ftyp":
        boxes = _walk(data, 0, lambda at: struct.unpack_from(">I", data, at)[0])
        inner = data.find(b"meta") + 8
        return boxes + _walk(data, inner, lambda at: struct.unpack_from(">I", data, at)[0])
    return []


def _walk(data: bytes, at: int, length: Callable[[int], int]) -> list[tuple[int, int]]:
    found = []
    while at + 12 <= len(data) and len(found) < 1000:
        end = at + length(at)
        if end <= at or end > len(data):
            break
        found.append((at, end))
        at = end
    return found


@cache
def seed_bytes(name: str) -> bytes:
    """The bytes of a seed, made once."""
    return seeds.SEEDS[name][1]()


def mutants(count: int, seed: int, real: Path | None = None) -> Iterator[Mutant]:
    """Give that many files, the same ones for the same seed; `real` holds further seeds."""
    rng = random.Random(seed)
    pool = [(name, suffix, seed_bytes(name)) for name, (suffix, _) in seeds.SEEDS.items()]
    pool += list(seeds.shared(real)) if real else []
    bombs = [(name, suffix, make) for name, (suffix, make) in seeds.BOMBS.items()]
    between = max(2, count // len(bombs))
    for n in range(count):
        if n % between == 1 and bombs:
            name, suffix, make = bombs.pop(0)
            yield Mutant(f"{n:04d}/{name}.{suffix}", make(), name)
        elif n % GOOD_EVERY == 0:
            name, suffix, data = rng.choice([s for s in pool if s[1].lower() not in NOT_TAKEN])
            # A good file must differ from its equals, or it would be only another path of them.
            yield Mutant(f"{n:04d}/{name}.{suffix}", data + b"\0" * (n // GOOD_EVERY), name, True)
        else:
            yield _mutant(n, rng, *rng.choice(pool))


def _mutant(n: int, rng: random.Random, name: str, suffix: str, data: bytes) -> Mutant:
    how = []
    for _ in range(rng.choice((1, 1, 1, 2, 3))):
        mutation = rng.choice(MUTATIONS)
        data = mutation(data, rng) if data else data
        how.append(mutation.__name__)
    if rng.random() < 0.1:
        suffix = rng.choice(SUFFIXES)
        how.append("suffix")
    path = f"{n:04d}/{name}.{suffix}"
    if rng.random() < 0.15:
        path = f"{n:04d}/" + rng.choice(NAMES).format(suffix, LONG)
        how.append("name")
    return Mutant(path, data, " ".join((name, *how)))
