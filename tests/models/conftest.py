"""Activities made from plain calls, for tests of the models."""

import json
from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import Any

import pyarrow as pa
import pytest

from offtrail.graph.window import Window
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


class Memory:
    """A store that keeps activities and documents in memory, for tests of scoring alone."""

    def __init__(self) -> None:
        self.calls: dict[Row, int] = {}
        self.kept: dict[tuple[str, str], dict[str, Any]] = {}
        self.marks: tuple[dict[tuple[str, str, str], float], dict[str, str]] = ({}, {})
        self._revision = 0

    def add(self, calls: Iterable[Row]) -> None:
        """Ingest calls; each is counted once."""
        self._revision += 1
        for call in calls:
            self.calls.setdefault(call, self._revision)

    def revision(self) -> int:
        return self._revision

    def touched(self, since: int) -> list[int]:
        return sorted({call.second // 3600 for call, at in self.calls.items() if at > since})

    def span(self) -> Window | None:
        seconds = [call.second for call in self.calls]
        return Window(min(seconds), max(seconds) + 1) if seconds else None

    def activities(self, window, *, principal=None, api=None, errors_only=False, **_):
        first, last = window.hours
        return reduce(
            call
            for call in self.calls
            if first <= call.second // 3600 <= last
            and principal in (None, call.principal)
            and api in (None, call.api)
            and (call.code or not errors_only)
        )

    def put(self, kind, id, body):
        self.kept[kind, id] = json.loads(json.dumps(body))

    def put_if(self, kind, id, body, expected):
        if self.get(kind, id) != expected:
            return False
        self.put(kind, id, body)
        return True

    def get(self, kind, id):
        return self.kept.get((kind, id))

    def delete(self, kind, id):
        return self.kept.pop((kind, id), None) is not None

    def put_all(self, kind, bodies):
        for id, body in bodies.items():
            self.put(kind, id, body)

    def get_all(self, kind, ids):
        return {id: self.kept[kind, id] for id in ids if (kind, id) in self.kept}

    def delete_all(self, kind):
        return sum(self.delete(*key) for key in list(self.kept) if key[0] == kind)

    def documents(self, kind):
        return [self.kept[key] for key in sorted(self.kept) if key[0] == kind]

    def mark(self, scores, bands):
        self.marks = (scores, bands)


@pytest.fixture
def memory() -> Memory:
    """An empty store."""
    return Memory()
