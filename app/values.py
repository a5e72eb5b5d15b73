"""Parsers of settings: each takes a text and raises ValueError with words for what it wants."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

LEVELS = ("debug", "info", "warning", "error")
Parse = Callable[[str], object]


def number(low: int, high: int) -> Parse:
    """A parser of whole numbers from `low` to `high`."""

    def parse(text: str) -> int:
        value = int(text) if text.strip().isdecimal() else -1
        if not low <= value <= high:
            raise ValueError(f"a whole number from {low} to {high}")
        return value

    return parse


def switch(text: str) -> bool:
    """Parse on or off."""
    words = {"1": True, "true": True, "yes": True, "on": True}
    words |= {"0": False, "false": False, "no": False, "off": False, "": False}
    if text.strip().lower() not in words:
        raise ValueError("1 or 0")
    return words[text.strip().lower()]


def path(text: str) -> Path:
    """Parse a path; a relative one counts from the current folder."""
    if not text or "\0" in text:
        raise ValueError("a path")
    return Path(text).expanduser().resolve()


def optional_path(text: str) -> Path | None:
    """Parse a path; empty means none."""
    return path(text) if text else None


def url(*schemes: str) -> Parse:
    """A parser of addresses with one of these schemes; empty means the default."""

    def parse(text: str) -> str:
        if text and not text.startswith(tuple(f"{scheme}://" for scheme in schemes)):
            raise ValueError(
                "an address that starts with " + " or ".join(f"{s}://" for s in schemes)
            )
        return text

    return parse


def word(text: str) -> str:
    """Parse one word."""
    if not text.strip() or len(text.split()) != 1:
        raise ValueError("one word")
    return text.strip()


def level(text: str) -> str:
    """Parse a log level."""
    if text.lower() not in LEVELS:
        raise ValueError("one of " + ", ".join(LEVELS))
    return text.lower()


def network(text: str) -> str:
    """Parse a network's name, or the path of its file, which becomes absolute."""
    return str(path(text)) if text.endswith((".onnx", ".pt")) else word(text)
