"""Changes are taken back in any order without touching a newer word."""

import random
from typing import Any

import pytest

from app.models import Tag, TagWord
from tests.in_process import InProcess

State = tuple[Any, ...]


def state(it: InProcess, photos: list[int]) -> State:
    """Everything that a person's changes may touch."""
    said = [
        (photo, sorted(it.tags(photo).items()), it.get(f"/photos/{photo}")["state"])
        for photo in photos
    ]
    with it.core.db.read() as session:
        names = [(t.id, t.name, t.key) for t in session.query(Tag).order_by(Tag.id)]
        words = [
            (w.kind, w.word, w.tag_id)
            for w in session.query(TagWord).order_by(TagWord.kind, TagWord.word)
        ]
    return (said, names, words)


def sections(it: InProcess) -> list[Any]:
    return [
        it.get(f"/photos/sections?sort={sort}")["sections"]
        for sort in ("date", "name", "uncertain")
    ]


def undo(it: InProcess, action: int) -> None:
    it.post(f"/actions/{action}/undo")


def answer(it: InProcess, photo: int, tag: int, said: str) -> int:
    found: int = it.post(f"/photos/{photo}/tags/{tag}", {"state": said})["action"]["id"]
    return found


def apply(it: InProcess, ids: list[int], **names: list[str]) -> int:
    found: int = it.post("/tags/apply", {"selection": {"ids": ids}, **names})["action"]["id"]
    return found


@pytest.fixture
def photos(it: InProcess) -> list[int]:
    found = it.add("a/1.jpg", "a/2.jpg", "b/3.jpg")
    it.see(found[0], {"dog": 0.9, "cat": 0.4})
    it.see(found[1], {"dog": 0.3})
    apply(it, [found[2]], add=["beach"])
    return found


def test_an_answer(it: InProcess, photos: list[int]) -> None:
    dog, before = it.tag_id("dog"), state(it, photos)
    for said in ("confirmed", "rejected", "suggested"):
        action = answer(it, photos[0], dog, said)
        assert it.tags(photos[0])["dog"][1] == said
        undo(it, action)
        assert state(it, photos) == before


def test_only_once(it: InProcess, photos: list[int]) -> None:
    action = answer(it, photos[0], it.tag_id("dog"), "rejected")
    undo(it, action)
    answer(it, photos[0], it.tag_id("dog"), "confirmed")
    error = it.post(f"/actions/{action}/undo", status=400)["error"]
    assert "already" in error["message"]
    assert it.tags(photos[0])["dog"][1] == "confirmed"


def test_a_newer_answer_stands(it: InProcess, photos: list[int]) -> None:
    """Confirm, reject, confirm: taking back the first does not open what the third has said."""
    dog = it.tag_id("dog")
    first, second, third = (
        answer(it, photos[0], dog, said) for said in ("confirmed", "rejected", "confirmed")
    )
    undo(it, first)
    assert it.tags(photos[0])["dog"] == ("machine", "confirmed")
    undo(it, third)
    assert it.tags(photos[0])["dog"] == ("machine", "rejected")
    undo(it, second)
    assert it.tags(photos[0])["dog"] == ("machine", "suggested")


def test_adding_what_is_there_is_a_word_too(it: InProcess, photos: list[int]) -> None:
    first = answer(it, photos[0], it.tag_id("dog"), "confirmed")
    second = apply(it, photos, add=["Dog"])
    undo(it, first)
    assert it.tags(photos[0])["dog"][1] == "confirmed"
    undo(it, second)
    assert it.tags(photos[0])["dog"][1] == "suggested"
    assert "dog" not in it.tags(photos[2])


def test_bulk(it: InProcess, photos: list[int]) -> None:
    before, counted = state(it, photos)[0], sections(it)
    action = apply(it, photos, add=["x", "y", "cat"], remove=["dog", "beach"])
    assert it.tags(photos[0]) == {
        "dog": ("machine", "rejected"),
        "cat": ("machine", "confirmed"),
        "x": ("person", "confirmed"),
        "y": ("person", "confirmed"),
    }
    undo(it, action)
    assert state(it, photos)[0] == before
    assert sections(it) == counted


def test_undoing_keeps_what_the_machine_has_seen_since(it: InProcess, photos: list[int]) -> None:
    action = apply(it, [photos[2]], add=["dog"])
    it.see(photos[2], {"dog": 0.8})
    assert it.tags(photos[2])["dog"] == ("person", "confirmed")
    undo(it, action)
    assert it.tags(photos[2])["dog"] == ("machine", "suggested")


def test_a_rejection_comes_back_though_the_machine_sees_it_no_more(
    it: InProcess, photos: list[int]
) -> None:
    dog = it.tag_id("dog")
    answer(it, photos[0], dog, "rejected")
    reopened = answer(it, photos[0], dog, "suggested")
    it.see(photos[0], {"cat": 0.4})
    assert "dog" not in it.tags(photos[0])
    undo(it, reopened)
    it.see(photos[0], {"dog": 0.99})
    assert it.tags(photos[0])["dog"] == ("machine", "rejected")


def test_a_word_taken_back(it: InProcess, photos: list[int]) -> None:
    """Pressing an answer again takes it back: to the machine's proposal, or to nothing."""
    beach = it.tag_id("beach")
    before = it.tags(photos[2])
    action = answer(it, photos[2], beach, "suggested")
    assert it.tags(photos[2]) == {}
    undo(it, action)
    assert it.tags(photos[2]) == before


def test_a_merge(it: InProcess, photos: list[int]) -> None:
    answer(it, photos[0], it.tag_id("dog"), "confirmed")
    apply(it, [photos[2]], add=["hound"])
    before, counted = state(it, photos), sections(it)
    merged = it.post(f"/tags/{it.tag_id('dog')}", {"name": "hound"})["action"]
    assert "Merged" in merged["label"]
    assert it.tags(photos[0])["hound"] == ("machine", "confirmed")
    assert it.tags(photos[1]) == {"hound": ("machine", "suggested")}
    assert it.tags(photos[2])["hound"] == ("person", "confirmed")
    assert not any("dog" in it.tags(photo) for photo in photos)
    undo(it, merged["id"])
    assert state(it, photos) == before
    assert sections(it) == counted


def test_undoing_a_merge_spares_later_answers(it: InProcess, photos: list[int]) -> None:
    apply(it, [photos[2]], add=["hound"])
    hound = it.tag_id("hound")
    merged = it.post(f"/tags/{it.tag_id('dog')}", {"name": "hound"})["action"]["id"]
    later = answer(it, photos[1], hound, "rejected")
    undo(it, merged)
    assert it.tags(photos[1])["hound"][1] == "rejected"
    assert it.tags(photos[1])["dog"] == ("machine", "suggested")
    undo(it, later)
    assert it.tags(photos[1]) == {"dog": ("machine", "suggested")}


def test_names(it: InProcess, photos: list[int]) -> None:
    dog = it.tag_id("dog")
    first = it.post(f"/tags/{dog}", {"name": "Hund"})["action"]["id"]
    second = it.post(f"/tags/{dog}", {"name": "Hündchen"})["action"]["id"]
    undo(it, first)
    assert "Hündchen" in it.tags(photos[0])
    undo(it, second)
    assert "dog" in it.tags(photos[0])


def test_a_name_that_is_taken(it: InProcess, photos: list[int]) -> None:
    action = it.post(f"/tags/{it.tag_id('dog')}", {"name": "Hund"})["action"]["id"]
    apply(it, [photos[0]], add=["dog"])
    error = it.post(f"/actions/{action}/undo", status=409)["error"]
    assert "dog" in error["message"]
    assert it.tags(photos[0])["Hund"] == ("machine", "suggested")


def test_the_trash(it: InProcess, photos: list[int]) -> None:
    one = {"selection": {"ids": photos[:1]}}
    first, second, third = (
        it.post(f"/photos/{where}", one)["action"]["id"] for where in ("trash", "restore", "trash")
    )
    undo(it, first)
    assert it.get(f"/photos/{photos[0]}")["state"] == "trash"
    undo(it, third)
    undo(it, second)
    assert it.get(f"/photos/{photos[0]}")["state"] != "trash"


def test_deleted_photos_stay_deleted(it: InProcess, photos: list[int]) -> None:
    confirmed = answer(it, photos[0], it.tag_id("dog"), "confirmed")
    added = apply(it, photos, add=["x"])
    trashed = it.post("/photos/trash", {"selection": {"ids": photos}})["action"]["id"]
    assert it.post("/photos/delete", {"selection": {"ids": photos[:2]}})["changed"] == 2
    for action in (confirmed, added, trashed):
        undo(it, action)
    assert [p["id"] for p in it.get("/photos")["photos"]] == photos[2:]
    assert it.tags(photos[2]) == {"beach": ("person", "confirmed")}


@pytest.mark.parametrize("seed", range(12))
def test_any_order(it: InProcess, photos: list[int], seed: int) -> None:
    """Whatever was done, undoing all of it in any order leads back to where it began."""
    rng = random.Random(seed)
    apply(it, [photos[0]], add=["beach"])
    names = ["dog", "cat", "beach"]
    tag_ids = {name: it.tag_id(name) for name in names}
    before, counted = state(it, photos), sections(it)
    actions = []
    for _ in range(10):
        some = rng.sample(photos, rng.randint(1, 3))
        match rng.choice(("answer", "apply", "merge", "trash")):
            case "answer":
                rows = it.get(f"/photos/{some[0]}")["tags"]
                if rows:
                    said = rng.choice(("confirmed", "rejected", "suggested"))
                    actions.append(answer(it, some[0], rng.choice(rows)["id"], said))
            case "apply":
                add, remove = rng.choice(names), rng.choice(names)
                actions.append(apply(it, some, add=[add], remove=[remove] * (add != remove)))
            case "merge":
                a, b = rng.sample(names, 2)
                actions.append(it.post(f"/tags/{tag_ids[a]}", {"name": b})["action"]["id"])
            case _:
                where = rng.choice(("trash", "restore"))
                done = it.post(f"/photos/{where}", {"selection": {"ids": some}})
                actions.append(done["action"]["id"])
    rng.shuffle(actions)
    for action in actions:
        undo(it, action)
    assert state(it, photos) == before
    assert sections(it) == counted
