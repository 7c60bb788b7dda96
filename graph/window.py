"""A window of time: nothing is read from a store without one."""

from collections.abc import Iterator

import msgspec

HOUR = 3600
DAY = 24 * HOUR


class Window(msgspec.Struct, frozen=True):
    """Seconds since the epoch, UTC; ``start`` included, ``end`` excluded.

    Reads are exact to the hour: an activity belongs to the window when its hour meets it.
    """

    start: int
    end: int

    def __post_init__(self) -> None:
        if self.end < self.start:
            raise ValueError(f"a window cannot end ({self.end}) before it starts ({self.start})")

    @property
    def hours(self) -> tuple[int, int]:
        """First and last hour since the epoch that meet the window, both included."""
        return self.start // HOUR, max(self.start, self.end - 1) // HOUR

    @property
    def whole(self) -> "Window":
        """The hours that meet it: what a read of it is about."""
        first, last = self.hours
        return Window(first * HOUR, (last + 1) * HOUR)

    def days(self) -> "Iterator[Window]":
        """The window cut at midnights, UTC."""
        begin = self.start
        while begin < self.end:
            midnight = min(self.end, (begin // DAY + 1) * DAY)
            yield Window(begin, midnight)
            begin = midnight


ALWAYS = Window(0, 2**40)
"""All that a store holds, said aloud."""
