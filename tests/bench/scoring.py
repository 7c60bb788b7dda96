"""What scoring costs: an error edge, and a new hour on stores of different sizes."""

import tempfile
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import NamedTuple

from offtrail.graph.open import open_store
from offtrail.graph.store import GraphStore
from offtrail.graph.window import ALWAYS, Window
from offtrail.models.asof import features
from offtrail.models.counts import Counts
from offtrail.models.rows import errors
from offtrail.models.rows import rows as rows_of
from offtrail.models.score import score
from tests.bench.row import Row
from tests.bench.shape import EDGES_A_ROW, HOURS, START, Shape, batches

FULL, QUICK = (100_000, 1_000_000, 5_000_000), (20_000, 60_000)
NEW_HOUR = 7_000  # hourly edges of the hour that comes in, the same on every store
PRINCIPALS = 6_000
NOW = (START + HOURS + 48) * 3600


class Costs(NamedTuple):
    """CPU seconds of the first scoring of all, and of one new hour after it."""

    first: float
    hour: float


def rows(quick: bool = False) -> Iterator[Row]:
    """Scoring rates, and the curve of a new hour's cost."""
    sizes = QUICK if quick else FULL
    smallest: Costs | None = None
    for size in sizes:
        with tempfile.TemporaryDirectory() as folder:
            store = filled(Path(folder), size)
            if smallest is None:
                yield from rates(store)
            costs = incremental(store)
            store.close()
        name = f"{size / 1e6:g}M edges"
        yield Row(
            "scoring",
            f"all of {name} the first time",
            size / EDGES_A_ROW / costs.first,
            "activities/CPU-s",
        )
        against = smallest or costs
        yield Row(
            "scoring",
            f"a new hour of {NEW_HOUR:,} edges on {name}",
            costs.hour,
            "CPU-s",
            costs.hour / against.hour if smallest else None,
            f"that on {sizes[0] / 1e6:g}M",
        )
        smallest = against


def filled(folder: Path, size: int) -> GraphStore:
    """A store of about so many hourly edges."""
    store = open_store(f"sqlite:///{folder / 'bench.db'}")
    for part in batches(Shape(size, PRINCIPALS), hours=24):
        store.write(part)
    return store


def rates(store: GraphStore) -> Iterator[Row]:
    """Features of error edges, and the scores of those that exist."""
    activities = store.activities(ALWAYS)
    asked = rows_of(errors(activities))
    begun = time.process_time()
    known = features(activities, asked)
    spent = time.process_time() - begun
    rate = len(activities) / spent
    yield Row("scoring", "as-of state and features", rate, "activities/CPU-s")
    begun = time.process_time()
    scores = Counts().score(known)
    for row in range(len(asked)):
        scores.explain(row)
    spent = time.process_time() - begun
    yield Row("scoring", "H with its terms, features given", len(asked) / spent, "errors/CPU-s")


def incremental(store: GraphStore) -> Costs:
    """Score all, let an hour come in, score again."""
    everything = Window(0, NOW)
    first = cpu(partial(score, store, everything, (START + HOURS) * 3600))
    for part in batches(Shape(NEW_HOUR * HOURS, PRINCIPALS), HOURS, HOURS + 1):
        store.write(part)
    return Costs(first, cpu(partial(score, store, everything, NOW)))


def cpu(work: "partial[object]") -> float:
    """CPU seconds that a call takes."""
    begun = time.process_time()
    work()
    return time.process_time() - begun
