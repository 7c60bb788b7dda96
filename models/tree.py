"""The tree: LightGBM on the learned inputs, bound so that a rarer call never scores lower."""

from collections.abc import Sequence

import lightgbm as lgb
import numpy as np
from numpy.typing import NDArray

from offtrail.models.config import Config

Array = NDArray[np.float32]


class Tree:
    """Boosted trees as log odds of an attack, with what each input adds to them."""

    def __init__(self, booster: lgb.Booster, names: Sequence[str]) -> None:
        self._booster, self.names = booster, tuple(names)

    def __call__(self, inputs: Array) -> NDArray[np.float64]:
        """Log odds of rows, shape [rows]."""
        if not len(inputs):
            return np.zeros(0)
        return np.asarray(self._booster.predict(inputs, raw_score=True, num_threads=1))

    def contributions(self, inputs: Array) -> NDArray[np.float64]:
        """What each input adds (TreeSHAP), shape [rows, names]; with a constant they sum to it."""
        return np.asarray(self._booster.predict(inputs, pred_contrib=True, num_threads=1))[:, :-1]

    def text(self) -> str:
        return str(self._booster.model_to_string())


def fit(
    inputs: Array,
    labels: Array,
    names: Sequence[str],
    directions: Sequence[int],
    config: Config,
) -> Tree:
    """Trees on examples; attacks and benign errors weigh the same in sum."""
    share = float(np.clip(labels.mean(), 1e-6, 1 - 1e-6))
    weights = np.where(labels > 0, (1 - share) / share, 1.0)
    parameters = {
        "objective": "binary",
        "learning_rate": config.tree_rate,
        "num_leaves": config.leaves,
        "min_data_in_leaf": 20,
        "feature_fraction": 0.5,
        "bagging_fraction": 0.8,
        "bagging_freq": 1,
        "lambda_l2": 5.0,
        "monotone_constraints": list(directions),
        "monotone_constraints_method": "advanced",
        "seed": config.seed,
        "deterministic": True,
        "force_row_wise": True,
        "num_threads": 1,
        "verbose": -1,
    }
    data = lgb.Dataset(inputs, labels, weight=weights)
    return Tree(lgb.train(parameters, data, config.trees), names)


def load(text: str, names: Sequence[str]) -> Tree:
    """The tree of a ``tree.txt``."""
    return Tree(lgb.Booster(model_str=text), names)
