"""The pins of the two environments stay together."""

import re

from app.config import ROOT

TORCH_STACK = {"torch", "torchvision", "ultralytics", "facenet-pytorch"}
TESTS = {"pytest"}  # on the user's card, not needed by the app


def pins(name: str) -> dict[str, str]:
    lines = (ROOT / name).read_text().splitlines()
    found = [
        re.fullmatch(r"([A-Za-z0-9-]+)(?:\[\w+\])?==(\S+)", line)
        for line in lines
        if line and line[0] != "#"
    ]
    assert all(found), f"{name}: every line is an exact pin"
    return {match[1].lower(): match[2] for match in found if match}


def test_the_app_needs_the_same_versions_in_both():
    full, cpu = pins("requirements.txt"), pins("requirements-cpu.txt")
    cpu["opencv-python"] = cpu.pop("opencv-python-headless")
    assert {name: version for name, version in full.items() if name in cpu} == cpu
    assert full.keys() - cpu.keys() == TORCH_STACK | TESTS


def test_development_pins_agree_with_them():
    full, dev = pins("requirements.txt"), pins("requirements-dev.txt")
    both = full.keys() & dev.keys()
    assert {name: full[name] for name in both} == {name: dev[name] for name in both}
    assert both >= TESTS
