"""The daily budget: how many principals a day may ask for an analyst's attention."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import NamedTuple, Protocol

from offtrail.graph.schema import account, namesake
from offtrail.graph.store import GraphStore
from offtrail.models.episodes import CLOSE, Episode, Key
from offtrail.models.finding import Edge

KIND, ID = "scoring", "budget"
A_DAY = 10
FLOOR = 1.25
"""The score below which an error opens nothing: an error that is no denial, on an API that the
principal called before or that more than a quarter of the account calls."""


class Shown(Protocol):
    """What an episode shows."""

    @property
    def score(self) -> float: ...
    @property
    def errors(self) -> frozenset[Edge]: ...


class Candidate(Shown, Protocol):
    """An episode that asks for a place."""

    @property
    def first(self) -> int:
        """The second of its earliest error."""


class Budget(NamedTuple):
    """What may open a finding; a store keeps its own, so that every run asks the same."""

    a_day: int = A_DAY
    floor: float = FLOOR


def kept(store: GraphStore) -> Budget:
    """The store's budget."""
    known = store.get(KIND, ID)
    return Budget(int(known["a_day"]), float(known["floor"])) if known else Budget()


def keep(store: GraphStore, a_day: int | None = None, floor: float | None = None) -> None:
    """Change what is given of the store's budget; the next run scores everything anew by it."""
    before = kept(store)
    after = Budget(
        before.a_day if a_day is None else a_day, before.floor if floor is None else floor
    )
    if after != before:
        store.put(KIND, ID, after._asdict())


def passed(
    candidates: Mapping[Key, Candidate],
    recent: Iterable[Episode],
    a_day: int = A_DAY,
    floor: float = FLOOR,
) -> list[Key]:
    """The candidates of an hour that are alerted, strongest first.

    ``recent`` was alerted in the 24 hours that end with it. A principal uses one place of them, by
    its strongest episode; a candidate passes where fewer than ``a_day`` other principals stand
    above it, or where its principal was alerted on the same day. A decoy that floods from many
    sources uses one place. What one of its name in another account was alerted for, and about
    as strongly, is no news: a template that fails everywhere uses one place too.
    """
    best: dict[str, float] = {}
    goes_on: set[tuple[str, int]] = set()
    told = Told()

    def take(key: Key, one: Shown) -> None:
        best[key.principal] = max(one.score, best.get(key.principal, 0.0))
        goes_on.add((key.principal, key.hour // 24))
        told.add(key.principal, one)

    for episode in recent:
        take(episode.key, episode)
    asking = {key: one for key, one in candidates.items() if one.score >= floor}
    repeat = _repeats(asking, told)
    alerted = []
    for key in sorted(asking, key=lambda key: (key in repeat, -asking[key].score, key)):
        one = asking[key]
        above = sum(other >= one.score for who, other in best.items() if who != key.principal)
        is_news = above < a_day and not (key in repeat and told.covers(key.principal, one))
        if is_news or (key.principal, key.hour // 24) in goes_on:
            alerted.append(key)
            take(key, one)
    return alerted


class Told:
    """What was alerted: by name, the score of each set of errors in each account."""

    def __init__(self) -> None:
        self._alike: dict[str, dict[tuple[str, frozenset[Edge]], float]] = defaultdict(dict)

    def add(self, principal: str, one: Shown) -> None:
        """An alert is added."""
        alike, said = self._alike[namesake(principal)], (account(principal), one.errors)
        alike[said] = max(one.score, alike.get(said, one.score))

    def covers(self, principal: str, one: Shown) -> bool:
        """Whether an alert in another account says all that one shows, and about as strongly."""
        own, score, errors = account(principal), one.score, one.errors
        return any(
            score <= was + CLOSE and where != own and errors <= said
            for (where, said), was in self._alike[namesake(principal)].items()
        )

    def copy(self) -> "Told":
        """One of its own."""
        made = Told()
        made._alike.update((name, dict(alike)) for name, alike in self._alike.items())
        return made


def _repeats(asking: Mapping[Key, Candidate], told: Told) -> set[Key]:
    """The candidates that say what one before them said: who was first leads, so that a reader of
    an hour that goes on keeps the finding that he was told of."""
    so_far, found = told.copy(), set()
    for key in sorted(asking, key=lambda key: (asking[key].first, key)):
        if so_far.covers(key.principal, asking[key]):
            found.add(key)
        else:
            so_far.add(key.principal, asking[key])
    return found
