"""The short form of `python -m tests.fuzz`: no file crashes, hangs or floods anything."""

from pathlib import Path

import pytest

from tests.fuzz import SHARED, through_command, through_server
from tests.mutate import Mutant, mutants

pytestmark = [pytest.mark.integration, pytest.mark.alone, pytest.mark.timeout(400)]

FILES = 120


@pytest.fixture(scope="module")
def files() -> list[Mutant]:
    return list(mutants(FILES, seed=2, real=SHARED))


def test_the_command_line_takes_or_refuses_each_file(files: list[Mutant], tmp_path: Path):
    outcome = through_command(files, tmp_path)
    assert outcome.summary()["complaints"] == []
    assert outcome.accepted + outcome.refused == FILES


def test_the_server_takes_or_refuses_each_file(files: list[Mutant], tmp_path: Path):
    outcome = through_server(files, tmp_path)
    assert outcome.summary()["complaints"] == []
    assert outcome.accepted + outcome.refused == FILES
