"""Times as the faces take them: RFC 3339 with an offset, anything else refused."""

import re
from datetime import UTC, datetime

from offtrail.graph.window import DAY

RFC3339 = re.compile(
    r"(\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}:)(\d{2})(?:\.\d+)?([Zz]|[+-]\d{2}:\d{2})", re.ASCII
)
FORM = "an RFC 3339 time with an offset, such as 2026-01-05T09:00:00Z"


def parsed(text: str) -> int | None:
    """Seconds since the epoch, 0 before it; None where the text is no such time."""
    form = RFC3339.fullmatch(text)
    if form is None:
        return None
    minute, second, zone = form.groups()
    leap = second == "60"  # the last second of a day in UTC, read as the next
    try:
        moment = datetime.fromisoformat(f"{minute}{'59' if leap else second}{zone}".upper())
    except ValueError:
        return None
    since = int(moment.timestamp()) + leap
    return None if leap and since % DAY else max(since, 0)


def now() -> int:
    """This second."""
    return int(datetime.now(UTC).timestamp())
