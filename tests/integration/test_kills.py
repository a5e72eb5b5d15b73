"""The short form of `python -m tests.kills`: nothing is lost whatever is killed, and whenever."""

from pathlib import Path

import pytest

from tests.kills import Plan, run

pytestmark = [pytest.mark.integration, pytest.mark.alone, pytest.mark.timeout(400)]


def test_killing_web_worker_and_broker_loses_nothing(tmp_path: Path):
    summary = run(Plan(kills=12, photos=60, seed=3, every_s=0.7), tmp_path)
    assert summary["complaints"] == []
    assert summary["kills_total"] == 12
    assert sum(summary["photos"].values()) == 60


def test_killing_main_itself_and_starting_again_loses_nothing(tmp_path: Path):
    summary = run(Plan(kills=3, mains=3, photos=24, seed=4, every_s=0.7), tmp_path)
    assert summary["complaints"] == []
    assert summary["kills"] == {"main": 3}


def test_killing_postgresql_and_redis_loses_nothing_either(tmp_path: Path, postgresql_url: str):
    """`postgresql_url` is asked for only to skip where no server is installed."""
    plan = Plan(kills=10, photos=24, seed=5, every_s=0.7, servers=True)
    summary = run(plan, tmp_path)
    assert summary["complaints"] == []
    assert summary["kills_total"] == 10
