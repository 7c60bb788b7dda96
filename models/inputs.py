"""What the learned parts see of an error row: chosen as-of features, and the API's meaning."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from offtrail.models.features import AT, FEATURES, Features
from offtrail.models.knowledge import DIMENSIONS, Knowledge
from offtrail.models.operations import VERB_CLASSES, canonical, verb_class
from offtrail.models.rows import Row

CHOSEN = (
    "denied",
    "not_found",
    "api_callers",
    "api_share",
    "api_failers",
    "api_refused",
    "api_error_share",
    "service_share",
    "code_principals",
    "pair_called",
    "pair_failed",
    "pair_hours",
    "code_met",
    "service_called",
    "service_pair_hours",
    "principal_apis",
    "principal_failing",
    "principal_error_share",
    "burst",
    "burst_denied",
    "surprise",
)
"""Picked on one background's history scored by the other's: ages and totals drift, and cost more
than they tell. Identity types are left out, so that a role is judged by what it does."""

COLUMNS = tuple(AT[name] for name in CHOSEN)
MEANING = (*(f"verb {verb}" for verb in VERB_CLASSES), *(f"meaning {i}" for i in range(DIMENSIONS)))


def names(meaning: bool) -> tuple[str, ...]:
    """The columns of ``matrix``, in order."""
    return CHOSEN + (MEANING if meaning else ())


def directions(meaning: bool) -> list[int]:
    """What a higher value does to the score: +1 raises, -1 lowers, 0 may do either."""
    return [FEATURES[at].direction for at in COLUMNS] + [0] * (len(MEANING) if meaning else 0)


def matrix(features: Features, known: Knowledge | None) -> NDArray[np.float32]:
    """Inputs of rows, shape [rows, names]; without knowledge an API is its counts alone."""
    counts = features.scaled()[:, COLUMNS]
    if known is None:
        return counts
    return np.concatenate([counts, verbs(features.rows), meaning(features.rows, known)], axis=1)


def verbs(rows: Sequence[Row]) -> NDArray[np.float32]:
    """Which class of verb each row's API is, one-hot, shape [rows, 5]."""
    found = [VERB_CLASSES.index(verb_class(canonical(row.api)[1])) for row in rows]
    return np.eye(len(VERB_CLASSES), dtype=np.float32)[found].reshape(-1, len(VERB_CLASSES))


def meaning(rows: Sequence[Row], known: Knowledge) -> NDArray[np.float32]:
    """Coordinates of each row's API, shape [rows, 32]."""
    return known.matrix([row.api for row in rows])
