"""What the library shows: lists, sections, filters, search, facets, review; on both databases."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete

from app.models import Location, Photo
from app.services.intake import paths
from tests.in_process import InProcess
from tests.seed import band_of

START = date(2020, 2, 28)
ORDERS = [(sort, order) for sort in ("date", "name", "uncertain") for order in ("asc", "desc")]
NAMES = (
    "_DSC1.jpg",
    "a.jpg",
    "B.jpg",
    "IMG_2.jpg",
    "IMG_10.jpg",
    "Ä.jpg",
    "ß.jpg",
    "文.jpg",
    "9.jpg",
)


def insert(
    it: InProcess, rows: list[tuple[int, int, str, float | None]], clear: bool = True
) -> dict[int, tuple[Any, ...]]:
    """Photos of (day, second, name, confidence); their keys by id."""
    library = it.owner().id
    with it.core.db.write() as session:
        if clear:
            session.execute(delete(Photo))
        photos = []
        for number, (day, second, name, sure) in enumerate(rows):
            moment = datetime(2020, 2, 28, tzinfo=UTC) + timedelta(days=day, seconds=second)
            low = 2.0 if sure is None else sure
            photos.append(
                Photo(
                    library_id=library,
                    sha256=f"{number:064x}",
                    size=1,
                    name=name,
                    sort_name=paths.natural(name),
                    sort_at=moment.replace(tzinfo=None),
                    day=moment.date().isoformat(),
                    certainty=low,
                    band=band_of(low),
                    to_review=int(sure is not None),
                    width=None if number % 5 == 0 else 30 + number,
                    height=None if number % 5 == 0 else 20,
                )
            )
        session.add_all(photos)
        session.flush()
        session.add_all(
            Location(library_id=library, photo_id=p.id, folder="f", name=p.name) for p in photos
        )
        session.commit()
        return {
            p.id: {
                "date": (p.day, p.sort_at, p.id),
                "name": (p.sort_name, p.id),
                "uncertain": (p.certainty, p.id),
            }
            for p in photos
        }


def walk(it: InProcess, query: str, limit: int) -> list[int]:
    """Every id of a list, page by page."""
    seen: list[int] = []
    after = ""
    while True:
        page = it.client.get(f"/api/v1/photos?{query}&limit={limit}{after}").get_json()
        seen += [photo["id"] for photo in page["photos"]]
        if page["next"] is None:
            return seen
        after = f"&after={page['next']}"


ROWS = st.lists(
    st.tuples(
        st.integers(0, 3),
        st.integers(0, 2),
        st.sampled_from(NAMES) | st.text(min_size=1, max_size=4).map(lambda s: paths.split(s)[1]),
        st.none() | st.sampled_from((0.0, 0.05, 0.35, 0.3500001, 0.95, 0.999, 1.0)),
    ),
    max_size=14,
)


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(rows=ROWS, limit=st.integers(1, 5))
def test_sections_and_pages_agree(
    either: InProcess, rows: list[tuple[int, int, str, float | None]], limit: int
) -> None:
    """Every photo is in one section, once, and both ways of walking go in the same order."""
    keys = insert(either, rows)
    for sort, order in ORDERS:
        wanted = sorted(keys, key=lambda i: keys[i][sort], reverse=order == "desc")
        query = f"sort={sort}&order={order}"
        assert walk(either, query, limit) == wanted, query
        found = either.get(f"/photos/sections?{query}")
        assert found["total"] == len(rows)
        by_section: list[int] = []
        for section in found["sections"]:
            part = walk(
                either,
                query + "&section=" + "".join(f"%{b:02x}" for b in section["key"].encode()),
                limit,
            )
            assert len(part) == section["count"], (query, section)
            cards = [either.get(f"/photos?id={i}")["photos"][0] for i in part[:2]]
            if len(part) <= 2:
                aspect = sum(c["w"] / c["h"] for c in cards)
                assert section["aspect"] == pytest.approx(aspect, abs=0.002)
            by_section += part
        assert by_section == wanted, query


def test_a_filter_of_everything(either: InProcess) -> None:
    a, b, c, d = either.add("Trip/Day 1/a.jpg", "Trip/b.jpg", "Trip_2/c.jpg", "d.jpg")
    either.see(a, {"dog": 0.9}, "object")
    either.see(a, {"nature": 0.8}, "category")
    either.see(b, {"dog": 0.3})
    either.post("/tags/apply", {"selection": {"ids": [b]}, "remove": ["dog"]})
    either.post("/tags/apply", {"selection": {"ids": [c]}, "add": ["50 % off"]})
    either.post("/photos/trash", {"selection": {"ids": [d]}})
    with either.core.db.write() as session:
        for photo_id, faces, day in (
            (a, 0, "2020-01-01"),
            (b, 2, "2021-06-30"),
            (c, 5, "2022-12-31"),
        ):
            photo = session.get_one(Photo, photo_id)
            photo.face_count, photo.day = faces, day
        session.commit()

    def found(**query: str | list[str]) -> set[int]:
        answer = either.client.get("/api/v1/photos", query_string=query).get_json()
        sections = either.client.get("/api/v1/photos/sections", query_string=query).get_json()
        assert sections["total"] == len(answer["photos"])
        given = {k: v for k, v in query.items() if k not in ("sort", "order")}
        chosen = either.post("/exports/estimate", {"selection": {"filter": given}})
        assert chosen["photos"] == len(answer["photos"]), "a selection means the same as a list"
        return {photo["id"] for photo in answer["photos"]}

    assert found() == {a, b, c}
    assert found(tag="dog") == {a}, "a rejected tag does not count"
    assert found(tag=["dog", "nature"]) == {a}
    assert found(tag=["dog", "50 % off"]) == set()
    assert found(tag="DOG") == {a}
    assert found(category="nature") == {a}
    assert found(folder="Trip") == {a, b}
    assert found(folder="Trip/Day 1") == {a}
    assert found(folder="Trip_") == found(folder="Tri%") == set()
    assert found(people="0") == {a}
    assert found(people="2") == {b}
    assert found(people="3+") == {c}
    assert found(**{"from": "2021-06-30"}) == {b, c}
    assert found(to="2021-06-30") == {a, b}
    assert found(**{"from": "2021-01-01", "to": "2021-12-31"}) == {b}
    assert found(state="trash") == {d}
    assert found(state="review") == {a}
    assert found(state="tagged") == {c}
    assert found(state="new") == {c}
    assert found(state="failed") == set()
    assert found(id=[str(a), str(c), "999"]) == {a, c}
    assert found(q="dog") == found(q="tag:dog") == found(q='tag:"dog"') == {a}
    assert found(q="trip") == {a, b, c}
    assert found(q="TRIP a.jpg") == {a}
    assert found(q='folder:"Trip/Day 1"') == {a}
    assert found(q='"50 % off"') == found(q='tag:"50 % off"') == {c}
    assert found(q="%") == {c}
    assert found(q="before:2021-06-30") == {a}
    assert found(q="after:2021-06-30") == {c}
    assert found(q="category:nature dog") == {a}
    assert found(q="nothing") == found(q='"') == set()
    assert found(q="tag:") == found(q="' OR 1=1 --") == set()
    assert found(q="trip", tag="dog", people="0", to="2020-12-31", folder="Trip") == {a}


def test_names_in_any_script_are_found_in_any_case(either: InProcess) -> None:
    [photo] = either.add("ÉTÉ À LA MER/ÎLE.JPG")
    for q in ("été", "mer", "île", "ÎLE.jpg", "E\u0301TE\u0301"):
        found = either.client.get("/api/v1/photos", query_string={"q": q}).get_json()["photos"]
        assert [p["id"] for p in found] == [photo], q
    assert either.client.get("/api/v1/suggest", query_string={"q": "été"}).get_json()["suggestions"]


def test_wrong_filters_are_told(either: InProcess) -> None:
    for query in (
        "state=none",
        "people=many",
        "from=yesterday",
        "to=2020-13-01",
        "q=before:soon",
        "sort=size",
        "order=up",
        "id=x",
        "after=x",
        "sort=uncertain&section=x",
    ):
        error = either.get(f"/photos?{query}", status=400)["error"]
        assert error["message"]


def test_a_list_goes_on_where_its_last_photo_was_trashed(either: InProcess) -> None:
    ids = list(insert(either, [(0, i, "a.jpg", None) for i in range(4)]))
    first = either.get("/photos?sort=date&order=asc&limit=2")
    either.post("/photos/trash", {"selection": {"ids": [first["next"]]}})
    rest = either.get(f"/photos?sort=date&order=asc&after={first['next']}")
    assert [p["id"] for p in rest["photos"]] == ids[2:]


def test_a_selection_of_very_many(either: InProcess) -> None:
    keys = insert(either, [(i % 7, i, f"{i}.jpg", None) for i in range(1200)])
    many = {"selection": {"ids": [*keys, *range(100_000, 140_000)]}}
    assert either.post("/exports/estimate", many)["photos"] == 1200
    assert either.post("/tags/apply", many | {"add": ["x"]})["changed"] == 1200
    but = {"selection": {"filter": {}, "except": [*list(keys)[:1000], *range(100_000, 140_000)]}}
    assert either.post("/photos/trash", but)["changed"] == 200
    assert either.get("/photos/sections")["total"] == 1000
    assert either.post("/jobs/retry", {"ids": list(range(1, 70_000))})["changed"] == 0
    assert either.post("/jobs/cancel", {"ids": list(range(1, 70_000))})["changed"] == 0


def test_facets(either: InProcess) -> None:
    a, b, _ = either.add("x/a.jpg", "x/b.jpg", "y/c.jpg")
    either.see(a, {"dog": 0.9, "cat": 0.5})
    either.see(b, {"dog": 0.9})
    either.see(b, {"nature": 0.7}, "category")
    either.post("/tags/apply", {"selection": {"ids": [b]}, "remove": ["dog"]})
    either.upload(b"", "z/empty.jpg")

    def counts(query: str = "") -> dict[str, dict[str, int]]:
        found = either.get(f"/facets?{query}")
        return {name: {e["value"]: e["count"] for e in found[name]} for name in found}

    everything = counts()
    assert everything["folders"] == {"x": 2, "y": 1}
    assert everything["tags"] == {"dog": 1, "cat": 1}
    assert everything["categories"] == {"nature": 1}
    assert sum(everything["years"].values()) == 3
    assert everything["states"] == {
        "new": 1,
        "review": 2,
        "tagged": 0,
        "edited": 0,
        "missing": 0,
        "failed": 0,
        "trash": 0,
        "repairs": 0,
        "refused": 1,
        "photograph": 0,
        "generated": 0,
        "altered": 0,
        "undecided": 0,
    }
    assert counts("folder=y")["tags"] == {}
    assert counts("tag=cat")["folders"] == {"x": 1}


def test_suggestions(either: InProcess) -> None:
    [photo] = either.add("Summer/IMG_0012.jpg")
    either.see(photo, {"sun": 0.9})
    assert {s["kind"] for s in either.get("/suggest?q=su")["suggestions"]} == {"object", "folder"}
    assert either.get("/suggest?q=img_12")["suggestions"][0]["text"] == "IMG_0012.jpg"
    assert either.get("/suggest?q=")["suggestions"] == []
    for suggestion in either.get("/suggest?q=su")["suggestions"]:
        query = {"q": suggestion["query"]}
        assert either.client.get("/api/v1/photos", query_string=query).get_json()["photos"]
