"""Ingest: events per CPU-second and peak memory, against a plain loop and a raw decode.

Each measurement is a process of its own, and its CPU time is that of the work, without start and
imports. The raw decode is the least that any reader must do: ``igzip`` and ``msgspec``, into the
same records that ingest uses, which are then thrown away.
"""

import gzip
import json
import multiprocessing
import resource
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

import msgspec
from isal import igzip

from offtrail.graph.open import open_store
from offtrail.ingest.carrier import carry
from offtrail.ingest.partial import Settings, take_in
from offtrail.ingest.run import batches, ingest
from offtrail.ingest.sources import open_sources
from offtrail.ingest.wire import Wire
from tests.bench.row import Row
from tests.bench.trail import EVENTS, FILES, trail

CACHE = Path(__file__).parents[2] / ".cache" / "bench"
QUICK = 90, 100_000  # files and events
UNIT = "events/CPU-s"


class Cost(NamedTuple):
    """What a measurement took."""

    events: int
    seconds: float  # of one CPU
    peak: int  # MiB, of the process

    @property
    def rate(self) -> float:
        return self.events / self.seconds


class LogFile(msgspec.Struct, gc=False):
    """CloudTrail's own envelope."""

    records: list[Wire] = msgspec.field(name="Records")


def plain(files: list[Path]) -> int:
    """Standard library: gzip and json."""
    return sum(len(json.loads(gzip.decompress(path.read_bytes()))["Records"]) for path in files)


def raw(files: list[Path]) -> int:
    """The least a reader must do."""
    decode = msgspec.json.Decoder(LogFile).decode
    return sum(len(decode(igzip.decompress(path.read_bytes())).records) for path in files)


def reduce(files: list[Path]) -> int:
    """Decode and reduce, the serial carrier."""
    sources = batches(open_sources(str(path) for path in files))
    taken = carry(sources, lambda batch: take_in(batch, Settings()))
    return sum(part.records.read for part in taken)


def store(files: list[Path]) -> int:
    """End to end into a new SQLite store."""
    with tempfile.TemporaryDirectory() as folder:
        opened = open_store(f"sqlite:///{folder}/bench.db")
        names = [str(path) for path in files]
        report = ingest(names, opened.write, opened.files(), quarantine=Path(folder))  # type: ignore[arg-type]
        opened.close()
    return report.records.kept


def rows(quick: bool) -> Iterable[Row]:
    """The table's rows, all in one run."""
    files = trail(CACHE, *(QUICK if quick else (FILES, EVENTS)))
    base = cost(raw, files)
    yield Row("ingest", "raw isal + msgspec decode", base.rate, UNIT)
    for name, work in (
        ("plain gzip + json loop", plain),
        ("decode and reduce, one process", reduce),
        ("into SQLite, end to end", store),
    ):
        done, after = cost(work, files), cost(raw, files)
        beside = (base.seconds + after.seconds) / 2  # a shared machine's speed changes meanwhile
        yield Row("ingest", name, done.rate, UNIT, beside / done.seconds, "raw decode")
        base = after
        if work is not plain:
            yield from memory(name, work, files, done)


def memory(
    name: str, work: Callable[[list[Path]], int], files: list[Path], done: Cost
) -> Iterator[Row]:
    """Peak memory, and that of a third of the files."""
    third = cost(work, files[: len(files) // 3])
    yield Row("ingest", f"{name}: peak memory", done.peak, "MiB", done.peak / third.peak, "1/3")


def cost(work: Callable[[list[Path]], int], files: list[Path]) -> Cost:
    """Measure in a fresh process."""
    context = multiprocessing.get_context("spawn")
    with context.Pool(1) as pool:
        return pool.apply(_measured, (work, files))


def _measured(work: Callable[[list[Path]], int], files: list[Path]) -> Cost:
    start = time.process_time()
    events = work(files)
    seconds = time.process_time() - start
    return Cost(events, seconds, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10)
