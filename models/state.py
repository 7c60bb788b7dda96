"""The as-of state: what each principal, API, source and pair did strictly before a second."""

from collections.abc import Callable, Iterable
from typing import TypeVar

import msgspec

from offtrail.graph.window import HOUR
from offtrail.models.errors import StateAhead
from offtrail.models.keys import Keys, keys_of
from offtrail.models.rows import Row
from offtrail.models.tallies import (
    KINDS,
    Account,
    Api,
    Edge,
    Group,
    Principal,
    Tally,
)
from offtrail.models.undo import Change, Undo

VERSION = 3
"""Of what a state holds: one that is kept under another is learned anew."""
KIND = {name: at for at, name in enumerate(KINDS)}
SERVICE = KIND["service"]
UNKNOWN = KIND["unknown"]

T = TypeVar("T")
Pending = tuple[int, int, int, int, int, bool, bool]
"""Account, principal, api, pair, rest of the count, error, denied: learned when the hour closes."""


class State(msgspec.Struct):
    """Everything learned from activities before ``clock``; asking changes nothing.

    Within the open hour an activity counts once, at its first second; the rest of its calls is
    added when the hour closes. Tables are keyed by models/keys.py; a table may hold a part of
    what is known (models/checkpoint.py), so long as all keys of the calls at hand are in it.
    """

    clock: int = 0  # rows with second < clock are learned
    pending: list[Pending] = msgspec.field(default_factory=list)
    accounts: dict[int, Account] = msgspec.field(default_factory=dict)
    principals: dict[int, Principal] = msgspec.field(default_factory=dict)
    apis: dict[int, Api] = msgspec.field(default_factory=dict)
    services: dict[int, Api] = msgspec.field(default_factory=dict)
    pairs: dict[int, Tally] = msgspec.field(default_factory=dict)  # principal, API
    service_pairs: dict[int, Tally] = msgspec.field(default_factory=dict)  # principal, service
    members: dict[int, int] = msgspec.field(default_factory=dict)  # account, principal -> first
    sources: dict[int, Group] = msgspec.field(default_factory=dict)
    networks: dict[int, Group] = msgspec.field(default_factory=dict)
    source_pairs: dict[int, Group] = msgspec.field(default_factory=dict)  # principal, source
    network_pairs: dict[int, Group] = msgspec.field(default_factory=dict)  # principal, network
    codes: dict[int, Group] = msgspec.field(default_factory=dict)  # code within an account
    code_pairs: dict[int, int] = msgspec.field(default_factory=dict)  # principal, code -> first
    failures: dict[int, Group] = msgspec.field(default_factory=dict)  # (API, code)
    edges: dict[int, Edge] = msgspec.field(default_factory=dict)  # principal, (API, code)
    undo: Undo | msgspec.UnsetType = msgspec.UNSET  # never packed

    def advance(self, rows: Iterable[Row], until: int) -> None:
        """Learn rows of [clock, until), in any order of equal seconds, and close ended hours.

        Raises:
            StateAhead: a row lies outside that span.
        """
        if until < self.clock:
            raise StateAhead(f"the state has reached {self.clock}; it cannot go back to {until}")
        for row in sorted(rows, key=_second):
            if not self.clock <= row.second < until:
                raise StateAhead(f"a call at {row.second} is not in [{self.clock}, {until})")
            if row.second // HOUR != self.clock // HOUR:
                self._close()
            self.clock = row.second
            self._learn(row)
        if until // HOUR != self.clock // HOUR:
            self._close()
        self.clock = until

    def begin(self) -> None:
        """Remember what follows, so that ``take_back`` can undo it; hours must be closed.

        Raises:
            StateAhead: the open hour has calls that wait for its end.
        """
        if self.pending:
            raise StateAhead(f"the hour of {self.clock} is open; begin at an hour's start")
        tables = {name: getattr(self, name) for name in Keys._fields}
        sizes = {name: len(table) for name, table in tables.items()}
        self.undo = Undo(self.clock, tables, sizes)

    def keep(self) -> list[Change]:
        """What was learned since ``begin`` stays; returns what stood there before."""
        before = self.undo.before() if self.undo is not msgspec.UNSET else []
        self.undo = msgspec.UNSET
        return before

    def take_back(self) -> None:
        """Forget what was learned since ``begin``."""
        if self.undo is not msgspec.UNSET:
            self.undo.take_back()
            self.clock = self.undo.clock
            self.pending.clear()
            self.undo = msgspec.UNSET

    def _learn(self, row: Row) -> None:
        """One activity at its first second; the rest of its calls waits for the hour's end."""
        second, hour, at = row.second, row.second // HOUR, keys_of(row)
        error, denied = row.code != "", row.error_class == "denied"
        home = self._made(self.accounts, at.accounts, Account)
        caller = self._made(self.principals, at.principals, Principal)
        target = self._made(self.apis, at.apis, Api)
        pair = self._made(self.pairs, at.pairs, Tally)
        kind = caller.kind = KIND.get(row.kind, UNKNOWN)
        person = kind != SERVICE

        self._member(home, at.members, kind, second)
        if caller.touch(second, hour, error, denied):
            caller.clock[hour % 24] += 1
        home.touch(second, hour, error, denied)
        target.touch(second, hour, error, denied)
        _spread(target, pair, kind, error, denied, person)
        if not error and pair.calls == pair.errors:
            caller.apis += 1
        if pair.touch(second, hour, error, denied):
            caller.pair_hours += 1
            target.pair_hours += 1
            home.pair_hours += 1
        self._learn_service(row, at, kind, person)
        self._learn_source(at, caller, second, hour)
        if error:
            self._learn_error(row, at, caller, hour)
        if row.calls > 1:
            rest = row.calls - 1
            self.pending.append(
                (at.accounts, at.principals, at.apis, at.pairs, rest, error, denied)
            )

    def _member(self, home: Account, key: int, kind: int, second: int) -> None:
        if key not in self.members:
            self.members[key] = second
            if kind != SERVICE:
                home.principals += 1
                home.by_kind[kind] += 1

    def _learn_service(self, row: Row, at: Keys, kind: int, person: bool) -> None:
        error, denied, hour = row.code != "", row.error_class == "denied", row.second // HOUR
        target = self._made(self.services, at.services, Api)
        pair = self._made(self.service_pairs, at.service_pairs, Tally)
        _spread(target, pair, kind, error, denied, person)
        target.touch(row.second, hour, error, denied)
        target.pair_hours += pair.touch(row.second, hour, error, denied)

    def _learn_source(self, at: Keys, caller: Principal, second: int, hour: int) -> None:
        pair = self._made(self.source_pairs, at.source_pairs, Group)
        caller.sources += pair.hours == 0
        self._made(self.sources, at.sources, Group).touch(second, hour, pair.hours == 0)
        pair.touch(second, hour, False)
        near = self._made(self.network_pairs, at.network_pairs, Group)
        self._made(self.networks, at.networks, Group).touch(second, hour, near.hours == 0)
        near.touch(second, hour, False)

    def _learn_error(self, row: Row, at: Keys, caller: Principal, hour: int) -> None:
        edge = self._made(self.edges, at.edges, Edge)
        caller.failing += edge.met == 0
        self._made(self.failures, at.failures, Group).touch(row.second, hour, edge.met == 0)
        edge.touch(hour)
        new = at.code_pairs not in self.code_pairs
        self._made(self.codes, at.codes, Group).touch(row.second, hour, new)
        self.code_pairs.setdefault(at.code_pairs, row.second)
        caller.met(at.failures, row.second, row.error_class == "denied")

    def _close(self) -> None:
        """Add the rest of the calls of the hour that ended."""
        for account, principal, api, pair, rest, error, denied in self.pending:
            self.accounts[account].more(rest, error, denied)
            self.principals[principal].more(rest, error, denied)
            self.apis[api].more(rest, error, denied)
            self.pairs[pair].more(rest, error, denied)
        self.pending.clear()

    def _made(self, table: dict[int, T], key: int, new: Callable[[], T]) -> T:
        """The entity of a key, made where it is new, kept for undoing where it will change."""
        found = table.get(key)
        if found is None:
            found = table[key] = new()
        elif self.undo is not msgspec.UNSET:
            self.undo.keep(table, key, found)
        return found

    def packed(self) -> bytes:
        """The state as msgpack, equal for equal histories learned in one order."""
        return msgspec.msgpack.encode(self)

    @classmethod
    def unpacked(cls, data: bytes) -> "State":
        """The state that ``packed`` wrote."""
        return msgspec.msgpack.decode(data, type=cls)


def _second(row: Row) -> int:
    return row.second


def _spread(target: Api, pair: Tally, kind: int, error: bool, denied: bool, person: bool) -> None:
    """How many principals stand behind a target, before ``pair`` learns this call."""
    if not person:
        return
    target.triers += pair.calls == 0
    if not error:
        if pair.calls == pair.errors:
            target.callers += 1
            target.by_kind[kind] += 1
        return
    target.failers += pair.errors == 0
    target.refused += denied and pair.denied == 0
