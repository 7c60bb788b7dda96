"""What is new: findings that a scoring run brought or made grow, and those unheard by a reader."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from offtrail.api.lists import every
from offtrail.api.objects import Change, News, Scored, brief_of
from offtrail.graph.store import GraphStore
from offtrail.models.budget import Budget
from offtrail.models.finding import Edge, Finding, kinds

HEARD = "heard/"
"""How the kind of a reader's documents begins: one a finding that it heard of."""


class Mark(NamedTuple):
    """How far a finding had come: when its latest error came, and its kinds of error."""

    last: str
    edges: frozenset[Edge]

    @classmethod
    def of(cls, finding: Finding) -> "Mark":
        """That of a finding as it is."""
        return cls(finding.last, kinds(finding.edges))


def _change(known: Mark | None, now: Mark) -> Change | None:
    """A finding grows by an error that is later, or at an API or with a code of its own."""
    if known is None:
        return "new"
    return "grown" if now.edges - known.edges or now.last > known.last else None


def scored(
    before: Iterable[Finding], after: Sequence[Finding], judged_from: str, budget: Budget
) -> Scored:
    """The findings of a run, strongest first, with the ids of those that ask for a look."""
    known = {finding.id: Mark.of(finding) for finding in before}
    changes = [(f.id, _change(known.get(f.id), Mark.of(f))) for f in after]
    return Scored(
        items=tuple(after),
        new=tuple(id for id, change in changes if change == "new"),
        grown=tuple(id for id, change in changes if change == "grown"),
        judged_from=judged_from,
        **budget._asdict(),
        first=not known,
    )


class Unheard(NamedTuple):
    """News, and how far its finding had come when it was read."""

    news: News
    mark: Mark


def unheard(store: GraphStore, reader: str) -> list[Unheard]:
    """Open findings, strongest first, that are new to a reader or grew since it heard of them."""
    waiting = [finding for finding in every(store) if finding.status == "open"]
    bodies = store.get_all(HEARD + reader, [finding.id for finding in waiting])
    heard = {
        id: Mark(body["last"], frozenset((api, code) for api, code in body["edges"]))
        for id, body in bodies.items()
    }
    found = []
    for finding in waiting:
        mark = Mark.of(finding)
        change = _change(heard.get(finding.id), mark)
        if change:
            found.append(Unheard(_news(change, finding), mark))
    return found


def hear(store: GraphStore, reader: str, told: Iterable[Unheard]) -> None:
    """Keep that a reader has heard."""
    bodies = {one.news.finding.id: _body(one.mark) for one in told}
    if bodies:
        store.put_all(HEARD + reader, bodies)


def _body(mark: Mark) -> dict[str, object]:
    return {"last": mark.last, "edges": sorted(map(list, mark.edges))}


def _news(change: Change, finding: Finding) -> News:
    text = f"{change} {finding.score:.2f} {finding.id} {finding.summary}"
    return News(change, text, brief_of(finding))
