"""Rules of the house that no linter holds."""

import ast
import re
import subprocess
from pathlib import Path

import pytest

from app.config import ROOT

ROOMS = ("app", "ml", "workers", "scripts", "main.py")
MAX_LINES, MAX_FUNCTION_LINES = 300, 40
VAGUE = re.compile(r"utils?|helpers?|managers?|misc|common")


def sources() -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "--", *ROOMS], cwd=ROOT, check=True, capture_output=True, text=True
    )
    return [ROOT / line for line in listed.stdout.splitlines() if line.endswith(".py")]


@pytest.fixture(scope="module")
def files() -> list[Path]:
    if not (ROOT / ".git").exists():
        pytest.skip("needs git's list of files")
    return [file for file in sources() if file.exists()]


def test_files_are_short(files):
    lengths = {str(file.relative_to(ROOT)): len(file.read_text().splitlines()) for file in files}
    assert {name: length for name, length in lengths.items() if length > MAX_LINES} == {}


def test_functions_are_short(files):
    long = {}
    for file in files:
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                length = (node.end_lineno or 0) - node.lineno + 1
                if length > MAX_FUNCTION_LINES:
                    long[f"{file.relative_to(ROOT)}:{node.name}"] = length
    assert long == {}


def test_names_say_something(files):
    assert [str(file) for file in files if VAGUE.fullmatch(file.stem)] == []
