"""``offtrail train``: a candidate from the account's history, promoted only through the gate."""

import time
from pathlib import Path
from typing import TYPE_CHECKING

import click

from offtrail.api.settings import current, shared
from offtrail.models.times import rfc3339

if TYPE_CHECKING:
    from offtrail.api.schedule.runs import Run


@click.command()
@click.option("--if-due", is_flag=True, help="Only where the schedule says so: for cron.")
@click.option(
    "--kind", type=click.Choice(["full", "fine-tune"]), default="full", help="Default: full."
)
@click.option("--wait", is_flag=True, help="Wait where another process trains.")
@shared
def train(if_due: bool, kind: str, wait: bool) -> int:
    """Train a model; it serves only where it proves better."""
    from offtrail.api.schedule.trainer import run_if_due
    from offtrail.models.registry import Registry

    settings = current()
    with settings.opened() as store:
        run = run_if_due(
            store,
            Registry(settings.models_folder),
            int(time.time()),
            force="" if if_due else kind,
            wait=wait,
            told=lambda run: None if settings.quiet else click.echo(_step(run), err=True),
        )
    if run is None:
        settings.show({"status": "busy"}, lambda _: "another process trains; --wait waits for it")
        return 0 if if_due else 3
    settings.show(run, lambda run: _words(run, settings.models_folder.resolve()))
    return 3 if run.status == "failed" else 0


def _step(run: "Run") -> str:
    if run.status == "gating":
        return f"judging {run.candidate} on the last days"
    return f"training ({run.kind}: {run.because}) on what came until {rfc3339(run.until or 0)}"


def _words(run: "Run", folder: Path) -> str:
    ran = f"{run.status} (why it ran: {run.because})"
    lines = [f"not due: {run.because}" if run.status == "not-due" else ran]
    if run.candidate:
        lines.append(f"candidate {run.candidate}, kept in {folder}")
    if isinstance(run.gate, dict):
        lines += [
            f"  {'holds' if d['holds'] else 'FAILS'}  {d['value']:+.3f}  {d['demand']}"
            for d in run.gate["demands"]
        ]
    if run.error:
        lines.append(run.error)
    return "\n".join(lines)
