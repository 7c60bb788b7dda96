"""A finding and its error edges: the answer's objects, with every term that makes a score.

Times are texts in RFC 3339.
"""

from collections.abc import Iterable
from typing import Literal

import msgspec

from offtrail.graph.window import Window
from offtrail.models.times import second_of

Status = Literal["open", "closed"]
VerdictWord = Literal["true-positive", "false-positive", "benign"]
Accounts = Literal["own", "all"]
Edge = tuple[str, str]
"""API and code."""


class Term(msgspec.Struct, frozen=True):
    """One addend of a score. ``because`` completes a sentence, with counts."""

    name: str
    value: float
    because: str


class ErrorEdge(msgspec.Struct, frozen=True):
    """A principal failing at an API with one code; ``score`` is the exact sum of the terms."""

    principal: str
    api: str
    code: str
    error_class: str = msgspec.field(name="class")
    count: int
    first: str
    last: str
    score: float
    terms: tuple[Term, ...]
    event_ids: tuple[str, ...]
    resource: str = ""
    reason: str = ""
    scored_by: str = ""  # the model that gave the score: see ``serving``; "" where it is not known


def kinds(edges: Iterable[ErrorEdge]) -> frozenset[Edge]:
    """What failed, and how."""
    return frozenset((edge.api, edge.code) for edge in edges)


class Verdict(msgspec.Struct, frozen=True):
    """An analyst's word on a finding."""

    word: VerdictWord
    note: str
    who: str
    when: str
    accounts: Accounts = "own"  # all: a principal of the same name in another is the same
    until: str | None = None  # what fails from then on is judged without it

    @property
    def reach(self) -> str:
        """How far it goes, in words after the word: "" for the usual reach."""
        ends = f" until {self.until}" if self.until else ""
        return " in all accounts" * (self.accounts == "all") + ends


class Finding(msgspec.Struct, frozen=True):
    """One or more episodes of a principal that passed the daily budget."""

    id: str
    principal: str
    status: Status
    opened: str
    closed: str | None
    score: float
    calibrated: bool
    summary: str
    edges: tuple[ErrorEdge, ...]
    sources: tuple[str, ...]
    sessions: tuple[str, ...]
    credentials: tuple[str, ...] = ()
    instances: tuple[str, ...] = ()
    account: str = ""
    verdict: Verdict | None = None
    kind: str = ""  # PrincipalKind
    p_value: float | None = None  # None where uncalibrated
    scored_by: str = ""  # the model that scored the strongest edge

    @property
    def first(self) -> str:
        """When its earliest error came."""
        return min((edge.first for edge in self.edges), default=self.opened)

    @property
    def last(self) -> str:
        """When its latest error came."""
        return max((edge.last for edge in self.edges), default=self.opened)

    def meets(self, window: Window) -> bool:
        """Whether an error of it lies in the window."""
        return any(
            second_of(edge.first) < window.end and second_of(edge.last) >= window.start
            for edge in self.edges
        )
