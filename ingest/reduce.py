"""Counts equal calls while they are decoded: each distinct record is parsed, not each record.

Its time and id aside, what ``parse_event`` answers depends on who calls, from where, what, how it
ended, and on what the record names. Each of these is numbered, and what equal numbers come to is
remembered. The answers are ``parse_event``'s own, and a test compares them record by record.
"""

from array import array
from collections.abc import Callable, Sequence
from operator import itemgetter
from typing import Any, NamedTuple

import msgspec
import numpy as np
import numpy.typing as npt
from msgspec.structs import astuple

from offtrail.ingest.activity import Partial
from offtrail.ingest.address import source
from offtrail.ingest.agent import agent
from offtrail.ingest.apiname import api, service
from offtrail.ingest.columns import plain_seconds, plain_uuids, seconds, uuids
from offtrail.ingest.event import Event, Fact, Identity
from offtrail.ingest.evidence import Ints, Proof, activities, facts, numbers, raw
from offtrail.ingest.facts import TELLING, call_facts, instance_facts
from offtrail.ingest.identity import identity
from offtrail.ingest.keys import CALLER, Keys, Numbered, caller_key, parts
from offtrail.ingest.learned import Fields, Learned, Texts
from offtrail.ingest.names import Names
from offtrail.ingest.parse import denied_words, outcome, parse_event, skipped
from offtrail.ingest.resource import Place, named
from offtrail.ingest.wire import Skip, Wire, text

MEMORY = 64 << 20
"""Bytes of distinct texts remembered before all are forgotten."""
KINDS = 1 << 16
"""Keys and facts that outlive a hand-out."""
COMBINED = 1 << 8
"""Bytes that remembering a combination takes beside what it names."""

_FIELDS = Wire.__struct_fields__


def _fields(first: str, last: str) -> slice:
    return slice(_FIELDS.index(first), _FIELDS.index(last) + 1)


_ORIGIN = itemgetter(_fields("source_ip_address", "user_agent"))
_CALLED = _fields("aws_region", "event_name")
_CALL = itemgetter(_CALLED)
_USER, _LISTED, _ASKED, _ID_TEXT, _TIME_TEXT = (
    itemgetter(_FIELDS.index(name))
    for name in ("user_identity", "resources", "request_parameters", "event_id", "event_time")
)
_INSTANCE = CALLER.index("instance")
_NOBODY = Identity("", "unknown")
_TIME, _ID = "2000-01-01T00:00:00Z", "00000000-0000-4000-8000-000000000000"

Kind = tuple[int, int, int, str | bytes]
"""A record without time and id: the numbers of user, origin and call, and what it names."""


class Reduced(NamedTuple):
    """What the records since the last time reduce to, and how many were there twice."""

    partial: Partial
    calls: int
    duplicate: int


class _Call(NamedTuple):
    """What is called and how it ended; where there is no ``key``, parse_event is to be asked."""

    key: int | None
    place: Place
    said: str = ""  # what a denial names
    exact: bool = False  # it names that alone, whatever else the record names
    tells: bool = False  # the response is read too, and differs from call to call
    steady: bool = True  # where equal things are named, the answers are equal


class _Answers(dict[Any, int]):
    """What is remembered; ``learn`` remembers, or answers without."""

    def __init__(self, learn: Callable[[Any], int]) -> None:
        super().__init__()
        self._learn = learn

    def __missing__(self, asked: Any) -> int:
        return self._learn(asked)


class Reducer:
    """Takes records in and hands out what they reduce to; what it remembers outlives that."""

    def __init__(self) -> None:
        self._forget()
        self.drop()

    def _forget(self) -> None:
        self._keys = Keys()
        self._facts = Numbered()
        self._skips: list[Skip] = []
        self._forget_texts()

    def _forget_texts(self) -> None:
        self._held = 0
        self._users = Texts(_user)
        self._origins = Learned(_origin)
        self._calls = Learned(self._call)
        self._names = Names()
        self._callers: dict[tuple[int, int], int] = {}
        self._resources: dict[tuple[int, bytes], str] = {}
        self._kinds = _Answers(self._kind)  # the number of a key from 1 on, below 0 of a Skip

    def drop(self) -> None:
        """Forget the calls that were not taken; what they taught stays."""
        self._which: list[int] = []
        self._seconds: list[float] = []  # whole ones
        self._beside_call, self._beside_fact = array("q"), array("q")
        self._ids: list[bytes] = []
        self.calls = 0

    def add(self, records: Sequence[Wire]) -> list[tuple[int, Skip]]:
        """Take records in; the places of those left out, with why. Loops over records run in C."""
        rows = [*map(astuple, records)]
        kinds, proved = self._all_kinds(rows, records)
        texts = [*map(_ID_TEXT, rows)]
        ids = plain_uuids(texts) if all(texts) else None
        times = [*map(_TIME_TEXT, rows)]
        moments = plain_seconds(times) if all(times) else None
        if ids is None or moments is None or min(kinds) < 0:
            return self._add_closely(records, kinds, proved)
        self._add_kept(kinds, ids, moments, proved)
        return []

    def _add_closely(
        self, records: Sequence[Wire], kinds: list[int], proved: list[tuple[int, int]]
    ) -> list[tuple[int, Skip]]:
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
        place = (np.cumsum(kept) - 1).tolist()
        proved = [(place[i], fact) for i, fact in proved if kept[i]]
        self._add_kept(which[kept].tolist(), raw(ids[kept]), moments[kept].tolist(), proved)
        return [(int(i), self._skips[-1 - which[i]]) for i in np.flatnonzero(~kept)]

    def _add_kept(
        self, kinds: list[int], ids: bytes, moments: Sequence[float], proved: list[tuple[int, int]]
    ) -> None:
        for i, fact in proved:
            self._beside_call.append(self.calls + i)
            self._beside_fact.append(fact)
        self._which += kinds
        self._ids.append(ids)
        self._seconds += moments
        self.calls += len(kinds)

    def take(self) -> Reduced:
        """What was added since the last time."""
        which = np.array(self._which, dtype=np.int64) - 1
        ids = numbers(b"".join(self._ids))
        moments = np.array(self._seconds).astype(np.int64)
        table = activities(Proof(self._keys, which, ids, moments))
        partial = Partial(table, facts(self._beside(which, ids, moments)))
        calls = self.calls
        self.drop()
        if max(map(len, (self._keys, self._keys.callers, self._keys.calls, self._facts))) > KINDS:
            self._forget()
        return Reduced(partial, calls, calls - len(table.column("ids").combine_chunks().flatten()))

    def _all_kinds(
        self, rows: list[tuple[Any, ...]], records: Sequence[Wire]
    ) -> tuple[list[int], list[tuple[int, int]]]:
        """The number of each record's kind, and the places of facts that it alone proves."""
        tables = self._users, self._origins, self._calls, self._names
        if self._held + sum(table.held for table in tables) > MEMORY:
            self._forget_texts()
        users = self._users.numbers([*map(_USER, rows)])
        origins = map(self._origins.__getitem__, map(_ORIGIN, rows))
        calls = map(self._calls.__getitem__, map(_CALL, rows))
        names = self._names.of([*map(_LISTED, rows)], [*map(_ASKED, rows)])
        kinds = [*zip(users, origins, calls, names, strict=True)]
        found = [*map(self._kinds.__getitem__, kinds)]
        proved: list[tuple[int, int]] = []
        for i in [] if all(found) else [i for i, number in enumerate(found) if not number]:
            found[i], told = self._look(kinds[i], records[i])
            proved += [(i, fact) for fact in told]
        return found, proved

    def _kind(self, kind: Kind) -> int:
        """The number of what proves no more than that it was called; 0 for all else."""
        call = self._calls.each[kind[2]]
        return 0 if call.tells else self._known(kind, call)

    def _known(self, kind: Kind, call: _Call) -> int:
        """The number of what is known by its parts, remembered; 0 for all else."""
        user, origin, what, name = kind
        caller = self._callers.get((user, origin))
        if caller is None:
            caller = self._callers[user, origin] = self._caller(user, origin)
        if caller < 0 or call.key is None:
            return 0
        if not isinstance(name, str):
            name = self._resource(what, name)
        resource = call.said if call.exact else name or call.said
        number = self._keys.numbers[caller, call.key, resource] + 1
        if not call.tells:
            self._remember(kind, number)
        return number

    def _remember(self, kind: Kind, number: int) -> None:
        self._kinds[kind] = number
        self._held += COMBINED + len(kind[3])

    def _look(self, kind: Kind, record: Wire) -> tuple[int, list[int]]:
        """The same for any record, and the facts that it proves beside its call."""
        call = self._calls.each[kind[2]]
        number = self._known(kind, call)
        if number:
            who = self._users.each[kind[0]]
            asked, given = text(record.request_parameters), text(record.response_elements)
            told = call_facts(record.event_name or "", who or _NOBODY, asked, given)
            return number, self._told(call.place.account, told)
        answer = parse_event(_stamped(record))
        number = self._number(answer)
        if call.steady:
            self._remember(kind, number)
        if call.steady or isinstance(answer, Skip):
            return number, []
        return number, self._told(answer.account, answer.facts)

    def _caller(self, user: int, origin: int) -> int:
        """The number of a caller, -1 where its identity cannot be read."""
        who = self._users.each[user]
        return self._keys.callers[caller_key(who, *self._origins.each[origin])] if who else -1

    def _call(self, fields: Fields) -> _Call:
        record = Wire(**dict(zip(_FIELDS[_CALLED], fields, strict=True)))  # type: ignore[arg-type]
        name, region = record.event_source or "", record.aws_region or ""
        account = record.recipient_account_id or ""
        place = Place(service(name), region, account)
        if name == "signin.amazonaws.com":  # the response says how it ended
            return _Call(None, place, steady=False)
        ended = outcome(record)
        tells = not ended.code and record.event_name in TELLING
        if not account or skipped(record):
            return _Call(None, place, steady=not tells)
        called = api(name, record.event_name or "")
        key = account, region, called, ended.code, ended.error_class, ended.denial.reason
        said = denied_words(place, ended.denial)
        return _Call(self._keys.calls[key], place, *said, tells)

    def _resource(self, what: int, parameters: bytes) -> str:
        """What parameters name in a call."""
        resource = self._resources.get((what, parameters))
        if resource is None:
            resource = named(self._calls.each[what].place, b"", parameters)
            self._resources[what, parameters] = resource
            self._held += COMBINED + len(resource)
        return resource

    def _number(self, answer: Event | Skip) -> int:
        if isinstance(answer, Skip):
            if answer not in self._skips:
                self._skips.append(answer)
            return -1 - self._skips.index(answer)
        who, what, resource = parts(answer)
        return self._keys.numbers[self._keys.callers[who], self._keys.calls[what], resource] + 1

    def _told(self, account: str, told: tuple[Fact, ...]) -> list[int]:
        """The numbers of facts."""
        return [self._facts[account, fact.relation, fact.subject, fact.object] for fact in told]

    def _beside(self, which: Ints, ids: npt.NDArray[np.uint64], moments: Ints) -> Proof:
        """The facts of calls, each beside the id and second of its call."""
        held = self._held_by_callers(which)
        call = np.concatenate([held[0], np.array(self._beside_call, dtype=np.int64)])
        fact = np.concatenate([held[1], np.array(self._beside_fact, dtype=np.int64)])
        return Proof(self._facts.each, fact, ids[call], moments[call])

    def _held_by_callers(self, which: Ints) -> tuple[Ints, Ints]:
        """Calls, and the facts that follow from who made them: an instance, from an address."""
        callers, calls = self._keys.parts(which)
        instances = np.array([caller[_INSTANCE] != "" for caller in self._keys.callers.each], bool)
        place = np.flatnonzero(instances[callers]) if len(which) else which
        many = len(self._keys.calls) or 1
        pairs, pair = np.unique(callers[place] * many + calls[place], return_inverse=True)
        told = [self._of_caller(*divmod(both, many)) for both in pairs.tolist()]
        lengths = np.array([*map(len, told)], dtype=np.int64)
        facts = np.array([fact for few in told for fact in few], dtype=np.int64)
        each = lengths[pair]
        starts = (np.cumsum(lengths) - lengths)[pair]
        within = np.arange(each.sum()) - np.repeat(np.cumsum(each) - each, each)
        return np.repeat(place, each), facts[np.repeat(starts, each) + within]

    def _of_caller(self, caller: int, call: int) -> list[int]:
        principal, kind, *_, where, instance = self._keys.callers.each[caller][: _INSTANCE + 1]
        who = Identity(principal, kind, instance=instance)
        return self._told(self._keys.calls.each[call][0], instance_facts(who, where))


def _user(raw: bytes) -> Identity | None:
    """Who calls; None where that cannot be read."""
    try:
        return identity(raw)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None


def _origin(fields: Fields) -> tuple[str, str]:
    """From where and with what."""
    address, endpoint, user_agent = fields
    return source(address or "", endpoint or ""), agent(user_agent or "")


def _stamped(record: Wire) -> Wire:
    """With a time and an id that are always sound: they are read elsewhere."""
    return msgspec.structs.replace(record, event_time=_TIME, event_id=_ID)
