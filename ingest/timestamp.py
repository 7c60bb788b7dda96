"""Times in the forms that records and exports write them, as seconds since the epoch."""

import re
from datetime import UTC, datetime, timedelta, timezone
from functools import lru_cache

_FORM = re.compile(
    r"(\d{4})-?(\d\d)-?(\d\d)[T ](\d\d):?(\d\d):?(\d\d)(?:[.,]\d+)?\s*(Z|UTC|[+-]\d\d:?\d\d)?",
    re.ASCII,
)
_EPOCH = re.compile(r"(\d{9,10})(?:\d{3})?(?:\.\d+)?", re.ASCII)  # seconds or milliseconds


_LONGEST = 40  # characters of a time
LAST = 253_402_300_799
"""The last second of the year 9999: later ones cannot be written."""


def seconds(written: str) -> int | None:
    """Seconds since the epoch, UTC; a time without a zone is UTC. None where it is no time."""
    return _seconds(written) if len(written) <= _LONGEST else None


@lru_cache(maxsize=4096)
def _seconds(written: str) -> int | None:
    form = _FORM.fullmatch(written.strip())
    if form is None:
        epoch = _EPOCH.fullmatch(written)
        return int(epoch[1]) if epoch else None
    *numbers, zone = form.groups()
    try:
        moment = datetime(*map(int, numbers), tzinfo=_zone(zone))  # type: ignore[misc,arg-type]
        second = int(moment.timestamp())
    except (ValueError, OverflowError):
        return None
    return second if 0 <= second <= LAST else None


def written(second: int) -> str:
    """The form CloudTrail itself writes."""
    return datetime.fromtimestamp(second, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _zone(zone: str | None) -> timezone:
    if zone in (None, "Z", "UTC"):
        return UTC
    offset = timedelta(hours=int(zone[1:3]), minutes=int(zone[-2:]))
    return timezone(-offset if zone[0] == "-" else offset)
