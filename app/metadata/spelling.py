"""Separators inside keywords: written with look-alikes, and the true spelling found again.

A flat keyword may hold the separator of a field that knows paths ("24/7", "AC|DC"). There it is
written with a look-alike; since every field hides only its own separator, any two of them
together show what was meant.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence

from .model import Keyword

LOOK_ALIKES = {"/": "\u2215", "|": "\u2223", ";": "\uff1b"}
MAX_VARIANTS = 16  # spellings of one keyword; more are nobody's intention
_PLAIN = str.maketrans({look: separator for separator, look in LOOK_ALIKES.items()})


def escaped(text: str, separator: str) -> str:
    """A part of a path without the separator in it."""
    return text.replace(separator, LOOK_ALIKES[separator]) if separator else text


def joined(path: Keyword, separator: str) -> str:
    """A path as a field with this separator has it."""
    return separator.join(escaped(part, separator) for part in path)


def split(item: str, separator: str) -> Keyword:
    """The parts of a field's value; none where it is only separators."""
    return tuple(part for part in (part.strip() for part in item.split(separator)) if part)


def true_paths(flat: Sequence[str], paths: Sequence[tuple[Keyword, str]]) -> Iterator[Keyword]:
    """The paths, read from fields with these separators, as they were meant."""
    names = set(flat)
    alike: dict[Keyword, list[tuple[Keyword, str]]] = defaultdict(list)
    for path, separator in [*(((name,), "") for name in names), *dict.fromkeys(paths)]:
        if len(variants := alike[_plain(path)]) < MAX_VARIANTS:
            variants.append((path, separator))
    leaves = {(escaped(name, s), s): name for name in flat for s in LOOK_ALIKES}
    for path, separator in paths:
        whole = separator.join(path)
        if len(path) > 1 and whole in names and path[-1] not in names:
            yield (whole,)  # a program that wrote a flat keyword without minding the separator
            continue
        both = (_combined(path, separator, *other) for other in alike[_plain(path)])
        meant = next((keyword for keyword in both if keyword), None)
        leaf = path[-1] if path[-1] in names else leaves.get((path[-1], separator), path[-1])
        yield meant or (*path[:-1], leaf)


def _plain(path: Keyword) -> Keyword:
    return tuple(part.translate(_PLAIN) for part in path)


def _combined(one: Keyword, separator: str, two: Keyword, other: str) -> Keyword | None:
    """The path that two fields with different separators hide; None where they differ otherwise."""
    if separator == other:
        return None
    parts = []
    for left, right in zip(one, two, strict=True):
        meant = []
        for a, b in zip(left, right, strict=True):
            if a == b or (b == other and a == other):
                meant.append(a)
            elif b == separator and a == LOOK_ALIKES[separator]:
                meant.append(b)
            elif other and a == other and b == LOOK_ALIKES[other]:
                meant.append(a)
            else:
                return None
        parts.append("".join(meant))
    return tuple(parts)
