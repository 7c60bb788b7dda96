"""Elastic's CloudTrail jobs, re-implemented from public facts for a side-by-side.

Not checked against a running Elastic. City and country are stood in for by the source's /16 and /8
(no location data is shipped), error messages by distinct (API, code, reason, resource).
"""

import math
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterable
from itertools import accumulate

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from scipy.stats import nbinom

from offtrail.models.features import Features
from offtrail.models.rows import Row, rows
from offtrail.models.scorer import Fitted, Scores, grained
from offtrail.models.tallies import network_of

DECAY = 0.0005  # a bucket
HOURLY, QUARTER = 3600, 900  # bucket spans in seconds
Key = Callable[[Row], str]


def record_score(p: float) -> float:
    """Elastic's score of a probability: 0 above .05, then linear in 1/p, then in -ln p."""
    if p > 0.05:
        return 0.0
    if p > 1e-4:
        return (1 / p - 20) / (1e4 - 20)
    low, high = -math.log(1e-4), -math.log(1e-50)
    return 1 + 49 * min(1.0, (-math.log(max(p, 1e-300)) - low) / (high - low))


class Rare:
    """``rare by value`` in a partition: presence in buckets, a Dirichlet-multinomial each."""

    history_days = 30

    def __init__(self, name: str, value: Key, partition: Key) -> None:
        self.name, self._value, self._partition = name, value, partition

    def fit(self, features: Features, history: pa.Table) -> Fitted:
        present: dict[str, dict[int, set[str]]] = defaultdict(lambda: defaultdict(set))
        for row in rows(history):
            value = self._value(row)
            if value:
                present[self._partition(row)][row.second // HOURLY].add(value)
        return _Looked(
            {
                (name, bucket, value): record_score(p)
                for name, buckets in present.items()
                for bucket, value, p in _rare(buckets)
            },
            lambda row: (self._partition(row), row.second // HOURLY, self._value(row)),
            self.name,
        )


def _rare(buckets: dict[int, set[str]]) -> Iterable[tuple[int, str, float]]:
    """Probability of all values at most as likely, of each value in each bucket, in time."""
    weights: dict[str, float] = {}
    last = None
    for bucket in sorted(buckets):
        fade = math.exp(-DECAY * (bucket - last)) if last is not None else 1.0
        weights = {value: weight * fade for value, weight in weights.items()}
        for value in buckets[bucket]:
            weights[value] = weights.get(value, 0.0) + 1.0
        last = bucket
        ordered = sorted(weights.values())
        below = [0.0, *accumulate(ordered)]
        for value in sorted(buckets[bucket]):
            at = bisect_right(ordered, weights[value] * (1 + 1e-9))
            yield bucket, value, below[at] / below[-1]


class HighDistinct:
    """``high_distinct_count(error_message)`` in 15 minutes: the tail of a Gamma-Poisson."""

    name = "elastic-distinct-messages"
    history_days = 30

    def fit(self, features: Features, history: pa.Table) -> Fitted:
        failed = history.filter(pc.not_equal(history.column("code"), ""))
        columns = ("first", "api", "code", "reason", "resource")
        distinct: dict[int, set[tuple[str, ...]]] = defaultdict(set)
        for first, *message in zip(
            *(failed.column(name).to_pylist() for name in columns), strict=True
        ):
            distinct[first // QUARTER].add(tuple(message))
        scores = {("", bucket, ""): record_score(p) for bucket, p in _high(distinct)}
        return _Looked(scores, lambda row: ("", row.second // QUARTER, ""), self.name)


def _high(distinct: dict[int, set[tuple[str, ...]]]) -> Iterable[tuple[int, float]]:
    total, seen, last = 0.0, 0.0, min(distinct, default=0)
    for bucket in sorted(distinct):
        fade = math.exp(-DECAY * (bucket - last))
        total, seen = total * fade, seen * fade + (bucket - last)
        count = len(distinct[bucket])
        yield bucket, float(nbinom.sf(count - 1, total + 0.5, (seen + 0.5) / (seen + 1.5)))
        total, last = total + count, bucket


class _Looked:
    """Scores looked up by partition, bucket and value; 0 for what the history does not hold."""

    def __init__(
        self,
        scores: dict[tuple[str, int, str], float],
        key: Callable[[Row], tuple[str, int, str]],
        name: str,
    ) -> None:
        self._scores, self._key, self._name = scores, key, name

    def score(self, rows: Features) -> Scores:
        found = [self._scores.get(self._key(row), 0.0) for row in rows.rows]
        because = f"the record score of {self._name} in the call's bucket"
        return Scores(grained([np.array(found)]), (self._name,), lambda row: (because,))


def _code(row: Row) -> str:
    return row.code


def _api(row: Row) -> str:
    return row.api


def _country(row: Row) -> str:
    return network_of(row.source).split(".")[0]


JOBS = (
    Rare("elastic-rare-code", _code, lambda row: ""),
    Rare("elastic-rare-method-user", _api, lambda row: row.principal),
    Rare("elastic-rare-method-city", _api, lambda row: network_of(row.source)),
    Rare("elastic-rare-method-country", _api, _country),
    HighDistinct(),
)
