"""``offtrail train``: one run from question to promotion, under the lease."""

import os
import socket
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

import msgspec

from offtrail.api.schedule.counted import Counted
from offtrail.api.schedule.due import Due, Past, Rules, due
from offtrail.api.schedule.lease import Lease
from offtrail.api.schedule.runs import COMPLETE, Run, Runs
from offtrail.graph.store import GraphStore
from offtrail.graph.window import DAY
from offtrail.models.errors import ModelError
from offtrail.models.registry import Registry

if TYPE_CHECKING:
    from offtrail.models.config import Config


def owner() -> str:
    """A name for this process that no other has."""
    return f"{socket.gethostname()}/{os.getpid()}/{time.time_ns()}"


def past(runs: Runs) -> Past:
    """When runs ended."""
    last, full = runs.last(*COMPLETE), runs.last(*COMPLETE, kind="full")
    failed = runs.last("failed", "interrupted")
    return Past(
        full.finished if full else None,
        last.finished if last else None,
        failed.finished if failed and (not last or failed.asked > last.asked) else None,
        (last.until or 0) if last else 0,
    )


def run_if_due(
    store: GraphStore,
    registry: Registry,
    now: int,
    *,
    force: str = "",
    wait: bool = False,
    config: "Config | None" = None,
    told: Callable[[Run], None] = lambda run: None,
) -> Run | None:
    """Train where a run was asked for, is forced or is due; None while another process trains.

    A run left open by a process that died is closed as interrupted first. ``told`` hears each
    step that takes long when it begins.
    """
    lease, runs = Lease(store, owner()), Runs(store)
    while not lease.take():
        if not wait:
            return None
        time.sleep(lease.seconds / 10)
    with lease.held() as lost:
        runs.interrupt_open()
        queued = runs.queued()
        if queued is None:
            held = Counted(store, now + 1, Rules().history)
            what = Due(force, "asked for") if force else due(past(runs), held, now)
            if not what.kind:
                return Run("", "", "not-due", what.because, now)
            queued = runs.ask(what.kind, what.because)
        return _run(store, registry, runs, queued, now, lost.is_set, config, told)


def _run(
    store: GraphStore,
    registry: Registry,
    runs: Runs,
    run: Run,
    now: int,
    lost: Callable[[], bool],
    chosen: "Config | None",
    told: Callable[[Run], None],
) -> Run:
    from offtrail.models.retrain import retrain, task

    span = store.span()
    until = min(now + 1, span.end) if span else now
    run = runs.put(run, status="training", started=int(time.time()), until=until)
    told(run)

    def at_gate(candidate: str) -> None:
        nonlocal run
        if lost():
            raise ModelError("the lease was lost during training: nothing is promoted")
        if run.status != "gating":
            run = runs.put(run, status="gating", candidate=candidate)
            told(run)

    try:
        learned = retrain(
            task(store, until, Rules().history // DAY),
            registry,
            _config(chosen, run.kind),
            kind=run.kind,
            at_gate=at_gate,
        )
    except (ModelError, ValueError, ArithmeticError, MemoryError) as error:
        return runs.put(run, status="failed", error=str(error), finished=int(time.time()))
    status = "promoted" if learned.verdict.holds else "refused"
    figures = msgspec.to_builtins(learned.verdict)
    return runs.put(
        run, status=status, candidate=learned.entry.id, gate=figures, finished=int(time.time())
    )


def _config(chosen: "Config | None", kind: str) -> "Config":
    """A fine-tuning is the same learning on fewer injections: tree and heads together."""
    from offtrail.models.config import Config

    config = chosen or Config()
    if kind == "fine-tune":
        config = msgspec.structs.replace(config, parties=max(1, config.parties // 2))
    return config
