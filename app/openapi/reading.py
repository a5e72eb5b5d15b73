"""The description as a person reads it: operations by group, types in words."""

from dataclasses import dataclass
from typing import Any

NAMES = {"integer": "whole number", "boolean": "true or false", "null": "null", "object": "object"}


@dataclass(frozen=True)
class Field:
    """A parameter or a field of a type; `kind` is its type in words, `shape` the type it names."""

    name: str
    kind: str
    shape: str
    required: bool
    words: str
    place: str = ""


@dataclass(frozen=True)
class Call:
    """One operation."""

    method: str
    path: str
    summary: str
    more: str
    scope: str
    fields: list[Field]
    body: Field | None
    answers: list[tuple[str, str, str, str]]  # status, words, type in words, the type it names


@dataclass(frozen=True)
class Shape:
    """A named type."""

    name: str
    words: str
    fields: list[Field]


def groups(told: dict[str, Any]) -> dict[str, list[Call]]:
    """Operations of a document by their tag."""
    found: dict[str, list[Call]] = {}
    for path, methods in told["paths"].items():
        for method, entry in methods.items():
            found.setdefault(entry["tags"][0], []).append(_call(method.upper(), path, entry))
    return dict(sorted(found.items()))


def shapes(told: dict[str, Any]) -> list[Shape]:
    """Named types of a document."""
    return [
        Shape(name, schema.get("description", ""), _fields(schema))
        for name, schema in sorted(told["components"]["schemas"].items())
    ]


def _call(method: str, path: str, entry: dict[str, Any]) -> Call:
    fields = [
        Field(
            p["name"],
            _kind(p["schema"]),
            _shape(p["schema"]),
            p["required"],
            p.get("description", ""),
            p["in"],
        )
        for p in entry.get("parameters", ())
    ]
    body = None
    if "requestBody" in entry:
        [(media, content)] = entry["requestBody"]["content"].items()
        schema, needed = content["schema"], entry["requestBody"]["required"]
        kind = _kind(schema) if media == "application/json" else media
        body = Field("body", kind, _shape(schema), needed, "")
    answers = []
    for status, answer in entry["responses"].items():
        if "$ref" not in answer:
            for media, content in answer.get("content", {"": {"schema": None}}).items():
                schema = content["schema"]
                kind = _kind(schema) if schema else media
                answers.append((status, answer["description"], kind, _shape(schema or {})))
    errors = [s for s, a in entry["responses"].items() if "$ref" in a]
    page = entry["responses"]["default"]["$ref"].endswith("ErrorPage")
    kind, shape = ("text/html", "") if page else ("Failure", "Failure")
    answers.append((", ".join(errors), "What is wrong, in words.", kind, shape))
    scope = ", ".join(word for way in entry["security"] for word in way.get("key", ()))
    more = entry.get("description", "")
    return Call(method, path, entry["summary"], more, scope, fields, body, answers)


def _fields(schema: dict[str, Any]) -> list[Field]:
    needed = schema.get("required", ())
    return [
        Field(name, _kind(part), _shape(part), name in needed, part.get("description", ""))
        for name, part in schema.get("properties", {}).items()
    ]


def _shape(schema: dict[str, Any]) -> str:
    """The named type that a schema leads to, or ""."""
    if "$ref" in schema:
        return str(schema["$ref"].rpartition("/")[2])
    parts = [schema.get("items"), *schema.get("anyOf", ())]
    return next(filter(None, (_shape(part) for part in parts if isinstance(part, dict))), "")


def _kind(schema: dict[str, Any]) -> str:
    """A schema in words, such as "list of Card" or "text or null"."""
    if "$ref" in schema:
        return str(schema["$ref"].rpartition("/")[2])
    if "enum" in schema:
        return " | ".join(map(str, schema["enum"])) if len(schema["enum"]) < 12 else "a code"
    if "anyOf" in schema:
        return " or ".join(_kind(part) for part in schema["anyOf"])
    kind = schema.get("type", "anything")
    if kind == "array":
        items = schema.get("items")
        return f"list of {_kind(items)}" if isinstance(items, dict) else "list"
    if kind == "string":
        return "text"
    return NAMES.get(kind, str(kind))
