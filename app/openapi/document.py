"""Builds the OpenAPI 3.1 document from an application's routes."""

import inspect
import json
import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any, get_type_hints

import msgspec
from flask import Flask
from werkzeug.routing import Rule

from app.openapi import operation
from app.openapi.operation import Answer, Operation
from app.openapi.shapes.errors import Failure
from app.openapi.shapes.values import MAX_ID, REFINEMENTS

PREFIX = "/api/v1"
Needed = Callable[[str, str], str | None]  # endpoint, method -> as in app.routes.access
SAFE = ("GET", "HEAD", "OPTIONS")
WRONG = "What is wrong, in words."
LONG = re.compile(r"app\.openapi\.shapes\.(\w+)\.(\w+)")
REF = "#/components/schemas/{name}"
ABOUT = """Everything that the pages do. An error is JSON with words for a person and a code for
programs. Lists go on with `after`, which is the `next` of the page before; `next` is null at the
end. Clients must ignore fields that they do not know: new ones may come within version 1."""


def document(app: Flask, needed: Needed) -> dict[str, Any]:
    """The description of every route that has one; `needed` tells what a caller must be."""
    routes = [(rule, method, op) for rule, method, op in _routes(app) if op is not None]
    shapes = _Shapes([kind for _, _, op in routes for kind in _kinds(op)])
    paths: dict[str, dict[str, Any]] = {}
    for rule, method, found in routes:
        entry = _words(app.view_functions[rule.endpoint])
        entry |= {"security": _security(method, needed(rule.endpoint, method))}
        entry |= _entry(rule, found, shapes)
        for path, name in _paths(rule):
            paths.setdefault(path, {})[method.lower()] = entry | {"operationId": name}
    failure = Answer(Failure, WRONG)
    as_page = {"description": WRONG, "content": {"text/html": {"schema": {"type": "string"}}}}
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Proofsheet",
            "version": "1",
            "description": ABOUT,
            "license": {"name": "AGPL-3.0-or-later", "identifier": "AGPL-3.0-or-later"},
        },
        "servers": [{"url": "/"}],
        "paths": dict(sorted(paths.items())),
        "components": {
            "schemas": shapes.components(),
            "securitySchemes": _security_schemes(app),
            "responses": {"Error": shapes.answer(failure), "ErrorPage": as_page},
        },
    }


def undescribed(app: Flask) -> list[str]:
    """Routes of the API that nobody has described, as "METHOD /path"."""
    return [f"{method} {rule.rule}" for rule, method, op in _routes(app) if op is None]


def _routes(app: Flask) -> Iterator[tuple[Rule, str, Operation | None]]:
    """Every method of every route of the API, and of other routes that are described."""
    for rule in app.url_map.iter_rules():
        found = operation.of(app.view_functions[rule.endpoint])
        if found is None and not rule.rule.startswith(PREFIX):
            continue
        methods = set(rule.methods or ())
        implied = {"OPTIONS"} if methods > {"OPTIONS"} else set()
        implied |= {"HEAD"} if "GET" in methods else set()
        for method in sorted(methods - implied):
            yield rule, method, found


def _kinds(found: Operation) -> Iterator[Any]:
    """Every type of an operation that becomes a schema."""
    answers = found.answers.values()
    yield from (found.body, *found.query, found.headers, *(a.shape for a in answers))


class _Shapes:
    """Types as JSON schemas. Parameters are read off their TypedDict, which is no component."""

    def __init__(self, kinds: Iterable[Any]) -> None:
        refined = [kind for kind, _ in REFINEMENTS]
        all_kinds = (*kinds, *refined, Failure)
        wanted = dict.fromkeys(kind for kind in all_kinds if kind not in (None, bytes))
        found = msgspec.json.schema_components(wanted, ref_template=REF)
        schemas, self._components = json.loads(LONG.sub(_short, json.dumps(found)))
        self._schema_of = dict(zip(wanted, schemas, strict=True))
        for kind, keywords in REFINEMENTS:
            self._components[_name(self._schema_of[kind])] |= keywords
        self._unfolded: set[str] = set()

    def schema(self, kind: Any) -> dict[str, Any]:
        """The schema of a type; bytes may be anything."""
        found: dict[str, Any] = {} if kind is bytes else self._schema_of[kind]
        return found

    def parameters(self, kind: Any, place: str) -> list[dict[str, Any]]:
        """The fields of a TypedDict as parameters in the query or in headers."""
        component = _name(self._schema_of[kind])
        self._unfolded.add(component)
        whole = self._components[component]
        return [
            {
                "name": name,
                "in": place,
                "required": name in whole.get("required", ()),
                "schema": schema,
                **({"description": schema["description"]} if "description" in schema else {}),
            }
            for name, schema in whole["properties"].items()
        ]

    def answer(self, answer: Answer) -> dict[str, Any]:
        """One answer of a route."""
        told: dict[str, Any] = {"description": answer.words}
        if answer.shape is not None:
            told["content"] = {answer.media: {"schema": self.schema(answer.shape)}}
        if answer.headers is not None:
            told["headers"] = {
                name: {"required": True, "schema": msgspec.json.schema(kind)}
                for name, kind in get_type_hints(answer.headers, include_extras=True).items()
            }
        return told

    def components(self) -> dict[str, Any]:
        """The schemas that others refer to by name."""
        return {k: v for k, v in self._components.items() if k not in self._unfolded}


def _short(name: re.Match[str]) -> str:
    """Name one of several types of one name after its room: PeopleFace."""
    return name[1].capitalize() + name[2]


def _name(schema: dict[str, Any]) -> str:
    return str(schema["$ref"].rpartition("/")[2])


def _entry(rule: Rule, found: Operation, shapes: _Shapes) -> dict[str, Any]:
    """One operation of the document."""
    parameters = _path_parameters(rule)
    for place, kinds in (("query", found.query), ("header", (found.headers,))):
        for kind in filter(None, kinds):
            parameters += shapes.parameters(kind, place)
    entry: dict[str, Any] = {
        "tags": [rule.endpoint.partition(".")[0].removesuffix("_api")],
        "responses": {str(s): shapes.answer(a) for s, a in sorted(found.answers.items())},
    }
    if parameters:
        entry["parameters"] = parameters
    if found.body is not None:
        entry["requestBody"] = {
            "required": not found.optional_body,
            "content": {found.media: {"schema": shapes.schema(found.body)}},
        }
    usual = {400, 404} if rule.arguments else {400}
    error = "Error" if rule.rule.startswith("/api/") else "ErrorPage"
    for status in (*sorted(usual | set(found.errors)), "default"):
        entry["responses"][str(status)] = {"$ref": f"#/components/responses/{error}"}
    return entry


def _words(view: Callable[..., Any]) -> dict[str, Any]:
    """The view's docstring: its first line, and the rest where there is one."""
    summary, _, rest = inspect.cleandoc(view.__doc__ or "").partition("\n")
    return {"summary": summary} | ({"description": rest.strip()} if rest.strip() else {})


def _paths(rule: Rule) -> Iterator[tuple[str, str]]:
    """The rule's addresses with their operation ids: one for each word of an `any` placeholder."""
    path = re.sub(r"<(?!any\()(?:[^:<>]*:)?(\w+)>", r"{\1}", rule.rule)
    name = rule.endpoint.replace(".", "_")
    words = re.search(r"<any\(([^)]*)\):\w+>", path)
    if words is None:
        yield path, name
        return
    for word in re.findall(r"\w+", words[1]):
        yield path.replace(words[0], word), f"{name}_{word}"


def _path_parameters(rule: Rule) -> list[dict[str, Any]]:
    parameters = []
    for kind, name in re.findall(r"<(?!any\()(?:([^:<>]*):)?(\w+)>", rule.rule):
        schema: dict[str, Any] = {"type": "string", "minLength": 1}
        if kind == "int":
            schema = {"type": "integer", "minimum": 1, "maximum": MAX_ID}
        parameters.append({"name": name, "in": "path", "required": True, "schema": schema})
    return parameters


def _security(method: str, need: str | None) -> list[dict[str, list[str]]]:
    """Who may call: anybody, a signed-in browser (with its token, to change things), an API key."""
    if need == "open":
        return [{}]
    browser: dict[str, list[str]] = {"session": []}
    if method not in SAFE:
        browser["csrf"] = []
    return [browser] if need in (None, "person") else [browser, {"key": [need]}]


def _security_schemes(app: Flask) -> dict[str, Any]:
    return {
        "session": {
            "type": "apiKey",
            "in": "cookie",
            "name": app.config.get("SESSION_COOKIE_NAME", "session"),
            "description": "The page's session. On loopback without accounts it is not asked for.",
        },
        "csrf": {
            "type": "apiKey",
            "in": "header",
            "name": "X-CSRFToken",
            "description": 'The content of the page\'s <meta name="csrf-token">.',
        },
        "key": {
            "type": "http",
            "scheme": "bearer",
            "description": "An API key of the settings page; it needs no CSRF token.",
        },
    }
