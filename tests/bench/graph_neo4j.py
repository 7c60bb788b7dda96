"""The Neo4j store on a server of its own: loads, hours, 3-hop 24-hour windows, a replay, a hub.

Hours are written of two makes: drawn, where each principal does one thing an hour, and two days of
a real account, copied under other names as often as an hour of a large organisation needs them.
"""

import random
import statistics
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

from offtrail.graph.neo4j_import import load
from offtrail.graph.neo4j_server import Server, ServerNotStarted, running
from offtrail.graph.neo4j_store import Neo4jStore
from offtrail.graph.relate import Arrows, evidence, nodes, relate
from offtrail.graph.sqlite_store import SqliteStore
from offtrail.graph.window import HOUR, Window
from offtrail.ingest.activity import Partial
from tests.bench import accounts, bare
from tests.bench.row import NotRun, Row
from tests.bench.shape import FULL, HOURS, SMALL, START, Shape, batches, everybody, principal
from tests.shared import NEEDED, shared_data

PART = "neo4j"
CAP = 64
ASKED = 200
QUICK = Shape(50_000, 2_200)
LAST_DAY, MIDDLE = HOURS - 24, HOURS // 2
BUSIER = 3  # things that a principal does in an hour: 2.5 hourly edges an activity
STEP = 6  # hours written together
WARM = 3  # rounds of questions; the last counts, as a young JVM runs at a fraction
REAL = ("background-2014.ndjson.gz", "background-2017.ndjson.gz")
CLOCK = 100  # ticks of /proc a second


def rows(quick: bool) -> Iterator[Row]:
    """Each size on an empty server, so that no figure rests on another's page cache."""
    try:
        yield from in_batches(QUICK if quick else SMALL)
        for shape in (QUICK,) if quick else (SMALL, FULL):
            yield from at_once(shape)
    except ServerNotStarted as error:
        raise NotRun(str(error)) from error
    if not all(map(shared_data, REAL)):
        raise NotRun(f"the hours of a real account: {NEEDED}")


def named(shape: Shape) -> str:
    return f"{shape.edges / 1e6:g}M hourly edges"


def in_batches(shape: Shape) -> Iterator[Row]:
    """The month written to an empty server."""
    with (
        tempfile.TemporaryDirectory() as home,
        running(Path(home), heap="2g") as server,
        closing(Neo4jStore(server.uri)) as store,
    ):
        done = [write(server, store, batch) for batch in batches(shape, 0, HOURS, hours=STEP)]
    yield from rates(f"written {STEP} hours at once, {named(shape)}", done[len(done) // 3 :])


def at_once(shape: Shape) -> Iterator[Row]:
    """The month but its last day copied from SQLite, then that day by the hour, then questions."""
    name = named(shape)
    with tempfile.TemporaryDirectory() as folder:
        path, home = Path(folder) / "bench.db", Path(folder) / "home"
        with closing(SqliteStore(path)) as source:
            made = batches(shape, 0, LAST_DAY)
            held = [(source.write(b).kept, _edges(relate(evidence(b)))) for b in made]
        kept, edges = (sum(column) for column in zip(*held, strict=True))
        begun = time.perf_counter()
        load(path, home)
        spent = time.perf_counter() - begun
        yield Row(PART, f"copied from SQLite, {name}", edges / spent, "hourly edges/s")
        yield Row(PART, f"copied from SQLite, {name}", kept / spent, "activities/s")
        with running(home, heap="2g", more={"server.memory.pagecache.size": "1g"}) as server:
            begun = time.perf_counter()
            with closing(Neo4jStore(server.uri)) as store:
                yield Row(PART, f"indexes, {name}", time.perf_counter() - begun, "s")
                yield from asked(server, store, shape)


def asked(server: Server, store: Neo4jStore, shape: Shape) -> Iterator[Row]:
    """The last day hour by hour and again, and windows before and after a hub."""
    name = named(shape)
    day = [write(server, store, b) for b in batches(shape, LAST_DAY, HOURS, hours=1)]
    yield from rates(f"hour by hour, {name}", day[len(day) // 3 :])
    again = [write(server, store, b) for b in batches(shape, LAST_DAY, HOURS, hours=STEP)]
    yield Row(PART, f"the last day again, {name}", sum(w.kept for w in again), "calls added")
    quiet = {end: questions(store, shape, end) for end in (HOURS, MIDDLE)}
    yield from percentiles(f"last day, {name}", quiet[HOURS], None)
    yield from percentiles(f"a day in mid-month, {name}", quiet[MIDDLE], None)
    for batch in everybody(shape, MIDDLE - 24, MIDDLE):
        store.write(batch)
    hub = questions(store, shape, MIDDLE)
    yield from percentiles(f"that day, all call one API, {name}", hub, quiet[MIDDLE])
    busier = batches(shape._replace(things=BUSIER), HOURS, HOURS + 24, hours=1)
    done = [write(server, store, batch) for batch in busier]
    yield from rates(f"hour by hour, {BUSIER} things each, {name}", done[len(done) // 3 :])
    yield from real(server, store, name)
    yield from bare.rows(server.uri, PART, name)


def real(server: Server, store: Neo4jStore, name: str) -> Iterator[Row]:
    """A real account's hours written one by one: all its copies new, then one of NEW new."""
    for file in filter(None, map(shared_data, REAL)):
        days = accounts.days(file, START + HOURS, 2)
        for hours, new in zip(days, ("all accounts new", f"1 of {accounts.NEW} new"), strict=True):
            done = [write(server, store, batch) for batch in hours]
            yield from rates(f"{file.name.partition('.')[0]}, {new}, into {name}", done)


class Write(NamedTuple):
    """Calls kept, activities, their hourly edges and nodes, and seconds: passed, and worked by the
    server."""

    kept: int
    rows: int
    edges: int
    nodes: int
    wall: float
    java: float


def write(server: Server, store: Neo4jStore, batch: Partial) -> Write:
    arrows = list(relate(evidence(batch)))
    made = batch.activities.num_rows, _edges(arrows), len(nodes(arrows))
    begun, worked = time.perf_counter(), java(server)
    kept = store.write(batch).kept
    return Write(kept, *made, time.perf_counter() - begun, java(server) - worked)


def _edges(arrows: Iterable[Arrows]) -> int:
    return sum(len(of.hour) for of in arrows)


def java(server: Server) -> float:
    """Seconds that the server's process has worked; 0 where there is no /proc."""
    stat = Path(f"/proc/{server.process.pid}/stat")
    if not stat.exists():
        return 0.0
    fields = stat.read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / CLOCK


def rates(what: str, writes: list[Write]) -> Iterator[Row]:
    """What a second brought."""
    _, made, edges, met, wall, worked = (sum(column) for column in zip(*writes, strict=True))
    yield Row(PART, what, made / wall, "activities/s")
    yield Row(PART, what, edges / wall, "hourly edges/s", edges / made, "activities")
    yield Row(PART, what, met / wall, "nodes/s", met / made, "activities")
    if worked:
        yield Row(PART, what, edges / worked, "hourly edges/CPU-s of the server")


def questions(store: Neo4jStore, shape: Shape, end: int) -> list[float]:
    """Milliseconds around random principals in the day before hour ``end``, ascending."""
    chance = random.Random(7)  # noqa: S311 - a load, no secret
    seeds = [principal(int(shape.principals * chance.random() ** 1.6)) for _ in range(ASKED)]
    window = Window((START + end - 24) * HOUR, (START + end) * HOUR)
    for _ in range(WARM):
        found = sorted(ask(store, seed, window) for seed in seeds)
    return found


def ask(store: Neo4jStore, seed: str, window: Window) -> float:
    start = time.perf_counter()
    store.ego(seed, window, hops=3, cap=CAP)
    return (time.perf_counter() - start) * 1000


def percentiles(what: str, found: list[float], quiet: list[float] | None) -> Iterator[Row]:
    """The middle and the 95th of a hundred, and over those without the hub."""
    for name, place in (("p50", 9), ("p95", 18)):
        value, before = (
            statistics.quantiles(v, n=20)[place] if v else None for v in (found, quiet)
        )
        ratio = value / before if value and before else None
        yield Row(
            PART, f"3 hops, {what}, {name}", value or 0.0, "ms", ratio, "before" * bool(before)
        )
