"""Splits: what is learned from and what is tested, the latter always after the former."""

from collections.abc import Iterator
from typing import NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from offtrail.graph.window import HOUR
from offtrail.models.asof import features
from offtrail.models.benchmark.load import Data
from offtrail.models.errors import NothingToEvaluate
from offtrail.models.features import Features
from offtrail.models.rows import Row, rows
from offtrail.models.state import State
from offtrail.models.times import rfc3339

WEEK = 7 * 24 * HOUR


class Split(NamedTuple):
    """Activities to learn from and to test on; ``state`` is what the former leave behind."""

    name: str
    train: pa.Table
    test: pa.Table
    start: int  # second at which the test begins
    end: int
    past: Features  # of the failing rows to learn from
    state: bytes


def main_split(data: Data, at: int | None = None) -> Split:
    """All backgrounds but the last one's second half to learn from, that half to test on.

    Raises:
        NothingToEvaluate: nobody acts before the half, or nothing is called in it.
    """
    *earlier, last = data.backgrounds.values()
    cut = at if at is not None else half(last)
    before = last.filter(pc.less(last.column("first"), cut))
    after = last.filter(pc.greater_equal(last.column("first"), cut))
    if not after.num_rows:
        raise NothingToEvaluate(f"nothing is called from {rfc3339(cut)} on, where the test begins")
    train = pa.concat_tables([*_earlier(earlier, cut), before])
    if not _acted(train):
        raise NothingToEvaluate(f"nobody acts before {rfc3339(cut)}, where the test begins")
    return made("later half", train, after, cut)


def half(table: pa.Table) -> int:
    """The middle of a background's time, at the next full hour."""
    first, last = (pc.min_max(table.column("first"))[key].as_py() for key in ("min", "max"))
    return int(-(-((first + last) // 2) // HOUR) * HOUR)


def left_out(data: Data) -> Iterator[Split]:
    """Each background tested by what was learned from the others alone, if people act there."""
    for name, test in data.backgrounds.items():
        others = [table for other, table in data.backgrounds.items() if other != name]
        if any(map(_acted, others)):
            start = int(pc.min(test.column("first")).as_py()) // HOUR * HOUR
            yield made(f"{name} left out", pa.concat_tables(_earlier(others, start)), test, start)


def made(name: str, train: pa.Table, test: pa.Table, start: int) -> Split:
    """A split with the state and the past error rows that scorers start from."""
    learned = sorted(rows(train), key=_second)
    past = features(learned, [row for row in learned if row.code])
    state = State()
    state.advance(learned, start)
    end = int(pc.max(test.column("first")).as_py()) + 1
    return Split(name, train, test, start, end, past, state.packed())


def _acted(table: pa.Table) -> bool:
    """Whether anybody does but AWS services."""
    return bool(pc.any(pc.not_equal(table.column("kind"), "service")).as_py())


def _earlier(tables: list[pa.Table], start: int) -> list[pa.Table]:
    """Tables moved back by whole weeks until all of them lie before ``start``."""
    last = max((int(pc.max(table.column("last")).as_py()) for table in tables), default=0)
    weeks = max(0, -(-(last + HOUR - start) // WEEK))
    return [moved(table, -weeks * WEEK) for table in tables]


def moved(table: pa.Table, seconds: int) -> pa.Table:
    """The same activities at another time; ``seconds`` is a whole number of hours."""
    for key, step in (("hour", seconds // HOUR), ("first", seconds), ("last", seconds)):
        at = table.schema.get_field_index(key)
        column = pc.cast(pc.add(table.column(key), step), table.schema.field(key).type)
        table = table.set_column(at, table.schema.field(key), column)
    return table


def _second(row: Row) -> int:
    return row.second
