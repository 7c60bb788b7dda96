"""The sentences behind the learned terms: what the tree weighed, and what the API resembles."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from offtrail.models.features import AT, FEATURES, Features
from offtrail.models.inputs import CHOSEN
from offtrail.models.scorer import Scores

if TYPE_CHECKING:
    from offtrail.models.fusion import Model

MOST = 3  # features named in a sentence
LIKE = 3  # attack APIs named in a sentence


def of(
    model: "Model", rows: Features, seen: NDArray[np.float32], base: Scores, row: int
) -> Sequence[str]:
    """One sentence a term, in the order of the terms."""
    said = list(base.because(row)) if model.config.counts else []
    if model.tree is not None:
        said.append(_tree(model, rows, seen, row))
    if model.network is not None:
        said.append(_network(model, rows, row))
    return said


def _tree(model: "Model", rows: Features, seen: NDArray[np.float32], row: int) -> str:
    """The features that moved the trees most, with their values and directions."""
    assert model.tree is not None  # noqa: S101 - the caller looked
    added = model.tree.contributions(seen[row : row + 1])[0]
    told = [(i, added[i]) for i in range(len(CHOSEN))]
    strongest = sorted(told, key=lambda pair: -abs(pair[1]))[:MOST]
    parts = [f"{_feature(rows, row, CHOSEN[i])} ({value:+.2f})" for i, value in strongest]
    rest = float(added[len(CHOSEN) :].sum())
    if len(added) > len(CHOSEN):
        parts.append(f"what the API does ({rest:+.2f})")
    return "boosted trees weigh, in log odds: " + "; ".join(parts)


def _feature(rows: Features, row: int, name: str) -> str:
    feature, value = FEATURES[AT[name]], float(rows.matrix[row, AT[name]])
    if feature.form == "flag":
        return feature.says if value else f"not: {feature.says}"
    return f"{feature.says}: {value:.3g}"


def _network(model: "Model", rows: Features, row: int) -> str:
    """The catalogue's attack APIs nearest in meaning, each with its data set."""
    api = rows.rows[row].api
    shown = {call.api: call.dataset for call in model.attacks}
    near = model.known.nearest(api, LIKE, sorted(shown))
    if not near or not model.config.knowledge:
        return "networks weigh the counts together"
    names = ", ".join(
        f"{found.api.removeprefix('api:')} ({found.similarity:.2f}, {shown[found.api]})"
        for found in near
    )
    return f"networks weigh the counts with what the API does; attack calls nearest to it: {names}"
