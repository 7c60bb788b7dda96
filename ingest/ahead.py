"""Work begun ahead of its turn, and taken in turn."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

Item = TypeVar("Item")
Begun = TypeVar("Begun")


def ahead(begin: Callable[[Item], Begun], items: Iterable[Item], many: int) -> Iterator[Begun]:
    """What ``begin`` answers for each item, in order; at most ``many`` wait to be taken."""
    waiting: deque[Begun] = deque()
    for item in items:
        waiting.append(begin(item))
        if len(waiting) == many:
            yield waiting.popleft()
    yield from waiting
