"""When a retraining is due: weekly in full, nightly where enough is new."""

import msgspec

DAY = 86_400


class Rules(msgspec.Struct, frozen=True):
    """The schedule; seconds and counts."""

    full_every: int = 7 * DAY
    fine_tune_every: int = DAY
    fine_tune_tuples: int = 2_000  # below this many new distinct tuples a night changes nothing
    history: int = 30 * DAY  # what a full training reads
    floor: int = 10_000  # calls; below it the shipped weights serve and nothing is trained
    retry_after: int = 3_600  # after a failed or interrupted run


class Past(msgspec.Struct, frozen=True):
    """What the rules ask of the past; times in seconds since the epoch, None for never."""

    calls: int
    new_tuples: int  # distinct (principal, api, class, source) since the last completed run
    full: int | None
    any: int | None
    failed: int | None = None


class Due(msgspec.Struct, frozen=True):
    """What to do now, and why: the sentence is shown and kept with the run."""

    kind: str  # "full", "fine-tune" or "" for nothing
    because: str


def due(past: Past, now: int, rules: Rules | None = None) -> Due:
    """Missed runs coalesce: however many nights were missed, one run is due."""
    rules = rules or Rules()
    if past.calls < rules.floor:
        return Due(
            "",
            f"{past.calls:,} calls in the {rules.history // DAY} days before the last, below"
            f" {rules.floor:,}: the shipped weights serve",
        )
    if past.failed is not None and now - past.failed < rules.retry_after:
        return Due("", f"the last run failed {now - past.failed:,} s ago; next try is later")
    if past.full is None:
        return Due("full", "no full training has completed yet")
    if now - past.full >= rules.full_every:
        return Due("full", f"the last full training is {(now - past.full) / DAY:.1f} days old")
    since = now - (past.any or past.full)
    kinds = f"{past.new_tuples:,} kinds of call (who, API, outcome, address) since"
    if since >= rules.fine_tune_every and past.new_tuples > rules.fine_tune_tuples:
        return Due("fine-tune", f"{kinds} the last run")
    return Due("", f"last run {since / DAY:.1f} days ago, {kinds}")
