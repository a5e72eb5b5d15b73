"""Writing gradient-boosted trees as ONNX: plain numbers, which nothing can be hidden in."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper
from sklearn.ensemble import HistGradientBoostingClassifier

_OPSETS = (("", 17), ("ai.onnx.ml", 3))
_IR = 8


def model(
    trees: HistGradientBoostingClassifier, features: Sequence[str], metadata: Mapping[str, str]
) -> onnx.ModelProto:
    """A network from (N, features) float32 "features" to (N, 1) "logit", for two classes.

    The names of the features stand in its metadata, joined by commas.
    """
    attributes: dict[str, Any] = {
        "n_targets": 1,
        "base_values": [float(trees._baseline_prediction.item())],
        **_ensemble(trees),
    }
    node = helper.make_node(
        "TreeEnsembleRegressor", ["features"], ["logit"], domain="ai.onnx.ml", **attributes
    )
    shapes = [
        helper.make_tensor_value_info(name, TensorProto.FLOAT, ["n", width])
        for name, width in (("features", len(features)), ("logit", 1))
    ]
    graph = helper.make_graph([node], "trees", shapes[:1], shapes[1:])
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid(*o) for o in _OPSETS])
    made.ir_version = _IR
    helper.set_model_props(made, {"features": ",".join(features), **metadata})
    onnx.checker.check_model(made)
    return made


def _ensemble(trees: HistGradientBoostingClassifier) -> dict[str, list[Any]]:
    table: dict[str, list[Any]] = {
        f"nodes_{name}": [] for name in ("treeids", "nodeids", "featureids", "values", "modes")
    }
    table |= {f"nodes_{name}nodeids": [] for name in ("true", "false")}
    table |= {f"target_{name}": [] for name in ("treeids", "nodeids", "ids", "weights")}
    for number, (tree,) in enumerate(trees._predictors):
        for place, node in enumerate(tree.nodes):
            leaf = bool(node["is_leaf"])
            table["nodes_treeids"].append(number)
            table["nodes_nodeids"].append(place)
            table["nodes_featureids"].append(0 if leaf else int(node["feature_idx"]))
            table["nodes_values"].append(0.0 if leaf else _down(node["num_threshold"]))
            table["nodes_modes"].append("LEAF" if leaf else "BRANCH_LEQ")
            table["nodes_truenodeids"].append(0 if leaf else int(node["left"]))
            table["nodes_falsenodeids"].append(0 if leaf else int(node["right"]))
            if leaf:
                table["target_treeids"].append(number)
                table["target_nodeids"].append(place)
                table["target_ids"].append(0)
                table["target_weights"].append(float(node["value"]))
    return table


def _down(threshold: float) -> float:
    """The largest float32 up to a threshold: float32 features then take the same branch."""
    nearest = np.float32(threshold)
    return float(nearest if nearest <= threshold else np.nextafter(nearest, np.float32(-np.inf)))
