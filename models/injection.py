"""Injection: a foreign error rewritten whole into one principal's identity, place and time."""

import random
from collections.abc import Sequence
from typing import NamedTuple

from offtrail.models.calls import Call, Label
from offtrail.models.rows import Row

SPREAD = 1800  # seconds over which one injection's calls are spread


class Placed(NamedTuple):
    """An injected row; ``template`` is the activity of the victim whose other fields it bears."""

    row: Row
    label: Label
    template: int


def activities_of(history: Sequence[Row], start: int = 0) -> dict[str, list[int]]:
    """Where each principal that is no AWS service acts, from a second on."""
    found: dict[str, list[int]] = {}
    for at, row in enumerate(history):
        if row.kind != "service" and row.second >= start:
            found.setdefault(row.principal, []).append(at)
    return found


def place(
    calls: Sequence[Call], victim: Row, template: int, start: int, end: int, rng: random.Random
) -> list[Placed]:
    """``calls`` within half an hour of ``start``, before ``end``; all other fields the victim's."""
    placed = []
    for call in calls:
        second = rng.randrange(start, max(start + 1, min(start + SPREAD, end)))
        row = victim._replace(
            second=second, api=call.api, code=call.code, error_class=call.error_class, calls=1
        )
        placed.append(Placed(row, call.label, template))
    return placed
