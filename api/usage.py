"""What will break: the successful calls that each step of a revoke set ends, the suspect's apart.

Whose a call was is told by its address alone: a stolen key's owner goes on using it.
"""

from collections.abc import Iterator, Sequence
from functools import cache
from typing import NamedTuple

import msgspec
import pyarrow as pa
import pyarrow.compute as pc

from offtrail.api.descent import READABLE, users_of
from offtrail.api.launched import INSTANCE, ROLE
from offtrail.api.objects import Answer, Revocation, RevokeStep, Span, Use
from offtrail.api.questions.case import (
    READ,
    among,
    calls,
    latest,
    listed,
    many,
    short,
    since,
    values,
    where,
)
from offtrail.api.questions.exposure import SIGN_IN
from offtrail.api.revoke import NEAR
from offtrail.graph.store import GraphStore
from offtrail.graph.window import DAY, HOUR, Window
from offtrail.models.finding import Finding
from offtrail.models.times import rfc3339, second_of

DAYS = 7
"""Days up to the store's latest call: a weekly job shows once, and what ended long ago does not."""


class Ends(NamedTuple):
    """Which calls end with one kind of step."""

    column: str  # of an activity, that holds the step's target
    key: str = ""  # what the key begins with that signed them
    api: str = ""  # at which alone
    word: str = "call"
    unseen: str = ""  # what no trail shows


ENDS = {
    "user key": Ends("credential"),
    "same address": Ends("credential"),
    "user session": Ends("principal", key="key:ASIA"),
    "session": Ends("principal"),
    NEAR["session"]: Ends("principal"),
    NEAR["user session"]: Ends("principal", key="key:ASIA"),
    "password": Ends("principal", api=SIGN_IN, word="console sign-in"),
    "instance": Ends("instance", unseen="what else it does is in no trail"),
    INSTANCE: Ends("instance", unseen="what else they do is in no trail"),
    ROLE: Ends("principal"),
}
"""By the name of the kind of step."""
NOT_KNOWN = {"masked key": "the trail masks the id, which stands for many keys"}
"""Why it cannot be told which calls end with one kind of step."""


class Suspect(NamedTuple):
    """From where the strongest errors of a finding came, and when its first error did."""

    sources: Sequence[str]
    first: int


def suspect(finding: Finding, scope: Answer) -> Suspect:
    """The suspect of a finding, as question 6 tells it from its principal."""
    return Suspect(scope.value["suspect"]["sources"], second_of(finding.first))


class Read(NamedTuple):
    """Successful calls of one principal, key or instance."""

    table: pa.Table
    days: int  # fewer than DAYS where there are too many
    whole: bool  # False: there are too many in one day


def with_use(
    store: GraphStore, found: Revocation, now: int, suspect: Suspect | None = None
) -> Revocation:
    """The steps with the use of each; without a suspect all calls are told together.

    Calls stamped later than ``now`` do not count.
    """
    span = store.span()
    if span is None or span.start > now:
        return found
    end = -(-min(span.end, now + 1) // HOUR) * HOUR  # whole hours, the last with the latest call
    window = Window(max(span.start // HOUR * HOUR, end - DAYS * DAY), end)
    uses = _Uses(store, window, suspect)
    steps = tuple(msgspec.structs.replace(step, use=uses.of(step)) for step in found.steps)
    return msgspec.structs.replace(found, steps=steps, use_counted=_span(window))


class _Uses:
    """The calls of the last days, each principal's read once."""

    def __init__(self, store: GraphStore, window: Window, suspect: Suspect | None) -> None:
        self._store, self._window, self._suspect = store, window, suspect
        self._read, self._before = cache(self._calls), cache(self._sources_before)

    def of(self, step: RevokeStep) -> Use:
        """How much is used what the step ends."""
        masked = step.target.startswith("key:") and not READABLE.fullmatch(step.target)
        kind = "masked key" if masked else step.kind
        if kind in NOT_KNOWN:
            return Use(f"how much it is used cannot be told: {NOT_KNOWN[kind]}")
        ends, targets = ENDS[step.kind], step.instances or (step.target,)
        read = self._ended(targets, ends)
        own, rest = self._parted(read.table)
        suspects = self._suspect.sources if self._suspect else ()
        window = Window(
            max(self._window.start, self._window.end - read.days * DAY), self._window.end
        )
        use = Use(
            "",
            window=_span(window),
            calls=calls(rest),
            apis=len(values(rest, "api")),
            sources=len(values(rest, "source")),
            instances=len(values(rest, "instance")),
            last=rfc3339(pc.max(rest.column("last")).as_py()) if rest.num_rows else None,
            suspect_calls=calls(own),
            shared_calls=calls(among(rest, "source", suspects)),
            complete=read.whole,
        )
        says = [
            _said(use, ends, rest, (window.end - window.start) / DAY),
            *self._whose(use, own),
            *self._earlier(targets),
            *[f"its last {many(read.days, 'day')} alone, for it is busy"] * (read.days < DAYS),
            *[ends.unseen] * bool(ends.unseen),
        ]
        return msgspec.structs.replace(use, says="; ".join(says))

    def _ended(self, targets: Sequence[str], ends: Ends) -> Read:
        """The successful calls that a step ends."""
        asked = [(ends.column, target) for target in targets]
        if ends.column == "credential":  # one principal may have signed with many keys: read once
            users = users_of(self._store, targets[:1])[targets[0]]
            asked = [("principal", user) for user in users] or asked
        reads = [self._read(*one) for one in asked]
        days = min(read.days for read in reads)
        table = among(pa.concat_tables(read.table for read in reads), ends.column, targets)
        table = where(table, api=ends.api) if ends.api else table
        table = table.filter(pc.starts_with(table.column("credential"), ends.key))
        start = self._window.end - days * DAY
        return Read(since(table, start), days, all(read.whole for read in reads))

    def _calls(self, column: str, name: str) -> Read:
        table, days = latest(self._store, self._window.end, DAYS, **{column: name})
        return Read(where(table, code=""), days, table.num_rows < READ)

    def _parted(self, table: pa.Table) -> tuple[pa.Table, pa.Table]:
        """The suspect's calls, from addresses that were new to who called, and the others."""
        columns = (table.column(name).to_pylist() for name in ("principal", "source"))
        pairs = list(zip(*columns, strict=True))
        new = {pair for pair in set(pairs) if self._new(*pair)}
        own = pa.array([pair in new for pair in pairs], pa.bool_())
        return table.filter(own), table.filter(pc.invert(own))

    def _new(self, principal: str, source: str) -> bool:
        """Whether a principal that was active a day before the finding had not used an address."""
        if self._suspect is None or source not in self._suspect.sources:
            return False
        before = self._before(principal, max(0, self._suspect.first - DAY))
        return bool(before) and source not in before

    def _sources_before(self, principal: str, end: int) -> set[str]:
        arrows, _ = self._store.relationships(
            Window(0, end), principal, types=("FROM",), limit=READ
        )
        return {arrow.target for arrow in arrows}

    def _whose(self, use: Use, own: pa.Table) -> Iterator[str]:
        """What is said of calls that may be the suspect's, and of those that are."""
        if self._suspect and not self._suspect.sources and use.calls:
            yield "from where the suspect called is not known"
        if use.shared_calls:
            which = "all" if use.shared_calls == use.calls else f"{use.shared_calls:,} of them"
            yield f"{which} from where the errors came: perhaps the suspect's"
        if use.suspect_calls:
            names = listed((name.removeprefix("ip:") for name in values(own, "source")), 2)
            more = " more" * bool(use.calls)
            yield f"{use.suspect_calls:,}{more} from {names}, new with the finding"

    def _earlier(self, targets: Sequence[str]) -> Iterator[str]:
        """When all was last seen before the window: a job that is rare, or a trail that ended."""
        last = max((node.last for node in self._store.nodes(targets).values()), default=None)
        if last is not None and last < self._window.start:
            yield f"but last seen {rfc3339(last)}, before those days"


def _said(use: Use, ends: Ends, rest: pa.Table, days: float) -> str:
    """``in use: 29,470 calls (4,210 a day) at 12 APIs, mostly s3:GetObject, from 3 sources``."""
    if not use.calls:
        other = "other " * bool(use.suspect_calls)
        return f"no {other}use seen: no {other}{ends.word} succeeded"
    rate = round(use.calls / days)
    apis = f"{use.apis:,} APIs, mostly {_most(rest)}," if use.apis > 1 else _most(rest)
    return "".join(
        (
            f"in use: {'at least ' * (not use.complete)}{many(use.calls, ends.word)}",
            f" ({rate:,} a day)" * (days > 1 and rate > 1),
            f" at {apis}" * (not ends.api),
            f" from {many(use.sources, 'source')}",
            f" and {many(use.instances, 'instance')}"
            * (ends.column != "instance" and use.instances > 0),
            f", last {use.last}",
        )
    )


def _most(table: pa.Table) -> str:
    """The API that is called most."""
    sums = table.group_by("api").aggregate([("count", "sum")])
    order = [("count_sum", "descending"), ("api", "ascending")]
    return short(sums.sort_by(order).column("api")[0].as_py())


def _span(window: Window) -> Span:
    return Span(rfc3339(window.start), rfc3339(window.end))
