"""What makes calls equal, in parts: a caller, a call and a resource, each value kept once.

A new combination of known parts is a number, and becomes columns without a Python object a value.
"""

from array import array
from collections.abc import Sequence
from operator import itemgetter
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from offtrail.ingest.activity import KEY
from offtrail.ingest.event import Event, Identity

Key = tuple[Any, ...]  # the values of KEY or FACT_KEY after ``hour``
Ints = npt.NDArray[np.int64]

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


class Numbered(dict[Key, int]):
    """Values by number, each once: ``values[numbered[value]] == value``."""

    def __init__(self) -> None:
        super().__init__()
        self.each: list[Key] = []

    def __missing__(self, value: Key) -> int:
        number = self[value] = len(self)
        self.each.append(value)
        return number


class _Combined(dict[tuple[int, int, str], int]):
    """Combinations of a caller's number, a call's number and a resource, by number."""

    def __init__(self) -> None:
        super().__init__()
        self.callers, self.calls = array("q"), array("q")
        self.resources: list[str] = []

    def __missing__(self, combined: tuple[int, int, str]) -> int:
        number = self[combined] = len(self)
        caller, call, resource = combined
        self.callers.append(caller)
        self.calls.append(call)
        self.resources.append(resource)
        return number


class Keys(Sequence[Key]):
    """Keys of activities, each once, by number."""

    def __init__(self) -> None:
        self.callers, self.calls = Numbered(), Numbered()
        self.numbers = _Combined()

    def __len__(self) -> int:
        return len(self.numbers)

    def __getitem__(self, number: Any) -> Any:
        caller, call = self.numbers.callers[number], self.numbers.calls[number]
        resource = self.numbers.resources[number]
        values = *self.callers.each[caller], *self.calls.each[call], resource
        return _in_order(values)

    def parts(self, which: Ints) -> tuple[Ints, Ints]:
        """The numbers of the callers and of the calls of keys."""
        callers, calls = self.numbers.callers, self.numbers.calls
        return np.array(callers, np.int64)[which], np.array(calls, np.int64)[which]

    def columns(self, which: Ints) -> list[pa.Array]:
        """The columns of KEY after ``hour``, a key a row."""
        callers, calls = self.parts(which)
        used, place = np.unique(which, return_inverse=True)
        resources = [*map(self.numbers.resources.__getitem__, used.tolist())]
        columns = [
            *_columns(CALLER, self.callers.each, callers),
            *_columns(CALL, self.calls.each, calls),
            pa.array(resources, pa.string()).take(pa.array(place)),
        ]
        return list(_in_order(columns))


def _columns(names: Sequence[str], values: Sequence[Key], which: Ints) -> list[pa.Array]:
    used, place = np.unique(which, return_inverse=True)
    columns = list(zip(*map(values.__getitem__, used.tolist()), strict=True)) or [()] * len(names)
    return [
        pa.array(column, KEY.field(name).type).take(pa.array(place))
        for name, column in zip(names, columns, strict=True)
    ]
