"""python -m ml, as its own process, with the real networks."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image
from skimage import data

from ml import weights
from ml.errors import WeightsError
from tests.conftest import lacking

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(scope="module", autouse=True)
def _weights() -> None:
    for known in weights.manifest().values():
        if known.default or known.committed:
            try:
                weights.locate(known.name)
            except WeightsError as error:
                lacking(str(error))


def ml(*arguments: str | Path, cwd: Path = ROOT) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "ml", *map(str, arguments)],
        cwd=cwd,
        env=os.environ | {"PYTHONPATH": str(ROOT), "PROOFSHEET_THREADS": "1"},
        capture_output=True,
        text=True,
        check=False,
        timeout=110,
    )


def lines(done: subprocess.CompletedProcess[str]) -> list[dict]:
    return [json.loads(line) for line in done.stdout.splitlines()]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two photos, one of them deeper, a text, a link, and a photo that is broken."""
    (tmp_path / "in" / "b").mkdir(parents=True)
    Image.fromarray(data.astronaut()).save(tmp_path / "in" / "b" / "astronaut.jpg", quality=92)
    Image.fromarray(data.coffee()).save(tmp_path / "in" / "coffee.png")
    (tmp_path / "in" / "notes.txt").write_text("no photo")
    (tmp_path / "in" / "link.png").symlink_to(tmp_path / "in" / "coffee.png")
    return tmp_path / "in"


def test_a_folder_is_walked_sorted_and_analysed(folder: Path):
    done = ml("analyse", folder, "--json")
    assert done.returncode == 0, done.stderr
    astronaut, coffee = lines(done)
    assert astronaut["path"] == f"{folder}/b/astronaut.jpg"
    assert coffee["path"] == f"{folder}/coffee.png"
    assert "1 files of other types" in done.stderr
    assert (astronaut["width"], astronaut["height"]) == (512, 512)
    assert astronaut["tags"][0]["name"] == "person"
    face = astronaut["faces"][0]
    x, y, width, height = face["box"]
    assert 150 < x < x + width < 300
    assert 40 < y < y + height < 220
    assert face["score"] > 0.8
    assert "cup" in {tag["name"] for tag in coffee["tags"]}
    assert coffee["faces"] == []
    assert astronaut["findings"] == []
    assert astronaut["authenticity"]["outcome"] in ("photograph", "inconclusive")
    (person,) = astronaut["authenticity"]["people"]
    assert set(person) == {"box", "outcome", "probabilities", "evidence"}
    assert coffee["authenticity"]["people"] == []
    assert astronaut["error"] is None
    assert {category["name"] for category in astronaut["categories"]} & {"portrait"}


def test_failures_have_a_line_each_and_do_not_stop_the_others(folder: Path):
    (folder / "broken.jpg").write_bytes((folder / "b" / "astronaut.jpg").read_bytes()[:9000])
    done = ml(
        "analyse", "in", "in/none.jpg", "in/notes.txt", "--stages", "faces", cwd=folder.parent
    )
    assert done.returncode == 2
    by_path = {line["path"]: line for line in lines(done)}
    assert list(by_path) == [
        "in/b/astronaut.jpg", "in/broken.jpg", "in/coffee.png", "in/none.jpg", "in/notes.txt"
    ]  # fmt: skip
    for path in ("in/broken.jpg", "in/none.jpg", "in/notes.txt"):
        assert by_path[path].keys() == {"path", "error"}
        assert f"{path}: {by_path[path]['error']}" in done.stderr
    assert by_path["in/b/astronaut.jpg"]["tags"] is None
    assert len(by_path["in/b/astronaut.jpg"]["faces"]) == 1


def test_stages(folder: Path):
    done = ml("analyse", folder / "coffee.png", "--stages", "nonsense")
    assert (done.returncode, done.stdout) == (2, "")
    assert "nonsense" in done.stderr
    done = ml("analyse", folder / "coffee.png", "--stages", "tags,light")
    assert done.returncode == 0
    (line,) = lines(done)
    assert line["tags"]
    assert line["findings"] == []
    assert line["faces"] is line["categories"] is line["authenticity"] is None


def test_a_missing_model_turns_its_stage_off(folder: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("PROOFSHEET_YOLO", str(folder / "none.onnx"))
    done = ml("analyse", folder / "coffee.png", folder / "b" / "astronaut.jpg")
    assert done.returncode == 0
    assert all(line["tags"] is None for line in lines(done))
    assert lines(done)[1]["faces"]
    assert done.stderr.count("there is no network at") == 1


def test_results_do_not_depend_on_the_number_of_threads(folder: Path):
    from ml import engine, pipeline
    from ml.image import Picture

    def analysed(threads: str) -> pipeline.Result:
        os.environ["PROOFSHEET_THREADS"] = threads
        return pipeline.analyse(Picture.open(folder / "b" / "astronaut.jpg"))

    before = os.environ.get("PROOFSHEET_THREADS")
    try:
        one, two = analysed("1"), analysed("2")
    finally:
        engine.unload()
        os.environ.pop("PROOFSHEET_THREADS")
        if before is not None:
            os.environ["PROOFSHEET_THREADS"] = before
    assert [tag.name for tag in one.tags] == [tag.name for tag in two.tags]
    assert float(one.faces[0].embedding @ two.faces[0].embedding) > 0.9999
    assert one.missing == {}


def test_evaluate_tags_agrees_with_annotations(tmp_path: Path):
    (tmp_path / "images").mkdir()
    Image.fromarray(data.astronaut()).save(tmp_path / "images" / "1.jpg", quality=92)
    annotations = {
        "images": [
            {"id": 1, "file_name": "1.jpg", "width": 512, "height": 512},
            {"id": 2, "file_name": "gone.jpg", "width": 512, "height": 512},
        ],
        "categories": [{"id": 1, "name": "person"}, {"id": 2, "name": "dog"}],
        "annotations": [
            {"id": 1, "image_id": 1, "category_id": 1, "bbox": [7, 2, 485, 508], "area": 2e5,
             "iscrowd": 0},
            {"id": 2, "image_id": 2, "category_id": 2, "bbox": [0, 0, 9, 9], "area": 81,
             "iscrowd": 0},
        ],
    }  # fmt: skip
    (tmp_path / "instances.json").write_text(json.dumps(annotations))
    done = ml("evaluate", "tags", "--data", tmp_path, "--json")
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert report["n"] == 1
    assert report["metrics"]["map"]["value"] > 0.3
    assert {"reference_map", "categories_macro_f1"} <= report["metrics"].keys()


def test_evaluate_says_what_is_missing(tmp_path: Path):
    done = ml("evaluate", "tags", "--data", tmp_path)
    assert done.returncode == 2
    assert "instances.json" in done.stderr
    assert "Traceback" not in done.stderr


def test_weights_list():
    done = ml("weights", "list")
    assert done.returncode == 0
    by_name = {line["name"]: line for line in lines(done)}
    assert by_name["yolo11n"]["path"]
    assert by_name["w600k_mbf"]["commercial_use"] is False
    assert ml("weights", "fetch", "nonsense").returncode == 2
