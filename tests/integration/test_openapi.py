"""The API is described, all of it, and the description is right."""

import re

import jsonschema_rs

from app.openapi import document, undescribed
from app.routes.access import needed
from tests.in_process import InProcess

BRANCHES = {"get", "post", "put", "patch", "delete", "head", "options"}


def test_every_route_is_described(it: InProcess) -> None:
    assert undescribed(it.app) == [], "say @describe(...) at the route: app/openapi/operation.py"


def test_the_document(it: InProcess) -> None:
    told = it.raw("GET", "/api/openapi.json").get_json()
    assert told == document(it.app, needed)
    assert told["openapi"] == "3.1.0"
    names = [e["operationId"] for methods in told["paths"].values() for e in methods.values()]
    assert len(names) == len(set(names))
    for path, methods in told["paths"].items():
        assert set(methods) <= BRANCHES
        for method, entry in methods.items():
            where = f"{method} {path}"
            assert entry["summary"].endswith((".", "?")), where
            places = {p["name"] for p in entry.get("parameters", ()) if p["in"] == "path"}
            assert places == set(re.findall(r"{(\w+)}", path)), where
            assert {"400", "default"} < set(entry["responses"]), where
    for schema in told["components"]["schemas"].values():
        jsonschema_rs.Draft202012Validator({"components": told["components"], **schema})
        assert schema.get("description"), schema.get("title")


def test_the_document_is_not_sent_twice(it: InProcess) -> None:
    first = it.raw("GET", "/api/openapi.json")
    again = it.raw("GET", "/api/openapi.json", headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")


def test_the_page_for_people(it: InProcess) -> None:
    page = it.raw("GET", "/api").get_data(as_text=True)
    told = document(it.app, needed)
    for path in told["paths"]:
        assert path in page, path
    ids = set(re.findall(r'id="([^"]+)"', page))
    assert set(re.findall(r'href="#([^"]+)"', page)) <= ids
    for name in told["components"]["schemas"]:
        assert f"shape-{name}" in ids


def test_an_answer_that_is_not_as_described_is_noticed(it: InProcess) -> None:
    """The check behind every other test is itself no rubber stamp."""
    from tests.described import complaint

    good = it.get("/progress")
    path = "/api/v1/progress"
    assert complaint("GET", path, 200, "application/json", good) is None
    for wrong in (good | {"done": -1}, good | {"more": 1}, {"done": 1}, []):
        assert complaint("GET", path, 200, "application/json", wrong), wrong
    assert complaint("GET", path, 200, "text/html", None)
    assert complaint("GET", path, 202, "application/json", good)
    assert complaint("GET", path, 404, "application/json", {"error": {"message": "x", "code": "?"}})
