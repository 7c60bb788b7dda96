"""The columns that a state learns from and is asked about, taken from activities."""

from collections.abc import Iterable
from typing import Any, NamedTuple

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


def rows(activities: pa.Table, texts: dict[str, str] | None = None) -> list[Row]:
    """Activities as rows, each at its first second, in the table's order.

    Equal texts are one object, so that rows are a fifth of what they would else be; ``texts``
    keeps them for the next table.
    """
    known: dict[str, str] = {} if texts is None else texts
    columns = (_values(activities.column(name), known) for name in COLUMNS)
    return list(map(Row._make, zip(*columns, strict=True)))


def _values(column: pa.ChunkedArray, known: dict[str, str]) -> Iterable[Any]:
    if not pa.types.is_string(column.type):
        return column.to_pylist()  # type: ignore[no-any-return]
    numbered = column.combine_chunks().dictionary_encode()
    texts = [known.setdefault(text, text) for text in numbered.dictionary.to_pylist()]
    return map(texts.__getitem__, numbered.indices.to_pylist())


def errors(activities: pa.Table) -> pa.Table:
    """The activities of calls that failed."""
    return activities.filter(pc.not_equal(activities.column("code"), ""))
