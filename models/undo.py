"""Taking back an hour: what a state held before, kept only for what the hour touched."""

from itertools import islice
from typing import Any

import msgspec

from offtrail.models.tallies import Account, Api, Principal

INNER: dict[type[Any], tuple[str, ...]] = {
    Principal: ("clock", "recent", "refused"),
    Api: ("by_kind",),
    Account: ("by_kind",),
}
"""Fields that change in place; every other field is replaced."""


Change = tuple[str, int, Any]
"""A table, a key, and what stood there before: None where it was new."""


class Undo(msgspec.Struct):
    """Sizes of the tables when an hour began, and entities as they were before their first touch.

    Tables only ever grow at their end, so that entries made since are the last ones.
    """

    clock: int
    tables: dict[str, dict[int, Any]]
    sizes: dict[str, int]
    touched: dict[tuple[int, int], Any] = msgspec.field(default_factory=dict)

    def keep(self, table: dict[int, Any], key: int, entity: Any) -> None:
        """Remember an entity that is about to change."""
        mark = (id(table), key)
        if mark not in self.touched:
            self.touched[mark] = copied(entity)

    def take_back(self) -> None:
        """Put every table back."""
        for name, key, was in self.before():
            table = self.tables[name]
            if was is None:
                del table[key]
            else:
                table[key] = was

    def before(self) -> list[Change]:
        """Everything that is new or changed since, each once."""
        names = {id(table): name for name, table in self.tables.items()}
        new = [
            (name, key, None)
            for name, table in self.tables.items()
            for key in islice(reversed(table), len(table) - self.sizes[name])
        ]
        made = {(name, key) for name, key, _ in new}
        changed = [
            (names[table], key, was)
            for (table, key), was in self.touched.items()
            if (names[table], key) not in made
        ]
        return [*new, *changed]


def copied(entity: Any) -> Any:
    """A copy of an entity that shares nothing that changes in place."""
    made = entity.__copy__()
    for field in INNER.get(type(entity), ()):
        setattr(made, field, getattr(entity, field).copy())
    return made
