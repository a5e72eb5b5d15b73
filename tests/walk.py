"""Every route and method of the app as a request that means somebody else's rows.

Paths are filled by the names of their placeholders, bodies and headers from the API's own
description, so that a new route is walked without a word here. All ids are 1: the tests see to it
that every row with that id is the owner's.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from flask import Flask

from app.models import Base
from app.openapi import document
from app.routes.access import needed

ROW = 1
TEXT = "quagga"
# Placeholders that are not the id of a row; "<photo_id>" is one, since there is a table "photo".
PLACEHOLDERS = {
    "filename": "js/app.js",
    "kind": "scratch",  # of marks
    "number": ROW,  # of a stack within a library
    "token": "no-such-token",
}
ROWS = {"key_id": "api_key", "upload_id": "upload"}
# Values by the name of a field or header, where the description does not tell which one fits.
VALUES: dict[str, Any] = {
    "sha256": "a" * 64,
    "selection": {"ids": [ROW]},
    "Tus-Resumable": "1.0.0",
    "Upload-Offset": "0",
    "Upload-Length": "5",
    "Upload-Metadata": "path cXVhZ2dhLmpwZw==",
}


@dataclass(frozen=True)
class Step:
    """One request; `rows` tells whether its path names somebody's row."""

    endpoint: str
    method: str
    path: str
    rows: bool
    more: dict[str, Any]

    def __str__(self) -> str:
        return f"{self.method} {self.path} ({self.endpoint})"


def steps(app: Flask) -> Iterator[Step]:
    """Every route with every method, HEAD and OPTIONS too."""
    told = document(app, needed)
    for rule in app.url_map.iter_rules():
        places = re.findall(r"<(?!any\()(?:[^:<>]*:)?(\w+)>", rule.rule)
        values = {name: str(_placeholder(name, rule.rule)) for name in places}
        words = re.search(r"<any\(([^)]*)\):\w+>", rule.rule)
        for word in re.findall(r"\w+", words[1]) if words else [""]:
            pattern = rule.rule.replace(words[0], word) if words else rule.rule
            described = re.sub(r"<(?:[^:<>]*:)?(\w+)>", r"{\1}", pattern)
            path = described.format_map(values)
            for method in sorted(rule.methods or ()):
                entry = told["paths"].get(described, {}).get(method.lower(), {})
                more = _filled(entry, told["components"]["schemas"])
                rows = any(name not in PLACEHOLDERS for name in places)
                yield Step(rule.endpoint, method, path, rows, more)


def _placeholder(name: str, rule: str) -> Any:
    if name in PLACEHOLDERS:
        return PLACEHOLDERS[name]
    table = ROWS.get(name, name.removesuffix("_id"))
    assert table in Base.metadata.tables, (
        f"{rule}: tests/walk.py does not know what <{name}> is. Call it after its table "
        "(<photo_id>), or add it to ROWS or PLACEHOLDERS."
    )
    return "zebra" if table == "upload" else ROW


def _filled(entry: dict[str, Any], schemas: dict[str, Any]) -> dict[str, Any]:
    more: dict[str, Any] = {"headers": {}, "query_string": {}}
    for parameter in entry.get("parameters", ()):
        if parameter["in"] == "header" and parameter["required"]:
            more["headers"][parameter["name"]] = str(_sample(parameter, schemas))
        if parameter["in"] == "query" and parameter["required"]:
            more["query_string"][parameter["name"]] = _sample(parameter, schemas)
    for media, content in entry.get("requestBody", {}).get("content", {}).items():
        if media == "application/json":
            more["json"] = _sample(content, schemas)
        else:
            more |= {"data": b"12345", "content_type": media}
    return more


def _sample(holder: dict[str, Any], schemas: dict[str, Any]) -> Any:
    """A value of a schema, with all its fields."""
    name, schema = holder.get("name", ""), holder["schema"]
    if "$ref" in schema:
        schema = schemas[schema["$ref"].rpartition("/")[2]]
    if name in VALUES:
        return VALUES[name]
    if "anyOf" in schema and "properties" not in schema:
        schema = next(one for one in schema["anyOf"] if one.get("type") != "null")
        return _sample({"name": name, "schema": schema}, schemas)
    if "enum" in schema:
        return schema["enum"][0]
    if schema.get("type") == "object":
        fields = schema.get("properties", {})
        return {key: _sample({"name": key, "schema": one}, schemas) for key, one in fields.items()}
    if schema.get("type") == "array":
        return [_sample({"name": name, "schema": schema["items"]}, schemas)]
    return {"integer": ROW, "number": 0.5, "boolean": True}.get(schema.get("type", ""), TEXT)
