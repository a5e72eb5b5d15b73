"""Laws of what makes large libraries quick: nothing is found, counted or undone differently."""

import random
from typing import Any

import pytest
from sqlalchemy import select

from app.folding import begun, folded
from app.models import Library, Location, Photo, PhotoTag, PhotoText, Tag, TagWord
from app.services.library import facets, filters, gallery, words
from tests.in_process import InProcess, jpeg
from tests.seed import NOW, seed

pytestmark = pytest.mark.integration
TEXTS = (
    "été",
    "ÉTÉ",
    "Straße",
    "IMG",
    "0012",
    "img_12",
    "東京",
    "a",
    "Zoë",
    "x-y",
    "kö",
    "2014/05",
)


@pytest.fixture
def seeded(either: InProcess) -> InProcess:
    """A library of 300 photos."""
    seed(either.core, 300, files=False)
    return either


def found(it: InProcess, **query: Any) -> set[int]:
    """The photos of a search."""
    answer = it.client.get("/api/v1/photos", query_string={"limit": 500, **query}).get_json()
    return {photo["id"] for photo in answer["photos"]}


def dump(it: InProcess) -> list[Any]:
    """Everything that a change of tags or places may touch."""
    with it.core.db.read() as session:
        told: list[Any] = []
        for model in (PhotoTag, TagWord, Tag):
            columns = [column for column in model.__table__.columns if column.name != "boxes"]
            told += sorted(map(repr, session.execute(select(*columns))))
        counted = (Photo.to_review, Photo.certainty, Photo.band, Photo.confirmed)
        places = select(Photo.id, *counted, Photo.trashed_at.is_(None)).order_by(Photo.id)
        return told + list(map(repr, session.execute(places)))


@pytest.mark.parametrize("number", range(3))
def test_search_finds_what_reading_every_word_finds(either: InProcess, number: int) -> None:
    rng = random.Random(number)
    library = either.owner().id
    texts: dict[int, list[str]] = {}
    with either.core.db.write() as session:
        for n in range(40):
            name, folder = (" ".join(rng.choices(TEXTS, k=rng.randint(1, 3))) for _ in range(2))
            photo = Photo(library_id=library, sha256=f"{n:064x}", size=1, name=name, sort_name=name)
            photo.sort_at, photo.day = NOW.replace(tzinfo=None), "2020-01-01"
            photo.metadata_ = {"summary": [["Title", rng.choice(TEXTS)], ["Exposure", "secret"]]}
            session.add(photo)
            session.flush()
            session.add(
                Location(library_id=library, photo_id=photo.id, folder=folder, name=f"{name}.jpg")
            )
            words.describe(session, photo)
            texts[photo.id] = [name, folder, f"{name}.jpg", photo.metadata_["summary"][0][1]]
        session.commit()
    for typed in (*TEXTS, "im", "sec", "to", "12 img", "kö été", "ete", "STRASSE", "zz"):
        naive = {i for i, some in texts.items() if begun(folded([typed]), folded(some))}
        assert found(either, q=f'"{typed}"') == naive, typed


def test_words_follow_their_photos(either: InProcess) -> None:
    [photo] = either.add("Trip/a.jpg", seed=5)
    assert found(either, q="trip") == {photo}
    either.upload(jpeg(5), "Elsewhere/b.jpg")
    either.work("prepare", "metadata")
    assert found(either, q="elsewhere b") == {photo}
    either.post("/photos/trash", {"selection": {"ids": [photo]}})
    assert found(either, q="trip") == set()
    either.post("/photos/delete", {"selection": {"ids": [photo]}})
    with either.core.db.read() as session:
        assert session.scalars(select(PhotoText)).all() == []


def test_older_rows_are_caught_up_with(either: InProcess) -> None:
    ids = either.add("Trip/a.jpg", "Trip/b.jpg")
    either.post("/tags/apply", {"selection": {"ids": ids}, "add": ["Été"]})
    with either.core.db.write() as session:
        for row in session.scalars(select(PhotoText)).all():
            session.delete(row)
        for tag in session.scalars(select(Tag)).all():
            tag.words = None
        session.commit()
        assert words.catch_up(session) == 2
        assert words.catch_up(session) == 0
    assert found(either, q="trip") == found(either, q="ete") == set(ids)


def test_facets_are_what_their_filters_find(seeded: InProcess) -> None:
    seeded.post("/photos/trash", {"selection": {"filter": {"q": "tag:dog"}}})
    seeded.post("/tags/apply", {"selection": {"filter": {"rating": "5"}}, "add": ["Places > New"]})
    keys = {"categories": "category", "tags": "tag", "people": "people", "cameras": "camera"}
    for query in ({}, {"tag": "cat"}, {"q": "wedding"}, {"rating": "3+"}):
        told = seeded.client.get("/api/v1/facets", query_string=query).get_json()
        with seeded.core.db.read() as session:
            library = session.scalars(select(Library)).one()
            assert told == facets.recount(session, library, filters.parse(dict(query)))
        for name, key in keys.items():
            for entry in told[name][:12]:
                both = {**query, key: [*([query[key]] if key in query else []), entry["value"]]}
                assert len(found(seeded, **both)) == entry["count"], (name, entry, query)
        assert all(told[name] for name in ("tags", "categories", "cameras"))
    for entry in told["states"]:
        if entry["value"] != "refused":
            assert len(found(seeded, state=entry["value"])) == entry["count"], entry


def test_what_is_remembered_is_forgotten_with_every_change(seeded: InProcess) -> None:
    def count() -> int:
        entries = seeded.get("/facets")["tags"]
        return next((e["count"] for e in entries if e["value"] == "fresh"), 0)

    assert count() == 0
    ids = [photo["id"] for photo in seeded.get("/photos?limit=7")["photos"]]
    action = seeded.post("/tags/apply", {"selection": {"ids": ids}, "add": ["fresh"]})["action"]
    assert count() == 7
    other = InProcess(seeded.core.config)  # another process would see the same
    other.post("/photos/trash", {"selection": {"ids": ids[:3]}})
    assert count() == 4
    other.post(f"/actions/{action['id']}/undo")
    other.close()
    assert count() == 0


@pytest.mark.parametrize("sort", ["date", "name", "uncertain"])
@pytest.mark.parametrize("order", ["asc", "desc"])
def test_parts_are_the_list(
    seeded: InProcess, monkeypatch: pytest.MonkeyPatch, sort: str, order: str
) -> None:
    monkeypatch.setattr(gallery, "PART", 7)
    monkeypatch.setattr(gallery, "WHOLE", 10)
    query = f"sort={sort}&order={order}"
    whole = [p["id"] for p in seeded.get(f"/photos?limit=500&{query}")["photos"]]
    told = seeded.get(f"/photos/sections?{query}")
    assert told["total"] == len(whole)
    seen: list[int] = []
    for one in told["sections"]:
        first = f"&first={one['first']}" if one["first"] else ""
        path = f"/photos?{query}&section={one['key']}{first}&limit={one['count']}"
        seen += [photo["id"] for photo in seeded.get(path)["photos"]]
        assert one["count"] <= 10
        assert one["first"] is None or seen[-one["count"]] == one["first"]
    assert seen == whole
    assert any(one["first"] for one in told["sections"])


def test_a_parent_finds_its_children(either: InProcess) -> None:
    a, b, c = either.add("a.jpg", "b.jpg", "c.jpg")
    for photo, name in ((a, "Places > Europe > Rome"), (b, "Places > Asia"), (c, "Placesetting")):
        either.post("/tags/apply", {"selection": {"ids": [photo]}, "add": [name]})
    assert found(either, tag="Places") == found(either, q="tag:places") == {a, b}
    assert found(either, tag="places > europe") == found(either, q="rome") == {a}
    counts = {e["value"]: e["count"] for e in either.get("/facets")["tags"]}
    assert counts["Places"] == 2
    assert counts["Places > Europe"] == 1


def test_branches_move_merge_and_go(either: InProcess) -> None:
    a, b = either.add("a.jpg", "b.jpg")
    either.see(a, {"dog": 0.9})
    for photo, name in ((a, "A > B"), (a, "A > B > C"), (b, "X > C"), (b, "A > B > B")):
        either.post("/tags/apply", {"selection": {"ids": [photo]}, "add": [name]})
    before = dump(either)
    moved = either.post("/tags/move", {"path": "a > b", "to": "X"})["action"]
    assert set(either.tags(a)) == {"X", "X > C", "dog"}
    assert set(either.tags(b)) == {"X > C", "X > B"}
    gone = either.post("/tags/delete", {"path": "X"})["action"]
    assert either.tags(b) == {}
    deleted = either.post("/tags/delete", {"path": "dog"})["action"]
    either.see(b, {"dog": 0.9})
    assert "dog" not in either.tags(b), "what was deleted is not proposed again"
    assert "dog" not in [tag["name"] for tag in either.get("/tags")["tags"]]
    for action in (moved, gone, deleted):
        either.post(f"/actions/{action['id']}/undo")
    assert dump(either) == before
    for path, to in (("A", "A > Z"), ("A", "A > > B"), ("A", " > "), ("A > B", "x" * 199)):
        either.post("/tags/move", {"path": path, "to": to}, status=400)
    either.post("/tags/move", {"path": "none", "to": "some"}, status=404)
    either.post("/tags/delete", {"path": "none"}, status=404)


@pytest.mark.parametrize("number", range(3))
def test_many_changes_are_undone_in_any_order(seeded: InProcess, number: int) -> None:
    """Whatever was done to many photos, undoing all of it leads back to where it began."""
    rng = random.Random(number)
    names = ["dog", "cat", "Places > Europe > Paris", "family", "person"]
    choices = [
        {"filter": {"state": "review"}},
        {"filter": {"q": "tag:dog"}, "except": [1, 2, 3]},
        {"filter": {"tag": "Places"}},
        {"ids": list(range(1, 301, 2))},
        {"filter": {}},
    ]
    before, actions = dump(seeded), []
    for _ in range(8):
        selection = {"selection": rng.choice(choices)}
        path, body = rng.choice(
            (
                ("/tags/apply", {"add": [rng.choice(names)], "remove": [rng.choice(names)]}),
                ("/tags/answer", {"state": rng.choice(("confirmed", "rejected"))}),
                ("/tags/answer", {"state": "rejected", "tag": rng.choice(names)}),
                ("/photos/trash", {}),
                ("/photos/restore", {}),
            )
        )
        actions.append(seeded.post(path, selection | body)["action"]["id"])
    assert dump(seeded) != before
    rng.shuffle(actions)
    for action in actions:
        seeded.post(f"/actions/{action}/undo")
    assert dump(seeded) == before
