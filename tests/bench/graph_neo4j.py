"""The Neo4j store on a server of its own: loads, hours, 3-hop 24-hour windows, a replay."""

import random
import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from offtrail.graph.neo4j_server import ServerNotStarted, running
from offtrail.graph.neo4j_store import Neo4jStore
from offtrail.graph.relate import evidence, relate
from offtrail.graph.window import HOUR, Window
from offtrail.ingest.activity import Partial
from tests.bench.row import NotRun, Row
from tests.bench.shape import FULL, HOURS, SMALL, START, Shape, batches, principal

PART = "neo4j"
CAP = 64
ASKED = 200
QUICK = Shape(50_000, 2_200)
LAST_DAY = HOURS - 24
STEP = 6  # hours loaded together; a day of the large shape is too much for one transaction


def rows(quick: bool) -> Iterator[Row]:
    """Each size on an empty server, so that no figure rests on another's page cache."""
    for shape in (QUICK,) if quick else (SMALL, FULL):
        with tempfile.TemporaryDirectory() as home:
            try:
                with running(Path(home), heap="2g") as server, closing(Neo4jStore(server.uri)) as s:
                    yield from measure(s, shape)
            except ServerNotStarted as error:
                raise NotRun(str(error)) from error


def measure(store: Neo4jStore, shape: Shape) -> Iterator[Row]:
    """A month but its last day in big batches, then that day hour by hour, then the questions."""
    size = f"{shape.edges / 1e6:g}M hourly edges"
    load = [timed(store, batch) for batch in batches(shape, 0, LAST_DAY, hours=STEP)]
    warm = load[len(load) // 3 :]  # a young JVM runs at a fraction
    yield Row(PART, f"load, {size}", sum(e for _, e, _ in warm) / took(warm), "hourly edges/s")
    hourly = [timed(store, batch) for batch in batches(shape, LAST_DAY, HOURS, hours=1)]
    yield Row(PART, f"hour by hour, {size}", calls(hourly) / took(hourly), "activities/s")
    edges = sum(e for _, e, _ in hourly) / took(hourly)
    yield Row(PART, f"hour by hour, {size}", edges, "hourly edges/s")
    replay = [timed(store, batch) for batch in batches(shape, LAST_DAY, HOURS, hours=STEP)]
    yield Row(PART, f"the last day again, {size}", calls(replay), "calls added")
    yield from questions(store, shape, size)


def timed(store: Neo4jStore, batch: Partial) -> tuple[int, int, float]:
    """Calls kept, hourly edges of the batch, and the seconds that the write took."""
    edges = sum(len(arrows.hour) for arrows in relate(evidence(batch)))
    start = time.perf_counter()
    kept = store.write(batch).kept
    return kept, edges, time.perf_counter() - start


def took(writes: list[tuple[int, int, float]]) -> float:
    return sum(seconds for _, _, seconds in writes)


def calls(writes: list[tuple[int, int, float]]) -> int:
    return sum(kept for kept, _, _ in writes)


def questions(store: Neo4jStore, shape: Shape, size: str) -> Iterator[Row]:
    """The last day, and a day in the middle of the month, around random principals."""
    chance = random.Random(7)  # noqa: S311 - a load, no secret
    seeds = [principal(int(shape.principals * chance.random() ** 1.6)) for _ in range(ASKED)]
    ends = {"last day": START + HOURS, "a day in mid-month": START + HOURS // 2}
    for _ in range(2):  # the second time counts
        times = {
            name: [ask(store, seed, Window((end - 24) * HOUR, end * HOUR)) for seed in seeds]
            for name, end in ends.items()
        }
    for name, found in times.items():
        cuts = statistics.quantiles(found, n=20)
        yield Row(PART, f"3 hops, {name}, p50, {size}", statistics.median(found) * 1000, "ms")
        yield Row(PART, f"3 hops, {name}, p95, {size}", cuts[-1] * 1000, "ms")


def ask(store: Neo4jStore, seed: str, window: Window) -> float:
    start = time.perf_counter()
    store.ego(seed, window, hops=3, cap=CAP)
    return time.perf_counter() - start
