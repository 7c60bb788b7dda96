"""The daily budget: how many principals a day may ask for an analyst's attention."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from offtrail.graph.store import GraphStore
from offtrail.models.episodes import Episode, Key

KIND, ID = "scoring", "budget"
A_DAY = 10
FLOOR = 1.25
"""The score below which an error opens nothing: an error that is no denial, on an API that the
principal called before or that more than a quarter of the account calls."""


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
    candidates: Mapping[Key, float],
    recent: Iterable[Episode],
    a_day: int = A_DAY,
    floor: float = FLOOR,
) -> list[Key]:
    """The candidates of an hour that are alerted, strongest first.

    ``recent`` was alerted in the 24 hours that end with it. A principal uses one place of them, by
    its strongest episode; a candidate passes where fewer than ``a_day`` other principals stand
    above it, or where its principal was alerted on the same day. A decoy that floods from many
    sources uses one place.
    """
    best: dict[str, float] = {}
    goes_on: set[tuple[str, int]] = set()
    for episode in recent:
        best[episode.principal] = max(episode.score, best.get(episode.principal, 0.0))
        goes_on.add((episode.principal, episode.hour // 24))
    alerted = []
    for key in sorted(candidates, key=lambda key: (-candidates[key], key)):
        score, place = candidates[key], (key.principal, key.hour // 24)
        above = sum(other >= score for who, other in best.items() if who != key.principal)
        if score >= floor and (place in goes_on or above < a_day):
            alerted.append(key)
            goes_on.add(place)
            best[key.principal] = max(score, best.get(key.principal, 0.0))
    return alerted
