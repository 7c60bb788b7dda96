"""Work for carriers to carry: what a batch becomes, who did it, and two ways to fail."""

import os
import signal
from collections.abc import Iterator

from offtrail.ingest.errors import SourceMissing


def squares(batch: list[int]) -> Iterator[int]:
    yield from (number * number for number in batch)


def who(batch: list[int]) -> Iterator[int]:
    yield os.getpid()


def fails(batch: list[int]) -> Iterator[int]:
    yield 1
    raise SourceMissing("nothing there")


def dies(batch: list[int]) -> Iterator[int]:
    os.kill(os.getpid(), signal.SIGKILL)
    yield 1
