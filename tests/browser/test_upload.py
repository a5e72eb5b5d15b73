"""Uploads in a real browser: refusals, second drops, pauses, reloads, a server that goes away."""

import os
import re
import signal
import subprocess
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Page, Request, expect

from tests import drop as drops
from tests.browser import smooth, visitor
from tests.conftest import Launch, Running, until

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]
BYTES = ("POST", "PATCH")
LINE = 400_000  # bytes a second: slow enough to step in


def write(folder: Path, photos: int, seed: int, side: int = 0) -> Path:
    """A folder of JPEGs; with `side` each is noise, a megabyte a megapixel."""
    folder.mkdir()
    rng = np.random.default_rng(seed)
    for n in range(photos):
        target = folder / f"IMG_{n:04d}.jpg"
        if side:
            noise = rng.integers(0, 256, (side, side, 3), dtype=np.uint8)
            Image.fromarray(noise).save(target, quality=70)
        else:
            target.write_bytes(drops.photo(n, rng))
    return folder


@pytest.fixture
def sent(page: Page) -> list[Request]:
    """Every upload that this page begins or goes on with."""
    return watch(page)


def watch(page: Page) -> list[Request]:
    """Collect a page's requests that carry bytes of files."""
    found: list[Request] = []

    def note(request: Request) -> None:
        path = request.url.partition("/api/v1")[2]
        if re.fullmatch(r"/uploads(/(?!check)[^/]+)?", path) and request.method in BYTES:
            found.append(request)

    page.on("request", note)
    return found


def sending(page: Page) -> None:
    """Wait until bytes are on their way."""
    expect(page.locator(".strip-words")).to_contain_text(re.compile(r"[1-9][\d.]* [kM]B / "))


def test_refused_files_are_named_with_their_reason_and_the_others_go_on(
    page: Page, live: str, tmp_path: Path
) -> None:
    folder = write(tmp_path / "Mixed", 4, 1)
    (folder / "empty.jpg").write_bytes(b"")
    (folder / "letter.docx").write_bytes(b"PK words")
    (folder / "IMG_0001.jpg").rename(folder / "good.jpg")
    (folder / "cut.jpg").write_bytes((folder / "good.jpg").read_bytes()[:700])
    lying = "lu\u0308gt <img>.png"  # as a Mac writes it; the server writes it differently
    (folder / lying).write_text("this is no picture at all")
    (folder / ".hidden.jpg").write_bytes(b"x")
    visitor.open_library(page, live)
    visitor.drop(page, folder)
    visitor.analysed(page)
    expect(page.get_by_role("button", name="4 not taken")).to_be_visible()
    told = visitor.not_taken(page)
    assert set(told) == {f"Mixed/{n}" for n in ("empty.jpg", "letter.docx", "cut.jpg", lying)}
    assert all(len(reason) > 8 for reason in told.values()), told
    assert not re.search(r"Traceback|Error|None", " ".join(told.values()))
    assert len(visitor.photos(page)) == 4
    page.reload()  # the reasons outlive the page
    page.locator("#rail").get_by_role("button", name=re.compile("^Not taken in")).click()
    dialog = page.get_by_role("dialog", name="Files")
    expect(dialog.locator(".file-row", has_text="Mixed/cut.jpg")).to_be_visible()


def test_a_second_drop_of_the_same_folder_sends_no_bytes(
    page: Page, live: str, tmp_path: Path, sent: list[Request]
) -> None:
    folder = write(tmp_path / "Twice", 6, 2)
    visitor.open_library(page, live)
    visitor.drop(page, folder)
    visitor.analysed(page)
    before, photos = len(sent), len(visitor.photos(page))
    assert before >= 6
    visitor.drop(page, folder)
    expect(page.locator(".strip-words")).to_contain_text("6 already here")
    assert len(sent) == before
    assert len(visitor.photos(page)) == photos


def test_pausing_holds_the_bytes_resuming_sends_them_and_cancelling_leaves_nothing(
    page: Page, live: str, tmp_path: Path, sent: list[Request]
) -> None:
    folder = write(tmp_path / "Large", 6, 3, side=1100)
    visitor.open_library(page, live)
    there = len(visitor.photos(page))
    quick = visitor.slow_down(page, LINE)
    visitor.drop(page, folder)
    sending(page)
    strip = page.locator("#strip")
    strip.get_by_role("button", name="Pause").click()
    expect(page.locator(".strip-words")).to_contain_text("paused")
    page.wait_for_timeout(500)
    held = (page.locator(".strip-words").inner_text(), len(sent))
    page.wait_for_timeout(1500)
    assert (page.locator(".strip-words").inner_text(), len(sent)) == held
    strip.get_by_role("button", name="Resume").click()
    expect(page.locator(".strip-words")).to_contain_text(
        re.compile(r"[1-5] of 6 sent"), timeout=30000
    )
    strip.get_by_role("button", name="Stop sending").click()
    expect(page.locator(".strip-words")).not_to_contain_text("of 6 sent")
    quick()
    until(
        lambda: not visitor.ask(page, "/uploads?state=receiving")["uploads"], "the end of the rest"
    )
    visitor.analysed(page)
    assert there < len(visitor.photos(page)) < there + 6


def test_a_reload_in_the_middle_goes_on_where_it_was(
    page: Page, live: str, tmp_path: Path, sent: list[Request]
) -> None:
    folder = write(tmp_path / "Reload", 4, 4, side=1900)
    visitor.open_library(page, live)
    there = len(visitor.photos(page))
    quick = visitor.slow_down(page, 2 * LINE)
    visitor.choose(page, folder)
    expect(page.locator(".strip-words")).to_contain_text(
        re.compile(r"[34](\.\d)? MB / "), timeout=30000
    )
    page.reload()
    begun = {one.url for one in sent}
    quick()
    expect(page.locator(".strip-words")).to_contain_text("Sending was interrupted: ")
    sent.clear()
    with page.expect_file_chooser() as asked:
        page.locator("#strip").get_by_role("button", name="Continue").click()
    asked.value.set_files(folder)
    visitor.analysed(page)
    assert len(visitor.photos(page)) == there + 4
    assert begun
    again = [one for one in sent if one.method == "POST"]
    assert len(again) < 4, "nothing of what was half there was gone on with"


def web_children(running: Running) -> list[int]:
    """Process ids of the web server below main.py."""
    table = subprocess.run(
        ["ps", "-eo", "pid=,ppid=,args="], capture_output=True, text=True, check=True
    ).stdout
    rows = [line.split(None, 2) for line in table.splitlines()]
    family = {running.process.pid}
    for _ in range(3):
        family |= {int(pid) for pid, parent, _ in rows if int(parent) in family}
    return [int(pid) for pid, _, line in rows if int(pid) in family and "gunicorn" in line]


def test_an_upload_survives_the_death_of_the_web_server(
    patient_page: Page, launch: Launch, tmp_path: Path
) -> None:
    page, running = patient_page, launch()
    folder = write(tmp_path / "Killed", 4, 5, side=1500)
    visitor.open_library(page, running.url)
    quick = visitor.slow_down(page, LINE)
    visitor.drop(page, folder)
    sending(page)
    killed = web_children(running)
    assert killed
    for pid in killed:
        os.kill(pid, signal.SIGKILL)
    quick()
    visitor.analysed(page, 120)
    assert len(visitor.photos(page)) == 4


def test_an_upload_survives_a_restart_of_everything(
    patient_page: Page, launch: Launch, tmp_path: Path
) -> None:
    page = patient_page
    first = launch()
    folder = write(tmp_path / "Restart", 4, 6, side=1500)
    visitor.open_library(page, first.url)
    quick = visitor.slow_down(page, LINE)
    visitor.drop(page, folder)
    sending(page)
    assert first.stop() == 0
    quick()
    launch(first.data, PROOFSHEET_PORT=first.url.rsplit(":", 1)[1])
    visitor.analysed(page, 120)
    assert len(visitor.photos(page)) == 4


def test_two_thousand_files_in_one_drop_stay_smooth(
    page: Page, launch: Launch, tmp_path: Path
) -> None:
    folder = smooth.fakes(tmp_path / "Many", 2000)
    figures = smooth.measure(page, launch(PROOFSHEET_WORKERS="1").url, folder, 15)
    assert figures.walked == 2000
    assert figures.hashed > 50
    assert figures.median_frame_ms < 50, figures
    assert figures.longest_task_cpu_ms is not None
    assert 0 < figures.longest_task_cpu_ms < 150, figures
