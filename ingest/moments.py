"""Times of many records: told to be sound at once, and read as numbers when many have come."""

from collections.abc import Sequence
from functools import lru_cache

import numpy as np

from offtrail.ingest.columns import MARKS, TIME, Ints, seconds

_HOUR = 14
"""Characters that tell the hour."""
_WORTH = np.array([600, 60, 0, 10, 1, 0])
_ZEROS = int(_WORTH.sum()) * ord("0")


class Moments:
    """Seconds since the epoch, of the records taken in so far."""

    def __init__(self) -> None:
        self._hours: list[int] = []
        self._many: list[int] = []  # times in each of the hours
        self._texts: list[str] = []  # the same times as written
        self._known: list[tuple[int, Ints]] = []  # the others, and where they begin
        self._count = 0

    def add(self, moments: Ints) -> None:
        """Times that are known."""
        self._known.append((self._count, moments))
        self._add(0, "0" * TIME * len(moments), len(moments))

    def add_texts(self, texts: Sequence[str]) -> bool:
        """Take times in, or none unless all are in their usual form."""
        flat, many = "".join(texts), len(texts)
        if {*map(len, texts)} != {TIME} or any(flat[i::TIME] != c * many for i, c in MARKS):
            return False
        head = flat[:_HOUR]
        begun = _hour(head) if flat.count(head) == many else None  # marks let it begin times only
        tens, ones = flat[14::TIME] + flat[17::TIME], flat[15::TIME] + flat[18::TIME]
        if begun is not None and not tens.strip("012345") and not ones.strip("0123456789"):
            self._add(begun, flat, many)
            return True
        found, sound = seconds(texts)
        if sound.all():
            self.add(found)
        return bool(sound.all())

    def _add(self, hour: int, flat: str, many: int) -> None:
        self._hours.append(hour)
        self._many.append(many)
        self._texts.append(flat)
        self._count += many

    def take(self) -> Ints:
        """All of them."""
        table = np.frombuffer("".join(self._texts).encode(), np.uint8).reshape(-1, TIME)
        hours = np.repeat(np.array(self._hours, np.int64), np.array(self._many, np.int64))
        moments: Ints = hours + table[:, _HOUR:] @ _WORTH - _ZEROS
        for start, known in self._known:
            moments[start : start + len(known)] = known
        return moments


@lru_cache(maxsize=1 << 10)
def _hour(head: str) -> int | None:
    """The first second of the hour whose times begin so; None where there is no such hour."""
    (second,), (sound,) = seconds([head + "00:00Z"])
    return int(second) if sound else None
