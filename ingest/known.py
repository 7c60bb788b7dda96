"""What is known of records by their texts: each distinct text is looked into once, and numbered.

Its time and id aside, what ``parse_event`` answers depends on who calls, from where, what, how it
ended, and on what the record names. These are numbered record by record, and what equal numbers
come to is found when many have come. A test compares it with ``parse_event``, record by record.
"""

from collections.abc import Sequence
from operator import itemgetter
from typing import Any, NamedTuple

import msgspec
import numpy as np

from offtrail.ingest.address import source
from offtrail.ingest.agent import agent
from offtrail.ingest.apiname import api, service
from offtrail.ingest.columns import Ints
from offtrail.ingest.event import Event, Fact, Identity
from offtrail.ingest.facts import TELLING, call_facts
from offtrail.ingest.identity import identity
from offtrail.ingest.keys import Key, Numbered, caller_key, mapped, parts
from offtrail.ingest.learned import Fields, Learned, Texts
from offtrail.ingest.names import Names
from offtrail.ingest.parse import denied_words, outcome, parse_event, skipped
from offtrail.ingest.resource import Place, named
from offtrail.ingest.wire import Skip, Wire

MEMORY = 64 << 20
"""Bytes of distinct texts remembered before all are forgotten."""
KINDS = 1 << 16
"""Callers, calls, resources and facts, of each so many, that outlive a hand-out."""
COMBINED = 1 << 8
"""Bytes that remembering a combination takes beside what it names."""

FIELDS = Wire.__struct_fields__


def _fields(first: str, last: str) -> slice:
    return slice(FIELDS.index(first), FIELDS.index(last) + 1)


_ORIGIN = itemgetter(_fields("source_ip_address", "user_agent"))
_CALL = itemgetter(_fields("aws_region", "event_name"))
_USER, _LISTED, _ASKED = (
    itemgetter(FIELDS.index(name)) for name in ("user_identity", "resources", "request_parameters")
)
_TIME, _ID = "2000-01-01T00:00:00Z", "00000000-0000-4000-8000-000000000000"

Kind = tuple[int, ...]
"""A record without time and id: the numbers of its user, origin, call and name."""
Kinds = tuple[list[int], ...]
"""The same of many records, as columns."""
Parts = tuple[int, int, int]
"""The numbers of a caller, a call's key and a resource."""


class _Call(NamedTuple):
    """What is called and how it ended; where there is no ``key``, parse_event is to be asked."""

    key: int | None
    place: Place
    said: str = ""  # what a denial names
    exact: bool = False  # it names that alone, whatever else the record names
    tells: bool = False  # the response is read too, and differs from call to call
    steady: bool = True  # where equal things are named, the answers are equal


class Seen(NamedTuple):
    """What a closer look at some records came to, by their places."""

    facts: list[tuple[int, int]]  # that a record proves beside its call
    whole: dict[int, Parts]  # of which not all parts are known by their texts
    skips: dict[int, Skip]


class Known:
    """Tables of what repeats, by number."""

    def __init__(self) -> None:
        self.forget()

    def forget(self) -> None:
        """Forget all; numbers that were handed out mean nothing any more."""
        self.callers, self.keys = Numbered[Key](), Numbered[Key]()
        self.resources = Numbered[str]()
        self.facts = Numbered[Key]()
        self.forget_texts()

    def forget_texts(self) -> None:
        """Forget texts, and with them what kinds of record mean; parts and facts stay."""
        self._held = 0
        self._users = Texts(self._user)
        self._origins = Learned(_origin)
        self._calls = Learned(self._call)
        self._names = Names()
        self._unread: set[int] = set()  # users
        self._odd: set[int] = set()  # calls that need a closer look
        self._asked: dict[tuple[int, int], str] = {}  # what parameters name, by call and name
        self._answers: dict[Kind, Parts | Skip] = {}  # of parse_event

    @property
    def is_full(self) -> bool:
        """Whether texts take more memory than they may."""
        texts = self._users.held + self._origins.held + self._calls.held + self._names.held
        return self._held + texts > MEMORY

    @property
    def is_many(self) -> bool:
        """Whether parts and facts are more than may outlive a hand-out."""
        return any(
            len(table) > KINDS for table in (self.callers, self.keys, self.resources, self.facts)
        )

    def kinds(self, rows: list[tuple[Any, ...]]) -> Kinds:
        """The kinds of records, given as tuples of FIELDS."""
        return (
            self._users.numbers([*map(_USER, rows)]),
            [*map(self._origins.__getitem__, map(_ORIGIN, rows))],
            [*map(self._calls.__getitem__, map(_CALL, rows))],
            self._names.numbers([*map(_LISTED, rows)], [*map(_ASKED, rows)]),
        )

    def look(self, kinds: Kinds, records: Sequence[Wire]) -> Seen:
        """What records of these kinds are beside their texts, or are other than they say."""
        seen = Seen([], {}, {})
        users, _, calls, _ = kinds
        odd = [i for i, call in enumerate(calls) if call in self._odd]
        if not self._unread.isdisjoint(users):
            odd += [i for i, user in enumerate(users) if user in self._unread]
        for i in odd:
            who, call = self._users.each[users[i]], self._calls.each[calls[i]]
            if who and call.key is not None:
                for fact in self._told_by(records[i], who, call):
                    seen.facts.append((i, fact))
            else:
                self._ask(i, tuple(column[i] for column in kinds), records[i], seen)
        return seen

    def _told_by(self, record: Wire, who: Identity, call: _Call) -> list[int]:
        asked, given = record.request_parameters, record.response_elements
        return self.told(call.place.account, call_facts(record.event_name or "", who, asked, given))

    def _ask(self, i: int, kind: Kind, record: Wire, seen: Seen) -> None:
        """What parse_event answers, which is remembered where it is the same for equal texts."""
        found = self._answers.get(kind)
        if found is None:
            answer = parse_event(_stamped(record))
            found = answer if isinstance(answer, Skip) else self.parts_of(answer)
            if self._calls.each[kind[2]].steady:
                self._answers[kind] = found
                self._held += COMBINED
            elif isinstance(answer, Event):
                seen.facts.extend((i, fact) for fact in self.told(answer.account, answer.facts))
        if isinstance(found, Skip):
            seen.skips[i] = found
        else:
            seen.whole[i] = found

    def parts_of(self, event: Event) -> Parts:
        """The parts of an event."""
        who, what, resource = parts(event)
        return self.callers[who], self.keys[what], self.resources[resource]

    def parts(self, kinds: Kinds) -> Ints:
        """The parts of records of ``kinds``, [3, n]; any for one that ``look`` says."""
        users, origins, calls, names = (np.array(column, np.int64) for column in kinds)
        return np.array(
            [
                mapped(users, origins, self._caller),
                np.array([call.key or 0 for call in self._calls.each], np.int64)[calls],
                mapped(calls, names, self._resource),
            ]
        )

    def told(self, account: str, told: tuple[Fact, ...]) -> list[int]:
        """The numbers of facts."""
        return [self.facts[account, fact.relation, fact.subject, fact.object] for fact in told]

    def _caller(self, user: int, origin: int) -> int:
        """The number of a caller; none where its identity cannot be read."""
        who = self._users.each[user]
        return self.callers[caller_key(who, *self._origins.each[origin])] if who else 0

    def _resource(self, what: int, name: int) -> int:
        """The number of what a call is about."""
        call, named_ = self._calls.each[what], self._names.each[name]
        if isinstance(named_, bytes) and not call.exact:
            named_ = self._asked_for(what, name, named_)
        return self.resources[call.said if call.exact else str(named_) or call.said]

    def _asked_for(self, what: int, name: int, parameters: bytes) -> str:
        """What parameters name in a call."""
        resource = self._asked.get((what, name))
        if resource is None:
            resource = named(self._calls.each[what].place, b"", parameters)
            self._asked[what, name] = resource
            self._held += COMBINED + len(resource)
        return resource

    def _user(self, raw: bytes) -> Identity | None:
        """Who calls; None where that cannot be read."""
        try:
            return identity(raw)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            self._unread.add(len(self._users.each))
            return None

    def _call(self, fields: Fields) -> _Call:
        region, code, message, account, type, category, source, name = fields
        record = Wire(
            aws_region=region,
            error_code=code,
            error_message=message,
            recipient_account_id=account,
            event_type=type,
            event_category=category,
            event_source=source,
            event_name=name,
        )
        call = self._called(record)
        if call.key is None or call.tells:
            self._odd.add(len(self._calls.each))
        return call

    def _called(self, record: Wire) -> _Call:
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
        return _Call(self.keys[key], place, *said, tells)


def _origin(fields: Fields) -> tuple[str, str]:
    """From where and with what."""
    address, endpoint, user_agent = fields
    return source(address or "", endpoint or ""), agent(user_agent or "")


def _stamped(record: Wire) -> Wire:
    """With a time and an id that are always sound: they are read elsewhere."""
    return msgspec.structs.replace(record, event_time=_TIME, event_id=_ID)
