"""Writes the tables of README.md from the figures in docs/figures, between their markers.

`python -m scripts.tables` writes, `--check` fails where the README differs from the figures.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
FIGURES = ROOT / "docs" / "figures"
README = ROOT / "README.md"

STEPS = {
    "header": "read the header",
    "decode": "decode, scaled in the decoder",
    "thumb": "thumbnail",
    "tags": "objects",
    "faces_detect": "find faces",
    "faces_embed": "align and embed faces",
    "categories": "categories",
}
TAGS = {
    "map": "objects, COCO mAP, our whole path",
    "reference_map": "objects, COCO mAP, ultralytics' own run",
    "tags_precision_unreviewed": "objects written unreviewed, share that is right",
    "categories_macro_f1": "categories, macro-F1, all 21",
    "categories_macro_f1_common": "categories, macro-F1, those with ten photos or more",
    "categories_macro_f1_tag_look_up": "baseline: objects looked up in a table, macro-F1",
    "categories_precision_unreviewed": "categories written unreviewed, share that is right",
    "categories_ece": "categories, expected calibration error",
}


def speed(figures: dict[str, Any]) -> str:
    """Tell photos a second against the naive assembly, and where the time goes."""
    small, large, naive = figures["ours"]["12mp"], figures["ours"]["24mp"], figures["naive"]
    rows = [
        ("Proofsheet, 12 megapixels", f"{small['photos_per_s']:.2f}", ""),
        ("Proofsheet, 24 megapixels", f"{large['photos_per_s']:.2f}", ""),
    ]
    if naive is not None:
        rows += [
            (
                "Wired together by hand, 12 megapixels",
                f"{naive['photos_per_s']:.3f}",
                f"{figures['ratio_to_naive']:.1f}",
            ),
            (
                "The same without MTCNN's time",
                f"{naive['photos_per_s_without_mtcnn']:.2f}",
                f"{figures['ratio_to_naive_without_mtcnn']:.1f}",
            ),
        ]
    table = _table(("path", "photos/s", "ours is so many times as quick"), rows)
    share = ""
    if naive:
        share = (
            f"MTCNN takes {naive['mtcnn_share']:.0%} of the time by hand. Ours by processor time: "
            f"{figures['ratio_to_naive_processor_time']:.1f} times as quick. "
        )
    return f"{table}\n\n{share}{_where(figures)}"


def steps(figures: dict[str, Any]) -> str:
    """Tell the milliseconds of each step of one process with one thread."""
    small, large = (figures["ours"][size]["milliseconds"] for size in ("12mp", "24mp"))
    names = [name for name in small if name in STEPS] + [n for n in small if n not in STEPS]
    rows = [
        (STEPS.get(name, name.replace("_", " ")), f"{small[name]:.0f}", f"{large[name]:.0f}")
        for name in names
    ]
    return _table(("step", "12 MP, ms", "24 MP, ms"), rows)


def tags(figures: dict[str, Any]) -> str:
    """Tell how good tags and categories are, with intervals and baselines."""
    found = figures["baselines"] | figures["metrics"]
    rows = [
        (words, f"{found[name]['value']:.3f}", _interval(found[name]), str(found[name]["n"]))
        for name, words in TAGS.items()
    ]
    return _table(("figure", "value", "95 % interval", "n"), rows)


TABLES: dict[str, tuple[str, Callable[[dict[str, Any]], str]]] = {
    "speed": ("benchmark.json", speed),
    "steps": ("benchmark.json", steps),
    "tags": ("tags.json", tags),
}


def rendered(readme: str) -> str:
    """Return the README with every table made anew from its figures."""
    for name, (file, render) in TABLES.items():
        figures = json.loads((FIGURES / file).read_text(encoding="utf-8"))
        head, found, rest = readme.partition(f"<!-- table {name} -->")
        _, closed, tail = rest.partition(f"<!-- end {name} -->")
        if not found or not closed:
            raise ValueError(f"README.md has no markers for the table {name}")
        readme = f"{head}{found}\n\n{render(figures)}\n\n{closed}{tail}"
    return readme


def main() -> int:
    """Write the tables, or check them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="fail where a table has drifted")
    check = parser.parse_args().check
    before = README.read_text(encoding="utf-8")
    after = rendered(before)
    if check and before != after:
        print("README.md differs from docs/figures; run python -m scripts.tables", file=sys.stderr)
        return 1
    README.write_text(after, encoding="utf-8")
    return 0


def _where(figures: dict[str, Any]) -> str:
    device, versions = figures["device"], figures["versions"]
    return (
        f"Measured {figures['date'][:10]} at commit {figures['commit']} on {device['cores']} cores "
        f"({device['cpu']}), Python {versions['python']}, ONNX Runtime {versions['onnxruntime']}."
    )


def _interval(found: dict[str, Any]) -> str:
    if found.get("lo") is None or found["lo"] == found["hi"]:  # none was computed
        return ""
    return f"{found['lo']:.3f} to {found['hi']:.3f}"


def _table(head: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    lines = [head, tuple("---" for _ in head), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


if __name__ == "__main__":
    sys.exit(main())
