"""The as-of state kept in the store entity by entity, so that a new hour costs by its events.

A run loads the entities that its calls name, and writes those that changed. For some days it also
keeps what each hour changed, so that a late event or an analyst's word takes hours back one by one.
"""

from collections.abc import Iterable
from typing import Any

import msgspec

from offtrail.graph.store import GraphStore
from offtrail.graph.window import HOUR
from offtrail.models.calibration import Calibration
from offtrail.models.episodes import Key
from offtrail.models.keys import Keys, keys_of
from offtrail.models.rows import Row
from offtrail.models.state import VERSION, State
from offtrail.models.tallies import Account, Api, Edge, Group, Principal, Tally
from offtrail.models.undo import Change

HEAD, STATE, JOURNAL = "checkpoint", "state", "state-hour"
DAYS = 7  # days of hours that can be taken back; an older event scores everything anew
AT_ONCE = 20_000  # documents a transaction
WRITING = -1  # the version of a head that was claimed

ENTITIES: dict[str, Any] = {
    "accounts": Account,
    "principals": Principal,
    "apis": Api,
    "services": Api,
    "pairs": Tally,
    "service_pairs": Tally,
    "members": int,
    "sources": Group,
    "networks": Group,
    "source_pairs": Group,
    "network_pairs": Group,
    "codes": Group,
    "code_pairs": int,
    "failures": Group,
    "edges": Edge,
}
"""What each table of a state holds; the names are those of Keys."""


class Head(msgspec.Struct, frozen=True):
    """What the stored state stands for."""

    boundary: int  # second; every hour before it is learned and scored
    revision: int  # of the store, read before its activities were
    model: str
    since: int  # second from which edges were alerted
    held: tuple[Key, ...]  # quarantined episodes before the boundary
    journal: int  # first hour that can be taken back
    calibration: Calibration
    version: int = VERSION


class Progress:
    """The state between runs: parts of it loaded as they are named, changes written at the end."""

    def __init__(
        self, store: GraphStore, head: Head | None = None, found: dict[str, Any] | None = None
    ) -> None:
        self.state = State(clock=head.boundary if head else 0)
        self.calibration = head.calibration if head else Calibration()
        self._store, self._whole = store, head is None
        self._found = found if head else store.get(HEAD, HEAD)
        self._journal_from = head.journal if head else 0
        self._loaded: set[tuple[str, int]] = set()
        self._changed: set[tuple[str, int]] = set()
        self._hours: dict[int, tuple[list[Change], Any]] = {}
        self._hour, self._calibrated = 0, _body(self.calibration)

    def _load(self, rows: Iterable[Row]) -> None:
        """Have everything at hand that is known of what the calls name."""
        if self._whole:
            return
        named = {
            (table, key)
            for at in {keys_of(row) for row in rows}
            for table, key in zip(Keys._fields, at, strict=True)
        } - self._loaded
        self._loaded |= named
        found = self._store.get_all(STATE, [_id(table, key) for table, key in named])
        for table, key in named:
            body = found.get(_id(table, key))
            if body is not None and body["is"] is not None:
                getattr(self.state, table)[key] = _entity(table, body["is"])

    def begin(self, hour: int, rows: Iterable[Row]) -> None:
        """Start an hour in which these calls are asked about and learned."""
        self._hour = hour
        self._load(rows)
        self.state.begin()
        self._calibrated = _body(self.calibration)

    def learn(self, rows: Iterable[Row]) -> None:
        """Learn what is left of the hour."""
        left = [row for row in rows if row.second >= self.state.clock]
        self.state.advance(left, (self._hour + 1) * HOUR)

    def relearn(self, rows: Iterable[Row]) -> None:
        """Learn the hour again, from other rows."""
        self.state.take_back()
        self.state.begin()
        self.learn(rows)

    def keep(self) -> None:
        """End the hour; what it changed is noted, so that it can be written and taken back."""
        before = self.state.keep()
        if not self._whole:
            self._changed |= {(table, key) for table, key, _ in before}
        self._hours[self._hour] = before, self._calibrated
        self._hours.pop(self._hour - DAYS * 24, None)

    def take_back(self, end: int, begin: int) -> None:
        """Put the state back from hour ``end`` to the start of hour ``begin``."""
        hours = [f"{hour:08d}" for hour in range(begin, end)]
        journal = self._store.get_all(JOURNAL, hours)
        for hour in sorted(journal, reverse=True):
            for table, key, was in journal[hour]["was"]:
                self._loaded.add((table, key))
                self._changed.add((table, key))
                if was is None:
                    getattr(self.state, table).pop(key, None)
                else:
                    getattr(self.state, table)[key] = _entity(table, was)
            self.calibration = msgspec.convert(
                journal[hour]["calibration"], Calibration, str_keys=True
            )
        self.state.clock = begin * HOUR

    def claim(self) -> bool:
        """Take the head away before anything is written; False where another run was faster.

        A run that is cut off leaves no head, and the next one scores everything anew.
        """
        return self._store.put_if(HEAD, HEAD, {"version": WRITING}, self._found)

    def save(self, head: Head) -> None:
        """Write what changed, and the head last."""
        if self._whole:
            self._store.delete_all(STATE)
            self._store.delete_all(JOURNAL)
        changed = self._everything() if self._whole else self._changed
        batch: dict[str, dict[str, Any]] = {}
        for table, key in changed:
            batch[_id(table, key)] = {"is": _body(getattr(self.state, table).get(key))}
            if len(batch) == AT_ONCE:
                self._store.put_all(STATE, batch)
                batch = {}
        self._store.put_all(STATE, batch)
        first = head.journal if self._whole else max(head.journal, self._journal_from)
        for hour, (before, calibration) in self._hours.items():
            if hour >= first:
                was = [(table, key, _body(entity)) for table, key, entity in before]
                body = {"was": was, "calibration": calibration}
                self._store.put(JOURNAL, f"{hour:08d}", body)
        for hour in range(self._journal_from or first, first):
            self._store.delete(JOURNAL, f"{hour:08d}")
        kept = msgspec.structs.replace(head, journal=first)
        self._store.put(HEAD, HEAD, msgspec.to_builtins(kept, str_keys=True))

    def _everything(self) -> Iterable[tuple[str, int]]:
        return ((table, key) for table in Keys._fields for key in getattr(self.state, table))


def scored_until(store: GraphStore) -> int | None:
    """The second before which every call is scored, None where no run came so far."""
    body = store.get(HEAD, HEAD)
    return int(body["boundary"]) if body and "boundary" in body else None


def resume(
    store: GraphStore, *, model: str, since: int, held: set[Key], until: int
) -> tuple[int, Progress] | None:
    """The state before the first hour that must be scored, None where that is all of them.

    An hour must be scored that is new, that a late event added to, whose quarantine changed, or
    that earlier runs were not asked to alert.
    """
    body = store.get(HEAD, HEAD)
    if body is None or body["version"] != VERSION or body["model"] != model:
        return None
    head = msgspec.convert(body, Head, str_keys=True)
    now = {key for key in held if key.hour * HOUR < head.boundary}
    known = head.boundary // HOUR
    stale = [*store.touched(head.revision), *(key.hour for key in now ^ set(head.held))]
    begin = min([known, until // HOUR, *stale])
    if since < head.since:
        begin = min(begin, since // HOUR)
    if begin < min(known, head.journal):
        return None
    progress = Progress(store, head, body)
    if begin < known:
        progress.take_back(known, begin)
    return begin * HOUR, progress


def _id(table: str, key: int) -> str:
    return f"{table}/{key:x}"


def _body(entity: Any) -> Any:
    return msgspec.to_builtins(entity, str_keys=True)


def _entity(table: str, body: Any) -> Any:
    return msgspec.convert(body, ENTITIES[table], str_keys=True)
