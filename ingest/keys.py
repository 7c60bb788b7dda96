"""What makes calls equal, in parts: a caller, a call and a resource, each value kept once.

A new combination of known parts is a number, and becomes columns without a Python object a value.
"""

from collections.abc import Callable, Hashable, Sequence
from hashlib import sha256
from operator import itemgetter
from typing import Any, TypeVar

import numpy as np
import pyarrow as pa

from offtrail.ingest.activity import KEY
from offtrail.ingest.columns import Ints
from offtrail.ingest.event import Event, Identity

Key = tuple[Any, ...]  # the values of KEY or FACT_KEY after ``hour``
LONGEST = 4096
"""Bytes of a text that is kept whole: twice what AWS lets an ARN be, half of what Neo4j indexes."""
BEGINNING = 2048

CALLER = (
    "principal",
    "kind",
    "principal_account",
    "session",
    "credential",
    "source",
    "instance",
    "agent",
    "via",
    "mfa",
)
CALL = "account", "region", "api", "code", "error_class", "reason"
_FIELDS = (*CALLER, *CALL, "resource")
_in_order = itemgetter(*map(_FIELDS.index, KEY.names[1:]))


def caller_key(who: Identity, source: str, agent: str) -> Key:
    """The values of CALLER."""
    return (
        who.principal,
        who.kind,
        who.account,
        who.session,
        who.credential,
        source,
        who.instance,
        agent,
        who.via,
        who.mfa,
    )


def parts(event: Event) -> tuple[Key, Key, str]:
    """An event's caller, call and resource."""
    call = event.account, event.region, event.api, event.code, event.error_class, event.reason
    return caller_key(event.identity, event.source, event.agent), call, event.resource


Value = TypeVar("Value", bound=Hashable)


class Numbered(dict[Value, int]):
    """Values by number, each once: ``each[numbered[value]] == bounded(value)``."""

    def __init__(self) -> None:
        super().__init__()
        self.each: list[Value] = []

    def __missing__(self, value: Value) -> int:
        kept: Value = bounded(value)
        if kept != value:
            return self[kept]
        number = self[value] = len(self)
        self.each.append(value)
        return number


def paired(left: Ints, right: Ints) -> tuple[Ints, Ints, Ints]:
    """Pairs of numbers, each once, as two columns; and which of them each is."""
    width = int(right.max(initial=0)) + 1
    pairs = pa.array(left * width + right).dictionary_encode()
    each = pairs.dictionary.to_numpy()
    return each // width, each % width, pairs.indices.to_numpy().astype(np.int64)


def mapped(left: Ints, right: Ints, number: Callable[[int, int], int]) -> Ints:
    """What each pair comes to, each asked for once."""
    *each, which = paired(left, right)
    found: Ints = np.array([*map(number, *(half.tolist() for half in each))], np.int64)[which]
    return found


class Keys(Sequence[Key]):
    """Keys of activities, each once, by the numbers of their parts."""

    def __init__(
        self, values: tuple[Sequence[Key], Sequence[Key], Sequence[str]], *numbers: Ints
    ) -> None:
        self._values = values
        self._numbers = numbers

    @classmethod
    def of(
        cls,
        callers: Numbered[Key],
        calls: Numbered[Key],
        resources: Numbered[str],
        *numbers: Ints,
    ) -> tuple["Keys", Ints]:
        """The keys of calls, and which of them each is."""
        who, what, both = paired(*numbers[:2])
        both, about, which = paired(both, numbers[2])
        return cls((callers.each, calls.each, resources.each), who[both], what[both], about), which

    def __len__(self) -> int:
        return len(self._numbers[0])

    def __getitem__(self, number: Any) -> Any:
        (callers, calls, resources), (who, what, about) = self._values, self._numbers
        values = *callers[who[number]], *calls[what[number]], resources[about[number]]
        return _in_order(values)

    def columns(self, which: Ints) -> list[pa.Array]:
        """The columns of KEY after ``hour``, a key a row."""
        (callers, calls, resources), (who, what, about) = self._values, self._numbers
        names, place = used(resources, about[which])
        columns = [
            *_columns(CALLER, callers, who[which]),
            *_columns(CALL, calls, what[which]),
            pa.array(names, pa.string()).take(place),
        ]
        return list(_in_order(columns))


def _columns(names: Sequence[str], values: Sequence[Key], which: Ints) -> list[pa.Array]:
    rows, place = used(values, which)
    columns = list(zip(*rows, strict=True)) or [()] * len(names)
    return [
        pa.array(column, KEY.field(name).type).take(place)
        for name, column in zip(names, columns, strict=True)
    ]


def used(values: Sequence[Value], which: Ints) -> tuple[list[Value], pa.Array]:
    """Those that are used, and the place of each number's among them."""
    each = pa.array(which).dictionary_encode()
    return [*map(values.__getitem__, each.dictionary.to_pylist())], each.indices


def bounded(value: Any) -> Any:
    """A value whose texts a store can index: of a longer one its beginning and a digest."""
    if isinstance(value, tuple):
        return tuple(map(bounded, value))
    return _shortened(value) if isinstance(value, str) and 4 * len(value) > LONGEST else value


def _shortened(text: str) -> str:
    whole = text.encode()
    if len(whole) <= LONGEST:
        return text
    return f"{whole[:BEGINNING].decode(errors='ignore')}...{sha256(whole).hexdigest()}"
