"""Named rectangles (Metadata Working Group and Microsoft) between stored fractions and pixels of
the upright photo.

Sources: MWG Guidelines for Handling Image Metadata 2.0, chapter Image Regions; EXIF 2.32,
Orientation.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from lxml import etree

from .model import Box, Region
from .xmp import NAMESPACES, Packet, detach, tag

LIST, APPLIED = "mwg-rs:RegionList", "mwg-rs:AppliedToDimensions"
MEETS = 0.15  # overlap from which two rectangles are of one face: programs draw them differently
INVERSE = {6: 8, 8: 6}
# How a stored point (x, y) in fractions stands on the upright photo, per orientation.
TURNED: dict[int, Callable[[float, float], tuple[float, float]]] = {
    1: lambda x, y: (x, y),
    2: lambda x, y: (1 - x, y),
    3: lambda x, y: (1 - x, 1 - y),
    4: lambda x, y: (x, 1 - y),
    5: lambda x, y: (y, x),
    6: lambda x, y: (1 - y, x),
    7: lambda x, y: (1 - y, 1 - x),
    8: lambda x, y: (y, 1 - x),
}


def turned(box: Box, orientation: int) -> Box:
    """A box in fractions of the stored picture as fractions of the upright one."""
    x, y, width, height = box
    turn = TURNED[orientation]
    (left, top), (right, bottom) = turn(x, y), turn(x + width, y + height)
    return min(left, right), min(top, bottom), abs(right - left), abs(bottom - top)


def upright(size: tuple[int, int], orientation: int) -> tuple[int, int]:
    """Width and height of the photo after its orientation, from those stored."""
    return (size[1], size[0]) if orientation >= 5 else size


def _frame(packet: Packet, size: tuple[int, int], orientation: int) -> int:
    """The orientation that the packet's regions need: none if they were made for the upright
    picture.
    """
    applied = applied_to(packet)
    if orientation >= 5 and applied and size[0] != size[1] and applied == (size[1], size[0]):
        return 1
    return orientation


def applied_to(packet: Packet) -> tuple[int, int] | None:
    """The size of the picture that the packet's regions were made for."""
    element = packet.element("mwg-rs:Regions")
    node = None if element is None else next(element.iter(tag(APPLIED)), None)
    if node is None:
        return None
    width, height = _number(_property(node, "stDim:w")), _number(_property(node, "stDim:h"))
    return (round(width), round(height)) if width > 0 and height > 0 else None


def _property(node: etree._Element, name: str) -> str:
    """A field of a structure, written as attribute or element, the structure with or without a
    description.
    """
    for holder in (node, *node.iterchildren(tag("rdf:Description"))):
        value = holder.get(tag(name)) or holder.findtext(tag(name))
        if value:
            return str(value).strip()
    return ""


def _number(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        return math.nan
    return value if math.isfinite(value) else math.nan


def _pixels(box: Box, size: tuple[int, int], orientation: int) -> Box:
    width, height = upright(size, orientation)
    x, y, w, h = turned(box, orientation)
    return x * width, y * height, w * width, h * height


def read(packet: Packet, size: tuple[int, int], orientation: int) -> list[Region]:
    """The regions of a packet; `size` is width and height as stored. Microsoft's only under names
    not met before.
    """
    frame = _frame(packet, size, orientation)
    stored = upright(size, orientation) if frame != orientation else size
    found = []
    for node in _working_group(packet):
        box = _area(node, stored)
        if box is not None:
            name, kind = _property(node, "mwg-rs:Name"), _property(node, "mwg-rs:Type") or "Face"
            found.append(Region(name, kind, _pixels(box, stored, frame)))
    names = {region.name for region in found}
    for node in _microsoft(packet):
        name, rectangle = _property(node, "MPReg:PersonDisplayName"), _rectangle(node)
        if rectangle is not None and name not in names:
            found.append(Region(name, "Face", _pixels(rectangle, size, orientation)))
    return found


def _rectangle(node: etree._Element) -> Box | None:
    """The rectangle of one of Microsoft's regions in fractions; None for nonsense."""
    numbers = [_number(part) for part in _property(node, "MPReg:Rectangle").split(",")]
    if len(numbers) != 4 or not all(map(math.isfinite, numbers)):
        return None
    return numbers[0], numbers[1], numbers[2], numbers[3]


def _working_group(packet: Packet) -> list[etree._Element]:
    element = packet.element("mwg-rs:Regions")
    lists = [] if element is None else element.iter(tag(LIST))
    return [item for found in lists for item in found.iter(tag("rdf:li"))]


def _microsoft(packet: Packet) -> list[etree._Element]:
    element = packet.element("MP:RegionInfo")
    return [] if element is None else list(element.iter(tag("rdf:li")))


def _area(node: etree._Element, size: tuple[int, int]) -> Box | None:
    """A region's rectangle in fractions from its top-left corner; a circle's square; None for a
    point or nonsense.
    """
    area = next(node.iter(tag("mwg-rs:Area")), None)
    if area is None:
        return None
    x, y, w, h, d = (_number(_property(area, f"stArea:{key}")) for key in "xywhd")
    if _property(area, "stArea:unit") == "pixel":
        x, y, w, h = x / size[0], y / size[1], w / size[0], h / size[1]
    elif math.isnan(w) and not math.isnan(d):
        short = min(size)
        w, h = d * short / size[0], d * short / size[1]
    box = x - w / 2, y - h / 2, w, h
    return box if all(map(math.isfinite, box)) and w > 0 and h > 0 else None


def add(packet: Packet, regions: Sequence[Region], size: tuple[int, int], orientation: int) -> bool:
    """Adds regions that the packet does not have yet to both lists; whether any was new."""
    frame = _frame(packet, size, orientation)
    known = read(packet, size, orientation)
    new = [region for region in regions if not any(_same(region, other) for other in known)]
    if not new:
        return False
    width, height = upright(size, orientation)
    for region in new:
        x, y, w, h = region.box
        box = x / width, y / height, w / width, h / height
        _add_working_group(packet, region, turned(box, INVERSE.get(frame, frame)), size)
        if region.type == "Face":
            _add_microsoft(packet, region, turned(box, INVERSE.get(orientation, orientation)))
    return True


def remove(
    packet: Packet, regions: Sequence[Region], size: tuple[int, int], orientation: int
) -> bool:
    """Takes faces of these names out of both lists where they stand; whether any was there.

    The lists themselves stay, be they empty: in a sidecar that says that the photo's own are gone.
    """
    frame = _frame(packet, size, orientation)
    stored = upright(size, orientation) if frame != orientation else size
    gone = []
    for item in _working_group(packet):
        box = _area(item, stored)
        if box is not None and (_property(item, "mwg-rs:Type") or "Face") == "Face":
            gone.append((item, _property(item, "mwg-rs:Name"), _pixels(box, stored, frame)))
    for item in _microsoft(packet):
        rectangle = _rectangle(item)
        if rectangle is not None:
            name = _property(item, "MPReg:PersonDisplayName")
            gone.append((item, name, _pixels(rectangle, size, orientation)))
    items = [
        item
        for item, name, box in gone
        if any(name == one.name and overlap(box, one.box) >= MEETS for one in regions)
    ]
    for item in items:
        detach(item)
    return bool(items)


def keep_empty(packet: Packet) -> bool:
    """Makes a list of the Working Group where there is none; whether it was missing."""
    missing = not packet.has("mwg-rs:Regions")
    if missing:
        _child(_child(_structure(packet, "mwg-rs:Regions"), LIST), "rdf:Bag")
    return missing


def overlap(one: Box, other: Box) -> float:
    """What two boxes share of what they cover together: 0 to 1."""
    across = min(one[0] + one[2], other[0] + other[2]) - max(one[0], other[0])
    down = min(one[1] + one[3], other[1] + other[3]) - max(one[1], other[1])
    shared = max(across, 0.0) * max(down, 0.0)
    whole = one[2] * one[3] + other[2] * other[3] - shared
    return shared / whole if whole > 0 else 0.0


def _same(one: Region, other: Region) -> bool:
    """Whether two regions are of one name and type and stand nearly in one place."""
    close = max(abs(a - b) for a, b in zip(one.box, other.box, strict=True))
    return (one.name, one.type) == (other.name, other.type) and close <= max(
        2.0, 0.02 * max(one.box[2:])
    )


def _child(parent: etree._Element, name: str) -> etree._Element:
    """The child of this name, made where it is missing."""
    child = parent.find(tag(name))
    if child is not None:
        return child
    prefix = name.split(":", maxsplit=1)[0]
    return etree.SubElement(parent, tag(name), nsmap={prefix: NAMESPACES[prefix]})


def _structure(packet: Packet, name: str) -> etree._Element:
    """The node that holds a structure's fields, made where the property is missing."""
    element = packet.element(name)
    if element is None:
        element = packet.add(name)
        element.set(tag("rdf:parseType"), "Resource")
    inner = element.find(tag("rdf:Description"))
    return element if inner is None else inner


def _fields(node: etree._Element, values: dict[str, str]) -> None:
    for name, value in values.items():
        prefix = name.split(":")[0]
        etree.SubElement(node, tag(name), nsmap={prefix: NAMESPACES[prefix]}).text = value


def _resource(parent: etree._Element, name: str) -> etree._Element:
    prefix = name.split(":", maxsplit=1)[0]
    node = etree.SubElement(parent, tag(name), nsmap={prefix: NAMESPACES[prefix]})
    node.set(tag("rdf:parseType"), "Resource")
    return node


def _add_working_group(packet: Packet, region: Region, box: Box, size: tuple[int, int]) -> None:
    holder = _structure(packet, "mwg-rs:Regions")
    if holder.find(tag(APPLIED)) is None:
        applied = _resource(holder, APPLIED)
        _fields(applied, {"stDim:w": str(size[0]), "stDim:h": str(size[1]), "stDim:unit": "pixel"})
    item = _resource(_child(_child(holder, LIST), "rdf:Bag"), "rdf:li")
    x, y, w, h = box
    numbers = {"x": x + w / 2, "y": y + h / 2, "w": w, "h": h}
    area = _resource(item, "mwg-rs:Area")
    _fields(area, {f"stArea:{key}": f"{value:.6f}" for key, value in numbers.items()})
    _fields(area, {"stArea:unit": "normalized"})
    _fields(item, {"mwg-rs:Name": region.name, "mwg-rs:Type": region.type})


def _add_microsoft(packet: Packet, region: Region, box: Box) -> None:
    holder = _structure(packet, "MP:RegionInfo")
    item = _resource(_child(_child(holder, "MPRI:Regions"), "rdf:Bag"), "rdf:li")
    rectangle = ", ".join(f"{value:.6f}" for value in box)
    _fields(item, {"MPReg:PersonDisplayName": region.name, "MPReg:Rectangle": rectangle})
