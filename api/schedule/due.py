"""When a retraining is due: weekly in full, nightly where enough is new."""

from typing import Protocol

import msgspec

from offtrail.graph.window import DAY


class Rules(msgspec.Struct, frozen=True):
    """The schedule; seconds and counts."""

    full_every: int = 7 * DAY
    fine_tune_every: int = DAY
    fine_tune_tuples: int = 2_000  # below this many new distinct tuples a night changes nothing
    history: int = 30 * DAY  # what a full training reads
    floor: int = 10_000  # calls; below it the shipped weights serve and nothing is trained
    retry_after: int = 3_600  # after a failed or interrupted run


class Past(msgspec.Struct, frozen=True):
    """When runs ended, in seconds since the epoch, None for never."""

    full: int | None
    any: int | None
    failed: int | None = None
    until: int = 0  # the last completed run read what came before


class Held(Protocol):
    """How much history there is; counting takes long in a large store."""

    def calls(self, enough: int) -> int:
        """Their number, or one that is at least ``enough``."""
        ...

    def kinds(self, since: int) -> int:
        """Distinct (principal, API, class, source) of the calls from second ``since`` on."""
        ...


class Due(msgspec.Struct, frozen=True):
    """What to do now, and why: the sentence is shown and kept with the run."""

    kind: str  # "full", "fine-tune" or "" for nothing
    because: str


def due(past: Past, held: Held, now: int, rules: Rules | None = None) -> Due:
    """Missed runs coalesce: however many nights were missed, one run is due.

    What the clock alone decides is decided without counting.
    """
    rules = rules or Rules()
    if past.failed is not None and now - past.failed < rules.retry_after:
        return Due("", f"the last run failed {now - past.failed:,} s ago; next try is later")
    is_full = past.full is None or now - past.full >= rules.full_every
    since = now - (past.any or past.full or 0)
    last = f"last run {since / DAY:.1f} days ago"
    if not is_full and since < rules.fine_tune_every:
        return Due("", last)
    calls = held.calls(rules.floor)
    if calls < rules.floor:
        return Due(
            "",
            f"{calls:,} calls in the {rules.history // DAY} days before the last, below"
            f" {rules.floor:,}: the shipped weights serve",
        )
    if past.full is None:
        return Due("full", "no full training has completed yet")
    if is_full:
        return Due("full", f"the last full training is {(now - past.full) / DAY:.1f} days old")
    new = held.kinds(past.until)
    kinds = f"{new:,} kinds of call (who, API, outcome, address) since"
    if new > rules.fine_tune_tuples:
        return Due("fine-tune", f"{kinds} the last run")
    return Due("", f"{last}, {kinds}")
