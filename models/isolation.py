"""Isolation forest on the as-of features: the usual unsupervised opponent."""

import numpy as np
import pyarrow as pa
from sklearn.ensemble import IsolationForest

from offtrail.models.features import Features
from offtrail.models.scorer import Fitted, Scores, grained

SEED = 7
FEW = 8  # past error rows below which there is nothing to isolate from


class Isolation:
    """sklearn's forest (Liu, Ting and Zhou 2008) of 100 trees over past error rows."""

    name = "isolation-forest"
    history_days = 0

    def fit(self, features: Features, history: pa.Table) -> Fitted:
        if len(features.rows) < FEW:
            return _Isolated(None)
        forest = IsolationForest(n_estimators=100, random_state=SEED, n_jobs=1)
        return _Isolated(forest.fit(features.scaled()))


class _Isolated:
    def __init__(self, forest: IsolationForest | None) -> None:
        self._forest = forest

    def score(self, rows: Features) -> Scores:
        depth = np.zeros(len(rows.rows))
        if self._forest is not None and len(rows.rows):
            depth = -self._forest.score_samples(rows.scaled()).astype(np.float64)
        because = "how few random cuts set the call apart from past errors"
        return Scores(grained([depth]), ("isolation",), lambda row: (because,))
