"""The second pass: an error edge hears what else its episode tried, and can only rise by it."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from offtrail.models.episodes import grouped
from offtrail.models.finding import Edge
from offtrail.models.rows import Row
from offtrail.models.scorer import Scores, grained

LEARNED = ("tree", "network")  # terms that are heard; counts are no news to a neighbour
MOST = 3  # other errors heard, the strongest
LEAST = 0.01  # a lift that can be told
NAME = "company"


def heard(rows: Sequence[Row], scores: Scores) -> Scores:
    """Scores with the term ``company``; those without a learned term come back as they are.

    With g1 >= g2 >= ... the gaps by which the learned terms of an episode's other distinct (API,
    code) lie above an edge's own, it is lifted by the highest of g1 / 2, (g1 + g2) / 3 and so on
    up to MOST others, and never lowered. So no further error, however harmless, takes a lift away.
    Only others that look like an attack themselves, above 0, are heard.
    """
    at = [i for i, name in enumerate(scores.names) if name in LEARNED]
    if not at:
        return scores
    own = scores.terms[:, at].sum(axis=1)
    lift, said = np.zeros(len(rows)), [""] * len(rows)
    for places in grouped((row.second, row.principal, row.source) for row in rows).values():
        _episode(rows, places, own, lift, said)
    terms = np.concatenate([scores.terms, grained([lift])], axis=1)
    return Scores(terms, (*scores.names, NAME), lambda row: (*scores.because(row), said[row]))


def _episode(
    rows: Sequence[Row],
    places: Sequence[int],
    own: NDArray[np.float64],
    lift: NDArray[np.float64],
    said: list[str],
) -> None:
    """Fill in the lift of each row of an episode, and its sentence; none where there is none."""
    best: dict[Edge, float] = {}
    for at in places:
        edge = rows[at].api, rows[at].code
        best[edge] = max(best.get(edge, -np.inf), own[at])
    suspicious = [edge for edge in best if best[edge] > 0]
    strongest = sorted(suspicious, key=lambda edge: (-best[edge], edge))[: MOST + 1]
    for at in places:
        loud = [edge for edge in strongest if edge != (rows[at].api, rows[at].code)][:MOST]
        gaps = np.cumsum([best[edge] - own[at] for edge in loud])
        means = gaps / np.arange(2, len(gaps) + 2)
        if not loud or means.max() < LEAST:
            continue
        lift[at] = means.max()
        named = [(edge[0], best[edge]) for edge in loud[: int(means.argmax()) + 1]]
        said[at] = _sentence(len(best) - 1, named, own[at])


def _sentence(others: int, loud: Sequence[tuple[str, float]], own: float) -> str:
    """Why an edge was lifted, and by which of the others."""
    names = ", ".join(f"{api.removeprefix('api:')} ({value:+.2f})" for api, value in loud)
    many = f"{others} other error{'s' * (others > 1)} in the episode"
    return f"{many}: tree and network give {names}, and this one {own:+.2f}"
