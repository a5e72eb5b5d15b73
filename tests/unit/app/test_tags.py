"""The machine proposes, files bring their own, a person decides."""

import unicodedata

from app.metadata import Metadata
from app.models import Photo
from app.services.delivery.edits import Choice, edits_for
from app.services.files import keywords
from app.services.people.named_faces import Switches
from tests.in_process import InProcess


def from_file(it: InProcess, photo_id: int, *said: tuple[str, ...]) -> None:
    with it.core.db.write() as session:
        found = Metadata(keywords=said).keywords
        keywords.take_from_file(session, session.get_one(Photo, photo_id), found)
        session.commit()


def answer(it: InProcess, photo: int, name: str, said: str) -> None:
    it.post(f"/photos/{photo}/tags/{it.tag_id(name)}", {"state": said})


def written(it: InProcess, photo_id: int, gate: dict[str, float] | None) -> tuple[object, object]:
    with it.core.db.read() as session:
        choice = Choice(gate, Switches(True, True, True, False))
        edits, _ = edits_for(session, session.get_one(Photo, photo_id), choice)
    return edits.add, edits.remove


def test_the_machine_never_overwrites(it: InProcess) -> None:
    [photo] = it.add("a.jpg")
    it.see(photo, {"yes": 0.5, "no": 0.9, "open": 0.5, "gone": 0.5})
    answer(it, photo, "yes", "confirmed")
    answer(it, photo, "no", "rejected")
    it.post("/tags/apply", {"selection": {"ids": [photo]}, "add": ["mine"], "remove": []})
    from_file(it, photo, ("theirs",))
    for seen in ({"yes": 0.3, "no": 1.0, "open": 0.7, "mine": 0.9, "theirs": 0.9}, {"open": 0.4}):
        it.see(photo, seen, network="n@2")
        assert it.tags(photo) == {
            "yes": ("machine", "confirmed"),
            "no": ("machine", "rejected"),
            "open": ("machine", "suggested"),
            "mine": ("person", "confirmed"),
            "theirs": ("file", "confirmed"),
        }
    it.see(photo, {})
    assert set(it.tags(photo)) == {"yes", "no", "mine", "theirs"}


def test_a_rejection_is_remembered_through_a_new_name(it: InProcess) -> None:
    """The network goes on saying "dog", whatever a person calls it."""
    a, b = it.add("a.jpg", "b.jpg")
    for photo in (a, b):
        it.see(photo, {"dog": 0.9})
    answer(it, a, "dog", "rejected")
    answer(it, b, "dog", "confirmed")
    it.post(f"/tags/{it.tag_id('dog')}", {"name": "Hund"})
    for photo in (a, b):
        it.see(photo, {"dog": 0.95}, network="n@2")
    assert it.tags(a) == {"Hund": ("machine", "rejected")}
    assert it.tags(b) == {"Hund": ("machine", "confirmed")}


def test_merged_words_stay_merged(it: InProcess) -> None:
    a, b = it.add("a.jpg", "b.jpg")
    it.see(a, {"dog": 0.9, "cat": 0.6})
    it.post(f"/tags/{it.tag_id('dog')}", {"name": "pet"})
    it.post(f"/tags/{it.tag_id('cat')}", {"name": "pet"})
    it.see(b, {"dog": 0.4, "cat": 0.7})
    [row] = it.get(f"/photos/{b}")["tags"]
    assert (row["name"], row["confidence"], len(row["boxes"])) == ("pet", 0.7, 2)
    it.see(b, {})
    assert it.tags(b) == {}


def test_a_rejection_is_merged_too(it: InProcess) -> None:
    a, b = it.add("a.jpg", "b.jpg")
    it.see(a, {"dog": 0.9})
    answer(it, a, "dog", "rejected")
    it.post("/tags/apply", {"selection": {"ids": [b]}, "add": ["pet"]})
    it.post(f"/tags/{it.tag_id('dog')}", {"name": "pet"})
    it.see(a, {"dog": 0.99})
    assert it.tags(a) == {"pet": ("machine", "rejected")}


def test_spellings_are_one_tag(it: InProcess) -> None:
    a, b = it.add("a.jpg", "b.jpg")
    composed = "Café"
    decomposed = unicodedata.normalize("NFD", composed)
    from_file(it, a, (composed,))
    from_file(it, b, (decomposed.upper(),))
    assert len(it.get("/tags")["tags"]) == 1
    for spelling in (composed, decomposed, "CAFÉ", "café"):
        assert (
            len(it.client.get("/api/v1/photos", query_string={"tag": spelling}).json["photos"]) == 2
        )
        found = it.client.get("/api/v1/photos", query_string={"q": f"tag:{spelling}"}).json
        assert len(found["photos"]) == 2
        assert (
            len(it.client.get("/api/v1/photos", query_string={"q": spelling}).json["photos"]) == 2
        )


def test_a_files_words(it: InProcess) -> None:
    [photo] = it.add("a.jpg")
    it.see(photo, {"dog": 0.9, "cat": 0.9})
    answer(it, photo, "cat", "rejected")
    from_file(it, photo, ("Dog",), ("cat",), ("Places", "Paris"), ("x" * 300,), ("\u200b",), ("",))
    assert it.tags(photo) == {
        "dog": ("file", "confirmed"),
        "cat": ("machine", "rejected"),
        "Places > Paris": ("file", "confirmed"),
    }
    assert written(it, photo, None) == ((), (("cat",),))
    answer(it, photo, "Places > Paris", "rejected")
    answer(it, photo, "dog", "suggested")  # a file's word is not taken back by pressing it again
    assert it.tags(photo)["dog"] == ("file", "confirmed")
    assert set(written(it, photo, None)[1]) == {("cat",), ("Places", "Paris")}


def test_a_merged_keyword_leaves_the_copy(it: InProcess) -> None:
    [photo] = it.add("a.jpg")
    from_file(it, photo, ("Hund",))
    it.post("/tags/apply", {"selection": {"ids": [photo]}, "add": ["dog"]})
    it.post(f"/tags/{it.tag_id('Hund')}", {"name": "dog"})
    assert written(it, photo, None) == ((("dog",),), (("Hund",),))


def test_what_is_written(it: InProcess) -> None:
    [photo] = it.add("a.jpg")
    it.see(photo, {"sure": 0.9, "unsure": 0.6, "no": 0.99, "yes": 0.3, "unknown": 0.99})
    answer(it, photo, "no", "rejected")
    answer(it, photo, "yes", "confirmed")
    gate = {"sure": 0.8, "unsure": 0.8, "no": 0.1, "yes": 0.99}
    assert written(it, photo, None) == ((("yes",),), ())
    assert set(written(it, photo, gate)[0]) == {("yes",), ("sure",)}
    it.post(f"/tags/{it.tag_id('sure')}", {"name": "certain"})
    assert set(written(it, photo, gate)[0]) == {("yes",), ("certain",)}


def test_names_are_checked(it: InProcess) -> None:
    [photo] = it.add("a.jpg")
    one = {"selection": {"ids": [photo]}}
    for name in ("", " ", "\u200b", "x" * 201, "\t\n"):
        it.post("/tags/apply", one | {"add": [name]}, 400)
    it.post("/tags/apply", one | {"add": [f"t{i}" for i in range(51)]}, 400)
    it.post("/tags/apply", one | {"add": ["  two \n words  "]})
    assert set(it.tags(photo)) == {"two words"}
    it.post("/tags/apply", one | {"add": ["100 % _x_"]})
    assert [t["name"] for t in it.get("/tags?q=%25+_")["tags"]] == ["100 % _x_"]
