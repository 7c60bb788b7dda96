"""A line of progress on a terminal; silence where standard error is none."""

import sys
import time
from typing import TextIO

from offtrail.ingest.report import IngestReport

EVERY = 0.2  # seconds between two lines


class Progress:
    """Rewrites one line as the report grows; ``close`` leaves the terminal clean."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream or sys.stderr
        self._shown = self._stream.isatty()
        self._start = time.monotonic()
        self._next = 0.0

    def show(self, report: IngestReport) -> None:
        """Draw, at most five times a second."""
        now = time.monotonic()
        if self._shown and now >= self._next:
            self._next = now + EVERY
            self._stream.write("\r\x1b[K" + line(report, now - self._start))
            self._stream.flush()

    def close(self) -> None:
        if self._shown:
            self._stream.write("\r\x1b[K")
            self._stream.flush()


def line(report: IngestReport, seconds: float) -> str:
    """What a person wants to see while waiting."""
    files, records = report.files, report.records
    parts = [
        f"{files.read:,} files",
        f"{records.read:,} records",
        f"{records.kept:,} new",
        f"{records.read / max(seconds, 0.001):,.0f}/s",
    ]
    quarantined = sum(records.quarantined.values())
    if quarantined:
        parts.append(f"{quarantined:,} quarantined")
    if files.failed:
        parts.append(f"{files.failed:,} failed")
    return " · ".join(parts)
