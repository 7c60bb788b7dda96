"""The daily budget: how many principals a day may ask for an analyst's attention."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import NamedTuple, Protocol

from offtrail.graph.schema import account, namesake
from offtrail.graph.store import GraphStore
from offtrail.models.episodes import CLOSE, Edge, Episode, Key

KIND, ID = "scoring", "budget"
A_DAY = 10
FLOOR = 1.25
"""The score below which an error opens nothing: an error that is no denial, on an API that the
principal called before or that more than a quarter of the account calls."""


class Candidate(Protocol):
    """An episode that asks for a place."""

    @property
    def score(self) -> float: ...
    @property
    def errors(self) -> frozenset[Edge]: ...


Told = tuple[str, frozenset[Edge]]
"""An account, and errors that were alerted there together."""


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
    told: dict[str, dict[Told, float]] = defaultdict(dict)  # by name

    def take(key: Key, one: Candidate) -> None:
        best[key.principal] = max(one.score, best.get(key.principal, 0.0))
        goes_on.add((key.principal, key.hour // 24))
        alike, said = told[namesake(key.principal)], (account(key.principal), one.errors)
        alike[said] = max(one.score, alike.get(said, one.score))

    for episode in recent:
        take(episode.key, episode)
    alerted = []
    for key in sorted(candidates, key=lambda key: (-candidates[key].score, key)):
        one = candidates[key]
        above = sum(other >= one.score for who, other in best.items() if who != key.principal)
        is_news = above < a_day and not _covered(key, one, told[namesake(key.principal)])
        if one.score >= floor and (is_news or (key.principal, key.hour // 24) in goes_on):
            alerted.append(key)
            take(key, one)
    return alerted


def _covered(key: Key, one: Candidate, told: Mapping[Told, float]) -> bool:
    """Whether an alert in another account says all that an episode shows, and about as strongly."""
    own, score, errors = account(key.principal), one.score, one.errors
    return any(
        score <= was + CLOSE and where != own and errors <= said
        for (where, said), was in told.items()
    )
