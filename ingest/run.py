"""The verb: what stands behind the names goes into a store, once; a report says how it went."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial as bound
from itertools import islice
from pathlib import Path
from typing import Protocol

from offtrail.ingest.activity import Partial
from offtrail.ingest.carrier import carry
from offtrail.ingest.cluster import carry_to
from offtrail.ingest.errors import IngestError, StoreMiscounts
from offtrail.ingest.partial import Done, Settings, Taken, calls, span, take_in
from offtrail.ingest.quarantine import Quarantine
from offtrail.ingest.report import IngestReport
from offtrail.ingest.sources import Dates, S3Options, Source, open_sources
from offtrail.ingest.timestamp import written as rfc3339

BATCH_BYTES = 96 << 20
"""Unpacked bytes, by estimate, that one process reads at a time: some fifty thousand records."""
BATCH_FILES = 512
ASKED = 1000  # files that the ledger is asked for at once: one page of a bucket
PACKED = 12  # CloudTrail's gzip files unpack to about this many times their size


class Written(Protocol):
    """What a store's ``write`` answers."""

    @property
    def kept(self) -> int: ...
    @property
    def duplicate(self) -> int: ...


Ledger = Callable[[Sequence[str]], Mapping[str, str]]
"""The marks of those files that were read before, by uri."""
Write = Callable[[Partial, Sequence[Done]], Written]
"""Adds calls and the ledger lines of files done, in one transaction."""


def ingest(
    names: Iterable[str | Source],
    write: Write,
    ledger: Ledger,
    *,
    processes: int = 1,
    scheduler: str = "",
    quarantine: Path = Path("quarantine"),
    show: Callable[[IngestReport], None] = lambda report: None,
    settings: Settings | None = None,
    s3: S3Options | None = None,
    dates: Dates | None = None,
) -> IngestReport:
    """Read what ``ledger`` does not know and write it, batch by batch.

    Killed at any point and run again, the store holds what one clean run would have left.

    Raises:
        SourceMissing, SourceRefused, SourceUnavailable: while listing, where no name can be.
        WorkerLost: a reading process died.
        ClusterUnavailable: no Dask ``scheduler`` there, whose workers read where one is named.
        StoreMiscounts: ``write`` counted other calls than it was given.
    """
    report = IngestReport()
    sources = _new(_listed(names, s3, dates, report), ledger, report)
    work = bound(take_in, settings=settings or Settings())
    parts = batches(sources)
    found = carry_to(scheduler, parts, work) if scheduler else carry(parts, work, processes)
    with Quarantine(quarantine) as rejects:
        for taken in found:
            rejects.add(taken.rejects)  # before the ledger says that their file is done
            written = write(taken.partial, taken.files)
            account(report, taken, written)
            show(report)
    report.quarantine = rejects.path
    return report


def _listed(
    names: Iterable[str | Source], s3: S3Options | None, dates: Dates | None, report: IngestReport
) -> Iterator[Source]:
    """What stands behind the names; one that cannot be listed fails alone, where another can."""
    asked, errors = 0, []
    for name in names:
        asked += 1
        try:
            yield from open_sources([name], s3=s3, dates=dates)
        except IngestError as failed:
            errors.append((str(name), failed))
    if errors and len(errors) == asked:
        raise errors[0][1]
    report.files.failed += len(errors)
    for text, why in errors:
        reason = str(why).removeprefix(f"{text}: ")
        report.failures.append({"source": text, "reason": reason})


def _new(sources: Iterator[Source], ledger: Ledger, report: IngestReport) -> Iterator[Source]:
    while some := [*islice(sources, ASKED)]:
        known = ledger([source.uri for source in some])
        for source in some:
            if source.mark and known.get(source.uri) == source.mark:
                report.files.skipped += 1
            else:
                yield source


def batches(sources: Iterable[Source]) -> Iterator[list[Source]]:
    """Sources in order, so many at a time that memory does not grow with their number."""
    batch: list[Source] = []
    size = 0
    for source in sources:
        batch.append(source)
        size += source.size * (1 if source.uri.endswith("json") else PACKED)
        if size >= BATCH_BYTES or len(batch) == BATCH_FILES:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def account(report: IngestReport, taken: Taken, written: Written) -> None:
    """Add a batch to the report.

    Raises:
        StoreMiscounts: where the sums would no longer balance.
    """
    given = calls(taken.partial)
    if written.kept + written.duplicate != given:
        raise StoreMiscounts(f"given {given} calls, answered {written}")
    records = report.records
    records.read += taken.records.read
    records.kept += written.kept
    records.duplicate += taken.records.duplicate + written.duplicate
    records.skipped = dict(Counter(records.skipped) + Counter(taken.records.skipped))
    records.quarantined = dict(Counter(records.quarantined) + Counter(taken.records.quarantined))
    report.files.read += len(taken.files)
    report.files.failed += taken.failed
    report.failures.extend(taken.failures)
    if written.kept:
        first, last = (rfc3339(second) for second in span(taken.partial))
        report.first = min(report.first or first, first)
        report.last = max(report.last, last)
