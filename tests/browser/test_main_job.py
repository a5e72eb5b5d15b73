"""The main job in a real browser: folders dropped, tags put right by keyboard, the zip checked."""

import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import skimage
from PIL import Image
from playwright.sync_api import Page, expect

from tests.browser import visitor
from tests.browser.delivered import Correction, Delivered, dropped_paths
from tests.conftest import Launch

pytestmark = [pytest.mark.browser, pytest.mark.timeout(900)]
ADDED, RENAMED = "Kept for the book", "Tabby & co"


def paths_of(page: Page, photo: int) -> list[str]:
    """Every path of a photo."""
    return list(visitor.ask(page, f"/photos/{photo}")["locations"])


def review(page: Page, key: str) -> tuple[list[str], str]:
    """Answer one question of the review by its key; gives the paths of its photo, and the tag."""
    asked = page.locator(".review-words strong")
    expect(asked).not_to_have_text("")
    with page.expect_response("**/api/v1/review") as told:
        page.keyboard.press(key)
    sent = told.value.request.post_data_json
    assert told.value.ok
    tags = visitor.ask(page, f"/photos/{sent['photo']}")["tags"]
    name = next(tag["name"] for tag in tags if tag["id"] == sent["tag"])
    return paths_of(page, sent["photo"]), name


def add_tag(page: Page, words: str, name: str) -> None:
    """Open a photo and type a new tag."""
    panel = visitor.open_photo(page, words, name)
    page.keyboard.press("t")
    page.keyboard.type(ADDED)
    page.keyboard.press("Enter")
    expect(panel.get_by_role("link", name=ADDED)).to_be_visible()
    page.keyboard.press("Escape")  # out of the field
    page.keyboard.press("Escape")  # out of the photo
    expect(page.locator(".photo-view")).to_have_count(0)


def remove_tag(page: Page, words: str, name: str, tag: str) -> None:
    """Take a tag that the file brought from a photo, in the dialog of the grid."""
    visitor.seek(page, words, name)
    page.keyboard.press("t")
    dialog = page.get_by_role("dialog", name="Tag 1 photo")
    visitor.tab_to(page, "Remove a tag")
    page.keyboard.type(tag)
    page.keyboard.press("Enter")
    visitor.tab_to(page, "Apply")
    page.keyboard.press("Enter")
    expect(dialog).to_have_count(0)


def confirm_and_rename(page: Page, words: str, name: str) -> str:
    """Confirm the surest tag of a photo with `y`, then give it another name; gives the old one."""
    panel = visitor.open_photo(page, words, name)
    with page.expect_response("**/api/v1/photos/*/tags/*") as told:
        page.keyboard.press("y")
    sure = [tag for tag in told.value.json()["photo"]["tags"] if tag["state"] == "confirmed"]
    old = str(next(tag["name"] for tag in sure if tag["kind"] in ("object", "category")))
    visitor.tab_to(page, f"Rename {old} on all photos")
    page.keyboard.press("Enter")
    page.keyboard.press("Control+a")
    page.keyboard.type(RENAMED)
    page.keyboard.press("Enter")
    expect(panel.get_by_role("link", name=RENAMED)).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator(".photo-view")).to_have_count(0)
    return old


def put_right(
    page: Page, add: str, remove: tuple[str, str], rename: str
) -> tuple[list[Correction], str]:
    """Correct five tags by keyboard: yes and no in the review, one added, one removed, one renamed.

    `add`, `remove[0]` and `rename` are paths of photos, `remove[1]` is a keyword of the file.
    Gives what has to be in the zip, and the name that must be gone from it.
    """

    def stem(path: str) -> tuple[str, str]:
        return Path(path).stem.replace("_", " "), Path(path).name

    add_tag(page, *stem(add))
    remove_tag(page, *stem(remove[0]), remove[1])
    old = confirm_and_rename(page, *stem(rename))
    page.keyboard.press("g")
    page.keyboard.press("r")
    yes, wanted = review(page, "y")
    no, unwanted = review(page, "n")
    page.keyboard.press("g")
    page.keyboard.press("l")
    expect(page.locator(".cell").first).to_be_visible()
    right = [Correction(add, ADDED, True), Correction(rename, RENAMED, True)]
    right += [Correction(path, wanted, True) for path in yes]
    right += [Correction(path, unwanted, False) for path in no]
    return [*right, Correction(*remove, False)], old


def check(
    zipped: Delivered, page: Page, roots: list[Path], corrections: list[Correction], old: str
) -> None:
    """Hold a download of the whole library against what was dropped."""
    dropped = dropped_paths(roots)
    refused = {row["path"]: row["reason"] for row in _refused(page)}
    zipped.check_names(dropped, refused)
    assert zipped.check_pixels(dropped) >= 3, "hardly a file carries tags"
    zipped.check_corrections(corrections)
    zipped.check_gone(old)
    zipped.check_rest(roots)
    taken = {(one.path, one.tag) for one in corrections if not one.present}
    zipped.check_kept(roots, taken | {(path, old) for path in dropped})
    for path in dropped:
        if path.endswith((".heic", ".avif")) and path not in refused and _tagged(page, path):
            assert path + ".xmp" in zipped.names, f"{path} has tags and no sidecar"


def _refused(page: Page) -> list[dict[str, Any]]:
    return list(visitor.ask(page, "/uploads?state=refused&limit=5000")["uploads"])


def _tagged(page: Page, path: str) -> bool:
    for photo in visitor.photos(page):
        detail = visitor.ask(page, f"/photos/{photo['id']}")
        if path in detail["locations"]:
            return any(tag["state"] == "confirmed" for tag in detail["tags"])
    return False


@pytest.mark.shared
def test_three_dropped_folders_come_back_with_their_tags_put_right(
    page: Page, live: str, shared: Path, exiftool: Path, tmp_path: Path
) -> None:
    roots = [
        shared / "eval" / "coco_gt80_val" / "images",
        shared / "train" / "real_camera",
        shared / "formats",
    ]
    visitor.open_library(page, live)
    visitor.choose(page, roots[0])
    for root in roots[1:]:
        visitor.drop(page, root)
    visitor.analysed(page, 600)
    corrections, old = put_right(
        page,
        add="formats/gps.jpg",
        remove=("formats/picasa_tags.jpg", "Frost"),
        rename="images/000000000139.jpg",
    )
    zipped = Delivered(visitor.download(page, tmp_path, 240), tmp_path / "zip", exiftool)
    check(zipped, page, roots, corrections, old)


@pytest.fixture
def trip(tmp_path: Path, exiftool: Path) -> Path:
    """A folder of scikit-image's own pictures in several formats, tagged by another program."""
    here = Path(skimage.__file__).parent / "data"
    root = tmp_path / "Trip"
    (root / "day 1").mkdir(parents=True)
    (root / "day 2").mkdir()

    def picture(name: str) -> Image.Image:
        return Image.open(here / name).convert("RGB")

    picture("chelsea.png").save(root / "day 1" / "IMG_0001.jpg", quality=92)
    picture("astronaut.png").save(root / "day 1" / "IMG_0002.jpg", quality=92)
    shutil.copy(here / "coffee.png", root / "day 1" / "coffee.png")
    shutil.copy(here / "rocket.jpg", root / "day 2" / "IMG_0001.jpg")
    picture("motorcycle_left.png").save(root / "day 2" / "street.tif", compression="tiff_lzw")
    picture("astronaut.png").rotate(90).save(root / "day 2" / "pilot.webp", quality=90)
    picture("coffee.png").save(root / "day 2" / "cup.heic", quality=70)
    (root / "notes.txt").write_text("no photo")
    (root / "day 2" / "broken.jpg").write_bytes(b"\xff\xd8\xff\xe0 cut off")
    write(
        exiftool,
        root / "day 1" / "IMG_0002.jpg",
        GPSLatitude=28.6, GPSLatitudeRef="N", GPSLongitude=80.6, GPSLongitudeRef="W",
        DateTimeOriginal="1999:07:23 04:31:00",
        RegionInfo="{AppliedToDimensions={W=512,H=512,Unit=pixel},RegionList=[{Name=Eileen Collins,"
        "Type=Face,Area={X=0.44,Y=0.23,W=0.2,H=0.25,Unit=normalized}}]}",
    )  # fmt: skip
    write(exiftool, root / "day 1" / "IMG_0001.jpg", Subject="Sofa", Keywords="Sofa", Rating=4)
    return root


def write(exiftool: Path, photo: Path, **tags: object) -> None:
    """Let ExifTool write into a photo, as another program would have."""
    line = [f"-{name}={value}" for name, value in tags.items()]
    subprocess.run([exiftool, "-q", "-overwrite_original", *line, photo], check=True)


def test_a_real_drop_of_generated_formats_comes_back_whole(
    page: Page, launch: Launch, trip: Path, exiftool: Path, tmp_path: Path
) -> None:
    visitor.open_library(page, launch().url)
    visitor.drop(page, trip)
    visitor.analysed(page, 300)
    told = visitor.not_taken(page)
    assert told["Trip/notes.txt"] == "Not a photo"
    assert len(told["Trip/day 2/broken.jpg"]) > 20
    corrections, old = put_right(
        page,
        add="Trip/day 2/street.tif",
        remove=("Trip/day 1/IMG_0001.jpg", "Sofa"),
        rename="Trip/day 1/IMG_0002.jpg",
    )
    (trip / "notes.txt").unlink()  # never sent: the page's list named it above
    zipped = Delivered(visitor.download(page, tmp_path, 240), tmp_path / "zip", exiftool)
    check(zipped, page, [trip], corrections, old)
