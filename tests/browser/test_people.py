"""People: five of them labelled by keyboard, the rest named, two refused for ever, read again."""

import shutil
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser import visitor
from tests.browser.delivered import words
from tests.conftest import Launch

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]
WHO = ("Colin_Powell", "Halle_Berry", "Hans_Blix", "John_Kerry", "Serena_Williams")
EACH, LABELS, AGAIN = 12, 10, 2
LEARNED = """() => fetch('/api/v1/people').then((answer) => answer.json())
    .then(({ learning }) => !learning)"""
# Which photo each of these pictures of faces is cut out of.
PHOTOS_OF = """images => images.map(({ src }) => Number(/photos\\/(\\d+)\\/faces/.exec(src)[1]))"""


@pytest.fixture
def party(shared: Path, tmp_path: Path) -> Path:
    """A folder of five people of Labeled Faces in the Wild."""
    for who in WHO:
        source = shared / "train" / "faces_lfw" / who
        (tmp_path / "Party" / who).mkdir(parents=True)
        for photo in sorted(source.iterdir())[:EACH]:
            shutil.copy(photo, tmp_path / "Party" / who)
    return tmp_path / "Party"


def spoken(name: str) -> str:
    """Who is on a photo, by the name of its file."""
    return " ".join(name.rpartition("_")[0].split("_"))


def learned(page: Page) -> None:
    """Wait until the machine has learned what was said, and the page shows it."""
    page.wait_for_function(LEARNED, timeout=60_000)
    expect(page.locator(".people-state")).to_have_text("", timeout=60_000)


def shown(part: Locator, names: dict[int, str]) -> list[str]:
    """Who is on the faces that are shown in a part of the page, in order."""
    photos = part.locator("img").evaluate_all(PHOTOS_OF)
    return [spoken(names[photo]) for photo in photos]


def name_stack(page: Page, names: dict[int, str]) -> str:
    """Name the stack whose field has the focus, all faces but those beyond ten, by keyboard."""
    asked = page.locator(".face-stack", has=page.locator("input:focus"))
    stack = page.locator(f".face-stack[data-stack='{asked.get_attribute('data-stack')}']")
    who = shown(stack, names)[0]
    size = int(str(stack.locator(".stack-count").text_content()).split()[0])
    if size > LABELS:
        visitor.tab_to(page, "Show all", within=14)
        page.keyboard.press("Enter")
        expect(stack.locator(".stack-face")).to_have_count(size)
        expect(stack.locator(".stack-face").first).to_be_focused()
    faces = shown(stack, names)
    assert set(faces) == {who}, faces
    for place in range(size - LABELS):
        page.keyboard.press("Space")
        expect(stack.locator(".stack-face").nth(place)).to_have_attribute("aria-pressed", "false")
        page.keyboard.press("Tab")
    stack.locator("input").focus()
    page.keyboard.type(who)
    page.keyboard.press("Enter")
    expect(page.locator(".person-card", has_text=who)).to_be_visible()
    return who


def open_person(page: Page, who: str) -> Locator:
    """Open somebody's page by keyboard; gives the faces that the machine suggests."""
    page.keyboard.press("Escape")
    page.keyboard.press("g")
    page.keyboard.press("p")
    page.locator(".person-card", has_text=who).get_by_role("link").focus()
    page.keyboard.press("Enter")
    expect(page.locator(".person-name")).to_have_text(who)
    expect(tab(page, "Suggested").locator(".count")).to_be_visible()  # the faces come with it
    learned(page)
    return page.locator(".faces")


def tab(page: Page, name: str) -> Locator:
    return page.locator(".faces-tabs").get_by_role("button", name=name)


def refuse_two(page: Page, who: str) -> list[int]:
    """Reject the first two suggestions; gives the ids of their photos."""
    faces = open_person(page, who)
    refused: list[int] = faces.locator("img").evaluate_all(PHOTOS_OF)[:2]
    assert len(refused) == 2
    left = faces.locator(".face-tile").count()
    for n in (1, 2):
        expect(faces.locator("[aria-current=true] .face-photo")).to_be_focused()
        page.keyboard.press("n")
        expect(faces.locator(".face-tile")).to_have_count(left - n)
        expect(tab(page, "Rejected")).to_contain_text(str(n))
    learned(page)
    return refused


def confirm_rest(page: Page, who: str, names: dict[int, str]) -> None:
    """Say yes to every suggestion at once, at the last one."""
    faces = open_person(page, who)
    if tab(page, "Suggested").locator(".count").text_content() == "0":
        return
    suggested = shown(faces, names)
    assert set(suggested) == {who}, f"{who}: {suggested}"
    for _ in suggested[1:]:
        page.keyboard.press("ArrowRight")
    page.keyboard.press("a")
    expect(faces.locator(".face-tile")).to_have_count(0)
    learned(page)


def check_files(read: dict[str, dict[str, object]], refused: set[str]) -> None:
    """ExifTool finds name and region in every file, in those that were refused neither."""
    for path, told in read.items():
        name = Path(path).name
        who = spoken(name)
        regions = words(told, "XMP-mwg-rs:RegionName")
        assert (who in regions) == (name not in refused), f"{path}: {regions}"
        if name in refused:
            assert not words(told, "XMP-iptcExt:PersonInImage"), path
            continue
        assert words(told, "XMP-MP:RegionPersonDisplayName") == regions, path
        assert words(told, "XMP-iptcExt:PersonInImage") == [who], path
        assert f"People|{who}" in words(told, "XMP-lr:HierarchicalSubject"), path


def test_ten_labels_each_name_the_rest_for_good(
    page: Page, launch: Launch, party: Path, exiftool: Path, tmp_path: Path
) -> None:
    visitor.open_library(page, launch().url)
    visitor.drop(page, party)
    visitor.analysed(page, 240)
    names = {photo["id"]: photo["name"] for photo in visitor.photos(page)}
    assert len(names) == EACH * len(WHO)

    page.keyboard.press("g")
    page.keyboard.press("p")
    learned(page)
    expect(page.locator(".face-stack").nth(len(WHO) - 1)).to_be_visible()
    page.locator(".face-stack input").first.focus()
    known = [name_stack(page, names) for _ in WHO]
    assert sorted(known) == sorted(" ".join(who.split("_")) for who in WHO)
    learned(page)
    for who in known:
        expect(page.locator(".person-card", has_text=who)).to_contain_text("to confirm")

    doubtful = known[0]
    refused = refuse_two(page, doubtful)
    for who in known:
        confirm_rest(page, who, names)
    page.reload()
    learned(page)
    open_person(page, doubtful)
    expect(tab(page, "Suggested")).to_contain_text("0")
    tab(page, "Rejected").click()
    expect(page.locator(".face-tile")).to_have_count(2)
    assert set(page.locator(".faces img").evaluate_all(PHOTOS_OF)) == set(refused)

    visitor.open_library(page, page.url.partition("/people")[0])
    out = tmp_path / "out"
    visitor.download(page, tmp_path, 120).extractall(out)
    unnamed = {names[photo] for photo in refused}
    check_files(visitor.exiftool_reads(exiftool, out, "-G1"), unnamed)

    few = tmp_path / "few" / "Party"
    for who in WHO:
        (few / who).mkdir(parents=True)
        files = sorted((out / "Party" / who).iterdir())
        for path in [path for path in files if path.name not in unnamed][-AGAIN:]:
            shutil.copy(path, few / who)
    visitor.open_library(page, launch().url)
    visitor.drop(page, few)
    visitor.analysed(page, 120)
    page.keyboard.press("g")
    page.keyboard.press("p")
    learned(page)
    for who in known:
        card = page.locator(".person-card", has_text=who)
        expect(card).to_contain_text(f"{AGAIN} faces")
        expect(card).not_to_contain_text("to confirm")
    merge_and_back(page, *known[:2])
    set_aside_and_back(page, known[2])


def merge_and_back(page: Page, one: str, other: str) -> None:
    """Make two people one, which is asked first, and two again."""
    open_person(page, one)
    expect(tab(page, "Named")).to_contain_text(str(AGAIN))
    page.keyboard.press("m")
    expect(page.get_by_role("dialog").get_by_role("combobox")).to_be_focused()
    page.keyboard.type(other[:4].lower())
    expect(page.get_by_role("option", selected=True)).to_contain_text(other)
    page.keyboard.press("Enter")
    page.get_by_role("dialog").get_by_role("button", name="Make them one").click()
    expect(page.locator(".person-name")).to_have_text(other)
    expect(tab(page, "Named")).to_contain_text(str(2 * AGAIN))
    page.locator(".toast").last.get_by_role("button", name="Undo").click()
    expect(tab(page, "Named")).to_contain_text(str(AGAIN))
    open_person(page, one)
    expect(tab(page, "Named")).to_contain_text(str(AGAIN))


def set_aside_and_back(page: Page, who: str) -> None:
    """Say that a face is a stranger's, find it again, and give it back its name by undo."""
    faces = open_person(page, who)
    expect(tab(page, "Named")).to_have_attribute("aria-pressed", "true")
    expect(faces.locator(".face-tile")).to_have_count(AGAIN)
    page.keyboard.press("x")
    expect(faces.locator(".face-tile")).to_have_count(AGAIN - 1)
    expect(tab(page, "Named")).to_contain_text(str(AGAIN - 1))
    page.keyboard.press("u")
    expect(faces.locator(".face-tile")).to_have_count(AGAIN)
    page.get_by_role("button", name="Private").click()
    expect(page.get_by_role("button", name="Private")).to_have_attribute("aria-pressed", "true")
