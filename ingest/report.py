"""What an ingest run read, kept, skipped and quarantined; the sums always balance."""

import msgspec


class Files(msgspec.Struct):
    """Files of a run."""

    read: int = 0
    skipped: int = 0  # done before, by the ledger
    failed: int = 0  # not read, or not to the end


class Records(msgspec.Struct):
    """``read = kept + duplicate + sum(skipped) + sum(quarantined)`` in every run."""

    read: int = 0
    kept: int = 0
    duplicate: int = 0
    skipped: dict[str, int] = msgspec.field(default_factory=dict)  # reason -> records
    quarantined: dict[str, int] = msgspec.field(default_factory=dict)  # reason -> records


class IngestReport(msgspec.Struct):
    """The promise of FACES: ``{files, records}``, and what else a person asks of a run."""

    files: Files = msgspec.field(default_factory=Files)
    records: Records = msgspec.field(default_factory=Records)
    failures: list[dict[str, str]] = msgspec.field(default_factory=list)  # {source, reason}
    quarantine: str = ""  # the run's quarantine file, "" where nothing was quarantined
    first: str = ""  # RFC 3339 time of the earliest call, of batches that brought new ones
    last: str = ""

    def balanced(self) -> bool:
        """True where no record is unaccounted for."""
        r = self.records
        lost = r.duplicate + sum(r.skipped.values()) + sum(r.quarantined.values())
        return r.read == r.kept + lost
