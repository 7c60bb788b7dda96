"""``offtrail schedule``: one process that asks at every tick whether a training is due.

APScheduler is the trigger only. The work runs in a subprocess (``offtrail train --if-due``), which
takes the lease itself: a scheduler that is killed leaves its trainer to finish, and a second
scheduler's trainer finds the lease held and goes away.
"""

import logging
import os
import subprocess
import sys
from collections.abc import Sequence
from datetime import UTC, datetime

from apscheduler.schedulers.blocking import BlockingScheduler

LOG = logging.getLogger("offtrail.schedule")


def command(models: str) -> list[str]:
    """What a tick runs; the same that cron or a CronJob would."""
    return [sys.executable, "-m", "offtrail.api.main", "train", "--if-due", "--models", models]


def tick(store: str, arguments: Sequence[str]) -> int:
    """One question and, where due, one training; returns the exit status of the subprocess.

    The store's URL goes by the environment: it may hold a password, and command lines are public.
    """
    own = {**os.environ, "OFFTRAIL_STORE": store}
    done = subprocess.run(list(arguments), env=own, check=False)  # noqa: S603 - our own command line
    if done.returncode:
        LOG.warning("training ended with status %d; the champion keeps serving", done.returncode)
    return done.returncode


def serve(store: str, models: str, every: int = 900) -> None:
    """Tick at once and then every ``every`` seconds until ended; missed ticks coalesce into one."""
    logging.getLogger("apscheduler").setLevel(logging.ERROR)  # a tick beside a training is no news
    scheduler = BlockingScheduler(timezone=UTC)
    scheduler.add_job(
        tick,
        "interval",
        args=[store, command(models)],
        seconds=every,
        id="training",
        coalesce=True,
        max_instances=1,
        misfire_grace_time=None,
        next_run_time=datetime.now(UTC),
    )
    scheduler.start()
