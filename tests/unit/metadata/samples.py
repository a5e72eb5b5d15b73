"""What the tests of delivery write, and where."""

from __future__ import annotations

from pathlib import Path

import pillow_heif
from PIL import Image

from app.metadata import Edits

EDITS = Edits(
    add=(("Nature", "Beach"), "24/7", "Prüfung 👩\u200d🔬", ("People", "Ann")),
    rating=4,
    people=("Ann",),
)
WANTED = {("Nature", "Beach"), ("24/7",), ("Prüfung 👩\u200d🔬",), ("People", "Ann")}
EMBEDDED: dict[str, dict[str, object]] = {
    "jpg": {},
    "png": {},
    "webp": {},
    "tif": {},
    "progressive.jpg": {"progressive": True},
    "lossless.webp": {"lossless": True},
    "alpha.webp": {"mode": "RGBA", "lossless": True},
    "alpha.png": {"mode": "RGBA"},
    "deflate.tif": {"compression": "tiff_deflate"},
    "big.tif": {"big_tiff": True},
    "grey.jpg": {"mode": "L"},
}
BESIDE: dict[str, dict[str, object]] = {"gif": {"mode": "L"}, "bmp": {}, "avif": {}, "heic": {}}

CRS = (
    '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF '
    'xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about="" '
    'xmlns:crs="http://ns.adobe.com/camera-raw-settings/1.0/" '
    'xmlns:dc="http://purl.org/dc/elements/1.1/" crs:Exposure2012="+0.55">'
    "<dc:subject><rdf:Bag><rdf:li>old</rdf:li><rdf:li>gone</rdf:li></rdf:Bag></dc:subject>"
    "<crs:ToneCurve><rdf:Seq><rdf:li>0, 0</rdf:li></rdf:Seq></crs:ToneCurve>"
    "</rdf:Description></rdf:RDF></x:xmpmeta>"
)

pillow_heif.register_heif_opener()


def frames(path: Path) -> list[bytes]:
    """Every picture of a file, decoded."""
    with Image.open(path) as image:
        count = getattr(image, "n_frames", 1)
        return [(image.seek(number), image.tobytes())[1] for number in range(count)]
