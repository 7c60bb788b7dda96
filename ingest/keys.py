"""What makes calls equal, in parts: a caller, a call and a resource, each value kept once.

A new combination of known parts is a number, and becomes columns without a Python object a value.
"""

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


class Keys(Sequence[Key]):
    """Keys of activities, each once, by number."""

    def __init__(self) -> None:
        self.callers, self.calls = Numbered(), Numbered()
        self.numbers = Numbered()  # of a caller's number, a call's number and a resource

    def __len__(self) -> int:
        return len(self.numbers)

    def __getitem__(self, number: Any) -> Any:
        caller, call, resource = self.numbers.each[number]
        values = *self.callers.each[caller], *self.calls.each[call], resource
        return _in_order(values)

    def columns(self, which: Ints) -> list[pa.Array]:
        """The columns of KEY after ``hour``, a key a row."""
        callers, calls, resources = zip(*self.numbers.each, strict=True) if self else ((),) * 3
        columns = [
            *_columns(CALLER, self.callers.each, np.array(callers, np.int64)[which]),
            *_columns(CALL, self.calls.each, np.array(calls, np.int64)[which]),
            pa.array(resources, pa.string()).take(pa.array(which)),
        ]
        return list(_in_order(columns))


def _columns(names: Sequence[str], values: Sequence[Key], which: Ints) -> list[pa.Array]:
    place = pa.array(which)
    columns = list(zip(*values, strict=True)) or [()] * len(names)
    return [
        pa.array(column, KEY.field(name).type).take(place)
        for name, column in zip(names, columns, strict=True)
    ]
