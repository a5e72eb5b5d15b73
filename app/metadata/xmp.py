"""One XMP packet: parsed safely, read by property, edited so that every other node stays."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection, Sequence

from lxml import etree

from .model import MetadataError

RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
NAMESPACES = {
    "MP": "http://ns.microsoft.com/photo/1.2/",
    "MPRI": "http://ns.microsoft.com/photo/1.2/t/RegionInfo#",
    "MPReg": "http://ns.microsoft.com/photo/1.2/t/Region#",
    "Iptc4xmpExt": "http://iptc.org/std/Iptc4xmpExt/2008-02-29/",
    "MicrosoftPhoto": "http://ns.microsoft.com/photo/1.0",
    "acdsee": "http://ns.acdsee.com/iptc/1.0/",
    "aux": "http://ns.adobe.com/exif/1.0/aux/",
    "dc": "http://purl.org/dc/elements/1.1/",
    "digiKam": "http://www.digikam.org/ns/1.0/",
    "exif": "http://ns.adobe.com/exif/1.0/",
    "exifEX": "http://cipa.jp/exif/1.0/",
    "lr": "http://ns.adobe.com/lightroom/1.0/",
    "mediapro": "http://ns.iview-multimedia.com/mediapro/1.0/",
    "mwg-rs": "http://www.metadataworkinggroup.com/schemas/regions/",
    "photoshop": "http://ns.adobe.com/photoshop/1.0/",
    "proofsheet": "urn:x-proofsheet:1.0:",
    "rdf": RDF,
    "stArea": "http://ns.adobe.com/xmp/sType/Area#",
    "stDim": "http://ns.adobe.com/xap/1.0/sType/Dimensions#",
    "stEvt": "http://ns.adobe.com/xap/1.0/sType/ResourceEvent#",
    "tiff": "http://ns.adobe.com/tiff/1.0/",
    "x": "adobe:ns:meta/",
    "xml": "http://www.w3.org/XML/1998/namespace",
    "xmp": "http://ns.adobe.com/xap/1.0/",
    "xmpMM": "http://ns.adobe.com/xap/1.0/mm/",
    "xmpNote": "http://ns.adobe.com/xmp/note/",
}
# Met under a second URI too.
ALIASES = {"MicrosoftPhoto": "http://ns.microsoft.com/photo/1.0/"}
MAX_PACKET = 32 << 20
EXTENSION = "xmpNote:HasExtendedXMP"
BEGIN = '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>\n'.encode()
END = b'\n<?xpacket end="w"?>'
_WRAPPER = re.compile(r"<\?xpacket\b.*?\?>|<\?xml\b.*?\?>", re.DOTALL)
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufeff\ufffe\uffff]")


def tag(name: str) -> str:
    """`prefix:local` as lxml writes it."""
    prefix, local = name.split(":")
    return f"{{{NAMESPACES[prefix]}}}{local}"


def _spellings(name: str) -> tuple[str, ...]:
    """A property's tag under every URI that its namespace is met with."""
    prefix, local = name.split(":")
    alias = ALIASES.get(prefix)
    return (tag(name),) if alias is None else (tag(name), f"{{{alias}}}{local}")


def _decoded(data: bytes) -> str:
    if data[:4] in (b"\xff\xfe\0\0", b"\0\0\xfe\xff"):
        return data.decode("utf-32", "replace")
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return data.decode("utf-16", "replace")
    if data[:2] in (b"<\0", b"\0<"):
        return data.decode("utf-16-le" if data[0] else "utf-16-be", "replace")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace")


class Packet:
    """A parsed packet. Properties are named `prefix:local` with the prefixes of NAMESPACES."""

    def __init__(self, root: etree._Element) -> None:
        self.root = root
        rdf = root if root.tag == tag("rdf:RDF") else root.find(tag("rdf:RDF"))
        if rdf is None:
            raise MetadataError("XMP: no rdf:RDF in it")
        self.rdf = rdf

    @classmethod
    def parse(cls, data: bytes) -> Packet:
        """A packet of any encoding; MetadataError where it is no XMP, too large, or carries a
        document type.
        """
        if len(data) > MAX_PACKET:
            raise MetadataError("XMP: more than 32 MB")
        text = _FORBIDDEN.sub("", _WRAPPER.sub("", _decoded(data))).strip()
        if not text:
            return cls.new()
        if "<!DOCTYPE" in text or "<!ENTITY" in text:
            raise MetadataError("XMP: a document type, which XMP does not allow")
        parser = etree.XMLParser(
            resolve_entities=False,
            no_network=True,
            huge_tree=False,
            load_dtd=False,
            encoding="utf-8",
        )
        try:
            root = etree.fromstring(text.encode("utf-8"), parser)
        except etree.XMLSyntaxError as error:
            raise MetadataError(f"XMP: {error.msg}") from error
        return cls(root)

    @classmethod
    def new(cls) -> Packet:
        """A packet with nothing in it."""
        root = etree.Element(tag("x:xmpmeta"), nsmap={"x": NAMESPACES["x"]})
        rdf = etree.SubElement(root, tag("rdf:RDF"), nsmap={"rdf": RDF})
        etree.SubElement(rdf, tag("rdf:Description")).set(tag("rdf:about"), "")
        return cls(root)

    def serialise(self, padding: int = 0) -> bytes:
        """The packet in its wrapper, as UTF-8."""
        body: bytes = etree.tostring(self.root, encoding="utf-8", with_tail=False)
        space = (b"\n" + b" " * 99) * (padding // 100)
        return BEGIN + body + space + END

    def elements(self, name: str) -> list[etree._Element]:
        """Every element of a property; more than one only in packets that are not quite right."""
        return [
            element
            for description in self.rdf.iterchildren(tag("rdf:Description"))
            for element in description.iterchildren(*_spellings(name))
        ]

    def element(self, name: str) -> etree._Element | None:
        """The first element of a property."""
        return next(iter(self.elements(name)), None)

    def has(self, name: str) -> bool:
        """Whether the property is there, be it empty."""
        return bool(self.elements(name)) or self._holder(name) is not None

    def _holder(self, name: str) -> tuple[etree._Element, str] | None:
        """The description that has the property as an attribute, and that attribute's name."""
        for description in self.rdf.iterchildren(tag("rdf:Description")):
            for key in _spellings(name):
                if description.get(key) is not None:
                    return description, key
        return None

    def text(self, name: str) -> str | None:
        """A simple property, or the default language of an alternative; None where it is missing or
        blank.
        """
        holder = self._holder(name)
        if holder is not None:
            return str(holder[0].get(holder[1])).strip() or None
        for element in self.elements(name):
            items = list(element.iter(tag("rdf:li")))
            default = [i for i in items if i.get(tag("xml:lang")) == "x-default"]
            for node in [*default, *items, element]:
                value = str(node.text or "").strip()
                if value:
                    return value
        return None

    def items(self, name: str) -> list[str]:
        """The items of an array property, in order; a plain value counts as one item."""
        found: list[str] = []
        for element in self.elements(name):
            items = list(element.iter(tag("rdf:li")))
            found += [(node.text or "").strip() for node in (items or [element])]
        holder = self._holder(name)
        if holder is not None:
            found.append(str(holder[0].get(holder[1])).strip())
        return [item for item in found if item]

    def absorb(self, other: Packet) -> None:
        """Takes over the properties of a second packet of the same photo."""
        for description in list(other.rdf.iterchildren(tag("rdf:Description"))):
            self.rdf.append(description)

    def split(self, limit: int, stay: Collection[str]) -> tuple[bytes, bytes]:
        """This packet in `limit` bytes, and what did not fit as the extension that it then names.

        The largest properties go first, those named in `stay` never. MetadataError where that is
        not enough.
        """
        self.remove(EXTENSION)
        whole = self.serialise()
        if len(whole) <= limit:
            return whole, b""
        more = Packet.new()
        target = next(more.rdf.iterchildren(tag("rdf:Description")))
        kept = {tag(name) for name in stay}
        excess = len(whole) - limit + 200
        for size, holder, key in self._by_size(kept):
            if excess <= 0:
                break
            if isinstance(key, str):
                target.set(key, holder.attrib.pop(key))
            else:
                target.append(key)
            excess -= size
        block = etree.tostring(more.root, encoding="utf-8")
        self.set_text(EXTENSION, hashlib.md5(block, usedforsecurity=False).hexdigest().upper())
        main = self.serialise()
        if len(main) > limit:
            raise MetadataError(f"XMP of {len(main)} bytes does not fit a JPEG segment")
        return main, block

    def _by_size(self, kept: set[str]) -> list[tuple[int, etree._Element, etree._Element | str]]:
        """Size, description and node or attribute name of each property, the largest first."""
        found: list[tuple[int, etree._Element, etree._Element | str]] = []
        for description in self.rdf.iterchildren(tag("rdf:Description")):
            found += [
                (len(etree.tostring(child, with_tail=False)), description, child)
                for child in description.iterchildren(etree.Element)
                if child.tag not in kept
            ]
            found += [
                (len(value.encode()), description, str(key))
                for key, value in description.attrib.items()
                if key != tag("rdf:about") and key not in kept
            ]
        return sorted(found, key=lambda row: -row[0])

    def remove(self, name: str) -> None:
        """Takes a property out, however it was written."""
        while (holder := self._holder(name)) is not None:
            del holder[0].attrib[holder[1]]
        for element in self.elements(name):
            detach(element)

    def add(self, name: str) -> etree._Element:
        """A new, empty element of a property."""
        prefix = name.split(":", maxsplit=1)[0]
        description = next(self.rdf.iterchildren(tag("rdf:Description")), None)
        if description is None:
            description = etree.SubElement(self.rdf, tag("rdf:Description"))
            description.set(tag("rdf:about"), "")
        return etree.SubElement(description, tag(name), nsmap={prefix: NAMESPACES[prefix]})

    def set_items(self, name: str, values: Sequence[str], container: str) -> None:
        """Writes an array property: container is Bag or Seq."""
        old = self.element(name)
        if old is None or self._holder(name) is not None or len(self.elements(name)) > 1:
            self.remove(name)
            old = self.add(name)
        old.clear(keep_tail=True)
        array = etree.SubElement(old, tag(f"rdf:{container}"))
        for value in values:
            etree.SubElement(array, tag("rdf:li")).text = value

    def set_text(self, name: str, value: str) -> None:
        """Writes a simple property where it stood, else as a new element."""
        holder, element = self._holder(name), self.element(name)
        if holder is not None:
            holder[0].set(holder[1], value)
        elif element is not None and not len(element):
            element.text = value
        else:
            self.remove(name)
            self.add(name).text = value


def detach(element: etree._Element) -> None:
    """Removes an element but keeps the text after it."""
    parent = element.getparent()
    if parent is None:
        return
    previous = element.getprevious()
    if element.tail and element.tail.strip():
        if previous is None:
            parent.text = (parent.text or "") + element.tail
        else:
            previous.tail = (previous.tail or "") + element.tail
    parent.remove(element)
