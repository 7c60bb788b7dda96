"""Counts equal calls while they are decoded: each distinct record is parsed, not each record.

Its time and id aside, what ``parse_event`` answers depends on few fields of a record: on its frame
(who called what from where, and how it ended) and on what it names. Both are remembered by their
raw text. The answers are ``parse_event``'s own, and a test compares them record by record.
"""

from array import array
from collections.abc import Sequence
from operator import attrgetter
from typing import Any, NamedTuple

import msgspec
import numpy as np
import numpy.typing as npt

from offtrail.ingest.activity import Partial
from offtrail.ingest.address import source
from offtrail.ingest.agent import agent
from offtrail.ingest.apiname import api, service
from offtrail.ingest.columns import plain_seconds, plain_uuids, seconds, uuids
from offtrail.ingest.event import Event, Fact, Identity
from offtrail.ingest.evidence import Ints, Key, Proof, activities, facts, numbers, raw
from offtrail.ingest.facts import TELLING, call_facts, instance_facts
from offtrail.ingest.identity import identity
from offtrail.ingest.keys import Keys, Numbered, caller_key, parts
from offtrail.ingest.names import OVERHEAD, Names
from offtrail.ingest.parse import parse_event, skipped
from offtrail.ingest.resource import Place, named
from offtrail.ingest.wire import Skip, Wire, text

MEMORY = 64 << 20
"""Bytes of distinct texts remembered before all are forgotten."""
KINDS = 1 << 16
"""Kinds that outlive a hand-out."""
_FROM = attrgetter("source_ip_address", "vpc_endpoint_id", "user_agent")
_WHAT = attrgetter(
    "event_name",
    "event_source",
    "error_code",
    "error_message",
    "aws_region",
    "recipient_account_id",
    "event_type",
    "event_category",
)
_CALLER = attrgetter("user_identity")
_ID_TEXT, _TIME_TEXT = attrgetter("event_id"), attrgetter("event_time")
_TIME, _ID = "2000-01-01T00:00:00Z", "00000000-0000-4000-8000-000000000000"

Triple = tuple[int, int, str | bytes]
"""A record without its time and id: the numbers of its caller and its call, and what it names."""


class Reduced(NamedTuple):
    """What the records since the last time reduce to, and how many were there twice."""

    partial: Partial
    calls: int
    duplicate: int


class _Caller(NamedTuple):
    """Who calls from where with what; no ``key`` where that cannot be read."""

    key: int | None = None
    who: Identity = Identity("", "unknown")
    told: tuple[Fact, ...] = ()


class _Call(NamedTuple):
    """What is called; a ``key`` where the call succeeded, all else is left to parse_event."""

    key: int | None = None
    place: Place = Place("")
    tells: bool = False  # its response is read too, and differs from call to call
    steady: bool = False  # where equal things are named, the answers are equal


class _Kinds:
    """Kinds by number: a key, and facts."""

    def __init__(self) -> None:
        self.keys, self.many, self.told = array("q", [0]), array("q", [0]), array("q")

    def __len__(self) -> int:
        return len(self.keys)

    @property
    def key(self) -> Ints:
        return np.array(self.keys, dtype=np.int64)

    def new(self, key: int, told: tuple[int, ...]) -> int:
        """The number of a kind that was not there before."""
        self.keys.append(key)
        self.many.append(len(told))
        self.told.extend(told)
        return len(self.keys) - 1


class Reducer:
    """Takes records in and hands out what they reduce to; what it remembers outlives that."""

    def __init__(self) -> None:
        self._forget()
        self.drop()

    def _forget(self) -> None:
        self._keys = Keys()
        self._facts = Numbered()
        self._kinds = _Kinds()
        self._number_of: dict[Any, int] = {}  # of a kind or a Skip
        self._plain: dict[Key, int] = {}
        self._skips: list[Skip] = []
        self._forget_texts()

    def _forget_texts(self) -> None:
        self._held = 0
        self._who: dict[tuple[Any, bytes], int] = {}
        self._what: dict[tuple[Any, ...], int] = {}
        self._callers = [_Caller()]  # by the numbers in _who
        self._calls = [_Call()]  # by the numbers in _what
        self._kind_of: dict[Triple, int] = {}
        self._resource_of: dict[tuple[int, bytes], str] = {}
        self._names = Names()

    def drop(self) -> None:
        """Forget the calls that were not taken; what they taught stays."""
        self._which, self._seconds = array("q"), array("q")
        self._ids: list[bytes] = []
        self.calls = 0

    def add(self, records: Sequence[Wire]) -> list[tuple[int, Skip]]:
        """Take records in; the places of those left out, with why."""
        kinds = self._all_kinds(records)
        texts = [*map(_ID_TEXT, records)]
        ids = plain_uuids(texts) if all(texts) else None
        times = [*map(_TIME_TEXT, records)]
        moments = plain_seconds(times) if all(times) else None
        if ids is None or moments is None or min(kinds) < 0:
            return self._add_closely(records, kinds)
        self._add_kept(kinds, ids, moments)
        return []

    def _add_closely(self, records: Sequence[Wire], kinds: list[int]) -> list[tuple[int, Skip]]:
        """Where some are left out, or have an id or a time of another form."""
        ids, id_sound = uuids([record.event_id or "" for record in records])
        moments, time_sound = seconds([record.event_time or "" for record in records])
        which = np.array(kinds, dtype=np.int64)
        for i in np.flatnonzero((which >= 0) & ~(id_sound & time_sound)).tolist():
            answer = parse_event(records[i])
            which[i] = self._number(answer)
            if isinstance(answer, Event):
                ids[i], moments[i] = numbers(answer.id)[0], answer.time
        kept = which >= 0
        self._add_kept(which[kept].tolist(), raw(ids[kept]), moments[kept].tolist())
        return [(int(i), self._skips[-1 - which[i]]) for i in np.flatnonzero(~kept)]

    def _add_kept(self, kinds: list[int], ids: bytes, moments: list[int]) -> None:
        self._which.extend(kinds)
        self._ids.append(ids)
        self._seconds.extend(moments)
        self.calls += len(kinds)

    def take(self) -> Reduced:
        """What was added since the last time."""
        which = np.array(self._which, dtype=np.int64)
        ids = numbers(b"".join(self._ids))
        moments = np.array(self._seconds, dtype=np.int64)
        table = activities(Proof(self._keys, self._kinds.key[which], ids, moments))
        partial = Partial(table, facts(self._beside(which, ids, moments)))
        calls = self.calls
        self.drop()
        if len(self._kinds) > KINDS or max(len(self._callers), len(self._calls)) > KINDS:
            self._forget()
        return Reduced(partial, calls, calls - len(table.column("ids").combine_chunks().flatten()))

    def _all_kinds(self, records: Sequence[Wire]) -> list[int]:
        """The number of each record's kind, below zero for a Skip. Loops over records run in C."""
        if self._held + self._names.held > MEMORY:
            self._forget_texts()
        whos, whats = self._all_whos(records), self._all_whats(records)
        triples = [*zip(whos, whats, self._names.of(records), strict=True)]
        kinds: list[Any] = [*map(self._kind_of.get, triples)]
        for i in _unknown(kinds):
            kinds[i] = self._kind_of.get(triples[i])
            if kinds[i] is None:
                kinds[i] = self._kind(triples[i], records[i])
        return kinds

    def _all_whos(self, records: Sequence[Wire]) -> list[int]:
        texts = map(bytes, map(_CALLER, records))
        whos = [*zip(map(_FROM, records), texts, strict=True)]
        numbers: list[Any] = [*map(self._who.get, whos)]
        for i in _unknown(numbers):
            if whos[i] not in self._who:
                self._who[whos[i]] = len(self._callers)
                self._callers.append(self._caller(records[i]))
                self._held += OVERHEAD + len(whos[i][1])
            numbers[i] = self._who[whos[i]]
        return numbers

    def _all_whats(self, records: Sequence[Wire]) -> list[int]:
        whats = [*map(_WHAT, records)]
        numbers: list[Any] = [*map(self._what.get, whats)]
        for i in _unknown(numbers):
            if whats[i] not in self._what:
                self._what[whats[i]] = len(self._calls)
                self._calls.append(self._call(records[i]))
                self._held += OVERHEAD + len(whats[i][3] or "")
            numbers[i] = self._what[whats[i]]
        return numbers

    def _caller(self, record: Wire) -> _Caller:
        try:
            who = identity(text(record.user_identity))
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            return _Caller()
        where = source(record.source_ip_address or "", record.vpc_endpoint_id or "")
        key = caller_key(who, where, agent(record.user_agent or ""))
        return _Caller(self._keys.callers[key], who, instance_facts(who, where))

    def _call(self, record: Wire) -> _Call:
        sign_in = record.event_source == "signin.amazonaws.com"  # the response says how it ended
        tells = record.event_name in TELLING
        failed = (record.error_code or "success").lower() != "success"
        steady = not sign_in and (failed or not tells)
        account, region = record.recipient_account_id, record.aws_region or ""
        if record.error_code is not None or sign_in or not account or skipped(record):
            return _Call(steady=steady)
        name = record.event_source or ""
        key = self._keys.calls[account, region, api(name, record.event_name or ""), "", "", ""]
        return _Call(key, Place(service(name), region, account), tells, steady)

    def _kind(self, triple: Triple, record: Wire) -> int:
        who, what, name = triple
        caller, call = self._callers[who], self._calls[what]
        if caller.key is None or call.key is None:
            number = self._number(parse_event(_stamped(record)))
        else:
            resource = name if isinstance(name, str) else self._resource(what, name)
            number = self._succeeded(caller, call, resource)
            if call.tells:
                return self._telling(caller, call, number, record)
        if call.steady:
            self._kind_of[triple] = number
            self._held += OVERHEAD + len(name)
        return number

    def _resource(self, what: int, parameters: bytes) -> str:
        """What parameters name in a call."""
        resource = self._resource_of.get((what, parameters))
        if resource is None:
            resource = named(self._calls[what].place, b"", parameters)
            self._resource_of[what, parameters] = resource
            self._held += OVERHEAD
        return resource

    def _succeeded(self, caller: _Caller, call: _Call, resource: str) -> int:
        key = caller.key, call.key, resource
        number = self._plain.get(key)
        if number is None:
            told = self._told(call.place.account, caller.told) if caller.told else ()
            number = self._plain[key] = self._kinds.new(self._keys.numbers[key], told)
        return number

    def _telling(self, caller: _Caller, call: _Call, number: int, record: Wire) -> int:
        """The kind of a call whose response proves more."""
        asked, given = text(record.request_parameters), text(record.response_elements)
        more = call_facts(record.event_name or "", caller.who, asked, given)
        if not more:
            return number
        told = self._told(call.place.account, caller.told + more)
        return self._kinds.new(self._kinds.keys[number], told)

    def _number(self, answer: Event | Skip) -> int:
        if isinstance(answer, Skip):
            number = self._number_of.get(answer)
            if number is None:
                self._skips.append(answer)
                number = self._number_of[answer] = -len(self._skips)
            return number
        who, what, resource = parts(answer)
        key = self._keys.numbers[self._keys.callers[who], self._keys.calls[what], resource]
        kind = key, self._told(answer.account, answer.facts)
        number = self._number_of.get(kind)
        if number is None:
            number = self._number_of[kind] = self._kinds.new(*kind)
        return number

    def _told(self, account: str, told: tuple[Fact, ...]) -> tuple[int, ...]:
        """The numbers of facts."""
        return tuple(
            [self._facts[account, fact.relation, fact.subject, fact.object] for fact in told]
        )

    def _beside(self, which: Ints, ids: npt.NDArray[np.uint64], moments: Ints) -> Proof:
        """The facts of calls, each beside the id and second of its call."""
        lengths = np.array(self._kinds.many, dtype=np.int64)
        starts = np.cumsum(lengths) - lengths
        many = lengths[which]
        call = np.repeat(np.arange(len(which)), many)
        within = np.arange(len(call)) - np.repeat(np.cumsum(many) - many, many)
        place = np.repeat(starts[which], many) + within
        fact = np.array(self._kinds.told, dtype=np.int64)[place]
        return Proof(self._facts.each, fact, ids[call], moments[call])


def _unknown(found: Sequence[object]) -> list[int]:
    """The places of None. Numbers begin with 1: one look in C tells whether there are any."""
    return [] if all(found) else [i for i, one in enumerate(found) if one is None]


def _stamped(record: Wire) -> Wire:
    """With a time and an id that are always sound: they are read elsewhere."""
    return msgspec.structs.replace(record, event_time=_TIME, event_id=_ID)
