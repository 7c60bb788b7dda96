"""The as-of state: what each principal, API, source and pair did strictly before a second."""

from collections.abc import Callable, Iterable
from typing import TypeVar

import msgspec

from offtrail.graph.window import HOUR
from offtrail.models.errors import SnapshotUnreadable, StateAhead
from offtrail.models.rows import Row
from offtrail.models.tallies import (
    KINDS,
    Account,
    Api,
    Edge,
    Group,
    Principal,
    Tally,
    network_of,
    service_of,
)
from offtrail.models.undo import Undo

VERSION = 2
BITS = 31  # two interned ids make one 62-bit key
KIND = {name: at for at, name in enumerate(KINDS)}
SERVICE = KIND["service"]
UNKNOWN = KIND["unknown"]

T = TypeVar("T")
Pending = tuple[int, int, int, int, int, bool, bool]
"""Account, principal, api, pair, rest of the count, error, denied: learned when the hour closes."""


class State(msgspec.Struct):
    """Everything learned from activities before ``clock``; asking changes nothing.

    Within the open hour an activity counts once, at its first second; the rest of its calls is
    added when the hour closes. Ids are interned to small integers and joined to 62-bit keys.
    """

    clock: int = 0  # rows with second < clock are learned
    version: int = VERSION
    pending: list[Pending] = msgspec.field(default_factory=list)
    ids: dict[str, int] = msgspec.field(default_factory=dict)
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
        tables = [getattr(self, name) for name in self.__struct_fields__]
        sizes = [(table, len(table)) for table in tables if isinstance(table, dict)]
        self.undo = Undo(self.clock, sizes)

    def keep(self) -> None:
        """What was learned since ``begin`` stays."""
        self.undo = msgspec.UNSET

    def take_back(self) -> None:
        """Forget what was learned since ``begin``."""
        if self.undo is not msgspec.UNSET:
            self.undo.take_back()
            self.clock = self.undo.clock
            self.pending.clear()
            self.undo = msgspec.UNSET

    def _id(self, text: str) -> int:
        return self.ids.setdefault(text, len(self.ids))

    def _learn(self, row: Row) -> None:
        """One activity at its first second; the rest of its calls waits for the hour's end."""
        second, hour = row.second, row.second // HOUR
        error, denied = row.code != "", row.error_class == "denied"
        account, principal = self._id(row.account), self._id(row.principal)
        api = self._id(f"{row.account}\t{row.api}")
        home = self._made(self.accounts, account, Account)
        caller = self._made(self.principals, principal, Principal)
        target = self._made(self.apis, api, Api)
        pair_key = principal << BITS | api
        pair = self._made(self.pairs, pair_key, Tally)
        kind = caller.kind = KIND.get(row.kind, UNKNOWN)
        person = kind != SERVICE

        self._member(home, account << BITS | principal, kind, second)
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
        self._learn_service(row, principal, kind, person)
        self._learn_source(row.source, caller, principal, second, hour)
        if error:
            self._learn_error(row, caller, principal, api, hour)
        if row.calls > 1:
            rest = row.calls - 1
            self.pending.append((account, principal, api, pair_key, rest, error, denied))

    def _member(self, home: Account, key: int, kind: int, second: int) -> None:
        if key not in self.members:
            self.members[key] = second
            if kind != SERVICE:
                home.principals += 1
                home.by_kind[kind] += 1

    def _learn_service(self, row: Row, principal: int, kind: int, person: bool) -> None:
        error, denied = row.code != "", row.error_class == "denied"
        service = self._id(f"{row.account}\t{service_of(row.api)}")
        target = self._made(self.services, service, Api)
        pair = self._made(self.service_pairs, principal << BITS | service, Tally)
        _spread(target, pair, kind, error, denied, person)
        hour = row.second // HOUR
        target.touch(row.second, hour, error, denied)
        target.pair_hours += pair.touch(row.second, hour, error, denied)

    def _learn_source(
        self, source: str, caller: Principal, principal: int, second: int, hour: int
    ) -> None:
        place, network = self._id(source), self._id(f"net\t{network_of(source)}")
        pair = self._made(self.source_pairs, principal << BITS | place, Group)
        caller.sources += pair.hours == 0
        self._made(self.sources, place, Group).touch(second, hour, pair.hours == 0)
        pair.touch(second, hour, False)
        near = self._made(self.network_pairs, principal << BITS | network, Group)
        self._made(self.networks, network, Group).touch(second, hour, near.hours == 0)
        near.touch(second, hour, False)

    def _learn_error(
        self, row: Row, caller: Principal, principal: int, api: int, hour: int
    ) -> None:
        code = self._id(f"{row.account}\t{row.code}")
        failure = self._id(f"{api}\t{row.code}")
        edge = self._made(self.edges, principal << BITS | failure, Edge)
        caller.failing += edge.met == 0
        self._made(self.failures, failure, Group).touch(row.second, hour, edge.met == 0)
        edge.touch(hour)
        key = principal << BITS | code
        self._made(self.codes, code, Group).touch(row.second, hour, key not in self.code_pairs)
        self.code_pairs.setdefault(key, row.second)
        caller.met(failure, row.second, row.error_class == "denied")

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
        """The state that ``packed`` wrote.

        Raises:
            SnapshotUnreadable: damaged, or written by another version.
        """
        try:
            state = msgspec.msgpack.decode(data, type=cls)
        except (msgspec.DecodeError, msgspec.ValidationError) as error:
            raise SnapshotUnreadable(f"a stored state cannot be read: {error}") from error
        if state.version != VERSION:
            raise SnapshotUnreadable(f"a stored state has version {state.version}, not {VERSION}")
        return state


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
