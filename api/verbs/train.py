"""``offtrail train``: a candidate from the account's history, promoted only through the gate."""

import time

import click

from offtrail.api.settings import current, shared


@click.command()
@click.option("--if-due", is_flag=True, help="Only where the schedule says so: for cron.")
@click.option("--kind", type=click.Choice(["full", "fine-tune"]), default="full")
@click.option("--wait", is_flag=True, help="Wait where another process trains.")
@shared
def train(if_due: bool, kind: str, wait: bool) -> int:
    """Train a candidate and promote it where it proves better than the model that serves."""
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
        )
    if run is None:
        settings.show({"status": "busy"}, "another process trains; --wait waits for it")
        return 0 if if_due else 3
    settings.show(run, _words(run.status, run.because, run.candidate, run.gate, run.error))
    return 3 if run.status == "failed" else 0


def _words(status: str, because: str, candidate: str, gate: object, error: str) -> str:
    lines = [f"{status}: {because}"]
    if candidate:
        lines.append(f"candidate {candidate}")
    if isinstance(gate, dict):
        lines += [
            f"  {'holds' if d['holds'] else 'FAILS'}  {d['value']:+.3f}  {d['demand']}"
            for d in gate["demands"]
        ]
    if error:
        lines.append(error)
    return "\n".join(lines)
