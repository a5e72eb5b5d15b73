"""What a hostile page, a hostile file and a broken client may not do."""

import copy
import itertools
import json
import re
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from werkzeug.routing import Rule

from app.factory import create_app
from app.models import (
    Action,
    Export,
    ExportItem,
    Job,
    Library,
    Location,
    Photo,
    PhotoTag,
    Tag,
    Upload,
    now,
)
from tests.in_process import InProcess, encoded, jpeg, tus_headers

HUGE = 2**70


def rules(app: Flask) -> list[tuple[str, Rule]]:
    """Every (method, rule) of the app."""
    return [
        (method, rule)
        for rule in app.url_map.iter_rules()
        for method in sorted((rule.methods or set()) - {"OPTIONS", "HEAD"} or {"HEAD"})
    ]


def address(rule: Rule, value: object = 1) -> list[str]:
    """The addresses of a rule with every placeholder filled."""
    path = re.sub(r"<any\(([^)]*)\):\w+>", "ANY", rule.rule)
    path = re.sub(r"<[^>]+>", str(value), path)
    choices = re.search(r"<any\(([^)]*)\)", rule.rule)
    if choices is None:
        return [path]
    return [path.replace("ANY", word.strip()) for word in choices[1].split(",")]


def headers_are_right(answer: Any) -> None:
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert answer.headers["Referrer-Policy"] == "same-origin"


def in_words(answer: Any, what: object) -> None:
    """Only 2xx, 3xx and 4xx; an error of the API is JSON with words, and never a trace."""
    if answer.request.path == "/healthz":  # there is no broker here: 503 is the truth
        return
    assert answer.status_code < 500, (what, answer.status_code, answer.get_data()[:300])
    assert b"Traceback" not in answer.data
    if answer.status_code >= 400 and answer.request.path.startswith("/api/"):
        if answer.request.method == "HEAD":
            return
        error = answer.get_json()["error"]
        assert error["message"], what
        assert error["code"], what


def test_every_change_needs_the_token(it: InProcess) -> None:
    bare = it.app.test_client()
    bare.get("/")
    changing = [(m, r) for m, r in rules(it.app) if m not in ("GET", "HEAD")]
    assert len(changing) > 15
    for method, rule in changing:
        for path in address(rule):
            for token in ({}, {"X-CSRFToken": "wrong"}, {"X-CSRFToken": it.token}):
                answer = bare.open(path, method=method, json={}, headers=token)
                assert answer.status_code == 400, (method, path, token)
                assert answer.get_json()["error"]["code"] == "csrf"


def test_reading_changes_nothing(it: InProcess) -> None:
    [photo] = it.add("a/b.jpg")
    before = it.get(f"/photos/{photo}")
    for method, rule in rules(it.app):
        if method in ("GET", "HEAD"):
            for path in address(rule, photo):
                it.raw(method, path)
    assert it.get(f"/photos/{photo}") == before
    assert it.get("/actions")["actions"] == []


def test_headers_on_every_answer(it: InProcess) -> None:
    [photo] = it.add("a/b.jpg")
    places = [
        "/",
        "/review",
        "/jobs",
        "/settings",
        f"/photo/{photo}",
        f"/photos/{photo}/thumb",
        f"/photos/{photo}/preview",
        f"/photos/{photo}/original",
        "/static/js/app.js",
        "/static/js/app.js?v=1",
        "/static/css/base.css",
        "/static/none",
        "/none",
        "/api/v1/none",
        "/api/v1/photos",
        "/api/v1/photos/999",
        "/api/v1/photos?sort=none",
        "/healthz",
        "/metrics",
    ]
    for place in places:
        headers_are_right(it.raw("GET", place))
    headers_are_right(it.raw("POST", "/api/v1/tags/apply", headers={"X-CSRFToken": ""}))
    headers_are_right(it.raw("PUT", "/"))
    headers_are_right(it.raw("GET", "/", headers={"Host": "evil.example"}))


def test_only_our_own_names_are_answered(it: InProcess) -> None:
    for host in ("127.0.0.1:8080", "localhost", "localhost:9", "[::1]:8080", "127.0.0.1"):
        assert it.raw("GET", "/", headers={"Host": host}).status_code == 200, host
    hostile = ("evil.example", "127.0.0.1.evil.example", "localhost.evil.example:8080", "10.0.0.1")
    for host in hostile:
        for path in ("/", "/api/v1/photos", "/healthz", "/static/js/app.js", "/none"):
            answer = it.raw("GET", path, headers={"Host": host})
            assert answer.status_code == 400, (host, path)
            assert b"csrf" not in answer.data


def test_another_loopback_address_is_guarded_too(it: InProcess) -> None:
    client = create_app(it.core.config.replace(host="127.0.0.2")).test_client()
    assert client.get("/", headers={"Host": "127.0.0.2:8080"}).status_code == 200
    assert client.get("/", headers={"Host": "evil.example"}).status_code == 400


def test_the_cookie_is_for_this_page_alone(it: InProcess) -> None:
    answer = it.app.test_client().get("/")
    [cookie] = answer.headers.getlist("Set-Cookie")
    assert cookie.startswith(f"proofsheet_{it.core.config.port}=")
    assert "HttpOnly" in cookie
    assert "SameSite=Strict" in cookie
    assert "Path=/" in cookie


JUNK: tuple[Any, ...] = (
    [],
    "text",
    7,
    None,
    True,
    -1,
    0,
    HUGE,
    -HUGE,
    1.5,
    float("nan"),
    float("inf"),
    "\0",
    "\ud800",
    "x" * 5000,
    "9" * 4500,
    {"a": {"b": []}},
    [None],
    [{}],
    ["\0"],
    [HUGE],
    [True],
    "٣",
)
FILTER = ("q", "tag", "category", "folder", "people", "from", "to", "state", "id")
ALL: dict[str, Any] = {"filter": {}}
ONE = {"path": "a", "size": 1, "sha256": "0" * 64}
# what a route takes: a body that is right, and where something wrong may stand in it
TAKEN: dict[str, tuple[dict[str, Any], tuple[tuple[str, ...], ...]]] = {
    "/api/v1/tags/apply": (
        {"selection": ALL, "add": ["a"], "remove": []},
        (("add",), ("remove",), *(("selection", "filter", key) for key in FILTER)),
    ),
    "/api/v1/analyse": (
        {"selection": ALL},
        (("selection",), ("selection", "filter"), ("selection", "ids"), ("selection", "except")),
    ),
    "/api/v1/photos/trash": ({"selection": ALL}, (("selection", "ids"), ("selection", "filter"))),
    "/api/v1/exports/estimate": ({"selection": ALL}, (("selection", "filter", "id"),)),
    "/api/v1/exports": (
        {"selection": ALL, "options": {}},
        (("options",), *(("options", key) for key in ("layout", "sidecars", "unreviewed", "x"))),
    ),
    "/api/v1/photos/1/tags/1": ({"state": "confirmed"}, (("state",),)),
    "/api/v1/tags/1": ({"name": "x"}, (("name",),)),
    "/api/v1/review": (
        {"photo": 1, "tag": 1, "answer": "yes"},
        (("photo",), ("tag",), ("answer",)),
    ),
    "/api/v1/jobs/retry": ({}, (("ids",),)),
    "/api/v1/jobs/cancel": ({}, (("ids",),)),
    "/api/v1/uploads/check": (
        {"files": [ONE]},
        (("files",), *(("files", "0", key) for key in ONE)),
    ),
    "/api/v1/settings": (
        {},
        (("precision",), ("analyse_on_upload",), ("faces",), ("none",)),
    ),
}


def wrong(path: str) -> Iterator[Any]:
    """Bodies for a route that are wrong in one place."""
    yield from JUNK
    good, places = TAKEN.get(path, ({}, ()))
    for place, junk in itertools.product(places, JUNK):
        body = copy.deepcopy(good)
        inner: Any = body
        for step in place[:-1]:
            inner = inner[int(step) if step.isdecimal() else step]
        inner[place[-1]] = junk
        yield body


def test_no_body_breaks_a_route(it: InProcess) -> None:
    it.add("a/b.jpg")
    it.see(1, {"dog": 0.5})
    changing = [
        (m, path)
        for m, r in rules(it.app)
        if m in ("POST", "PUT", "PATCH") and not r.rule.endswith(("/demo", "/delete"))
        for path in address(r)
    ]
    assert set(TAKEN) <= {path for _, path in changing}
    for method, path in changing:
        for junk in wrong(path):
            headers = {"Content-Type": "application/json"}
            answer = it.raw(method, path, json.dumps(junk).encode(), headers)
            in_words(answer, (method, path, str(junk)[:200]))


def test_bodies_that_are_no_json(it: InProcess) -> None:
    deep = b"[" * 100_000
    nested = b'{"a":' * 50_000 + b"1" + b"}" * 50_000
    for data in (b"", b"\xff\xfe", b"{", deep, nested, b'{"selection": NaN}', b"1" * 10_000):
        for path in ("/tags/apply", "/exports", "/analyse", "/jobs/retry", "/uploads/check"):
            answer = it.raw("POST", "/api/v1" + path, data, {"Content-Type": "application/json"})
            in_words(answer, (path, data[:20]))


ODD = ("%FF%FE", "%00", "%ED%A0%80", "-1", "0", str(HUGE), "9" * 3000, "nan", "%27%25[]")
ARGUMENTS = (
    "q",
    "tag",
    "category",
    "folder",
    "people",
    "from",
    "to",
    "state",
    "id",
    "sort",
    "order",
    "section",
    "after",
    "limit",
    "drop",
    "download",
)


def test_no_query_breaks_a_route(it: InProcess) -> None:
    it.add("a/b.jpg")
    it.see(1, {"dog": 0.5})
    places = [path for m, r in rules(it.app) if m == "GET" for path in address(r)]
    places = [path for path in places if path.startswith(("/api/", "/photos/"))]
    for place, name, value in itertools.product(places, ARGUMENTS, ODD):
        in_words(it.raw("GET", f"{place}?{name}={value}"), (place, name, value))
    for sort, value in itertools.product(("date", "name", "uncertain"), ODD):
        for name in ("section", "after"):
            place = f"/api/v1/photos?sort={sort}&{name}={value}"
            in_words(it.raw("GET", place), place)
    for value in ("1:1:1", "nan:1:1", "inf:1:1", f"1:{HUGE}:1", "1:1", "a:b:c", "0.5:-1:1e5"):
        in_words(it.raw("GET", f"/api/v1/review?after={value}"), value)
    many = "&".join(f"tag=t{i}" for i in range(500))
    in_words(it.raw("GET", f"/api/v1/photos?{many}"), "many tags")
    in_words(it.raw("GET", "/api/v1/photos?q=" + "+".join("w" * 700)), "many words")


def test_no_address_breaks_a_route(it: InProcess) -> None:
    odd = (0, HUGE, 2**31, 2**31 - 1, "9" * 4000, "%00", "%FF", "-1", "..", "%2e%2e%2f", "a b")
    for method, rule in rules(it.app):
        for value in odd if "<" in rule.rule else ():
            for path in address(rule, value):
                in_words(it.raw(method, path, headers=tus_headers()), (method, path[:100]))


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    values=st.dictionaries(
        st.sampled_from(ARGUMENTS), st.text(max_size=30) | st.integers().map(str), max_size=4
    )
)
def test_any_query(it: InProcess, values: dict[str, str]) -> None:
    values = {k: v.encode("utf-8", "replace").decode() for k, v in values.items()}
    for place in ("/photos", "/photos/sections", "/facets", "/review", "/jobs", "/uploads"):
        answer = it.raw("GET", "/api/v1" + place, query_string=values)
        in_words(answer, (place, values))


def test_static_files_stay_in_their_folder(it: InProcess) -> None:
    for path in ("../app/config.py", "%2e%2e/app/config.py", "..%2fmain.py", "..\\main.py"):
        assert it.raw("GET", f"/static/{path}").status_code == 404, path


def test_hostile_files_are_never_shown(it: InProcess) -> None:
    html = b"<html><script>alert(1)</script></html>"
    svg = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
    for name, data in (("a.html", html), ("b.svg", svg), ("c.jpg", html), ("d.png", svg)):
        it.upload(data, f"x/{name}")
    with it.core.db.read() as session:
        waiting = [photo.id for photo in session.query(Photo)]
    assert waiting
    for photo in waiting:  # before a worker has looked
        answer = it.raw("GET", f"/photos/{photo}/original")
        assert answer.mimetype == "application/octet-stream"
        assert answer.headers["Content-Disposition"].startswith("attachment")
        assert it.raw("GET", f"/photos/{photo}/preview").status_code == 404
        assert it.raw("GET", f"/photos/{photo}/thumb").status_code == 404
    it.work("prepare")
    assert {u["state"] for u in it.get("/uploads")["uploads"]} == {"refused"}
    assert it.get("/photos")["photos"] == []


def test_a_request_has_a_limit(it: InProcess) -> None:
    limit = it.app.config["MAX_CONTENT_LENGTH"]
    answer = it.raw(
        "POST",
        "/api/v1/uploads",
        b"x" * (limit + 1),
        tus_headers(
            Upload_Length=str(limit + 1),
            Upload_Metadata=encoded(path="a.jpg"),
            Content_Type="application/offset+octet-stream",
        ),
    )
    assert answer.status_code == 413
    assert "MB" in answer.get_json()["error"]["message"]
    large = json.dumps({"selection": {"ids": [1] * 4_000_000}}).encode()
    answer = it.raw("POST", "/api/v1/analyse", large, {"Content-Type": "application/json"})
    assert answer.status_code == 413


@pytest.fixture
def theirs(it: InProcess) -> dict[str, Any]:
    """Rows of every kind in somebody else's library."""
    it.owner()
    library = it.stranger()
    with it.core.db.write() as session:
        moment = now()
        photo = Photo(
            library_id=library.id,
            sha256="a" * 64,
            size=10,
            name="secret.jpg",
            sort_name="secret.jpg",
            sort_at=moment.replace(tzinfo=None),
            day="2026-01-01",
            state="ready",
            mime="image/jpeg",
            width=3,
            height=2,
        )
        tag = Tag(library_id=library.id, name="secret", key="secret")
        export = Export(library_id=library.id, state="ready")
        action = Action(library_id=library.id, label="secret", inverse={"trash": []})
        session.add_all([photo, tag, export, action])
        session.flush()
        session.add_all(
            [
                Location(library_id=library.id, photo_id=photo.id, folder="s", name="secret.jpg"),
                PhotoTag(
                    photo_id=photo.id,
                    tag_id=tag.id,
                    library_id=library.id,
                    source="machine",
                    state="suggested",
                    confidence=0.5,
                ),
                ExportItem(export_id=export.id, photo_id=photo.id, arcnames=["secret.jpg"]),
                Upload(id="b" * 32, library_id=library.id, path="s/secret.jpg", size=10),
            ]
        )
        job = Job(
            library_id=library.id,
            photo_id=photo.id,
            subject=f"photo:{photo.id}",
            kind="analyse",
            params_hash="0" * 16,
            state="failed",
        )
        session.add(job)
        session.commit()
        for place in (
            it.core.storage.original(library.id, "a" * 64),
            it.core.storage.derived(library.id, "a" * 64, "thumb.webp"),
            it.core.storage.part("b" * 32),
        ):
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(jpeg(1)[:10])
        return {
            "library": library.id,
            "photo": photo.id,
            "tag": tag.id,
            "export": export.id,
            "action": action.id,
            "job": job.id,
            "upload": "b" * 32,
        }


def test_what_is_not_mine_is_not_there(it: InProcess, theirs: dict[str, Any]) -> None:
    photo, tag = theirs["photo"], theirs["tag"]
    for path in (
        f"/photo/{photo}",
        f"/photos/{photo}/thumb",
        f"/photos/{photo}/preview",
        f"/photos/{photo}/original",
        f"/api/v1/photos/{photo}",
        f"/api/v1/exports/{theirs['export']}",
        f"/exports/{theirs['export']}/proofsheet.zip",
        f"/api/v1/photos?after={photo}",
    ):
        assert it.raw("GET", path).status_code == 404, path
    it.post(f"/photos/{photo}/tags/{tag}", {"state": "rejected"}, 404)
    it.post(f"/tags/{tag}", {"name": "mine"}, 404)
    it.post(f"/actions/{theirs['action']}/undo", status=404)
    it.post("/review", {"photo": photo, "tag": tag, "answer": "no"}, 404)
    it.post(f"/exports/{theirs['export']}/cancel", status=404)
    one = {"selection": {"ids": [photo]}}
    it.post("/exports", one, 400)
    assert it.post("/exports/estimate", one) == {"photos": 0, "size": 0}
    assert it.post("/analyse", one) == {"queued": 0}
    assert it.post("/photos/trash", one)["changed"] == 0
    assert it.post("/photos/restore", one)["changed"] == 0
    assert it.post("/photos/delete", one)["changed"] == 0
    assert it.post("/tags/apply", one | {"add": ["mine"]})["changed"] == 0
    assert it.post("/jobs/retry", {"ids": [theirs["job"]]})["changed"] == 0
    assert it.post("/jobs/cancel", {"ids": [theirs["job"]]})["changed"] == 0
    known = {"path": "s/x.jpg", "size": 10, "sha256": "a" * 64}
    assert it.post("/uploads/check", {"files": [known]})["files"][0]["known"] is False
    for method in ("HEAD", "PATCH", "DELETE"):
        headers = tus_headers(Upload_Offset="10", Content_Type="application/offset+octet-stream")
        answer = it.raw(method, f"/api/v1/uploads/{theirs['upload']}", headers=headers)
        assert answer.status_code == 404, method
    for path in ("/photos", "/facets", "/tags", "/actions", "/review", "/jobs", "/uploads"):
        assert "secret" not in json.dumps(it.get(path)), path
    assert it.get("/suggest?q=secret")["suggestions"] == []
    assert it.get("/progress")["failed"] == 0
    with it.core.db.read() as session:
        assert session.get_one(Photo, photo).trashed_at is None
        assert session.get_one(PhotoTag, (photo, tag)).state == "suggested"
        assert session.get_one(Job, theirs["job"]).state == "failed"
        assert session.get_one(Library, theirs["library"]).paused is False
    it.post("/jobs/pause")
    with it.core.db.read() as session:
        assert session.get_one(Library, theirs["library"]).paused is False


def test_a_mixed_selection_takes_only_mine(it: InProcess, theirs: dict[str, Any]) -> None:
    [mine] = it.add("a/b.jpg")
    both = {"selection": {"ids": [mine, theirs["photo"]]}}
    assert it.post("/tags/apply", both | {"add": ["word"]})["changed"] == 1
    assert it.post("/photos/trash", both)["changed"] == 1
    assert it.post("/photos/delete", both)["changed"] == 1
    original = it.core.storage.original(theirs["library"], "a" * 64)
    assert original.is_file()
    with it.core.db.read() as session:
        assert session.get(Photo, theirs["photo"]) is not None


def test_files_are_for_their_owner_alone(it: InProcess) -> None:
    it.add("a/b.jpg")
    root = it.core.config.data
    assert stat.S_IMODE(root.stat().st_mode) == 0o700
    for room in filter(Path.is_dir, root.iterdir()):
        assert stat.S_IMODE(room.stat().st_mode) == 0o700, room
    assert stat.S_IMODE((root / "secret_key").stat().st_mode) == 0o600
