"""Names that come from outside, made safe to keep and to write into a zip."""

import re
import unicodedata

MAX_NAME_BYTES = 240  # file systems allow 255; room for a suffix such as ".xmp"
MAX_DEPTH = 40

# Windows takes them for devices, whatever the suffix: a zip with one cannot be unpacked there.
_RESERVED = {"CON", "PRN", "AUX", "NUL", *(f"{d}{n}" for d in ("COM", "LPT") for n in "123456789")}
_UNSAFE = re.compile(r'[\x00-\x1f\x7f<>:"|?*\u202a-\u202e\u2066-\u2069]')


def split(path: str) -> tuple[str, str]:
    r"""Return (folder, name) of a relative path; no part leads upwards or is empty.

    >>> split("../a//b\\c.jpg")
    ('a/b', 'c.jpg')
    """
    parts = [_clean(part) for part in re.split(r"[/\\]+", path)]
    parts = [part for part in parts if part] or ["unnamed"]
    return "/".join(parts[:-1][:MAX_DEPTH]), parts[-1]


def join(folder: str, name: str) -> str:
    """Put a folder and a name together again."""
    return f"{folder}/{name}" if folder else name


def _clean(part: str) -> str:
    # a lone surrogate cannot be stored or written: it becomes a question mark, then "_"
    part = unicodedata.normalize("NFC", part.encode("utf-8", "replace").decode())
    part = _UNSAFE.sub("_", part).lstrip(" ").rstrip(" .")
    first, dot, rest = part.partition(".")
    if first.rstrip(" ").upper() in _RESERVED:
        part = f"{first}_{dot}{rest}"
    stem, dot, suffix = part.rpartition(".")
    if not dot or len(suffix) > 10:
        stem, suffix, dot = part, "", ""
    room = MAX_NAME_BYTES - len(suffix.encode()) - len(dot)
    return (stem.encode()[:room].decode(errors="ignore") + dot + suffix).rstrip(" .")


def natural(name: str) -> str:
    """Return a sort key that puts IMG_2 before IMG_10, whatever the case."""
    return re.sub(r"\d+", lambda m: m[0].lstrip("0").rjust(12, "0"), name.casefold())[:400]
