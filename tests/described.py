"""Holds every answer that a test sees against the API's description."""

import re
from functools import cache
from typing import Any

import jsonschema_rs
from flask import Flask

from app.openapi import document
from app.routes import BLUEPRINTS, access

Key = tuple[str, str]  # method, path of the document


def bare() -> Flask:
    """The routes of the app without anything behind them."""
    app = Flask("described")
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
    return app


@cache
def told() -> dict[str, Any]:
    """The document, strict: here an object has no field that is not described."""
    found = document(bare(), access.needed)
    for schema in found["components"]["schemas"].values():
        if "properties" in schema:
            schema.setdefault("additionalProperties", False)
    return found


@cache
def _ways() -> list[tuple[str, re.Pattern[str], str]]:
    """(method, pattern of the path, path of the document), fixed paths first."""
    ways = []
    for path, methods in told()["paths"].items():
        pattern = re.compile(re.sub(r"\\\{\w+\\\}", "[^/]+", re.escape(path)))
        ways += [(method.upper(), pattern, path) for method in methods]
    return sorted(ways, key=lambda way: way[2].count("{"))


@cache
def _validator(reference: str) -> Any:
    schema = {"$ref": reference, "components": told()["components"]}
    return jsonschema_rs.Draft202012Validator(schema, validate_formats=True)


def complaint(method: str, address: str, status: int, media: str, body: Any) -> str | None:
    """What an answer has that its description has not, in words; None where all is well.

    `body` is the parsed JSON of the answer, or None. Addresses that no route has are not described.
    """
    path = address.partition("?")[0]
    for way, pattern, place in _ways():
        if way == method and pattern.fullmatch(path):
            return _held(told()["paths"][place][method.lower()], status, media, body)
    return None


def _held(entry: dict[str, Any], status: int, media: str, body: Any) -> str | None:
    where = f"{entry['operationId']} {status}"
    answer = entry["responses"].get(str(status))
    if answer is None and status < 400:
        return f"{where} is not described: see app/openapi"
    answer = answer or entry["responses"]["default"]
    if "$ref" in answer:
        answer = told()["components"]["responses"][answer["$ref"].rpartition("/")[2]]
    content = answer.get("content", {})
    if not content or "*/*" in content or (body is None and status >= 400):  # HEAD has no words
        return None
    if media not in content:
        return f"{where} is {media}, described as {', '.join(content)}: see app/openapi"
    reference = content[media]["schema"].get("$ref")
    for error in _validator(reference).iter_errors(body) if reference else ():
        place = "/".join(map(str, error.instance_path)) or "the body"
        return f"{where}: {place}: {error.message[:400]}: see app/openapi/shapes"
    return None
