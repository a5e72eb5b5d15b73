"""The stage on a real photo: what the command prints with the network, and without it."""

import json
from pathlib import Path

import pytest
import skimage
from PIL import Image

from ml.__main__ import main
from ml.errors import WeightsError
from ml.estimators.refinement import in_use
from ml.warps import FAMILIES, distort
from ml.warps.draw import default

SIZE = (512, 512)


def lacking() -> str:
    try:
        in_use()
    except WeightsError as error:
        return str(error)
    return ""


@pytest.mark.integration
def test_findings_are_told_or_the_reason(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    photo = skimage.data.astronaut()
    Image.fromarray(photo).save(tmp_path / "clean.png")
    swirl = default("swirl", SIZE)
    Image.fromarray(distort(photo, swirl, border="mirror")).save(tmp_path / "swirled.png")
    assert main(["analyse", str(tmp_path), "--stages", "distortion", "--json"]) == 0
    told = capsys.readouterr()
    clean, swirled = (json.loads(line) for line in told.out.splitlines())
    assert clean["tags"] is None
    if lacking():
        assert clean["findings"] is None
        assert swirled["findings"] is None
        assert told.err.count(lacking()) == 1
        return
    assert clean["findings"] == []
    for found in swirled["findings"]:
        assert found["stage"] == "distortion"
        assert found["mask"] is None
        assert 0 < found["confidence"] <= 1
        values = found["params"].items()
        FAMILIES[found["kind"]](**{k: tuple(v) if isinstance(v, list) else v for k, v in values})
        x, y, width, height = found["region"]
        assert min(x, y) >= 0
        assert x + width <= 512.5
        assert y + height <= 512.5
