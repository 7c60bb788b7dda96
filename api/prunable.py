"""What ``store prune`` would remove, counted week by week so that a large store fits."""

from collections.abc import Iterator
from typing import NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from offtrail.api import lists
from offtrail.api.objects import Prunable
from offtrail.api.questions.case import calls, errors
from offtrail.graph.store import GraphStore
from offtrail.graph.window import HOUR, Window
from offtrail.models.times import rfc3339, second_of

WEEK = 168 * HOUR


class Counted(NamedTuple):
    """A week's calls that would go."""

    calls: int
    errors: int
    first: int
    last: int


def prunable(store: GraphStore, before: int) -> Prunable:
    """Calls in the hours that end by ``before``, and the open findings that rest on them."""
    cut = before // HOUR * HOUR
    counted = [_counted(table) for table in _weeks(store, cut) if table.num_rows]
    return Prunable(
        before=rfc3339(before),
        calls=sum(week.calls for week in counted),
        errors=sum(week.errors for week in counted),
        first=rfc3339(min(week.first for week in counted)) if counted else None,
        last=rfc3339(max(week.last for week in counted)) if counted else None,
        findings=tuple(
            one.id
            for one in lists.every(store)
            if one.status == "open" and any(second_of(edge.first) < cut for edge in one.edges)
        ),
    )


def _counted(table: pa.Table) -> Counted:
    first, last = pc.min(table.column("first")).as_py(), pc.max(table.column("last")).as_py()
    return Counted(calls(table), calls(errors(table)), first, last)


def _weeks(store: GraphStore, cut: int) -> Iterator[pa.Table]:
    span = store.span()
    if span is not None:
        for start in range(span.start // HOUR * HOUR, min(cut, span.end), WEEK):
            yield store.activities(Window(start, min(start + WEEK, cut)))
