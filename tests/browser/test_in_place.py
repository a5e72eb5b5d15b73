"""In the browser: a folder of the server's disk, what another program changed, sidecars beside."""

import shutil
import subprocess
from pathlib import Path

import pytest
import skimage
from playwright.sync_api import Page, expect

from tests.browser import visitor
from tests.conftest import Launch, until

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]


def idle(page: Page) -> bool:
    """No work waits or runs."""
    told = visitor.ask(page, "/progress")
    return not told["waiting"] and not told["running"]


def written(page: Page) -> bool:
    """A sidecar has been written beside an original."""
    jobs = visitor.ask(page, "/jobs?limit=500")["jobs"]
    return any((job["kind"], job["state"]) == ("beside", "done") for job in jobs)


def import_folder(page: Page, *names: str) -> None:
    """Choose a folder by its names, by keyboard alone, and wait until all of it has come."""
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Add").first.click()
    page.get_by_role("button", name="From the server’s disk").press("Enter")
    dialog = page.get_by_role("dialog", name="Import from the server’s disk")
    for name in names:
        dialog.get_by_role("button", name=name, exact=True).press("Enter")
        expect(dialog.get_by_role("heading", name=name, exact=False).last).to_be_visible()
    dialog.get_by_role("button", name="Import this folder").press("Enter")
    expect(dialog.get_by_text("Done.")).to_be_visible(timeout=60_000)
    page.keyboard.press("Escape")


def test_in_place(page: Page, launch: Launch, tmp_path: Path, exiftool: Path) -> None:
    disk = tmp_path / "disk"
    (disk / "Trip").mkdir(parents=True)
    here = Path(skimage.__file__).parent / "data"
    original = disk / "Trip" / "rocket.jpg"
    shutil.copy(here / "rocket.jpg", original)
    before = original.read_bytes()
    server = launch(PROOFSHEET_IMPORT_ROOTS=str(disk), PROOFSHEET_WORKERS="1")
    visitor.open_library(page, server.url)
    page.locator("body").click()
    import_folder(page, str(disk), "Trip")
    expect(page.locator(".cell:visible img")).to_have_count(1, timeout=30_000)
    until(lambda: idle(page), "quiet")

    edited = tmp_path / "rocket.jpg"
    shutil.copy(original, edited)
    line = [exiftool, "-q", "-overwrite_original", "-XMP-dc:Subject=launch pad", edited]
    subprocess.run(line, check=True)
    visitor.drop(page, edited)
    link = page.get_by_role("link", name="Edited elsewhere")
    expect(link).to_be_visible(timeout=30_000)
    assert len(visitor.photos(page)) == 1
    panel = visitor.open_photo(page, "rocket", "rocket.jpg")
    expect(panel.get_by_role("link", name="launch pad")).to_be_visible()
    panel.get_by_role("button", name="Seen").press("Enter")
    expect(panel.get_by_role("button", name="Seen")).to_have_count(0)
    page.keyboard.press("Escape")
    expect(link).to_have_count(0)

    page.locator(".cell:visible").first.focus()
    page.keyboard.press("Control+a")
    page.get_by_role("button", name="Write sidecars").press("Enter")
    sure = page.get_by_role("dialog", name="Write sidecars beside the originals?")
    expect(sure).to_contain_text("1 photo")
    sure.get_by_role("button", name="Write sidecars").press("Enter")
    expect(page.get_by_text("Sidecars of 1 photo")).to_be_visible()
    until(lambda: written(page), "the sidecar")
    assert original.read_bytes() == before
    beside = [path for path in (disk / "Trip").iterdir() if path != original]
    assert [path.name for path in beside] == ["rocket.jpg.xmp"]
    assert "launch pad" in beside[0].read_text()
