"""What is new: findings that a scoring run brought or made grow, and those unheard by a reader."""

from collections.abc import Iterable, Sequence
from typing import Literal, NamedTuple

from offtrail.api.lists import every
from offtrail.api.objects import News, Scored, brief_of
from offtrail.graph.store import GraphStore
from offtrail.models.budget import Budget
from offtrail.models.finding import Finding

HEARD = "heard/"
"""How the kind of a reader's documents begins: one a finding that it heard of."""


class Mark(NamedTuple):
    """How far a finding had come: when its latest error came, and its kinds of error."""

    last: str
    edges: frozenset[tuple[str, str]]  # API and code

    @classmethod
    def of(cls, finding: Finding) -> "Mark":
        """That of a finding as it is."""
        return cls(finding.last, frozenset((edge.api, edge.code) for edge in finding.edges))

    def grew(self, later: "Mark") -> bool:
        """Whether an error came that is later, or at an API or with a code of its own."""
        return bool(later.edges - self.edges) or later.last > self.last


def scored(
    before: Iterable[Finding], after: Sequence[Finding], judged_from: str, budget: Budget
) -> Scored:
    """The findings of a run, strongest first, with the ids of those that ask for a look."""
    known = {finding.id: Mark.of(finding) for finding in before}
    return Scored(
        items=tuple(after),
        new=tuple(f.id for f in after if f.id not in known),
        grown=tuple(f.id for f in after if f.id in known and known[f.id].grew(Mark.of(f))),
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
        mark, known = Mark.of(finding), heard.get(finding.id)
        if known is None:
            found.append(Unheard(_news("new", finding), mark))
        elif known.grew(mark):
            found.append(Unheard(_news("grown", finding), mark))
    return found


def hear(store: GraphStore, reader: str, told: Iterable[Unheard]) -> None:
    """Keep that a reader has heard."""
    bodies = {one.news.finding.id: _body(one.mark) for one in told}
    if bodies:
        store.put_all(HEARD + reader, bodies)


def _body(mark: Mark) -> dict[str, object]:
    return {"last": mark.last, "edges": sorted(map(list, mark.edges))}


def _news(change: Literal["new", "grown"], finding: Finding) -> News:
    text = f"{change} {finding.score:.2f} {finding.id} {finding.summary}"
    return News(change, text, brief_of(finding))
