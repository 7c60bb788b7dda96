"""One line of the bench's table, and the word for a part that cannot run here."""

from typing import NamedTuple


class Row(NamedTuple):
    """A figure measured now; ``ratio`` is this figure over that of ``against``, in the same run."""

    part: str  # what is measured: "ingest", "sqlite", "neo4j", "http", "scoring"
    what: str  # "decode and reduce, one core"
    value: float
    unit: str  # "events/CPU-s", "ms", "MiB"
    ratio: float | None = None
    against: str = ""


class NotRun(Exception):
    """A part cannot run here; its text is the reason, as the table shows it."""
