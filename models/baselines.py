"""Plain opponents read off the as-of features: first seen, B3, peer frequency, burst, random."""

import hashlib
import re
from collections.abc import Callable

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from offtrail.models.features import AT, Features
from offtrail.models.scorer import Fitted, Scorer, Scores, grained

Column = NDArray[np.float64]
Say = Callable[[Features, int], str]


class Read:
    """A scorer whose terms are fixed functions of the features: nothing to learn."""

    def __init__(self, name: str, *terms: tuple[str, Callable[[Features], Column], Say]) -> None:
        self.name = name
        self.history_days = 0
        self._terms = terms

    def fit(self, features: Features, history: pa.Table) -> Fitted:
        return self

    def score(self, rows: Features) -> Scores:
        columns = [value(rows) for _, value, _ in self._terms]
        names = tuple(name for name, _, _ in self._terms)
        return Scores(grained(columns), names, lambda row: self._because(rows, row))

    def _because(self, rows: Features, row: int) -> list[str]:
        return [say(rows, row) for _, _, say in self._terms]


class Weighted:
    """The weighted sum of two scorers, term by term."""

    def __init__(self, name: str, base: Scorer, added: Scorer, weight: float) -> None:
        self.name = name
        self.history_days = max(base.history_days, added.history_days)
        self._parts, self._weight = (base, added), weight

    def fit(self, features: Features, history: pa.Table) -> Fitted:
        base, added = (part.fit(features, history) for part in self._parts)
        return _WeightedFitted(base, added, self._weight)


class _WeightedFitted:
    def __init__(self, base: Fitted, added: Fitted, weight: float) -> None:
        self._base, self._added, self._weight = base, added, weight

    def score(self, rows: Features) -> Scores:
        base, added = self._base.score(rows), self._added.score(rows)
        terms = grained([*base.terms.T, *(self._weight * added.terms.T)])
        return Scores(
            terms,
            (*base.names, *added.names),
            lambda row: [*base.because(row), *added.because(row)],
        )


def _unless(column: str) -> Callable[[Features], Column]:
    return lambda rows: np.where(rows.column(column) > 0, 0.0, 1.0)


def _known(rows: Features, row: int, column: str) -> str:
    return f"{rows.matrix[row, AT[column]]:g}"


FIRST_SEEN = Read(
    "first-seen",
    (
        "pair",
        _unless("pair_hours"),
        lambda rows, row: f"the principal called it in {_known(rows, row, 'pair_hours')} hours",
    ),
    (
        "api",
        _unless("api_hours"),
        lambda rows, row: f"anybody called it in {_known(rows, row, 'api_hours')} hours",
    ),
    (
        "code",
        _unless("code_met"),
        lambda rows, row: (
            f"the principal met {rows.rows[row].code} before"
            if rows.matrix[row, AT["code_met"]]
            else f"the principal never met {rows.rows[row].code} before"
        ),
    ),
)

B3 = Read(
    "B3",
    (
        "surprise",
        lambda rows: rows.column("surprise"),
        lambda rows, row: (
            f"an API this surprising (e^-{_known(rows, row, 'surprise')}) for the principal, "
            "backed off to its services and the account"
        ),
    ),
)

PEERS = Read(
    "peer-frequency",
    (
        "peers",
        lambda rows: 1.0 - rows.column("api_kind_share"),
        lambda rows, row: (
            f"{_known(rows, row, 'api_kind_share')} of the principals of its kind call the API"
        ),
    ),
)

BURST = Read(
    "burst",
    (
        "burst",
        lambda rows: np.log1p(rows.column("burst")),
        lambda rows, row: (
            f"{_known(rows, row, 'burst')} other distinct errors of the principal in the last hour"
        ),
    ),
)

ACCOUNT = re.compile(r"\d{12}")


def _drawn(rows: Features) -> Column:
    """One draw an error edge, the same under any account number."""
    keys = (ACCOUNT.sub("", f"{row.principal} {row.api} {row.code}") for row in rows.rows)
    drawn = [hashlib.blake2b(key.encode(), digest_size=6).digest() for key in keys]
    return np.array([int.from_bytes(draw) / 2**48 for draw in drawn], dtype=np.float64)


RANDOM = Read("random", ("draw", _drawn, lambda rows, row: "a draw, the same for the same edge"))
