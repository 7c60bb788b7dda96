"""How much history a training would read, counted a day at a time from the latest day on."""

from collections.abc import Iterator

import pyarrow as pa
import pyarrow.compute as pc

from offtrail.graph.store import GraphStore
from offtrail.graph.window import Window

KIND = ("principal", "api", "error_class", "source")


class Counted:
    """The calls of some seconds before ``until``, or before the last call where that is earlier,
    read as far back as a question needs."""

    def __init__(self, store: GraphStore, until: int, seconds: int) -> None:
        self._store, self._until, self._seconds = store, until, seconds

    def calls(self, enough: int) -> int:
        """Their number, or one that is at least ``enough``."""
        found = 0
        for table in self._days(0):
            found += pc.sum(table.column("count")).as_py() or 0
            if found >= enough:
                break
        return found

    def kinds(self, since: int) -> int:
        """Distinct (principal, API, class, source) of the calls from second ``since`` on."""
        found: set[tuple[str, ...]] = set()
        for table in self._days(since):
            new = table.filter(pc.greater_equal(table.column("first"), since))
            distinct = new.group_by(KIND).aggregate([])
            found.update(zip(*(distinct.column(name).to_pylist() for name in KIND), strict=True))
        return len(found)

    def _days(self, since: int) -> Iterator[pa.Table]:
        """The activities of each day from second ``since`` on, the latest first."""
        span = self._store.span()
        if span is not None:
            end = min(self._until, span.end)
            start = max(since, span.start, end - self._seconds)
            days = Window(start, end).days() if start < end else ()
            yield from map(self._store.activities, reversed([*days]))
