"""Counts equal calls while they are decoded: each distinct record is parsed, not each record.

Its time and id aside, what ``parse_event`` answers depends on few fields of a record: on its frame
(who called what from where, and how it ended) and on what it names. Both are remembered by their
raw text. The answers are ``parse_event``'s own, and a test compares them record by record.
"""

import re
from collections.abc import Iterator, Sequence
from itertools import chain
from operator import attrgetter
from typing import Any, NamedTuple

import msgspec
import numpy as np
import numpy.typing as npt

from offtrail.ingest.activity import KEY, Partial
from offtrail.ingest.address import source
from offtrail.ingest.agent import agent
from offtrail.ingest.apiname import api, service
from offtrail.ingest.columns import seconds, uuids
from offtrail.ingest.denial import Denial
from offtrail.ingest.event import Event, Fact, Identity
from offtrail.ingest.evidence import Ints, Key, Proof, activities, facts, numbers
from offtrail.ingest.facts import TELLING, call_facts, instance_facts
from offtrail.ingest.parse import Outcome, caller, parse_event, skipped
from offtrail.ingest.resource import Place, listed, named
from offtrail.ingest.wire import Skip, Wire, text

MEMORY = 64 << 20
"""Bytes of distinct texts remembered before all are forgotten."""
OVERHEAD = 1 << 10  # bytes that remembering a text takes beside it
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
_CALLER, _LISTED = attrgetter("user_identity"), attrgetter("resources")
_ASKED = attrgetter("request_parameters")
_BUCKET = re.compile(rb'(?=.*"type" ?: ?"AWS::S3::Bucket").*"ARN" ?: ?"arn:', re.DOTALL)
_RESOURCE = KEY.get_field_index("resource") - 1
_TIME, _ID = "2000-01-01T00:00:00Z", "00000000-0000-4000-8000-000000000000"


Kind = tuple[Key, tuple[Key, ...]]
"""An activity and its facts, without hours."""


class Reduced(NamedTuple):
    """What the records since the last time reduce to, and how many were there twice."""

    partial: Partial
    calls: int
    duplicate: int


class _Frame(NamedTuple):
    """What is known of a record apart from what it names; without ``base``, nothing but that."""

    base: Kind | None = None
    who: Identity = Identity("", "unknown")
    place: Place = Place("")
    tells: bool = False  # its response is read too, and differs from call to call
    steady: bool = False  # where equal things are named, the answers are equal
    numbers: dict[str, int] = {}  # noqa: RUF012 never used as it stands: one is given with a base


class Reducer:
    """Takes records in and hands out what they reduce to; what it remembers outlives that."""

    def __init__(self) -> None:
        self._forget()
        self._start()

    def _forget(self) -> None:
        self._held = 0
        self._frames: list[_Frame] = []
        self._who: dict[tuple[Any, bytes], int] = {}
        self._what: dict[tuple[Any, ...], int] = {}
        self._frame_of: dict[tuple[int, int], int] = {}
        self._kind_of: dict[tuple[int, str | bytes], int] = {}
        self._name_of: dict[bytes, str] = {}
        self._keys: list[Key] = []  # each once
        self._key_of: dict[Key, int] = {}
        self._kinds: list[tuple[int, tuple[Key, ...]]] = []  # the number of a key, and facts
        self._number_of: dict[Kind | Skip, int] = {}
        self._skips: list[Skip] = []

    def _start(self) -> None:
        self._which: list[Ints] = []
        self._ids: list[npt.NDArray[np.uint64]] = []
        self._seconds: list[Ints] = []
        self.calls = 0

    def add(self, records: Sequence[Wire]) -> list[tuple[int, Skip]]:
        """Take records in; the places of those left out, with why."""
        which = np.array(self._all_kinds(records), dtype=np.int64)
        ids, id_sound = uuids([record.event_id or "" for record in records])
        moments, time_sound = seconds([record.event_time or "" for record in records])
        ids = np.array(ids)
        for i in np.flatnonzero((which >= 0) & ~(id_sound & time_sound)).tolist():
            answer = parse_event(records[i])
            which[i] = self._number(answer)
            if isinstance(answer, Event):
                ids[i], moments[i] = numbers(answer.id)[0], answer.time
        kept = which >= 0
        self._which.append(which[kept])
        self._ids.append(ids[kept])
        self._seconds.append(moments[kept])
        self.calls += int(kept.sum())
        return [(int(i), self._skips[-1 - which[i]]) for i in np.flatnonzero(~kept)]

    def take(self) -> Reduced:
        """What was added since the last time."""
        which = np.concatenate([*self._which, np.empty(0, np.int64)])
        ids = np.concatenate([*self._ids, np.empty((0, 2), np.uint64)])
        moments = np.concatenate([*self._seconds, np.empty(0, np.int64)])
        key = np.array([number for number, _ in self._kinds] or [0], dtype=np.int64)[which]
        table = activities(Proof(self._keys, key, ids, moments), distinct=True)
        told = [told for _, told in self._kinds]
        partial = Partial(table, facts(_beside(told, which, ids, moments)))
        calls = self.calls
        self._start()
        if len(self._kinds) > KINDS or len(self._frames) > KINDS:
            self._forget()
        return Reduced(partial, calls, calls - len(table.column("ids").combine_chunks().flatten()))

    def _all_kinds(self, records: Sequence[Wire]) -> list[int]:
        """The number of each record's kind, below zero for a Skip. Loops over records run in C."""
        if self._held > MEMORY:
            self._held = 0
            for memory in (self._who, self._what, self._frame_of, self._kind_of, self._name_of):
                memory.clear()
        frames = self._all_frames(records)
        keys = [*zip(frames, self._names(records), strict=True)]
        for key, record in dict(zip(keys, records, strict=True)).items():
            if key not in self._kind_of and self._frames[key[0]].steady:
                self._kind_of[key] = self._kind(key[0], record)
                self._held += OVERHEAD + len(key[1])
        kinds: list[Any] = [*map(self._kind_of.get, keys)]
        for i in [i for i, kind in enumerate(kinds) if kind is None]:
            kinds[i] = self._kind(keys[i][0], records[i])
        return kinds

    def _all_frames(self, records: Sequence[Wire]) -> Iterator[int]:
        """Two small tables that stay in the cache, and one of pairs of their numbers."""
        whos = [*zip(map(_FROM, records), map(bytes, map(_CALLER, records)), strict=True)]
        whats = [*map(_WHAT, records)]
        for who in dict.fromkeys(whos):
            if who not in self._who:
                self._who[who] = len(self._who)
                self._held += OVERHEAD + len(who[1])
        for what in dict.fromkeys(whats):
            if what not in self._what:
                self._what[what] = len(self._what)
                self._held += OVERHEAD + len(what[3] or "")
        pairs = [
            *zip(map(self._who.__getitem__, whos), map(self._what.__getitem__, whats), strict=True)
        ]
        for pair, record in dict(zip(pairs, records, strict=True)).items():
            if pair not in self._frame_of:
                self._frame_of[pair] = len(self._frames)
                self._frames.append(_frame(record))
                self._held += OVERHEAD
        return map(self._frame_of.__getitem__, pairs)

    def _names(self, records: Sequence[Wire]) -> list[str | bytes]:
        """What each record's resources name; where they name nothing, its parameters' raw text."""
        texts = [*map(bytes, map(_LISTED, records))]
        names = {text_: self._listed(text_) for text_ in dict.fromkeys(texts)}
        asked = map(bytes, map(_ASKED, records))
        return [names[text_] or more for text_, more in zip(texts, asked, strict=True)]

    def _listed(self, resources: bytes) -> str:
        """S3 names each object: remembered is the bucket's entry, which decides."""
        entry = resources[resources.rfind(b"{") :]
        if _BUCKET.match(entry) and resources.count(b"S3::Bucket") == 1 and b"\\" not in resources:
            resources = b"[" + entry
        name = self._name_of.get(resources)
        if name is None:
            name = self._name_of[resources] = listed(resources)
            self._held += OVERHEAD + len(resources)
        return name

    def _kind(self, frame_number: int, record: Wire) -> int:
        frame = self._frames[frame_number]
        if frame.base is None:
            return self._number(parse_event(_stamped(record)))
        resource = named(frame.place, text(record.resources), text(record.request_parameters))
        number = self._named(frame.base, frame.numbers, resource)
        return self._telling(frame, number, record) if frame.tells else number

    def _telling(self, frame: _Frame, number: int, record: Wire) -> int:
        """The kind of a call whose response proves more."""
        asked, given = text(record.request_parameters), text(record.response_elements)
        more = call_facts(record.event_name or "", frame.who, asked, given)
        if not more:
            return number
        key, told = self._kinds[number]
        self._kinds.append((key, told + _told(self._keys[key][0], more)))
        return len(self._kinds) - 1

    def _named(self, base: Kind, numbers: dict[str, int], resource: str) -> int:
        number = numbers.get(resource)
        if number is None:
            number = numbers[resource] = len(self._kinds)
            key, told = base
            self._add_kind((*key[:_RESOURCE], resource, *key[_RESOURCE + 1 :]), told)
        return number

    def _number(self, answer: Event | Skip) -> int:
        answer_ = _kind(answer) if isinstance(answer, Event) else answer
        number = self._number_of.get(answer_)
        if number is None:
            number = self._number_of[answer_] = self._next(answer_)
        return number

    def _next(self, answer: Kind | Skip) -> int:
        if isinstance(answer, Skip):
            self._skips.append(answer)
            return -len(self._skips)
        self._add_kind(*answer)
        return len(self._kinds) - 1

    def _add_kind(self, key: Key, told: tuple[Key, ...]) -> None:
        number = self._key_of.get(key)
        if number is None:
            number = self._key_of[key] = len(self._keys)
            self._keys.append(key)
        self._kinds.append((number, told))


def _frame(record: Wire) -> _Frame:
    """A call that succeeded is put together from its parts; all else is left to parse_event."""
    alone = record.event_source == "signin.amazonaws.com"  # the response says how it ended
    tells = record.event_name in TELLING
    if record.error_code is not None or alone or skipped(record):
        return _Frame(steady=not alone and (record.error_code is not None or not tells))
    try:
        who = caller(record)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return _Frame()
    account, region = record.recipient_account_id or who.account, record.aws_region or ""
    where = source(record.source_ip_address or "", record.vpc_endpoint_id or "")
    call = api(record.event_source or "", record.event_name or "")
    key = _key(account, region, who, call, Outcome(), where, "", agent(record.user_agent or ""))
    told = _told(account, instance_facts(who, where))
    place = Place(service(record.event_source or ""), region, account)
    return _Frame((key, told), who, place, tells, not tells, {})


def _kind(event: Event) -> Kind:
    """An event without its time and id."""
    ended = Outcome(event.code, event.error_class, Denial(reason=event.reason))
    key = _key(
        event.account,
        event.region,
        event.identity,
        event.api,
        ended,
        event.source,
        event.resource,
        event.agent,
    )
    return key, _told(event.account, event.facts)


def _key(
    account: str,
    region: str,
    who: Identity,
    call: str,
    ended: Outcome,
    where: str,
    resource: str,
    family: str,
) -> Key:
    """The values of KEY after ``hour``."""
    return (
        account,
        region,
        who.principal,
        who.kind,
        who.account,
        who.session,
        who.credential,
        call,
        ended.code,
        ended.error_class,
        ended.denial.reason,
        where,
        who.instance,
        resource,
        family,
        who.via,
        who.mfa,
    )


def _told(account: str, told: tuple[Fact, ...]) -> tuple[Key, ...]:
    """The values of FACT_KEY after ``hour``."""
    return tuple([(account, fact.relation, fact.subject, fact.object) for fact in told])


def _stamped(record: Wire) -> Wire:
    """With a time and an id that are always sound: they are read elsewhere."""
    return msgspec.structs.replace(record, event_time=_TIME, event_id=_ID)


def _beside(
    told: Sequence[tuple[Key, ...]], which: Ints, ids: npt.NDArray[np.uint64], moments: Ints
) -> Proof:
    """The facts of calls, each beside the id and second of its call."""
    lengths = np.array([len(keys) for keys in told], dtype=np.int64)
    starts = np.concatenate([np.zeros(1, np.int64), np.cumsum(lengths)])[:-1]
    many = lengths[which]
    call = np.repeat(np.arange(len(which)), many)
    within = np.arange(len(call)) - np.repeat(np.cumsum(many) - many, many)
    place = np.repeat(starts[which], many) + within
    return Proof(list(chain.from_iterable(told)), place, ids[call], moments[call])
