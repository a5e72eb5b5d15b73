from __future__ import annotations

import itertools
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageOps

from app.metadata import Edits, Region, deliver, read, regions
from app.metadata.xmp import Packet
from tests.unit.metadata.conftest import HEIGHT, WIDTH, MakePhoto

FORMATS = ("jpg", "png", "webp", "tif")
ORIENTATIONS = range(1, 9)


@pytest.mark.parametrize(("form", "orientation"), list(itertools.product(FORMATS, ORIENTATIONS)))
def test_a_region_is_where_the_upright_photo_has_it(
    make_photo: MakePhoto, tmp_path: Path, form: str, orientation: int
) -> None:
    source = make_photo(f"a.{form}", orientation=orientation)
    region = Region("Ann", "Face", (5.0, 9.0, 12.0, 20.0))
    target = tmp_path / f"b.{form}"
    assert deliver(source, target, Edits(people=("Ann",), regions=(region,))).how == "embedded"
    (found,) = read(target).regions
    assert found.name == "Ann"
    assert found.box == pytest.approx(region.box, abs=0.01)


@pytest.mark.parametrize("orientation", ORIENTATIONS)
def test_fractions_turn_as_pillow_turns_the_picture(orientation: int) -> None:
    """A marked rectangle, turned by an independent hand, lies where our arithmetic says."""
    stored = np.zeros((HEIGHT, WIDTH), np.uint8)
    stored[6:18, 8:40] = 255
    image = Image.fromarray(stored)
    exif = image.getexif()
    exif[0x0112] = orientation
    turned = np.asarray(ImageOps.exif_transpose(image))
    rows, columns = np.nonzero(turned)
    height, width = turned.shape
    box = (8 / WIDTH, 6 / HEIGHT, 32 / WIDTH, 12 / HEIGHT)
    x, y, w, h = regions.turned(box, orientation)
    assert (x * width, y * height) == pytest.approx((columns.min(), rows.min()))
    assert (w * width, h * height) == pytest.approx((np.ptp(columns) + 1, np.ptp(rows) + 1))


@pytest.mark.parametrize("orientation", ORIENTATIONS)
def test_turning_back_gives_the_same_box(orientation: int) -> None:
    box = (0.1, 0.2, 0.3, 0.4)
    back = regions.turned(
        regions.turned(box, orientation), regions.INVERSE.get(orientation, orientation)
    )
    assert back == pytest.approx(box)


def with_region(area: str, dimensions: str = 'stDim:w="64" stDim:h="48"') -> Packet:
    return Packet.parse(
        f"""<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF
        xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about=""
        xmlns:mwg-rs="http://www.metadataworkinggroup.com/schemas/regions/"
        xmlns:stArea="http://ns.adobe.com/xmp/sType/Area#"
        xmlns:stDim="http://ns.adobe.com/xap/1.0/sType/Dimensions#">
        <mwg-rs:Regions rdf:parseType="Resource"><mwg-rs:AppliedToDimensions {dimensions}/>
        <mwg-rs:RegionList><rdf:Bag><rdf:li><rdf:Description mwg-rs:Name="Ann" mwg-rs:Type="Pet">
        <mwg-rs:Area {area}/></rdf:Description></rdf:li></rdf:Bag></mwg-rs:RegionList>
        </mwg-rs:Regions></rdf:Description></rdf:RDF></x:xmpmeta>""".encode()
    )


def test_existing_regions_are_read_and_kept() -> None:
    packet = with_region('stArea:x="0.5" stArea:y="0.5" stArea:w="0.25" stArea:h="0.5"')
    old = Region("Ann", "Pet", (24.0, 12.0, 16.0, 24.0))
    assert regions.read(packet, (64, 48), 1) == [old]
    new = Region("Ben", "Face", (1.0, 2.0, 10.0, 12.0))
    assert regions.add(packet, [new, old], (64, 48), 1)
    assert not regions.add(packet, [new, old], (64, 48), 1)
    found = regions.read(packet, (64, 48), 1)
    assert found[0] == old
    assert [region.name for region in found] == ["Ann", "Ben"]


def test_regions_made_for_the_upright_picture_are_not_turned_again() -> None:
    area = 'stArea:x="0.5" stArea:y="0.25" stArea:w="0.5" stArea:h="0.25"'
    packet = with_region(area, 'stDim:w="48" stDim:h="64"')
    assert regions.read(packet, (64, 48), 6)[0].box == pytest.approx((12.0, 8.0, 24.0, 16.0))


@pytest.mark.parametrize(
    "area",
    [
        "",
        'stArea:x="0.5" stArea:y="0.5"',
        'stArea:x="nan" stArea:y="0.5" stArea:w="1" stArea:h="1"',
        'stArea:x="a" stArea:y="0.5" stArea:w="1" stArea:h="1"',
        'stArea:x="0.5" stArea:y="0.5" stArea:w="-1" stArea:h="1"',
    ],
)
def test_points_and_nonsense_are_no_regions(area: str) -> None:
    assert regions.read(with_region(area), (64, 48), 1) == []


def test_a_circle_is_the_square_around_it() -> None:
    packet = with_region('stArea:x="0.5" stArea:y="0.5" stArea:d="0.5"')
    assert regions.read(packet, (64, 48), 1)[0].box == pytest.approx((20.0, 12.0, 24.0, 24.0))
