"""What the embedded store costs: loads, and 3-hop 24-hour windows, quiet and beside a writer."""

import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from offtrail.graph.sqlite_store import SqliteStore
from offtrail.graph.window import HOUR, Window
from offtrail.ingest.activity import Partial
from tests.bench.row import Row
from tests.bench.shape import FULL, HOURS, SMALL, START, Shape, batches, everybody

QUICK = (Shape(50_000, 2_200),)
QUESTIONS = 300
WINDOW = Window((START + HOURS - 48) * HOUR, (START + HOURS - 24) * HOUR)


def rows(quick: bool = False) -> Iterator[Row]:
    """Loads and windows at each size; the larger is asked beside a writer and with a hub."""
    for shape in QUICK if quick else (SMALL, FULL):
        with tempfile.TemporaryDirectory() as folder:
            yield from measured(Path(folder) / "bench.db", shape, f"{shape.edges / 1e6:g}M edges")


def measured(path: Path, shape: Shape, name: str) -> Iterator[Row]:
    """The rows of one size."""
    store = SqliteStore(path)
    spent = sum(written(store, batch) for batch in batches(shape, last=HOURS - 1))
    held = store.check().counts["activities"]
    yield Row("sqlite", f"load, {name}", held / spent, "activities/CPU-s")
    yield Row("sqlite", f"file, {name}", path.stat().st_size / 2**20, "MiB")
    seeds = seeds_of(store)
    quiet = asked(store, seeds)
    yield from percentiles(name, "quiet", quiet, None)
    beside = with_writer(path, shape, seeds, store)
    yield from percentiles(name, "beside a writer", beside, quiet)
    for part in everybody(shape, HOURS - 48, HOURS - 24):
        store.write(part)
    yield from percentiles(name, "all call one API", asked(store, seeds), quiet)
    store.close()


def written(store: SqliteStore, batch: Partial) -> float:
    """CPU seconds that a write takes."""
    begun = time.process_time()
    store.write(batch)
    return time.process_time() - begun


def seeds_of(store: SqliteStore) -> list[str]:
    """Nodes that were met in the window, any kind."""
    table = store.activities(WINDOW)
    names = {
        n
        for c in ("principal", "api", "source", "credential", "resource")
        for n in table[c].to_pylist()
    }
    chosen = sorted(names - {""})
    random.Random(5).shuffle(chosen)  # noqa: S311 - a load, not a secret
    return chosen[:QUESTIONS]


class Times(NamedTuple):
    """Of questions, ascending each: milliseconds that passed and that this process worked, and the
    arrows of the answer, which a hub makes more of."""

    wall: list[float]
    cpu: list[float]
    arrows: list[float]


def asked(store: SqliteStore, seeds: Sequence[str]) -> Times:
    """How long each question takes; the first round warms up."""
    for seed in seeds[: len(seeds) // 3]:
        store.ego(seed, WINDOW)
    found = Times([], [], [])
    for seed in seeds:
        begun, worked = time.perf_counter(), time.process_time()
        answer = store.ego(seed, WINDOW)
        found.cpu.append((time.process_time() - worked) * 1000)
        found.wall.append((time.perf_counter() - begun) * 1000)
        found.arrows.append(len(answer.relationships))
    return Times(*(sorted(column) for column in found))


WRITER = (
    "import sys; from tests.bench.graph_sqlite import keep_writing; keep_writing(*sys.argv[1:])"
)


def with_writer(path: Path, shape: Shape, seeds: Sequence[str], store: SqliteStore) -> Times:
    """The questions while another process writes an hour after another."""
    command = [sys.executable, "-c", WRITER, str(path), str(shape.edges), str(shape.principals)]
    writer = subprocess.Popen(command)  # noqa: S603 - our own words
    try:
        time.sleep(2)
        return asked(store, seeds)
    finally:
        writer.kill()
        writer.wait()


def keep_writing(path: str, edges: str, principals: str) -> None:
    """Write new hours until ended."""
    store = SqliteStore(Path(path))
    for part in batches(Shape(int(edges), int(principals)), HOURS, HOURS * 20, 1):
        store.write(part)


def percentiles(name: str, how: str, found: Times, quiet: Times | None) -> Iterator[Row]:
    """The middle and the 95th of a hundred."""
    for percent in (50, 95):
        for unit, column in zip(("ms", "ms of CPU", "arrows"), Times._fields, strict=True):
            value = at(getattr(found, column), percent)
            ratio = value / at(getattr(quiet, column), percent) if quiet else None
            what = f"3-hop 24 h p{percent}, {how}, {name}"
            yield Row("sqlite", what, value, unit, ratio, "quiet" if quiet else "")


def at(found: Sequence[float], percent: int) -> float:
    """A percentile of ascending figures."""
    return found[min(len(found) - 1, len(found) * percent // 100)]
