"""The sentences behind the learned terms: what the tree weighed, and what the API resembles."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from offtrail.models.features import AT, FEATURES, Features
from offtrail.models.fusion import clipped
from offtrail.models.inputs import CHOSEN
from offtrail.models.scorer import Scores

if TYPE_CHECKING:
    from offtrail.models.fusion import Model

MOST = 3  # features named in a sentence
LIKE = 3  # attack APIs named in a sentence
ABSENT = {
    "denied": "the call was not denied",
    "not_found": "the error is not that the target is missing",
    "pair_called": "the principal had not called the API with success before",
    "pair_failed": "the principal had not failed at the API before",
    "code_met": "the principal had not met the code before, at any API",
    "service_called": "the principal had not used the service with success before",
}
"""What a flag says where it is not set; a row for each flag of CHOSEN."""


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
    """The features that moved the term most, in parts that add up to its value as printed."""
    assert model.tree is not None  # noqa: S101 - the caller looked
    added = model.tree.contributions(seen[row : row + 1])[0]
    odds = float(model.tree(seen[row : row + 1])[0])
    value = float(clipped(np.array([odds]), model.config)[0])
    added = added * (value / odds if odds else model.config.weight)
    strongest = sorted(range(len(CHOSEN)), key=lambda i: -abs(added[i]))[:MOST]
    parts = [(_feature(rows, row, CHOSEN[i]), round(float(added[i]), 2)) for i in strongest]
    if len(added) > len(CHOSEN):
        parts.append(("what the API does", round(float(added[len(CHOSEN) :].sum()), 2)))
    parts.append(("all else", round(value, 2) - sum(part for _, part in parts)))
    told = "; ".join(f"{said} ({part:+.2f})" for said, part in parts)
    return f"boosted trees, by what they learned of attacks: {told}"


def _feature(rows: Features, row: int, name: str) -> str:
    feature, value = FEATURES[AT[name]], float(rows.matrix[row, AT[name]])
    if feature.form == "flag":
        return feature.says if value else ABSENT[name]
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
