"""What an SQLite store holds, in one digest, and whether what it says twice adds up."""

import sqlite3
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from offtrail.graph.digest import digest
from offtrail.graph.rows import KEPT, Ints, order_of
from offtrail.graph.schema import TYPES
from offtrail.graph.sqlite_packed import (
    ENTRY,
    HOURS,
    OUT,
    PROOF,
    Entries,
    Row,
    changed,
    entries,
    place_in,
)
from offtrail.graph.sqlite_read import activities, facts
from offtrail.graph.sqlite_upkeep import LONELY
from offtrail.graph.store import Check
from offtrail.graph.window import DAY, Window

CALLS = TYPES.index("CALLED"), TYPES.index("FAILED")
NEAR = "SELECT id, arrows, proofs FROM near ORDER BY id"
DAYS = """
SELECT hour / 24 AS day FROM activity UNION SELECT hour / 24 FROM fact ORDER BY day
"""
ROWS = 50_000  # read at a time
STIR = np.uint64(0x9E3779B97F4A7C15)  # odd, its bits spread evenly: 2^64 over the golden ratio

Connection = sqlite3.Connection
Hashes = npt.NDArray[np.uint64]


def check(connection: Connection) -> Check:
    """The digest of the contents, the counts, and what does not add up."""
    arrows = Known()
    for rows in _parts(connection):
        arrows.add(rows)
    told = counts(connection) | arrows.counts()
    problems = (*_problems(connection), *arrows.problems(told["calls"]))
    return Check(digest(_tables(connection)), told, problems)


def _tables(connection: Connection) -> Iterator[pa.Table]:
    """The contents day by day, so that a large store fits."""
    for (day,) in connection.execute(DAYS).fetchall():
        window = Window(day * DAY, (day + 1) * DAY)
        yield activities(connection, window, None, {}, errors_only=False, limit=None)
        yield facts(connection, window, None, None)


def counts(connection: Connection) -> dict[str, int]:
    """How much there is of everything but arrows."""
    tell = dict(connection.execute("SELECT kind, count(*) FROM node GROUP BY kind").fetchall())
    for name, table in (("activities", "activity"), ("facts", "fact"), ("files", "file")):
        tell[name] = connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0]  # noqa: S608 - our own names
    tell["calls"] = connection.execute("SELECT coalesce(sum(calls), 0) FROM activity").fetchone()[0]
    return tell


PROOFS = {
    "the integrity of the file": """
        SELECT count(*) FROM pragma_integrity_check WHERE integrity_check <> 'ok'""",
    "calls of activities against ids seen": """
        SELECT coalesce((SELECT sum(calls) FROM activity), 0)
            - coalesce((SELECT sum(length(ids)) / 16 FROM seen), 0)""",
    "entries without a node": f"""
        SELECT count(*) FROM near WHERE id / {HOURS} NOT IN (SELECT id FROM node)""",  # noqa: S608 - our own number
    "nodes without an arrow": f"SELECT count(*) FROM ({LONELY})",  # noqa: S608 - our own words
}


def _problems(connection: Connection) -> Iterator[str]:
    for name, query in PROOFS.items():
        off = connection.execute(query).fetchone()[0]
        if off:
            yield f"{name}: {off} do not add up"


class Trace(NamedTuple):
    """How many arrow-hours, and the sum of their hashes."""

    rows: int = 0
    sum: int = 0

    def add(self, hashes: Hashes) -> "Trace":
        """With more of them."""
        return Trace(self.rows + len(hashes), (self.sum + int(hashes.sum())) % (1 << 64))


class Known:
    """What both ends of arrows know of them, learnt from rows in order of their nodes."""

    def __init__(self) -> None:
        self._of = np.zeros(len(TYPES), dtype=np.int64)
        self._sources, self._targets = Trace(), Trace()
        self._calls = self._unproved = 0
        self._last: set[tuple[int, ...]] = set()  # arrows of the last source

    def add(self, rows: Sequence[Row]) -> None:
        """The next rows."""
        proved = _proved(rows)
        self._unproved += len(rows) - len(proved)
        held = entries(proved)
        source, target, type, code = held.ends()
        out, loop = held.of("way") % 2 == OUT, source == target
        self._calls += int(held.of("calls")[out & np.isin(type, CALLS)].sum())
        hashes = _hashes(held)
        self._sources = self._sources.add(hashes[out])
        self._targets = self._targets.add(hashes[~out | loop])
        self._count(np.stack([source, target, type, code])[:, out])

    def _count(self, arrows: Ints) -> None:
        """Count each arrow once: those of one source come side by side, perhaps in two parts."""
        if not arrows.size:
            return
        arrows = arrows[:, order_of(list(arrows))]
        arrows = arrows[:, changed(*arrows)]
        first, last = (arrows[:, arrows[0] == arrows[0, at]].T.tolist() for at in (0, -1))
        again = self._last.intersection(map(tuple, first))
        for part, sign in ((arrows[2].tolist(), 1), ([arrow[2] for arrow in again], -1)):
            self._of += sign * np.bincount(np.array(part, np.int64), minlength=len(TYPES))
        if first != last:
            self._last = set()
        self._last.update(map(tuple, last))

    def counts(self) -> dict[str, int]:
        """How many arrows there are of each type."""
        return dict(zip(TYPES, self._of.tolist(), strict=True))

    def problems(self, calls: int) -> Iterator[str]:
        """What does not add up."""
        if self._unproved:
            yield f"entries against their proofs: {self._unproved} do not add up"
        if self._calls != calls:
            off = calls - self._calls
            yield f"calls of activities against CALLED and FAILED arrows: {off} do not add up"
        if self._sources != self._targets:
            yield (
                f"arrow-hours: {self._sources.rows} as their sources know them are not the"
                f" {self._targets.rows} that their targets know"
            )


def _proved(rows: Sequence[Row]) -> Sequence[Row]:
    """Rows whose entries all have their proofs beside them."""
    each = [len(row[1]) // ENTRY.itemsize for row in rows]
    held = np.frombuffer(b"".join([row[1] for row in rows]), ENTRY)
    sums = np.append(0, np.cumsum(np.minimum(held["calls"].astype(np.int64), KEPT)))
    due = np.diff(sums[np.append(0, np.cumsum(each))]) * PROOF.itemsize
    is_proved = due == [len(row[2]) for row in rows]
    return rows if is_proved.all() else [rows[at] for at in np.flatnonzero(is_proved).tolist()]


def _hashes(held: Entries) -> Hashes:
    """A number for all that an entry says, the same at both ends."""
    at, owner = held.proofs_of(np.arange(len(held.node)))
    told = [held.proofs[name][at] for name in PROOF.names or ()]
    sums = np.append(np.uint64(0), np.cumsum(_mixed([place_in(owner), *told])))
    ends = np.append(0, np.cumsum(held.proved()))
    said = [held.of(name) for name in ("error_class", "calls", "first", "last")]
    return _mixed([*held.ends(), held.hour, *said, np.diff(sums[ends])])


def _mixed(columns: Sequence[npt.NDArray[Any]]) -> Hashes:
    mixed = np.zeros(len(columns[0]), dtype=np.uint64)
    for column in columns:
        mixed = (mixed ^ column.astype(np.uint64)) * STIR
        mixed ^= mixed >> np.uint64(32)
    return mixed


def _parts(connection: Connection) -> Iterator[list[Row]]:
    cursor = connection.execute(NEAR)
    while rows := cursor.fetchmany(ROWS):
        yield rows
