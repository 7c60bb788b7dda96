"""Training on a month of a large organisation: CPU seconds, peak memory, and scoring after it.

It is the product's own way: history out of the store, the fusion learned from all but the last
fifth, judged by the gate on that. Each size is a process of its own, so that its peak is its own.
"""

import multiprocessing
import resource
import tempfile
import time
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa

from offtrail.graph.open import open_store
from offtrail.ingest.activity import Partial
from offtrail.models import fusion, gate, retrain
from offtrail.models.asof import features
from offtrail.models.calls import catalogue
from offtrail.models.config import Config
from offtrail.models.knowledge import knowledge
from tests.bench.row import Row
from tests.bench.shape import EDGES_A_ROW, HOURS, START, Shape, batches

EVENTS, PRINCIPALS = (100_000, 1_000_000), 6_000
QUICK = (20_000,)
ASKED = 5_000  # error edges that are scored
TAIL = Config().tail
END = (START + HOURS) * 3600


class Cost(NamedTuple):
    """CPU seconds of each step of training, peak memory, error edges scored a CPU-second."""

    read: float
    fit: float
    gate: float
    peak: int  # MiB, of the whole process
    scored: float
    explained: float
    principals: int

    @property
    def whole(self) -> float:
        return self.read + self.fit + self.gate


def rows(quick: bool = False) -> Iterator[Row]:
    """Training and scoring at each size; the ratio is to the smallest."""
    smallest: Cost | None = None
    for events in QUICK if quick else EVENTS:
        with tempfile.TemporaryDirectory() as folder:
            fill(Path(folder), events)
            with multiprocessing.get_context("spawn").Pool(1) as process:
                cost = process.apply(train, (folder,))
        smallest = smallest or cost
        name = f"{events / 1e6:g}M events, {cost.principals:,} principals"
        yield _row(name + ": training", cost.whole, "CPU-s", smallest.whole, smallest is cost)
        for step in ("read", "fit", "gate"):
            yield Row("training", f"{name}: {step}", getattr(cost, step), "CPU-s")
        yield Row("training", f"{name}: peak memory", cost.peak, "MiB")
        yield Row("training", f"{name}: scores, features given", cost.scored, "errors/CPU-s")
        yield Row("training", f"{name}: with their reasons", cost.explained, "errors/CPU-s")


def _row(what: str, value: float, unit: str, least: float, first: bool) -> Row:
    return Row("training", what, value, unit, None if first else value / least, "the smallest")


def fill(folder: Path, events: int) -> None:
    """A month of a store, each activity one event, on operations that AWS really has."""
    store = open_store(f"sqlite:///{folder / 'bench.db'}")
    names = knowledge().apis
    for batch in batches(Shape(round(events * EDGES_A_ROW), PRINCIPALS), hours=24):
        store.write(Partial(real(batch.activities, names), batch.facts))
    store.close()


def real(activities: pa.Table, names: tuple[str, ...]) -> pa.Table:
    """The table with each made-up operation given the name of a real one, spread over services."""
    at = activities.schema.get_field_index("api")
    made = activities.column(at).combine_chunks().dictionary_encode()
    told = [
        names[int(name.rpartition("Operation")[2]) * 7919 % len(names)]
        for name in made.dictionary.to_pylist()
    ]
    named = pa.array(told).take(made.indices)
    return activities.set_column(at, activities.schema.field(at), named)


def train(folder: str) -> Cost:
    """Train on the store of a folder, then score; run in a process of its own."""
    store = open_store(f"sqlite:///{Path(folder) / 'bench.db'}")
    config, calls = Config(), catalogue()
    marks = [time.process_time()]
    asked = retrain.task(store, END, HOURS // 24)
    marks.append(time.process_time())
    past = [row for row in asked.history if row.second < asked.cut]
    model = fusion.fit(past, calls, config)
    marks.append(time.process_time())
    gate.judge(asked.history, asked.cut, calls, model, None, config.seed)
    marks.append(time.process_time())
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10
    scored, explained = rates(model, asked)
    read, fit, judged = (b - a for a, b in pairwise(marks))
    principals = len({row.principal for row in asked.history})
    return Cost(read, fit, judged, peak, scored, explained, principals)


def rates(model: fusion.Model, asked: retrain.Task) -> tuple[float, float]:
    """Error edges a CPU-second, once features exist: scores, and scores with all their reasons."""
    failed = [row for row in asked.history[-TAIL:] if row.code][-ASKED:]
    known = features(asked.history[-TAIL:], failed)
    begun = time.process_time()
    scores = model.on(asked.history).score(known)
    scored = time.process_time() - begun
    for row in range(len(failed)):
        scores.explain(row)
    explained = time.process_time() - begun
    return len(failed) / scored, len(failed) / explained
