"""Counts equal calls while they are decoded: each distinct record is parsed, not each record.

Its time and id aside, what ``parse_event`` answers depends on few fields of a record: on its frame
(who called what from where, and how it ended) and on what it names. Both are remembered by their
raw text. The answers are ``parse_event``'s own, and a test compares them record by record.
"""

from collections.abc import Sequence
from itertools import chain
from typing import NamedTuple

import msgspec
import numpy as np
import numpy.typing as npt

from offtrail.ingest.activity import KEY, Partial
from offtrail.ingest.apiname import service
from offtrail.ingest.columns import seconds, uuids
from offtrail.ingest.event import Event
from offtrail.ingest.evidence import Ints, Key, Proof, activities, facts, numbers
from offtrail.ingest.facts import TELLING
from offtrail.ingest.parse import parse_event
from offtrail.ingest.resource import Place, target
from offtrail.ingest.wire import Skip, Wire

MEMORY = 1 << 15
"""Distinct texts remembered before all are forgotten."""
_RESOURCE = KEY.get_field_index("resource") - 1
_TIME, _ID = "2000-01-01T00:00:00Z", "00000000-0000-0000-0000-000000000000"


Kind = tuple[Key, tuple[Key, ...]]
"""An activity and its facts, without hours."""


class Reduced(NamedTuple):
    """What the records since the last time reduce to, and how many were there twice."""

    partial: Partial
    calls: int
    duplicate: int


class _Frame(NamedTuple):
    """What ``parse_event`` answers to a record, apart from what the call names."""

    kind: Kind | Skip
    place: Place
    plain: bool  # resources and parameters alone say what it names, and nothing else is told
    steady: bool  # records equal in frame, resources and parameters have equal answers
    resources: dict[str, int]  # the number of the kind, by what the call names


class Reducer:
    """Takes records in and hands out what they reduce to; what it remembers outlives that."""

    def __init__(self) -> None:
        self._forget()
        self._start()

    def _forget(self) -> None:
        self._frames: list[_Frame] = []
        self._frame_of: dict[object, int] = {}
        self._kind_of: dict[tuple[int, bytes, bytes], int] = {}
        self._kinds: list[Kind] = []  # activity and facts
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
        table = activities(Proof([key for key, _ in self._kinds], which, ids, moments))
        told = [told for _, told in self._kinds]
        partial = Partial(table, facts(_told(told, which, ids, moments)))
        calls = self.calls
        self._start()
        if len(self._kinds) > MEMORY or len(self._frames) > MEMORY:
            self._forget()
        return Reduced(partial, calls, calls - len(table.column("ids").combine_chunks().flatten()))

    def _all_kinds(self, records: Sequence[Wire]) -> list[int]:
        """The number of each record's kind, below zero for a Skip. The one hot loop."""
        frame_of, kind_of = self._frame_of.get, self._kind_of.get
        numbers_: list[int] = []
        append = numbers_.append
        for r in records:
            frame_key = (
                r.event_name,
                r.event_source,
                bytes(r.user_identity),
                r.source_ip_address,
                r.user_agent,
                r.error_code,
                r.error_message,
                r.aws_region,
                r.recipient_account_id,
                r.vpc_endpoint_id,
                r.event_type,
                r.event_category,
            )
            frame = frame_of(frame_key)
            if frame is None:
                frame = self._frame_of[frame_key] = self._frame(r)
            kind_key = (frame, bytes(r.resources), bytes(r.request_parameters))
            number = kind_of(kind_key)
            if number is None:
                number = self._kind(kind_key, r)
            append(number)
        return numbers_

    def _frame(self, record: Wire) -> int:
        answer = parse_event(_stamped(record))
        if isinstance(answer, Skip):
            frame = _Frame(answer, Place(""), False, True, {})
        else:
            place = Place(service(record.event_source or ""), answer.region, answer.account)
            alone = record.event_source == "signin.amazonaws.com"  # its response is read too
            silent = not answer.code and not alone and record.event_name not in TELLING
            steady = silent or (bool(answer.code) and not alone)
            frame = _Frame(_kind(answer), place, silent, steady, {})
        self._frames.append(frame)
        return len(self._frames) - 1

    def _kind(self, kind_key: tuple[int, bytes, bytes], record: Wire) -> int:
        frame = self._frames[kind_key[0]]
        if frame.plain and not isinstance(frame.kind, Skip):
            number = self._named(
                frame.kind, frame.resources, target(frame.place, kind_key[1], kind_key[2])
            )
        else:
            number = self._number(parse_event(_stamped(record)))
        if frame.steady:
            if len(self._kind_of) >= MEMORY:
                self._kind_of.clear()
            self._kind_of[kind_key] = number
        return number

    def _named(self, kind: Kind, numbers: dict[str, int], resource: str) -> int:
        number = numbers.get(resource)
        if number is None:
            number = numbers[resource] = len(self._kinds)
            key, told = kind
            self._kinds.append(((*key[:_RESOURCE], resource, *key[_RESOURCE + 1 :]), told))
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
        self._kinds.append(answer)
        return len(self._kinds) - 1


def _kind(event: Event) -> Kind:
    """An event without its time and id: the values of KEY and of FACT_KEY after ``hour``."""
    who = event.identity
    key = (
        event.account,
        event.region,
        who.principal,
        who.kind,
        who.account,
        who.session,
        who.credential,
        event.api,
        event.code,
        event.error_class,
        event.reason,
        event.source,
        who.instance,
        event.resource,
        event.agent,
        who.via,
        who.mfa,
    )
    told = ((event.account, f.relation, f.subject, f.object) for f in event.facts)
    return key, tuple(told)


def _stamped(record: Wire) -> Wire:
    """With a time and an id that are always sound: they are read elsewhere."""
    return msgspec.structs.replace(record, event_time=_TIME, event_id=_ID)


def _told(
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
