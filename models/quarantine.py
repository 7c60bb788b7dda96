"""Quarantine: what alerted episodes did does not become the baseline until someone says it may."""

from collections.abc import Iterable, Mapping, Sequence

from offtrail.graph.window import HOUR
from offtrail.models.episodes import Episode, Key
from offtrail.models.feedback import Case
from offtrail.models.rows import Row


def held(alerted: Iterable[Episode], cases: Mapping[str, Case]) -> set[Key]:
    """The episodes kept from the counters: all alerted ones but those judged harmless."""
    return {
        episode.key
        for episode in alerted
        if episode.finding not in cases or not cases[episode.finding].harmless
    }


def learnable(rows: Sequence[Row], kept_out: set[Key]) -> list[Row]:
    """Rows that may feed the counters: errors and successes of a held episode may not."""
    if not kept_out:
        return list(rows)
    return [
        row for row in rows if Key(row.second // HOUR, row.principal, row.source) not in kept_out
    ]
