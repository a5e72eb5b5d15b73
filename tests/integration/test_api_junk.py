"""Nonsense in bodies, queries and addresses is answered in words."""

import copy
import itertools
import json
from collections.abc import Iterator
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.answers import address, in_words, rules
from tests.in_process import InProcess, tus_headers

HUGE = 2**70
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
