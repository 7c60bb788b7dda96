"""Episodes: the errors of one principal from one source within one clock hour, judged together."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import msgspec

from offtrail.graph.window import HOUR
from offtrail.models.finding import Edge, ErrorEdge, kinds
from offtrail.models.times import second_of

CLOSE = 0.5  # how far apart two scores may be that count as about the same
EACH = 0.125  # what each corroborating (API, code) adds to an episode or a finding
MOST = 8  # corroborating edges that count


class Key(NamedTuple):
    """What an episode is: hours are clock hours since the epoch."""

    hour: int
    principal: str
    source: str


class Episode(msgspec.Struct, frozen=True):
    """An episode that was alerted, with its error edges, strongest first."""

    hour: int
    principal: str
    source: str
    account: str
    kind: str
    score: float
    p_value: float | None  # None where uncalibrated
    edges: tuple[ErrorEdge, ...]
    sessions: tuple[str, ...] = ()
    credentials: tuple[str, ...] = ()
    instances: tuple[str, ...] = ()
    finding: str = ""

    @property
    def key(self) -> Key:
        """What an episode is known by."""
        return Key(self.hour, self.principal, self.source)

    @property
    def first(self) -> int:
        """The second of its earliest error."""
        return min(second_of(edge.first) for edge in self.edges)

    @property
    def errors(self) -> frozenset[Edge]:
        """What failed, and how."""
        return kinds(self.edges)


def grouped(errors: Iterable[tuple[int, str, str]]) -> dict[Key, list[int]]:
    """Positions of errors by episode; each error is (second, principal, source)."""
    groups: dict[Key, list[int]] = defaultdict(list)
    for at, (second, principal, source) in enumerate(errors):
        groups[Key(second // HOUR, principal, source)].append(at)
    return groups


def corroborated(scores: Sequence[float]) -> float:
    """The top edge, and a little for every other distinct edge that scores close to it."""
    ordered = sorted(scores, reverse=True)
    close = sum(score >= ordered[0] - CLOSE for score in ordered[1:])
    return ordered[0] + EACH * min(close, MOST)
