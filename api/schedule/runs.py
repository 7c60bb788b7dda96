"""The runs table: every training with its steps, kept as documents in the store."""

import secrets
import time
from typing import Any, Literal

import msgspec

from offtrail.graph.store import GraphStore

Status = Literal[
    "queued", "training", "gating", "promoted", "refused", "failed", "interrupted", "not-due"
]
OPEN: tuple[Status, ...] = ("training", "gating")
COMPLETE: tuple[Status, ...] = ("promoted", "refused")


class Run(msgspec.Struct, frozen=True):
    """One training run; times in seconds since the epoch."""

    id: str
    kind: str  # "full" or "fine-tune"
    status: Status
    because: str
    asked: int
    started: int | None = None
    finished: int | None = None
    until: int | None = None  # the last second of history that it read
    candidate: str = ""
    gate: dict[str, Any] | None = None
    error: str = ""


class Runs:
    """The runs of a store, latest first."""

    def __init__(self, store: GraphStore) -> None:
        self.store = store

    def all(self) -> list[Run]:
        rows = (msgspec.convert(body, Run) for body in self.store.documents("run"))
        return sorted(rows, key=lambda run: (run.asked, run.id), reverse=True)

    def get(self, id: str) -> Run | None:
        body = self.store.get("run", id)
        return None if body is None else msgspec.convert(body, Run)

    def ask(self, kind: str, because: str) -> Run:
        """A new run, to be taken up by the trainer."""
        now = time.time_ns()  # ids sort as they were asked, within a second too
        id = f"run-{now}-{secrets.token_hex(4)}"
        return self.put(Run(id, kind, "queued", because, now // 10**9))

    def put(self, run: Run, **changes: Any) -> Run:
        """Keep ``run`` with ``changes`` applied."""
        run = msgspec.structs.replace(run, **changes)
        self.store.put("run", run.id, msgspec.to_builtins(run))
        return run

    def queued(self) -> Run | None:
        """The run that waits longest."""
        return next((run for run in reversed(self.all()) if run.status == "queued"), None)

    def interrupt_open(self) -> list[Run]:
        """Close runs whose trainer died; the caller holds the lease, so no live one is meant."""
        now = int(time.time())
        return [
            self.put(run, status="interrupted", finished=now)
            for run in self.all()
            if run.status in OPEN
        ]

    def last(self, *statuses: Status, kind: str = "") -> Run | None:
        """The latest run that ended so."""
        return next(
            (r for r in self.all() if r.status in statuses and (not kind or r.kind == kind)), None
        )
