"""What a user would wire together, as a contender in the environment with torch.

ultralytics predict, facenet-pytorch's MTCNN with its defaults, InceptionResnetV1 on the face that
MTCNN gives; each opens the file itself. The weights of InceptionResnetV1 are left at random: the
time is the same. `python -m ml.benchmarks.naive PHOTO...` with NAIVE_YOLO naming the checkpoint.
"""

import os
from functools import cache
from importlib.metadata import version
from typing import Any

from PIL import Image

from ml.benchmarks.contender import Stopwatch, serve


@cache
def _networks() -> tuple[Any, Any, Any]:
    from facenet_pytorch import MTCNN, InceptionResnetV1
    from ultralytics import YOLO

    return YOLO(os.environ["NAIVE_YOLO"]), MTCNN(), InceptionResnetV1(pretrained=None).eval()


def work(paths: list[str], watch: Stopwatch) -> dict[str, Any]:
    """Run the three networks over every photo."""
    import torch

    yolo, mtcnn, resnet = _networks()
    with torch.inference_mode():
        for path in paths:
            watch.time("yolo", yolo.predict, path, verbose=False)
            face = watch.time("mtcnn", _detect, mtcnn, path)
            if face is not None:
                watch.time("resnet", resnet, face[None])
    packages = ("torch", "ultralytics", "facenet-pytorch")
    return {"versions": {package: version(package) for package in packages}}


def _detect(mtcnn: Any, path: str) -> Any:
    with Image.open(path) as image:
        return mtcnn(image.convert("RGB"))


if __name__ == "__main__":
    serve(work)
