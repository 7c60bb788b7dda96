"""Times as the faces take them: RFC 3339 with an offset, anything else refused."""

import re
from datetime import UTC, datetime

RFC3339 = re.compile(
    r"\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}:\d{2}(\.\d{1,9})?([Zz]|[+-]\d{2}:\d{2})", re.ASCII
)
FORM = "an RFC 3339 time with an offset, such as 2026-01-05T09:00:00Z"


def parsed(text: str) -> int | None:
    """Seconds since the epoch, None where the text is no such time or before 1970."""
    if not RFC3339.fullmatch(text):
        return None
    try:
        second = int(datetime.fromisoformat(text.upper()).timestamp())
    except (ValueError, OverflowError):
        return None
    return second if second >= 0 else None


def now() -> int:
    """This second."""
    return int(datetime.now(UTC).timestamp())
