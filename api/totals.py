"""What all ingest runs together read, kept, skipped and quarantined: shown in /metrics."""

import logging
from collections import Counter
from typing import Any

from offtrail.graph.store import GraphStore
from offtrail.ingest.report import IngestReport

LOG = logging.getLogger("offtrail.totals")
KIND, ID = "totals", "ingest"
TRIES = 50


def add(store: GraphStore, report: IngestReport) -> None:
    """Add a run; two runs that end together are both counted."""
    for _ in range(TRIES):
        before = store.get(KIND, ID)
        if store.put_if(KIND, ID, _sum(before or {}, report), before):
            return
    LOG.warning("the sums of all runs lack one: too many ended at once")


def read(store: GraphStore) -> dict[str, Any]:
    """The sums of all runs."""
    return store.get(KIND, ID) or _sum({}, IngestReport())


def _sum(before: dict[str, Any], report: IngestReport) -> dict[str, Any]:
    records = report.records
    return {
        "runs": before.get("runs", 0) + 1,
        "files_read": before.get("files_read", 0) + report.files.read,
        "files_failed": before.get("files_failed", 0) + report.files.failed,
        "read": before.get("read", 0) + records.read,
        "kept": before.get("kept", 0) + records.kept,
        "duplicate": before.get("duplicate", 0) + records.duplicate,
        "skipped": _plus(before.get("skipped", {}), records.skipped),
        "quarantined": _plus(before.get("quarantined", {}), records.quarantined),
    }


def _plus(one: dict[str, int], other: dict[str, int]) -> dict[str, int]:
    return dict(Counter(one) + Counter(other))
