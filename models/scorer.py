"""The promise of a scorer: fit on what is known, then score error rows, each with its terms."""

from collections.abc import Callable, Sequence
from typing import NamedTuple, Protocol

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from offtrail.models.features import Features
from offtrail.models.finding import Term

GRAIN = 2.0**-20
"""Every term is a multiple of this, so that terms sum to the score exactly, in any order."""


class Scores(NamedTuple):
    """Scores of rows as the exact sums of their terms; ``explain`` says why, one term a name."""

    terms: NDArray[np.float64]  # rows x names, multiples of GRAIN
    names: tuple[str, ...]
    because: Callable[[int], Sequence[str]]  # row -> a sentence a term, with counts

    @property
    def values(self) -> NDArray[np.float64]:
        """One score a row: higher is odder."""
        total: NDArray[np.float64] = self.terms.sum(axis=1)
        return total

    def explain(self, row: int) -> tuple[Term, ...]:
        """The terms of one row, as a finding shows them; one without a sentence adds nothing."""
        said = zip(self.names, self.terms[row].tolist(), self.because(row), strict=True)
        return tuple(Term(*term) for term in said if term[2])


class Fitted(Protocol):
    """A scorer that has learned; asking changes nothing, and rows do not sway one another."""

    def score(self, rows: Features) -> Scores:
        """Scores of the rows, in their order."""
        ...


class Scorer(Protocol):
    """A way to score error edges; one file, and one row in models/catalogue.py."""

    @property
    def name(self) -> str: ...

    @property
    def history_days(self) -> int:
        """Days of activities before the scored window that ``fit`` wants; 0 for none."""
        ...

    def fit(self, features: Features, history: pa.Table) -> Fitted:
        """Learn from past error rows and from activities.

        ``features`` are rows that happened before anything that will be scored. ``history`` may
        reach into the scored window, for scorers that keep books of their own: they must use, for
        a row, nothing later than what their definition allows.
        """
        ...


def grained(columns: Sequence[NDArray[np.float64]]) -> NDArray[np.float64]:
    """Term columns side by side, rounded to GRAIN."""
    return np.round(np.stack(columns, axis=1) / GRAIN) * GRAIN
