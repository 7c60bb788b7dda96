"""The daily budget: how many principals a day may ask for an analyst's attention."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple, Protocol

from offtrail.graph.schema import namesake
from offtrail.graph.store import GraphStore
from offtrail.models.episodes import Episode, Key

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
    def lead(self) -> tuple[str, str]:
        """API and code of its strongest error edge."""


class Shape(NamedTuple):
    """Whose places are one: a name without its account, and the error that leads."""

    name: str
    api: str
    code: str


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
    its strongest episode, and shares it with those of its name in other accounts that are led by
    the same error. A candidate passes where fewer than ``a_day`` other places stand above it, or
    where its principal, or one that it shares a place with, was alerted on the same day. A decoy
    that floods from many sources uses one place, and so does a template that fails everywhere.
    """
    places = Places()
    for episode in recent:
        places.take(episode.key, episode)
    alerted = []
    for key in sorted(candidates, key=lambda key: (-candidates[key].score, key)):
        one = candidates[key]
        if one.score >= floor and (places.goes_on(key, one) or places.above(key, one) < a_day):
            alerted.append(key)
            places.take(key, one)
    return alerted


class Places:
    """Who stands where: each principal by its strongest episode."""

    def __init__(self) -> None:
        self._best: dict[str, tuple[float, Shape]] = {}
        self._on: set[tuple[str | Shape, int]] = set()

    def take(self, key: Key, one: Candidate) -> None:
        """An episode is alerted."""
        shape, day = _shape(key, one), key.hour // 24
        now = one.score, shape
        self._best[key.principal] = max(now, self._best.get(key.principal, now))
        self._on |= {(key.principal, day), (shape, day)}

    def goes_on(self, key: Key, one: Candidate) -> bool:
        """Whether its principal, or one of its shape, was alerted on the same day."""
        day = key.hour // 24
        return not self._on.isdisjoint({(key.principal, day), (_shape(key, one), day)})

    def above(self, key: Key, one: Candidate) -> int:
        """The places of others that are at least as strong."""
        own = _shape(key, one)
        others = {
            shape
            for who, (score, shape) in self._best.items()
            if score >= one.score and who != key.principal
        }
        return len(others - {own})


def _shape(key: Key, one: Candidate) -> Shape:
    return Shape(namesake(key.principal), *one.lead)
