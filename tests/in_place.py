"""Imports of a folder on the disk, all work of them done."""

import stat
from pathlib import Path
from typing import Any

from tests.in_process import InProcess


def take(it: InProcess, folder: Path) -> Any:
    """Import a folder and do all the work of it."""
    begun = it.post("/imports", {"path": str(folder)}, 201)
    it.work("import", "prepare", "metadata")
    return it.get(f"/imports/{begun['id']}")


def counts(it: InProcess, folder: Path) -> dict[str, int]:
    done = take(it, folder)
    assert done["state"] == "done", done
    return {name: n for name, n in done["counts"].items() if n}


def listed(it: InProcess, **query: str) -> dict[str, Any]:
    line = "&".join(f"{k}={v}" for k, v in query.items())
    return {card["name"]: card for card in it.get(f"/photos?{line}")["photos"]}


def fingerprint(root: Path) -> dict[str, tuple[int, int, bytes]]:
    return {
        str(p): (p.stat().st_mtime_ns, stat.S_IMODE(p.stat().st_mode), p.read_bytes())
        for p in sorted(root.rglob("*"))
        if p.is_file()
    }
