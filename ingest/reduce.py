"""Counts equal calls while they are decoded: each distinct text is parsed, not each record."""

from array import array
from collections.abc import Sequence
from operator import itemgetter
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from msgspec.structs import astuple

from offtrail.ingest.activity import Partial
from offtrail.ingest.columns import Ints, plain_uuids, seconds, uuids
from offtrail.ingest.event import Fact, Identity
from offtrail.ingest.evidence import Proof, activities, facts, numbers, raw
from offtrail.ingest.facts import instance_facts
from offtrail.ingest.keys import CALLER, Keys, Numbered, paired
from offtrail.ingest.known import FIELDS, Kinds, Known, Parts, Seen
from offtrail.ingest.moments import Moments
from offtrail.ingest.parse import parse_event
from offtrail.ingest.wire import Skip, Wire

_ID, _TIME = (itemgetter(FIELDS.index(name)) for name in ("event_id", "event_time"))
_INSTANCE = CALLER.index("instance")


class Reduced(NamedTuple):
    """What the records since the last time reduce to, and how many were there twice."""

    partial: Partial
    calls: int
    duplicate: int


class Reducer:
    """Takes records in and hands out what they reduce to; what it remembers outlives that."""

    def __init__(self) -> None:
        self._known = Known()
        self.drop()

    def drop(self) -> None:
        """Forget the calls that were not taken; what they taught stays."""
        self._kinds: tuple[list[int], ...] = [], [], [], []
        self._whole: dict[int, Parts] = {}
        self._parts = [np.empty((3, 0), dtype=np.int64)]  # of calls whose texts are forgotten
        self._moments = Moments()
        self._beside_call, self._beside_fact = array("q"), array("q")
        self._ids: list[bytes] = []
        self.calls = 0

    def add(self, records: Sequence[Wire]) -> list[tuple[int, Skip]]:
        """Take records in; the places of those left out, with why. Loops over records run in C."""
        rows = [*map(astuple, records)]
        if self._known.is_full:
            self._settle()
            self._known.forget_texts()
        kinds = self._known.kinds(rows)
        seen = self._known.look(kinds, records)
        texts = [*map(_ID, rows)]
        ids = plain_uuids(texts) if all(texts) else None
        times = [*map(_TIME, rows)]
        if ids is None or seen.skips or not all(times) or not self._moments.add_texts(times):
            return self._add_closely(records, kinds, seen)
        self._add_kept(kinds, ids, seen)
        return []

    def _add_closely(
        self, records: Sequence[Wire], kinds: Kinds, seen: Seen
    ) -> list[tuple[int, Skip]]:
        """Where some are left out, or have an id or a time of another form."""
        ids, id_sound = uuids([record.event_id or "" for record in records])
        moments, time_sound = seconds([record.event_time or "" for record in records])
        for i in np.flatnonzero(~(id_sound & time_sound)).tolist():
            answer = parse_event(records[i])
            if isinstance(answer, Skip):  # a time that cannot be read goes before who called
                seen.skips[i] = answer
            else:
                seen.whole[i] = self._known.parts_of(answer)
                ids[i], moments[i] = numbers(answer.id)[0], answer.time
        kept = [i for i in range(len(records)) if i not in seen.skips]
        place = {i: at for at, i in enumerate(kept)}
        facts = [(place[i], fact) for i, fact in seen.facts if i in place]
        whole = {place[i]: parts for i, parts in seen.whole.items() if i in place}
        kinds = tuple([column[i] for i in kept] for column in kinds)
        self._moments.add(moments[kept])
        self._add_kept(kinds, raw(ids[kept]), Seen(facts, whole, seen.skips))
        return sorted(seen.skips.items(), key=itemgetter(0))

    def _add_kept(self, kinds: Kinds, ids: bytes, seen: Seen) -> None:
        for i, fact in seen.facts:
            self._beside_call.append(self.calls + i)
            self._beside_fact.append(fact)
        for i, parts in seen.whole.items():
            self._whole[len(self._kinds[0]) + i] = parts
        for column, added in zip(self._kinds, kinds, strict=True):
            column += added
        self._ids.append(ids)
        self.calls += len(kinds[0])

    def _settle(self) -> None:
        """Find the parts of what was added, while its kinds are known."""
        settled = self._known.parts(self._kinds)
        settled[:, [*self._whole]] = np.array([*self._whole.values()], np.int64).reshape(-1, 3).T
        self._parts.append(settled)
        self._kinds, self._whole = ([], [], [], []), {}

    def take(self) -> Reduced:
        """What was added since the last time."""
        self._settle()
        known = self._known
        callers, calls, resources = np.concatenate(self._parts, axis=1)
        keys, which = Keys.of(known.callers, known.keys, known.resources, callers, calls, resources)
        ids = numbers(b"".join(self._ids))
        moments = self._moments.take()
        table = activities(Proof(keys, which, ids, moments))
        partial = Partial(table, facts(self._beside(callers, calls, ids, moments)))
        many = self.calls
        self.drop()
        if known.is_many:
            known.forget()
        return Reduced(partial, many, many - len(table.column("ids").combine_chunks().flatten()))

    def _beside(
        self, callers: Ints, calls: Ints, ids: npt.NDArray[np.uint64], moments: Ints
    ) -> Proof:
        """The facts of calls, each beside the id and second of its call."""
        held = self._held_by_callers(callers, calls)
        call = np.concatenate([held[0], np.array(self._beside_call, dtype=np.int64)])
        fact = np.concatenate([held[1], np.array(self._beside_fact, dtype=np.int64)])
        return Proof(self._known.facts.each, fact, ids[call], moments[call])

    def _held_by_callers(self, callers: Ints, calls: Ints) -> tuple[Ints, Ints]:
        """Calls, and the facts that follow from who made them: an instance, from an address."""
        instances = np.array([caller[_INSTANCE] != "" for caller in self._known.callers.each], bool)
        place = np.flatnonzero(instances[callers]) if len(callers) else callers
        accounts = Numbered[str]()
        account = np.array([accounts[key[0]] for key in self._known.keys.each], np.int64)
        *each, pair = paired(callers[place], account[calls[place]])
        told = [
            self._known.told(accounts.each[where], self._ran(caller))
            for caller, where in zip(*each, strict=True)
        ]
        lengths = np.array([*map(len, told)], dtype=np.int64)
        facts = np.array([fact for few in told for fact in few], dtype=np.int64)
        many = lengths[pair]
        starts = (np.cumsum(lengths) - lengths)[pair]
        within = np.arange(many.sum()) - np.repeat(np.cumsum(many) - many, many)
        return np.repeat(place, many), facts[np.repeat(starts, many) + within]

    def _ran(self, caller: int) -> tuple[Fact, ...]:
        """What a caller proves of its instance."""
        principal, kind, *_, where, instance = self._known.callers.each[caller][: _INSTANCE + 1]
        return instance_facts(Identity(principal, kind, instance=instance), where)
