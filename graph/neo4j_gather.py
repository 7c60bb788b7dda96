"""All arrows and nodes of a store at once, summed from its activities and facts."""

from collections.abc import Iterable

from offtrail.graph.neo4j_arrows import DAY, Hours
from offtrail.graph.neo4j_packing import Key, Tally
from offtrail.graph.neo4j_proofs import Arrow, Ways, proofs
from offtrail.graph.relate import earlier
from offtrail.graph.rows import KEPT, PROOF, earliest
from offtrail.graph.schema import BY_TYPE, account, label
from offtrail.graph.store import Node


class Sum:
    """A growing sum of an arrow's calls, which come hour by hour."""

    __slots__ = ("calls", "error_class", "hours", "last", "proofs")

    def __init__(self, error_class: str) -> None:
        self.calls, self.last, self.proofs, self.error_class = 0, 0, b"", error_class
        self.hours: Hours = []

    def add(self, hour: int, calls: int, last: int, proofs: bytes, error_class: str) -> None:
        """Count calls of an hour that no earlier one follows."""
        self.calls += calls
        self.last = max(self.last, last)
        self.error_class = min(self.error_class, error_class)
        if len(self.proofs) < KEPT * PROOF or proofs[:PROOF] < self.proofs[-PROOF:]:
            self.proofs = earliest(self.proofs, proofs)
        day = hour // 24 * DAY
        if not self.hours or self.hours[-1] < day:
            self.hours.append(day)
        self.hours[-1] |= 1 << hour % 24

    @property
    def tally(self) -> Tally:
        return Tally(self.calls, self.last, self.proofs, self.error_class)


class Gathered:
    """The arrows that rows prove."""

    def __init__(self) -> None:
        self.arrows: dict[Arrow, Sum] = {}

    def add(self, ways: Ways, owner: str, hour: int, key: Key, tally: Tally) -> None:
        """Count a row to all arrows that it proves."""
        for (type, target, code), error_class in proofs(key, ways):
            if not (owner and target):
                continue
            arrow = Arrow(type, owner, target, code)
            sum = self.arrows.get(arrow)
            if sum is None:
                sum = self.arrows[arrow] = Sum(error_class)
            sum.add(hour, tally.calls, tally.last, tally.proofs, error_class)

    def nodes(self) -> Iterable[Node]:
        """The nodes that the arrows name, with the first and last second of each."""
        kinds: dict[str, str] = {}
        times: dict[str, tuple[int, int]] = {}
        for arrow, sum in self.arrows.items():
            relation, tally = BY_TYPE[arrow.type], sum.tally
            ends = (arrow.source, relation.source_kind), (arrow.target, relation.target_kind)
            for id, kind in ends:
                kinds[id] = earlier(kinds.get(id, kind), kind)
                first, last = times.get(id, (tally.first, tally.last))
                times[id] = min(first, tally.first), max(last, tally.last)
        for id, kind in kinds.items():
            yield Node(id, kind, label(id), account(id), *times[id])
