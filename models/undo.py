"""Taking back an hour: what a state held before, kept only for what the hour touched."""

import copy
from typing import Any

import msgspec

from offtrail.models.tallies import Account, Api, Principal

INNER: dict[type[Any], tuple[str, ...]] = {
    Principal: ("clock", "recent", "refused"),
    Api: ("by_kind",),
    Account: ("by_kind",),
}
"""Fields that change in place; every other field is replaced."""


class Undo(msgspec.Struct):
    """Sizes of the tables when an hour began, and entities as they were before their first touch.

    Tables only ever grow at their end, so that entries made since are the last ones.
    """

    clock: int
    sizes: list[tuple[dict[Any, Any], int]]
    touched: dict[tuple[int, int], tuple[dict[int, Any], Any]] = msgspec.field(default_factory=dict)

    def keep(self, table: dict[int, Any], key: int, entity: Any) -> None:
        """Remember an entity that is about to change."""
        mark = (id(table), key)
        if mark not in self.touched:
            self.touched[mark] = (table, copied(entity))

    def take_back(self) -> None:
        """Put every table back."""
        for (_, key), (table, entity) in self.touched.items():
            table[key] = entity
        for table, size in self.sizes:
            while len(table) > size:
                table.popitem()


def copied(entity: Any) -> Any:
    """A copy of an entity that shares nothing that changes in place."""
    made = copy.copy(entity)
    for field in INNER.get(type(entity), ()):
        setattr(made, field, getattr(entity, field).copy())
    return made
