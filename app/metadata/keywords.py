"""Keywords in all their fields: merged when read, filtered and completed when written."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from lxml import etree

from .iptc import KEYWORD_BYTES, truncated
from .model import Edits, Keyword, MetadataError, names_person
from .spelling import escaped, joined, split, true_paths
from .xmp import Packet

FLAT_FIELDS = ("dc:subject", "acdsee:keywords")
# Field, separator of its paths, array type, whether we make it where it is missing.
PATH_FIELDS = (
    ("lr:hierarchicalSubject", "|", "Bag", True),
    ("digiKam:TagsList", "/", "Seq", True),
    ("MicrosoftPhoto:LastKeywordXMP", "/", "Bag", False),
    ("MicrosoftPhoto:LastKeywordIPTC", "/", "Bag", False),
    ("mediapro:CatalogSets", "|", "Bag", False),
)
CATEGORIES = "acdsee:categories"


@dataclass
class Found:
    """Keywords as the fields have them: flat ones, those of IPTC, paths with their separator."""

    flat: list[str] = field(default_factory=list)
    iptc: list[str] = field(default_factory=list)
    paths: list[tuple[Keyword, str]] = field(default_factory=list)

    def merged(self) -> tuple[Keyword, ...]:
        """Each keyword once: as a path where one ends in it, else flat."""
        whole = [*self.flat, *(path[-1] for path, _ in self.paths)]
        cut = {truncated(name) for name in whole if len(name.encode()) > KEYWORD_BYTES}
        flat = dict.fromkeys([*self.flat, *(name for name in self.iptc if name not in cut)])
        paths = list(dict.fromkeys(true_paths(list(flat), self.paths)))
        deep = [path for path in paths if len(path) > 1]
        leaves = {path[-1] for path in deep}
        single = dict.fromkeys([*flat, *(path[0] for path in paths if len(path) == 1)])
        return (*deep, *((name,) for name in single if name not in leaves))


def from_xmp(packet: Packet, found: Found) -> None:
    """Adds what a packet's fields hold; MetadataError for unreadable categories of ACDSee."""
    for name in FLAT_FIELDS:
        found.flat += packet.items(name)
    for name, separator, _, _ in PATH_FIELDS:
        found.paths += [
            (path, separator) for item in packet.items(name) if (path := split(item, separator))
        ]
    tree = _categories(packet)
    if tree is not None:
        found.paths += [(path, "|") for node, path in _assigned(tree, ()) if len(node) == 0]


def says_keywords(packet: Packet) -> bool:
    """Whether a packet has a field of keywords at all, be it empty."""
    return any(packet.has(name) for name in (*FLAT_FIELDS, *(row[0] for row in PATH_FIELDS)))


def _categories(packet: Packet) -> etree._Element | None:
    text = packet.text(CATEGORIES)
    if text is None:
        return None
    if "<!" in text:
        raise MetadataError("XMP: ACDSee categories with a document type")
    parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False)
    try:
        return etree.fromstring(text.encode("utf-8"), parser)
    except etree.XMLSyntaxError as error:
        raise MetadataError(f"XMP: ACDSee categories: {error.msg}") from error


def _assigned(node: etree._Element, above: Keyword) -> Iterator[tuple[etree._Element, Keyword]]:
    """Every assigned category below a node with its path."""
    for child in node.iterchildren("Category"):
        path = (*above, (child.text or "").strip())
        if child.get("Assigned") == "1" and all(path):
            yield child, path
        yield from _assigned(child, path)


class Change:
    """What edits do to keywords that are there: the list, and each field's values, afterwards."""

    def __init__(self, existing: Sequence[Keyword], edits: Edits) -> None:
        self.removed = {_folded(path) for path in edits.remove}
        self.after = [path for path in existing if not self._gone(path)]
        leaves = {path[-1] for path in self.after}
        for path in edits.add:
            if path not in self.after and not (len(path) == 1 and path[0] in leaves):
                self.after.append(path)
                leaves.add(path[-1])
        # Names stand below their root alone: no second, flat keyword unless asked.
        self.leaves = dict.fromkeys(
            path[-1] for path in self.after if edits.flat_people or not names_person(path)
        )
        stay = {leaf.casefold() for leaf in self.leaves}
        gone = {path[-1] for path in self.removed} - stay
        self.gone_leaves = gone | {truncated(leaf).casefold() for leaf in gone}
        # A keyword that only changes its capitals is removed as it was and added as it shall be.
        self.recased = {path[-1] for path in self.removed} & stay
        self.effective = bool(edits.add) or len(self.after) < len(existing)
        """Whether any field may become different; if not, incomplete fields stay as they are."""

    def _gone(self, path: Keyword) -> bool:
        return _matches(_folded(path), self.removed)

    def _keeps(self, leaf: str) -> bool:
        folded = leaf.casefold()
        return folded not in self.gone_leaves and (
            folded not in self.recased or leaf in self.leaves
        )

    def flat(self, values: Iterable[str], separator: str = "") -> list[str]:
        """A flat field's values afterwards, those that stay in their old order first."""

        wanted = dict.fromkeys(escaped(leaf, separator) for leaf in self.leaves)
        hidden = {escaped(leaf, separator) for leaf in self.gone_leaves | self.recased}

        def keeps(value: str) -> bool:
            return value in wanted or (self._keeps(value) and value.casefold() not in hidden)

        return self._united((value for value in values if keeps(value)), wanted)

    def short(self, values: Iterable[str]) -> list[str]:
        """The values of the IPTC field afterwards, cut to its length."""
        return self._united(
            (truncated(v) for v in values if self._keeps(v)),
            [truncated(leaf) for leaf in self.leaves],
        )

    def paths(self, values: Iterable[str], separator: str) -> list[str]:
        """The values of a field of paths afterwards."""
        after = dict.fromkeys(joined(path, separator) for path in self.after)
        removed = {tuple(escaped(part, separator) for part in path) for path in self.removed}

        def keeps(value: str) -> bool:
            return value in after or not _matches(tuple(value.casefold().split(separator)), removed)

        return self._united((value for value in values if keeps(value)), after)

    def _united(self, kept: Iterable[str], wanted: Iterable[str]) -> list[str]:
        return list(dict.fromkeys([*kept, *wanted]))


def _matches(path: Keyword, removed: set[Keyword]) -> bool:
    """Whether a path is removed: itself, by its last part alone, or flat as the end of one."""
    if path in removed or path[-1:] in removed:
        return True
    return len(path) == 1 and any(path[0] == other[-1] for other in removed)


def _folded(path: Keyword) -> Keyword:
    return tuple(part.casefold() for part in path)


def edit_xmp(packet: Packet, change: Change) -> bool:
    """Writes the changed keywords into every field of a packet; whether that changed any."""
    different = False
    for name in FLAT_FIELDS:
        old = packet.items(name)
        if name == "dc:subject" or old:
            different |= _write(packet, name, old, change.flat(old), "Bag")
    for name, separator, container, make in PATH_FIELDS:
        old = packet.items(name)
        if make or old:
            different |= _write(packet, name, old, change.paths(old, separator), container)
    return different | _edit_categories(packet, change)


def _write(packet: Packet, name: str, old: list[str], new: list[str], container: str) -> bool:
    if old == new:
        return False
    packet.set_items(name, new, container)
    return True


def _edit_categories(packet: Packet, change: Change) -> bool:
    """Takes removed keywords out of ACDSee's tree; what is added stands in the other fields."""
    tree = _categories(packet)
    if tree is None:
        return False
    gone = [
        node
        for node, path in _assigned(tree, ())
        if path not in change.after and change._gone(path)
    ]
    for node in gone:
        parent = node.getparent()
        if len(node):
            node.set("Assigned", "0")
        elif parent is not None:
            parent.remove(node)
    if gone:
        packet.set_text(CATEGORIES, etree.tostring(tree, encoding="unicode"))
    return bool(gone)
