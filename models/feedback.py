"""An analyst's word on a finding: kept with who and when, undone with who and when.

Words come only through this module, from a person with the right to write; nothing that a trail
holds can become one. The history of a finding's words is its audit trail: nothing is erased.
"""

from typing import Literal

import msgspec

from offtrail.graph.schema import namesake
from offtrail.graph.store import GraphStore
from offtrail.models.errors import EndsTooSoon, NothingToUndo, UnknownFinding
from offtrail.models.finding import Accounts, Finding, Verdict, VerdictWord
from offtrail.models.times import second_of

KIND = "verdict"


class Shape(msgspec.Struct, frozen=True):
    """What a word is about, wherever it appears again."""

    account: str
    principal: str
    principal_kind: str
    api: str
    error_class: str


class Entry(msgspec.Struct, frozen=True):
    """One word, or its withdrawal."""

    word: VerdictWord | Literal["undone"]
    note: str
    who: str
    when: str  # RFC 3339
    accounts: Accounts = "own"
    until: str | None = None


class Case(msgspec.Struct, frozen=True):
    """All words ever said of a finding; the last one holds."""

    finding: str
    shapes: tuple[Shape, ...]
    entries: tuple[Entry, ...]

    @property
    def word(self) -> VerdictWord | None:
        """The word that holds now, None where it was undone."""
        last = self.entries[-1].word
        return None if last == "undone" else last

    @property
    def harmless(self) -> bool:
        """True where an analyst said that nothing was wrong."""
        return self.word in ("benign", "false-positive")

    def holds_at(self, second: int) -> bool:
        """Whether it speaks of what failed then."""
        until = self.entries[-1].until
        return until is None or second < second_of(until)

    def names(self, shape: Shape, principal: str) -> bool:
        """Whether the principal is the one of the shape, or its like in another account where the
        word is said of all."""
        if self.entries[-1].accounts == "all":
            return namesake(shape.principal) == namesake(principal)
        return shape.principal == principal


def cases(store: GraphStore) -> list[Case]:
    """Every finding that an analyst spoke of."""
    return [msgspec.convert(body, Case) for body in store.documents(KIND)]


def finding_of(store: GraphStore, finding: str) -> Finding:
    """The stored finding.

    Raises:
        UnknownFinding: there is none of that id.
    """
    body = store.get("finding", finding)
    if body is None:
        raise UnknownFinding(f"no finding {finding!r}")
    return msgspec.convert(body, Finding)


def give(store: GraphStore, finding: str, verdict: Verdict) -> Finding:
    """Record an analyst's word and close the finding; later scores follow it at once.

    Raises:
        UnknownFinding: there is none of that id. EndsTooSoon: the word speaks of a part of it.
    """
    known = finding_of(store, finding)
    if verdict.until is not None and second_of(verdict.until) <= second_of(known.last):
        raise EndsTooSoon(f"{finding} failed last at {known.last}, not before {verdict.until}")
    return _record(store, known, Entry(**msgspec.structs.asdict(verdict)), verdict)


def undo(store: GraphStore, finding: str, *, who: str, when: str, note: str = "") -> Finding:
    """Withdraw the word on a finding: it opens again and its effect on scores ends.

    Raises:
        UnknownFinding: there is none of that id. NothingToUndo: no word holds on it.
    """
    return _record(store, finding_of(store, finding), Entry("undone", note, who, when), None)


def _record(store: GraphStore, known: Finding, entry: Entry, verdict: Verdict | None) -> Finding:
    finding, shapes = known.id, _shapes(known)
    while True:
        body = store.get(KIND, finding)
        before = msgspec.convert(body, Case).entries if body else ()
        if verdict is None and (not before or before[-1].word == "undone"):
            raise NothingToUndo(f"no verdict holds on {finding}")
        case = Case(finding, shapes, (*before, entry))
        if store.put_if(KIND, finding, msgspec.to_builtins(case), body):
            break
    while True:
        held = store.get("finding", finding)
        changed = msgspec.structs.replace(
            finding_of(store, finding),
            status="closed" if verdict else "open",
            closed=verdict.when if verdict else None,
            verdict=verdict,
        )
        if store.put_if("finding", finding, msgspec.to_builtins(changed), held):
            return changed


def _shapes(finding: Finding) -> tuple[Shape, ...]:
    shapes = {
        Shape(finding.account, edge.principal, finding.kind, edge.api, edge.error_class)
        for edge in finding.edges
    }
    return tuple(sorted(shapes, key=lambda shape: (shape.principal, shape.api, shape.error_class)))
