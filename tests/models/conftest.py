"""Activities made from plain calls, for tests of the models."""

from collections import defaultdict
from collections.abc import Callable, Iterable

import pyarrow as pa
import pytest

from offtrail.ingest.activity import ACTIVITY, KEY
from offtrail.models.rows import Row

Reduce = Callable[[Iterable[Row]], pa.Table]


def reduce(calls: Iterable[Row]) -> pa.Table:
    """Single calls as the activities that a store would return."""
    grouped: dict[tuple[object, ...], list[int]] = defaultdict(list)
    for call in calls:
        grouped[call.second // 3600, *call[1:-1]].append(call.second)
    rows = []
    for (hour, account, principal, kind, api, code, error_class, source), seconds in sorted(
        grouped.items(), key=lambda item: (min(item[1]), item[0])
    ):
        row = {field.name: "" for field in KEY} | {"hour": hour, "mfa": False}
        row |= {"account": account, "principal": principal, "kind": kind, "api": api}
        row |= {"code": code, "error_class": error_class, "source": source}
        row |= {"count": len(seconds), "first": min(seconds), "last": max(seconds)}
        rows.append(row | {"event_ids": [f"{api}@{second}" for second in sorted(seconds)[:3]]})
    return pa.Table.from_pylist(rows, schema=ACTIVITY)


@pytest.fixture
def reduced() -> Reduce:
    """The reduction of single calls to activities."""
    return reduce
