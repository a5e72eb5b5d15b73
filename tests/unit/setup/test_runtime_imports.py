"""What runs at users' takes no package of the development set at its start."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
DEVELOPMENT = {"hypothesis", "playwright", "psutil", "pytest", "schemathesis", "skimage", "torch"}
SOURCES = sorted(
    path
    for folder in ("app", "ml", "workers", "main.py")
    for path in ([ROOT / folder] if folder.endswith(".py") else (ROOT / folder).rglob("*.py"))
    # Training runs in the environment with torch, and is imported by its own command alone.
    if "train" not in path.relative_to(ROOT).parts
)


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_nothing_of_the_development_set_is_imported_at_the_start(path):
    tree = ast.parse(path.read_text("utf-8"))
    for node in tree.body:
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        if isinstance(node, ast.ImportFrom) and node.module:
            names = [node.module]
        assert not DEVELOPMENT & {name.partition(".")[0] for name in names}
