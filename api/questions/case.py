"""What the seven questions read: one finding, its principal's history, said once."""

from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from offtrail.api.around import DAYS, window_of
from offtrail.api.launched import Launch, Launches, launches
from offtrail.graph.schema import account, label
from offtrail.graph.store import GraphStore
from offtrail.graph.window import ALWAYS, DAY, HOUR, Window
from offtrail.models.finding import ErrorEdge, Finding, kinds
from offtrail.models.rows import errors
from offtrail.models.times import rfc3339, second_of

EDGES = 5
"""Error edges, the strongest first, that questions speak of."""
FEW = 2
"""Days of history below which an answer about habits says how few they are."""
READ = 100_000
"""Activities that one question reads at most."""

Row = dict[str, Any]


class Case:
    """A finding in its store; tables are read when they are first asked for."""

    def __init__(self, store: GraphStore, finding: Finding, others: list[Finding]) -> None:
        self.store, self.finding = store, finding
        self._held: dict[str, list[Row]] = {}
        self._failures_at: dict[str, pa.Table] = {}
        self._launches: dict[str, Launches] = {}
        self.others = [other for other in others if other.id != finding.id]
        self.first, self.last = second_of(finding.first), second_of(finding.last)
        self.past = Window(max(0, self.last + 1 - DAYS * DAY), self.last + 1)

    @property
    def edges(self) -> tuple[ErrorEdge, ...]:
        """The strongest edges."""
        return self.finding.edges[:EDGES]

    @property
    def during(self) -> Window:
        """From the first error to the last, in whole hours."""
        return window_of(self.finding)

    @property
    def around(self) -> Window:
        """From a day before the strongest errors to a day after: a finding may go on for weeks."""
        first = min(second_of(edge.first) for edge in self.edges)
        last = max(second_of(edge.last) for edge in self.edges)
        return Window(max(0, first - DAY), last + DAY + 1)

    @cached_property
    def history(self) -> pa.Table:
        """Every activity of the principal in the days before and during the finding."""
        return self._own[0]

    @property
    def days_read(self) -> int:
        """The days of that history that were read: fewer than DAYS where it is too busy."""
        return self._own[1]

    @cached_property
    def _own(self) -> tuple[pa.Table, int]:
        return self.read(principal=self.finding.principal)

    @cached_property
    def instances(self) -> tuple[str, ...]:
        """Instances that the finding names, or that held one of its addresses within a day."""
        begin, end = (self.first - DAY) // HOUR, (self.last + DAY) // HOUR
        held = [
            row["subject"]
            for source in self.finding.sources
            for row in self.held(source)
            if begin <= row["hour"] <= end
        ]
        return tuple(dict.fromkeys((*self.finding.instances, *held)))

    def held(self, source: str) -> list[Row]:
        """The hours in which events show an instance holding an address, earliest first."""
        if source not in self._held:
            found = self.store.facts(ALWAYS, relation="HELD", node=source)
            self._held[source] = found.to_pylist()
        return self._held[source]

    @cached_property
    def failures(self) -> tuple[pa.Table, bool]:
        """The failed calls of the finding's account in the same days, and whether it is all."""
        failed, days = self.read(errors_only=True, **self._account)
        return failed, days == DAYS

    def failures_at(self, api: str) -> pa.Table:
        """The account's failed calls at one API: read by themselves, since an API has far fewer."""
        if api not in self._failures_at:
            read, _ = self.read(errors_only=True, api=api, **self._account)
            self._failures_at[api] = read
        return self._failures_at[api]

    @property
    def _account(self) -> dict[str, str]:
        """The finding's account alone, as others' calls would use up what may be read."""
        return {"account": self.finding.account} if self.finding.account else {}

    @cached_property
    def suspects(self) -> tuple[str, ...]:
        """The addresses that the strongest errors came from."""
        led = kinds(self.edges)
        failed = errors(since(self.history, self.first))
        columns = (failed.column(name).to_pylist() for name in ("api", "code", "source"))
        found = [source for api, code, source in zip(*columns, strict=True) if (api, code) in led]
        return tuple(sorted(source for source in set(found) if source.startswith("ip:")))

    def launches(self, principal: str) -> Launches:
        """The instances that a principal launched around the strongest errors."""
        if principal not in self._launches:
            self._launches[principal] = launches(self.store, principal, self.around)
        return self._launches[principal]

    def launched(self, principal: str) -> tuple[Launch, ...]:
        """Those of them that the suspect may have launched: by the address, where it is known."""
        every = self.launches(principal).found
        return tuple(one for one in every if one.by("source", self.suspects))

    def read(self, **which: Any) -> tuple[pa.Table, int]:
        """Activities of the days up to the last error, and of how many: fewer where too busy."""
        return latest(self.store, self.past.end, DAYS, **which)

    def unread(self) -> str:
        """What to say where little history is there or could be read, "" where there is enough."""
        days = self.span_days()
        if days < FEW:
            hours = int(days * 24)
            known = many(hours, "hour") if hours else "minutes"
            return f"only {known} of its account are known before the finding"
        if self.days_read == DAYS:
            return ""
        return busy(self.days_read)

    @cached_property
    def removed(self) -> str:
        """What retention took of the finding's calls: "all", "part", or "" for nothing."""
        if not errors(since(self.history, self.first)).num_rows:
            return "all"
        span = self._span
        return "part" if span is not None and span.start // HOUR > self.first // HOUR else ""

    @cached_property
    def _span(self) -> Window | None:
        """From the first call that the store holds to its last."""
        return self.store.span()

    def span_days(self) -> float:
        """How many days before the finding are known of its account, or of its principal."""
        failed, whole = self.failures
        if not whole and self._span is not None:
            return max(0, self.first - self._span.start) / DAY
        starts = [earliest(table) for table in (self.history, failed) if table.num_rows]
        return max(0, self.first - min(starts)) / DAY if starts else 0.0


def busy(days: int) -> str:
    """What to say where so few days could be read."""
    return f"it is so busy that only {many(days, 'day')} up to the last error were read"


def latest(store: GraphStore, end: int, days: int, **which: Any) -> tuple[pa.Table, int]:
    """Activities of the longest window up to ``end`` that is read whole; how many days it has."""
    while True:
        window = Window(max(0, end - days * DAY), end)
        table = store.activities(window, limit=READ, **which)
        if table.num_rows < READ or days == 1:
            return table, days
        days = max(1, days // 2)


def where(table: pa.Table, **equal: str) -> pa.Table:
    """The rows in which columns have these values."""
    for column, value in equal.items():
        table = table.filter(pc.equal(table.column(column), value))
    return table


def before(table: pa.Table, second: int) -> pa.Table:
    """The rows of hours before that second's."""
    return table.filter(pc.less(table.column("hour"), second // HOUR))


def since(table: pa.Table, second: int) -> pa.Table:
    """The rows of that second's hour and later."""
    return table.filter(pc.greater_equal(table.column("hour"), second // HOUR))


def calls(table: pa.Table) -> int:
    """How many calls the rows count."""
    return int(pc.sum(table.column("count")).as_py() or 0)


def first(table: pa.Table) -> str | None:
    """The time of the earliest call, None where there is none."""
    found = pc.min(table.column("first")).as_py()
    return None if found is None else rfc3339(found)


def earliest(table: pa.Table) -> int:
    """The second of the earliest call of a table that is not empty."""
    return int(pc.min(table.column("first")).as_py())


def values(table: pa.Table, column: str) -> list[str]:
    """The distinct values of a column, without the empty one, sorted."""
    return sorted(value for value in set(table.column(column).to_pylist()) if value)


def among(table: pa.Table, column: str, wanted: Iterable[str]) -> pa.Table:
    """The rows whose column has one of some values."""
    return table.filter(pc.is_in(table.column(column), pa.array(list(wanted), pa.string())))


def proof(*tables: pa.Table, most: int = 6) -> tuple[str, ...]:
    """Ids of the earliest events of some tables."""
    return tuple(dict.fromkeys(_ids(tables)))[:most]


def _ids(tables: Iterable[pa.Table]) -> Iterator[str]:
    for table in tables:
        for ids in table.slice(0, 3).column("event_ids").to_pylist():
            yield from ids


def many(count: int, word: str, words: str = "") -> str:
    """``1 call``, ``2,000 calls``; ``words`` where more than one is not said by an s."""
    return f"{count:,} {word if count == 1 else words or word + 's'}"


def short(api: str) -> str:
    """An API as people write it."""
    return api.removeprefix("api:")


def named(principal: str, home: str) -> str:
    """A principal's short name, with its account where that is another than ``home``."""
    other = account(principal)
    return label(principal) + (f" in {other}" if other not in ("", home) else "")


def listed(names: Iterable[str], most: int = 5) -> str:
    """Some names in a sentence, and how many more there are."""
    every = list(names)
    more = f" and {len(every) - most:,} more" if len(every) > most else ""
    return ", ".join(every[:most]) + more
