"""Ingest: events per CPU-second and peak memory, against a plain loop and a raw decode.

Each measurement is a fresh interpreter, and its CPU time is that of the work, without start and
imports. The raw decode is the least that any reader must do: ``igzip`` and ``msgspec``, into the
same records that ingest uses, which are then thrown away. It stands twice. In a plain process half
of its time goes to memory: glibc gives the top of the heap back after each file, and the kernel
clears it again for the next. It stops doing so once a block of some megabytes was freed (it trims
at twice the largest), so the second raw decode is told by the environment to keep what it has.
"""

import gzip
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
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
PLAIN: Mapping[str, str] = {}
KEEP = {"MALLOC_MMAP_THRESHOLD_": str(1 << 30), "MALLOC_TRIM_THRESHOLD_": str(1 << 31)}
"""Tells glibc to map nothing for one block and to give nothing back."""
AGAINST = "raw decode", "raw decode, memory kept"


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
        report = ingest(names, opened.write, opened.files, quarantine=Path(folder))  # type: ignore[arg-type]
        opened.close()
    return report.records.kept


Work = Callable[[list[Path]], int]


def rows(quick: bool) -> Iterable[Row]:
    """The table's rows, all in one run."""
    files = trail(CACHE, *(QUICK if quick else (FILES, EVENTS)))
    base = cost(raw, files), cost(raw, files, KEEP)
    yield Row("ingest", "raw isal + msgspec decode, plain process", base[0].rate, UNIT)
    yield Row("ingest", "the same, memory kept between files", base[1].rate, UNIT)
    for name, work in (
        ("plain gzip + json loop", plain),
        ("decode and reduce, one process", reduce),
        ("into SQLite, end to end", store),
    ):
        done, after = cost(work, files), (cost(raw, files), cost(raw, files, KEEP))
        for against, one, other in zip(AGAINST, base, after, strict=True):
            beside = (one.seconds + other.seconds) / 2  # a shared machine's speed changes meanwhile
            yield Row("ingest", name, done.rate, UNIT, beside / done.seconds, against)
        base = after
        if work is not plain:
            yield from memory(name, work, files, done)


def memory(name: str, work: Work, files: list[Path], done: Cost) -> Iterator[Row]:
    """Peak memory, and that of a third of the files."""
    third = cost(work, files[: len(files) // 3])
    yield Row("ingest", f"{name}: peak memory", done.peak, "MiB", done.peak / third.peak, "1/3")


def cost(work: Work, files: list[Path], environment: Mapping[str, str] = PLAIN) -> Cost:
    """Measure in a fresh interpreter; the files are the first so many of their folder."""
    what = [work.__name__, str(files[0].parent), str(len(files))]
    command = [sys.executable, "-m", "tests.bench.ingest", *what]
    inherited = {k: v for k, v in os.environ.items() if not k.startswith("MALLOC_")}
    told = subprocess.run(  # noqa: S603 this module itself
        command, env={**inherited, **environment}, stdout=subprocess.PIPE, check=True
    )
    return Cost(*json.loads(told.stdout))


def measured(work: Work, files: list[Path]) -> Cost:
    """Measure in this process."""
    start = time.process_time()
    events = work(files)
    seconds = time.process_time() - start
    return Cost(events, seconds, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10)


if __name__ == "__main__":
    name, folder, many = sys.argv[1:]
    works = {work.__name__: work for work in (plain, raw, reduce, store)}
    told = measured(works[name], sorted(Path(folder).iterdir())[: int(many)])
    sys.stdout.write(json.dumps(told))
