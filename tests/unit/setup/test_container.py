"""The container is reachable from its own host alone."""

import re

from app.config import ROOT, SETTINGS


def test_compose_publishes_on_the_hosts_loopback_alone():
    text = (ROOT / "compose.yaml").read_text()
    ports = re.findall(r'^\s+- "([^"]*:8080)"', text, re.MULTILINE)
    assert ports == ["127.0.0.1:${PROOFSHEET_PORT:-8080}:8080"]
    assert 'PROOFSHEET_CONTAINER: "1"' in text


def test_the_image_does_not_say_so_itself():
    text = (ROOT / "Dockerfile").read_text()
    assert "PROOFSHEET_CONTAINER" not in text
    assert re.search(r"^USER 10001$", text, re.MULTILINE)


def test_both_name_only_settings_that_exist():
    known = {row.metadata["name"] for row in SETTINGS}
    for name in ("Dockerfile", "compose.yaml"):
        assert set(re.findall(r"PROOFSHEET_[A-Z_]+", (ROOT / name).read_text())) <= known
