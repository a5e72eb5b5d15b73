"""The one table of stages: adding a stage is one module and one line."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache

from ml import engine, scene
from ml.faces import detect, embed
from ml.image import Picture
from ml.pixelation.detector import METHODS, Method
from ml.results import Result
from ml.stages import (
    authenticity,
    damage,
    distortion,
    faces,
    light,
    pixelation,
    rotation,
    tags,
    yolo_weights,
)
from ml.weights.manifest import entry
from ml.weights.store import sha256

VIEW_SIDE = 1600  # px; one decode of this side serves every stage


@dataclass(frozen=True, slots=True)
class Stage:
    """A step of the analysis: what it needs to have run, what it adds to a result, which networks
    it is made of, by which methods it can be done, the usual one last.

    `run` takes such a method after picture and result; it raises WeightsError when its model is
    missing and ImageError when the photo turns out damaged.
    """

    name: str
    needs: tuple[str, ...]
    run: Callable[..., Result]
    networks: Callable[[], tuple[tuple[str, str], ...]]  # names and sha256 of the weights
    methods: tuple[str, ...] = ()


def _distortion(picture: Picture, result: Result) -> Result:
    found = distortion.find_distortion(picture)
    return replace(result, findings=(result.findings or ()) + found)


def _pixelation(picture: Picture, result: Result, method: Method = "cascade") -> Result:
    found = pixelation.find_pixelation(picture, method)
    return replace(result, findings=(result.findings or ()) + found)


def _damage(picture: Picture, result: Result) -> Result:
    found = damage.find_damage(picture)
    return replace(result, findings=(result.findings or ()) + found)


def _light(picture: Picture, result: Result) -> Result:
    found = light.find_light(picture)
    return replace(result, findings=(result.findings or ()) + found)


def _rotation(picture: Picture, result: Result) -> Result:
    found = rotation.find_rotation(picture)
    return replace(result, findings=(result.findings or ()) + found)


def _authenticity(picture: Picture, result: Result) -> Result:
    return replace(result, authenticity=authenticity.judge_authenticity(picture))


def _tags(picture: Picture, result: Result) -> Result:
    return replace(result, tags=tags.find_tags(picture.view(tags.SIDE), picture.size))


def _faces(picture: Picture, result: Result) -> Result:
    found, missing = faces.find_faces(picture, VIEW_SIDE)
    told = result.missing | ({"embedding": missing} if missing else {})
    return replace(result, faces=found, missing=told)


@lru_cache(maxsize=2)
def _scene_head(_threads: int) -> scene.SceneHead:
    return scene.SceneHead()


def _categories(picture: Picture, result: Result) -> Result:
    head = _scene_head(engine.threads())
    view = picture.view(scene.SIDE * 2)
    found, vector = head.predict(view, result.tags or (), result.faces or (), picture.size)
    return replace(result, categories=found, embedding=vector)


def _tag_networks() -> tuple[tuple[str, str], ...]:
    return ((yolo_weights.network_name(), sha256(yolo_weights.locate())),)


def _face_networks() -> tuple[tuple[str, str], ...]:
    return tuple((name, entry(name).sha256) for name in (detect.NETWORK, embed.chosen().name))


def _manifest_networks(*names: str) -> Callable[[], tuple[tuple[str, str], ...]]:
    return lambda: tuple((name, entry(name).sha256) for name in names)


STAGES: dict[str, Stage] = {
    stage.name: stage
    for stage in (
        Stage("distortion", (), _distortion, distortion.networks),
        Stage("pixelation", (), _pixelation, pixelation.networks, METHODS),
        Stage("damage", (), _damage, damage.networks),
        Stage("light", (), _light, light.networks),
        Stage("rotation", (), _rotation, rotation.networks),
        Stage("tags", (), _tags, _tag_networks),
        Stage("faces", (), _faces, _face_networks),
        Stage("authenticity", (), _authenticity, authenticity.networks),
        Stage("categories", ("tags", "faces"), _categories, _manifest_networks("scene")),
    )
}

# Named in the command line's contract, each the work of a later version.
PLANNED: tuple[str, ...] = ()
