"""How tags stand in files: under which keyword each is written, and how it is known again."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from app.metadata import Keyword
from app.models import Tag
from app.services.tagging.tags import JOINER, MAX_NAME, key_of

KINDS = {"object": "write_objects", "category": "write_categories"}


def split(text: str) -> Keyword:
    """Return what a person typed as a path: "Animals > Dog" and "Animals|Dog" have two parts."""
    return tuple(part for part in (spaced(p) for p in re.split(r"\s>\s|\|", text)) if part)


def spaced(text: str) -> str:
    """Return a text without control characters and doubled spaces."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def name_of(path: Sequence[str]) -> str:
    """Return the name of the tag that a keyword is; "" where it cannot be one."""
    name = JOINER.join(filter(None, map(spaced, path)))
    return name if len(name) <= MAX_NAME else ""


def key(path: Sequence[str]) -> str:
    """Return what makes two keywords one, as `key_of` does for tags."""
    return key_of(name_of(path))


@dataclass(frozen=True)
class Writing:
    """A library's choices: the keyword above ours, path, leaf or parts, kinds that are left out."""

    root: Keyword
    hierarchy: str
    silent: frozenset[str]

    @classmethod
    def of(cls, chosen: Mapping[str, Any]) -> "Writing":
        """Read the choices from a library's settings."""
        silent = frozenset(kind for kind, name in KINDS.items() if not chosen[name])
        return cls(split(chosen["keyword_root"]), chosen["keyword_hierarchy"], silent)

    def paths(self, tag: Tag) -> tuple[Keyword, ...]:
        """Return the keywords that a tag is written as; none where it is never written."""
        if tag.write == "never" or tag.kind in self.silent:
            return ()
        own = tag.write == "as" and tag.write_as
        path, root = (
            (split(str(tag.write_as)), ()) if own else (tuple(tag.name.split(JOINER)), self.root)
        )
        if self.hierarchy == "leaf":
            return ((*root, path[-1]),)
        if self.hierarchy == "parts":
            return tuple((*root, part) for part in path)
        return ((*root, *path),)

    def keys(self, tag: Tag) -> frozenset[str]:
        """Return the keys of a tag's written keywords."""
        return frozenset(key(path) for path in self.paths(tag))

    def missing(self, tag: Tag, there: frozenset[str]) -> tuple[Keyword, ...]:
        """Return what has to be added where a file has keywords of these keys.

        A file that has the tag under its own name needs nothing, unless another was chosen for it.
        """
        if tag.write == "write" and tag.key in there:
            return ()
        return tuple(path for path in self.paths(tag) if key(path) not in there)

    def says(self, tag: Tag, there: frozenset[str]) -> frozenset[str]:
        """Return which of a file's keywords mean this tag: its name, or all it is written as."""
        own = there & {tag.key}
        written = self.keys(tag)
        return own | written if written and written <= there else own

    def bare(self, path: Keyword) -> Keyword:
        """Return a keyword without the root above it."""
        depth = len(self.root)
        under = len(path) > depth and key(path[:depth]) == key(self.root)
        return path[depth:] if depth and under else path
