"""How tags become keywords: choices tag by tag and for all, three ways merged, and read again."""

import pytest

from app.models import Photo
from app.services.delivery.edits import Choice, edits_for
from app.services.files import keywords
from tests.in_process import InProcess

Path = tuple[str, ...]


@pytest.fixture
def photo(it: InProcess) -> int:
    [found] = it.add("a.jpg")
    return found


def read(it: InProcess, photo: int, *said: Path) -> None:
    with it.core.db.write() as session:
        keywords.take_from_file(session, session.get_one(Photo, photo), said)
        session.commit()


def edits(it: InProcess, photo: int) -> tuple[set[Path], set[Path]]:
    """What is added to the copy and what is taken out."""
    with it.core.db.read() as session:
        choice = Choice.of(it.owner(), {"unreviewed": False})
        found, _ = edits_for(session, session.get_one(Photo, photo), choice)
    return set(found.add), set(found.remove)


def say(it: InProcess, photo: int, *add: str, remove: tuple[str, ...] = ()) -> None:
    body = {"selection": {"ids": [photo]}, "add": list(add), "remove": list(remove)}
    it.post("/tags/apply", body)


def write(it: InProcess, name: str, how: str, path: str = "", status: int = 200) -> int:
    values = {"write": how, "as": path}
    answer = it.post(f"/tags/{it.tag_id(name)}/writing", values, status)
    found: int = answer["action"]["id"] if status == 200 else 0
    return found


def choose(it: InProcess, **values: object) -> None:
    it.call("PUT", "/settings", values)


PLACE = ("Places", "Paris")


@pytest.mark.parametrize(
    ("root", "hierarchy", "written"),
    [
        ("", "path", {PLACE}),
        ("", "leaf", {("Paris",)}),
        ("", "parts", {("Places",), ("Paris",)}),
        ("Proofsheet", "path", {("Proofsheet", *PLACE)}),
        ("Proofsheet", "leaf", {("Proofsheet", "Paris")}),
        ("Mine | Proof", "parts", {("Mine", "Proof", "Places"), ("Mine", "Proof", "Paris")}),
    ],
)
def test_what_is_written_is_known_again(
    it: InProcess, photo: int, root: str, hierarchy: str, written: set[Path]
) -> None:
    choose(it, keyword_root=root, keyword_hierarchy=hierarchy)
    say(it, photo, "Places > Paris")
    assert edits(it, photo) == (written, set())
    read(it, photo, *written)
    assert it.tags(photo) == {"Places > Paris": ("person", "confirmed")}
    assert edits(it, photo) == (set(), set())
    say(it, photo, remove=("Places > Paris",))
    assert edits(it, photo) == (set(), written)
    [other] = it.add("b.jpg")
    if hierarchy == "path":
        read(it, other, *written)
        assert set(it.tags(other)) == {"Places > Paris"}


def test_what_files_brought_stays_where_it_is(it: InProcess, photo: int) -> None:
    choose(it, keyword_root="Proofsheet", keyword_hierarchy="leaf")
    read(it, photo, PLACE, ("Flat",))
    assert edits(it, photo) == (set(), set())
    say(it, photo, "Places > Paris", "Flat")
    assert edits(it, photo) == (set(), set())


def test_parts_that_another_tag_needs_stay(it: InProcess, photo: int) -> None:
    choose(it, keyword_hierarchy="parts")
    say(it, photo, "Places > Paris", "Places > Rome")
    read(it, photo, ("Places",), ("Paris",), ("Rome",))
    say(it, photo, remove=("Places > Paris",))
    assert edits(it, photo) == (set(), {("Paris",)})


def test_written_as_another_keyword(it: InProcess, photo: int) -> None:
    say(it, photo, "dog")
    action = write(it, "dog", "as", "Tiere|Hund")
    assert edits(it, photo) == ({("Tiere", "Hund")}, set())
    read(it, photo, ("Tiere", "Hund"))
    assert it.tags(photo) == {"dog": ("person", "confirmed")}
    assert edits(it, photo) == (set(), set())
    [other] = it.add("b.jpg")
    read(it, other, ("tiere", "hund"))
    assert it.tags(other) == {"dog": ("file", "confirmed")}
    it.post(f"/actions/{action}/undo")
    [row] = it.get("/tags/all?q=dog")["tags"]
    assert (row["write"], row["as"]) == ("write", None)


def test_never_written(it: InProcess, photo: int) -> None:
    say(it, photo, "private", "public")
    write(it, "private", "never")
    assert edits(it, photo) == ({("public",)}, set())
    read(it, photo, ("private",), ("public",))
    assert edits(it, photo) == (set(), set()), "what the file has already is not ours to take"
    say(it, photo, remove=("private",))
    assert edits(it, photo) == (set(), {("private",)})


def test_kinds_are_left_out(it: InProcess, photo: int) -> None:
    it.see(photo, {"dog": 0.9})
    it.see(photo, {"beach": 0.9}, kind="category")
    say(it, photo, "dog", "beach", "mine")
    choose(it, write_objects=False)
    assert edits(it, photo)[0] == {("beach",), ("mine",)}
    choose(it, write_categories=False)
    assert edits(it, photo)[0] == {("mine",)}


def test_three_ways(it: InProcess, photo: int) -> None:
    read(it, photo, ("kept",), ("gone here",), ("gone there",))
    say(it, photo, "added here", remove=("gone here",))
    assert edits(it, photo) == ({("added here",)}, {("gone here",)})
    read(it, photo, ("kept",), ("gone here",), ("added there",))
    assert {name for name, (_, state) in it.tags(photo).items() if state == "confirmed"} == {
        "kept",
        "added here",
        "added there",
    }
    it.post(f"/tags/{it.tag_id('kept')}", {"name": "renamed"})
    assert edits(it, photo) == ({("added here",), ("renamed",)}, {("gone here",), ("kept",)})


def test_the_machines_word_stands_again(it: InProcess, photo: int) -> None:
    it.see(photo, {"dog": 0.9})
    read(it, photo, ("dog",))
    assert it.tags(photo)["dog"] == ("file", "confirmed")
    read(it, photo)
    assert it.tags(photo)["dog"] == ("machine", "suggested")


def test_choices_are_checked(it: InProcess, photo: int) -> None:
    say(it, photo, "dog")
    write(it, "dog", "as", " | ", status=400)
    write(it, "dog", "as", "x" * 300, status=400)
    write(it, "dog", "perhaps", status=400)
    it.post("/tags/999999/writing", {"write": "never"}, 404)
    for values in ({"keyword_root": "x" * 101}, {"keyword_root": 1}, {"keyword_hierarchy": "up"}):
        it.call("PUT", "/settings", values, 400)


def test_every_tag_by_name(it: InProcess, photo: int) -> None:
    say(it, photo, *[f"tag {number:02d}" for number in range(25)])
    seen: list[str] = []
    after = ""
    while after is not None:
        page = it.get(f"/tags/all?limit=10&after={after}")
        seen += [tag["name"] for tag in page["tags"]]
        after = page["next"]
    assert seen == sorted(seen)
    assert len(seen) == 25
    assert [tag["count"] for tag in it.get("/tags/all?q=TAG+07")["tags"]] == [1]
