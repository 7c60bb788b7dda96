"""The ledger of alerted episodes, one document a day: what findings are made of."""

from collections import defaultdict
from collections.abc import Iterable, Iterator

import msgspec

from offtrail.graph.store import GraphStore
from offtrail.models.episodes import Episode, Key

KIND = "alerts"


class Ledger:
    """Alerted episodes by day and key; only days that changed are written."""

    def __init__(self, episodes: Iterable[Episode] = ()) -> None:
        self._days: dict[int, dict[Key, Episode]] = defaultdict(dict)
        for episode in episodes:
            self._days[episode.hour // 24][episode.key] = episode
        self._changed: set[int] = set()

    @classmethod
    def load(cls, store: GraphStore) -> "Ledger":
        """All that was alerted."""
        bodies = store.documents(KIND)
        return cls(
            msgspec.convert(episode, Episode) for body in bodies for episode in body["episodes"]
        )

    def save(self, store: GraphStore) -> None:
        """Write the days that changed."""
        for day in sorted(self._changed):
            episodes = [msgspec.to_builtins(episode) for episode in self.of_day(day)]
            store.put(KIND, f"{day:06d}", {"episodes": episodes})
        self._changed.clear()

    def add(self, episode: Episode) -> None:
        """Enter an episode, or enter it anew."""
        self._days[episode.hour // 24][episode.key] = episode
        self._changed.add(episode.hour // 24)

    def drop(self, keys: Iterable[Key]) -> None:
        """Strike episodes that are about to be judged again."""
        for key in keys:
            del self._days[key.hour // 24][key]
            self._changed.add(key.hour // 24)

    def of_day(self, day: int) -> list[Episode]:
        """The episodes of a UTC day (days since the epoch), in a fixed order."""
        found = self._days.get(day, {})
        return [found[key] for key in sorted(found)]

    def day_before(self, hour: int) -> list[Episode]:
        """The episodes of the 24 hours that end with this one."""
        days = (*self.of_day(hour // 24 - 1), *self.of_day(hour // 24))
        return [episode for episode in days if hour - 24 < episode.hour <= hour]

    def of_finding(self, finding: str) -> list[Episode]:
        """The episodes of a finding, earliest first."""
        return [episode for episode in self if episode.finding == finding]

    def __iter__(self) -> Iterator[Episode]:
        for day in sorted(self._days):
            yield from self.of_day(day)
