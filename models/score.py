"""``score``: error edges of a window scored, findings opened and updated."""

from itertools import pairwise

from offtrail.graph.store import GraphStore
from offtrail.graph.window import DAY, HOUR, Window
from offtrail.models.errors import Overtaken
from offtrail.models.finding import Finding
from offtrail.models.run import Options, Run, ended

AGAIN = 2  # times that a run starts over where another one was faster
LEARN_DAYS, LEARN_SHARE = 7, 4
"""What is learned before the first alert: a quarter of what the store holds, a week at most."""
STRAY = 100
"""One hour of so many that lies far before the rest is no beginning: an old file got in."""


def score(
    store: GraphStore, window: Window, now: int, options: Options | None = None
) -> list[Finding]:
    """Score the window, open and update findings; those that meet it, strongest first.

    Hours that were scored before, and that no late event, verdict or other model has overtaken,
    are not scored again. Calls stamped later than ``now`` (seconds since the epoch) wait.

    Raises:
        Overtaken: other runs scored the same hours first, time and again.
    """
    span = store.span()
    if span is None:
        return []
    until = min(window.end, span.end, now + 1)
    since, chosen = _since(store, window, span), options or Options()
    for _ in range(AGAIN):
        try:
            return _scored(window, span.start, Run(store, chosen, until, since))
        except Overtaken:
            continue
    return _scored(window, span.start, Run(store, chosen, until, since))


def _scored(window: Window, start: int, run: Run) -> list[Finding]:
    run.go(start)
    return [found for found in run.publish() if found.meets(window)]


def _since(store: GraphStore, window: Window, span: Window) -> int:
    """The second from which edges are alerted; once set, it only ever moves back."""
    begun = _begun(store, span)
    learned = begun + min(LEARN_DAYS * DAY, (span.end - begun) // LEARN_SHARE)
    asked = max(window.start, learned) // HOUR * HOUR
    known = store.get("scoring", "since")
    since = min(asked, known["second"]) if known else asked
    store.put("scoring", "since", {"second": since})
    return since


def _begun(store: GraphStore, span: Window) -> int:
    """The second from which the store's history runs: a few old calls far before it are none."""
    hours = store.touched(0)
    few = hours[: len(hours) // STRAY + 1]
    after = [b * HOUR for a, b in pairwise(few) if b - a > LEARN_DAYS * DAY // HOUR]
    return max([span.start, *after])


def judged_from(store: GraphStore) -> int | None:
    """The second from which errors may open findings; those before were only learned from.

    None where no run came to its end: one that failed has judged nothing.
    """
    known = store.get("scoring", "since") if ended(store) else None
    return int(known["second"]) if known else None
