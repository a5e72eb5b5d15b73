"""What needs torch: training begins where ImageNet ended, its export agrees with ONNX Runtime, and
other networks of ultralytics are exported when they are chosen.
"""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from skimage import data

from ml import weights

pytestmark = pytest.mark.torch

TOLERANCE = 0.02  # of a logit: the committed weights are stored as float16


@pytest.fixture(scope="module")
def photos() -> np.ndarray:
    rng = np.random.default_rng(0)
    coarse = rng.integers(0, 255, (3, 16, 20, 3), dtype=np.uint8)
    return coarse.repeat(16, axis=1).repeat(16, axis=2)


# The newer exporter needs a further package and gives the same graph.
@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore:Constant folding")
def test_the_export_says_what_torch_says(tmp_path: Path, photos: np.ndarray) -> None:
    import onnxruntime
    import torch

    from ml.train import scene_network

    torch.manual_seed(0)
    network = scene_network.begin(weights.fetch("efficientnet_lite0")).eval()
    file = tmp_path / "scene.onnx"
    scene_network.export(network, file, {"origin": "test"})
    with torch.no_grad():
        logits, embeddings = network(scene_network.tensor(list(photos)))
    session = onnxruntime.InferenceSession(file, providers=["CPUExecutionProvider"])
    fed = {session.get_inputs()[0].name: scene_network.tensor(list(photos)).numpy()}
    got_logits, got_embeddings = session.run(None, fed)
    assert np.abs(got_logits - logits.numpy()).max() < TOLERANCE
    assert (got_embeddings * embeddings.numpy()).sum(axis=1).min() > 0.999


def test_a_checkpoint_is_exported_once_and_finds_objects(tmp_path: Path) -> None:
    photo = tmp_path / "cat.png"
    Image.fromarray(data.chelsea()).save(photo)
    environment = os.environ | {"PROOFSHEET_YOLO": str(weights.fetch("yolo26n"))}
    command = [sys.executable, "-m", "ml", "analyse", str(photo), "--json", "--stages", "tags"]
    done = subprocess.run(
        command, env=environment, capture_output=True, text=True, timeout=600, check=False
    )
    assert done.returncode == 0, done.stderr
    assert '"cat"' in done.stdout
