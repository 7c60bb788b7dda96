"""Every scorer there is, one row each: the product's own and its opponents."""

from typing import NamedTuple

from offtrail.models import baselines, elastic
from offtrail.models.counts import Counts
from offtrail.models.fused import Fused
from offtrail.models.isolation import Isolation
from offtrail.models.scorer import Scorer


class Entry(NamedTuple):
    """A scorer and what it is, as reports print it."""

    scorer: Scorer
    says: str


CATALOGUE: tuple[Entry, ...] = (
    Entry(Counts(), "denied, rare API, never called: the anchor"),
    Entry(Fused(), "H and the clipped log odds of trees and of networks"),
    Entry(baselines.Weighted("H+B3", Counts(), baselines.B3, 0.1), "H + .1 B3"),
    Entry(baselines.B3, "back-off conditional surprise of the API given the principal"),
    Entry(baselines.FIRST_SEEN, "first seen: pair, API, code"),
    Entry(baselines.PEERS, "share of principals of its kind that call the API"),
    Entry(baselines.BURST, "other distinct errors of the principal in the last hour"),
    Entry(elastic.JOBS[0], "Elastic-like rare by error_code"),
    Entry(elastic.JOBS[1], "Elastic-like rare by method a user"),
    Entry(elastic.JOBS[2], "Elastic-like rare by method a city (/16 of the source)"),
    Entry(elastic.JOBS[3], "Elastic-like rare by method a country (/8 of the source)"),
    Entry(elastic.JOBS[4], "Elastic-like high_distinct_count of error messages"),
    Entry(Isolation(), "isolation forest on the as-of features"),
    Entry(baselines.RANDOM, "a draw an edge: the floor"),
)
