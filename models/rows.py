"""The columns that a state learns from and is asked about, taken from activities."""

from typing import NamedTuple

import pyarrow as pa
import pyarrow.compute as pc


class Row(NamedTuple):
    """One call as the state sees it; ``second`` is when it is asked about or learned."""

    second: int
    account: str
    principal: str
    kind: str
    api: str
    code: str
    error_class: str
    source: str
    calls: int = 1


COLUMNS = ("first", *Row._fields[1:-1], "count")
"""Columns of ACTIVITY behind the fields of Row, in order."""


def rows(activities: pa.Table) -> list[Row]:
    """Activities as rows, each at its first second, in the table's order."""
    columns = [activities.column(name).to_pylist() for name in COLUMNS]
    return list(map(Row._make, zip(*columns, strict=True)))


def errors(activities: pa.Table) -> pa.Table:
    """The failing activities: the units that are scored."""
    return activities.filter(pc.not_equal(activities.column("code"), ""))
