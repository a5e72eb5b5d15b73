"""Parsers of settings: each takes a text and raises ValueError with words for what it wants."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

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


def folders(text: str) -> tuple[Path, ...]:
    """Parse folders parted by colons (by semicolons on Windows); empty means none."""
    return tuple(path(part) for part in text.split(os.pathsep) if part)


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


def choice(*words: str) -> Parse:
    """A parser of one of these words."""

    def parse(text: str) -> str:
        if text.strip().lower() not in words:
            raise ValueError("one of " + ", ".join(words))
        return text.strip().lower()

    return parse


def host_names(text: str) -> tuple[str, ...]:
    """Parse host names without ports, parted by commas; empty means none."""
    names = tuple(name.strip().lower() for name in text.split(",") if name.strip())
    if not all(re.fullmatch(r"[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?", name) for name in names):
        raise ValueError("host names parted by commas, such as photos.home.arpa")
    return names


def base_address(text: str) -> str:
    """Parse http(s)://name[:port][/path], given without the last slash; empty means none."""
    parts = urlsplit(text.strip())
    plain = re.fullmatch(r"(/[A-Za-z0-9._~-]+)*/?", parts.path) and "/." not in parts.path
    well = parts.scheme in ("http", "https") and parts.hostname and plain
    if text.strip() and (not well or parts.query or parts.fragment or "@" in parts.netloc):
        raise ValueError("an address such as https://photos.example.org/photos")
    return text.strip().rstrip("/")


def spelt(value: object) -> str:
    """Return a value as its parser takes it."""
    if isinstance(value, tuple):
        paths = any(isinstance(part, Path) for part in value)
        return (os.pathsep if paths else ",").join(map(str, value))
    return str(int(value) if isinstance(value, bool) else value)
