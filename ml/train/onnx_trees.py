"""Writing gradient-boosted trees as ONNX: plain numbers, which nothing can be hidden in."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper
from sklearn.ensemble import HistGradientBoostingClassifier

_OPSETS = (("", 17), ("ai.onnx.ml", 3))
_IR = 8


Trees = Any  # HistGradientBoostingClassifier or -Regressor, which tell no types


def model(
    trees: HistGradientBoostingClassifier, features: Sequence[str], metadata: Mapping[str, str]
) -> onnx.ModelProto:
    """A network from (N, features) float32 "features" to (N, 1) "logit", for two classes.

    The names of the features stand in its metadata, joined by commas.
    """
    return models([trees], features, metadata, "logit")


def models(
    several: Sequence[Trees],
    features: Sequence[str],
    metadata: Mapping[str, str],
    output: str = "told",
) -> onnx.ModelProto:
    """A network of several ensembles, from (N, features) float32 "features" to (N, several): the
    logits of those for two classes, the values of the others.
    """
    attributes: dict[str, Any] = {
        "n_targets": len(several),
        "base_values": [float(np.ravel(trees._baseline_prediction)[0]) for trees in several],
        **_ensemble(several),
    }
    node = helper.make_node(
        "TreeEnsembleRegressor", ["features"], [output], domain="ai.onnx.ml", **attributes
    )
    shapes = [
        helper.make_tensor_value_info(name, TensorProto.FLOAT, ["n", width])
        for name, width in (("features", len(features)), (output, len(several)))
    ]
    graph = helper.make_graph([node], "trees", shapes[:1], shapes[1:])
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid(*o) for o in _OPSETS])
    made.ir_version = _IR
    helper.set_model_props(made, {"features": ",".join(features), **metadata})
    onnx.checker.check_model(made)
    return made


def _ensemble(several: Sequence[Trees]) -> dict[str, list[Any]]:
    table: dict[str, list[Any]] = {
        f"nodes_{name}": [] for name in ("treeids", "nodeids", "featureids", "values", "modes")
    }
    table |= {f"nodes_{name}nodeids": [] for name in ("true", "false")}
    table |= {f"target_{name}": [] for name in ("treeids", "nodeids", "ids", "weights")}
    all_of_them = [
        (target, tree) for target, trees in enumerate(several) for (tree,) in trees._predictors
    ]
    for number, (target, tree) in enumerate(all_of_them):
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
                table["target_ids"].append(target)
                table["target_weights"].append(float(node["value"]))
    return table


def _down(threshold: float) -> float:
    """The largest float32 up to a threshold: float32 features then take the same branch."""
    nearest = np.float32(threshold)
    return float(nearest if nearest <= threshold else np.nextafter(nearest, np.float32(-np.inf)))
