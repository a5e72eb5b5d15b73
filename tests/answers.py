"""Every address of the app, and what an answer to nonsense must look like."""

import re
from typing import Any

from flask import Flask
from werkzeug.routing import Rule


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
