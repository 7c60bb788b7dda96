"""What a scoring run brought: findings that were not there before, and those that grew."""

from collections.abc import Iterable, Sequence

from offtrail.api.objects import Scored
from offtrail.models.budget import Budget
from offtrail.models.finding import Finding


def scored(
    before: Iterable[Finding], after: Sequence[Finding], judged_from: str, budget: Budget
) -> Scored:
    """The findings of a run, strongest first, with the ids of those that ask for a look."""
    known = {finding.id: finding for finding in before}
    return Scored(
        items=tuple(after),
        new=tuple(f.id for f in after if f.id not in known),
        grown=tuple(f.id for f in after if f.id in known and _grew(known[f.id], f)),
        judged_from=judged_from,
        **budget._asdict(),
        first=not known,
    )


def _grew(before: Finding, after: Finding) -> bool:
    """Whether an error came that is later, or at an API or with a code of its own."""
    more = {(e.api, e.code) for e in after.edges} - {(e.api, e.code) for e in before.edges}
    return bool(more) or after.last > before.last
