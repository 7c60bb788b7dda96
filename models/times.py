"""Seconds as RFC 3339, the only form of time that leaves this layer."""

from datetime import datetime

from offtrail.ingest.timestamp import LAST, written


def rfc3339(second: int) -> str:
    """``2026-11-02T14:05:09Z``; what lies behind the last second that can be said is that one."""
    return written(min(second, LAST))


def second_of(text: str) -> int:
    """The second that ``rfc3339`` wrote."""
    return int(datetime.fromisoformat(text).timestamp())
