"""There and back in a real browser: sidecars, RAW and JPEG go in, come out as a zip and as metadata
only, and go in again.
"""

import re
import shutil
import zipfile
from pathlib import Path

import numpy as np
import pytest
import skimage
from PIL import Image
from playwright.sync_api import Page, expect

from tests import sidecars
from tests.browser import visitor
from tests.browser.delivered import differing, pixels, words
from tests.browser.test_main_job import write
from tests.conftest import Launch, until
from tests.unit.ml.samples import raw_file

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]
ADDED, GONE, KEPT = "For the book", "Gone", "Kept"
FIELDS = ("XMP-dc:Subject", "XMP-lr:HierarchicalSubject", "XMP-digiKam:TagsList", "IPTC:Keywords")


@pytest.fixture
def trip(tmp_path: Path, exiftool: Path) -> Path:
    """Pictures of scikit-image and DNG made by script, with sidecars of three programs."""
    here = Path(skimage.__file__).parent / "data"
    root = tmp_path / "dropped" / "Trip"
    (root / "day 2").mkdir(parents=True)
    for source, target in (("chelsea.png", "IMG_1.jpg"), ("coffee.png", "plain.jpg")):
        Image.open(here / source).convert("RGB").save(root / target, quality=90)
    shutil.copy(here / "rocket.jpg", root / "day 2" / "IMG_3.jpg")
    write(exiftool, root / "plain.jpg", Subject=GONE, Keywords=GONE, GPSLatitude=28.6, Rating=4)
    (root / "IMG_1.dng").write_bytes(raw_file(1))
    (root / "IMG_1.xmp").write_bytes(sidecars.lightroom(KEPT, GONE, paths=("Places|Paris",)))
    (root / "IMG_2.dng").write_bytes(raw_file(2))
    (root / "IMG_2.dng.xmp").write_bytes(sidecars.darktable(KEPT))
    (root / "day 2" / "IMG_3.jpg.xmp").write_bytes(sidecars.digikam(KEPT, "Places/Rome"))
    (root / "alone.xmp").write_bytes(sidecars.digikam("Alone"))
    return root


def retag(page: Page, add: str, remove: str) -> None:
    """Add one tag and take another from everything, in the dialog, by keyboard."""
    page.locator(".cell:visible").first.focus()
    page.keyboard.press("Control+a")
    page.keyboard.press("t")
    dialog = page.get_by_role("dialog", name=re.compile("^Tag "))
    for label, name in (("Add a tag", add), ("Remove a tag", remove)):
        if name:
            dialog.get_by_label(label).fill(name)
            page.keyboard.press("Enter")
    dialog.get_by_role("button", name="Apply").click()
    expect(dialog).to_have_count(0)
    page.keyboard.press("Escape")


def metadata_only(page: Page, into: Path) -> zipfile.ZipFile:
    """Download everything as metadata only."""
    page.keyboard.press("d")
    dialog = page.get_by_role("dialog", name=re.compile("^Download"))
    expect(dialog.locator(".export-size")).to_contain_text("about")
    dialog.get_by_text("Metadata only").click()
    expect(dialog.get_by_text("Lightroom and Camera Raw read .xmp")).to_be_visible()
    with page.expect_download() as begun:
        dialog.get_by_role("button", name="Download").click()
    target = into / "metadata.zip"
    begun.value.save_as(target)
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    return zipfile.ZipFile(target)


def unpack(archive: zipfile.ZipFile, folder: Path) -> Path:
    assert archive.testzip() is None
    archive.extractall(folder)
    return folder / "Trip"


def told(exiftool: Path, folder: Path, *options: str) -> dict[str, dict[str, object]]:
    return visitor.exiftool_reads(exiftool, folder, *(options or ("-G1",)))


def check_rest(exiftool: Path, before: Path, after: Path, names: set[str]) -> None:
    """ExifTool reads the same in these files but for our fields."""
    everything = ("-G1:4", "-u")
    old, new = told(exiftool, before, *everything), told(exiftool, after, *everything)
    wrong = [f"{name}: {line}" for name in names for line in differing(old[name], new[name])]
    assert not wrong, "\n".join(wrong)


def check_words(exiftool: Path, folder: Path, names: set[str], has: str, lacks: str) -> None:
    found = told(exiftool, folder)
    for name in names:
        said = {word for field in FIELDS for word in words(found[name], field)}
        assert has in said, f"{name} lacks {has}: {said}"
        assert lacks not in said, f"{name} still says {lacks}"


def tags_of_all(page: Page) -> dict[str, dict[str, str]]:
    """What is confirmed and rejected on each photo that is shown, by name."""
    return {
        photo["name"]: {
            tag["name"]: tag["state"]
            for tag in visitor.ask(page, f"/photos/{photo['id']}")["tags"]
            if tag["state"] != "suggested"
        }
        for photo in visitor.photos(page)
    }


def arrived(page: Page, sent: int) -> bool:
    """All files of a drop are here, and a worker has looked at them."""
    uploads = visitor.ask(page, "/uploads?limit=5000")["uploads"]
    under_way = any(upload["state"] in ("receiving", "waiting") for upload in uploads)
    return len(uploads) > sent and not under_way


def drop_again(page: Page, folder: Path, tiles: int) -> None:
    """Drop a folder that is known: no photo more."""
    before = {photo["id"] for photo in visitor.photos(page)}
    sent = len(visitor.ask(page, "/uploads?limit=5000")["uploads"])
    visitor.drop(page, folder)
    until(lambda: arrived(page, sent), "the second drop", 120)
    visitor.analysed(page, 120)
    assert {photo["id"] for photo in visitor.photos(page)} == before
    expect(page.locator(".cell:visible")).to_have_count(tiles)


def test_there_and_back(
    page: Page, launch: Launch, trip: Path, exiftool: Path, tmp_path: Path
) -> None:
    visitor.open_library(page, launch().url)
    visitor.drop(page, trip)
    visitor.analysed(page, 240)
    expect(page.locator(".cell:visible")).to_have_count(4)
    expect(page.locator(".cell[data-stack='RAW + JPEG']")).to_have_attribute("title", "IMG_1.jpg")
    retag(page, ADDED, GONE)

    beside = {"IMG_1.xmp", "IMG_2.dng.xmp", "day 2/IMG_3.jpg.xmp"}
    pictures = {"IMG_1.jpg", "plain.jpg", "day 2/IMG_3.jpg"}
    out = unpack(visitor.download(page, tmp_path, 120), tmp_path / "whole")
    names = {str(path.relative_to(out)) for path in visitor.files_below(out)}
    assert names == {str(path.relative_to(trip)) for path in visitor.files_below(trip)}
    for name in ("IMG_1.dng", "IMG_2.dng", "alone.xmp"):
        assert (out / name).read_bytes() == (trip / name).read_bytes()
    for name in pictures:
        old, new = ((folder / name).read_bytes() for folder in (trip, out))
        assert np.array_equal(pixels(old), pixels(new))
    check_rest(exiftool, trip, out, beside | pictures)
    check_words(exiftool, out, beside | pictures, ADDED, GONE)
    check_words(exiftool, out, beside | {"IMG_1.jpg"}, KEPT, GONE)

    only = unpack(metadata_only(page, tmp_path), tmp_path / "only")
    names = {str(path.relative_to(only)) for path in visitor.files_below(only)}
    assert names == beside | {f"{name}.xmp" for name in pictures} | {"alone.xmp"}
    check_rest(exiftool, trip, only, beside)
    check_words(exiftool, only, names - {"alone.xmp"}, ADDED, GONE)

    before = tags_of_all(page)
    drop_again(page, out, tiles=4)
    assert tags_of_all(page) == before
    drop_again(page, only, tiles=4)
    assert tags_of_all(page) == before

    retag(page, "", KEPT)
    again = unpack(visitor.download(page, tmp_path, 120), tmp_path / "again")
    check_words(exiftool, again, beside | pictures, ADDED, KEPT)
    check_rest(exiftool, trip, again, beside | pictures)
