"""The table of attackers, as text to read and as Markdown to keep."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from tests.robustness.measure import Compared

FORCES = {"loud": 8, "faint": 2}
"""Different calls of an attack."""

DEMANDS = {
    "equal": "findings equal",
    "rank": "rank kept",
    "found": "has a finding",
    "": "told only",
}


class Part(NamedTuple):
    """All outcomes of one force of attack in one world by one scorer."""

    world: str
    scorer: str
    force: str
    found: tuple[Compared, ...]


def broken(parts: Sequence[Part]) -> list[str]:
    """Each demand that does not hold, by name."""
    return [
        f"{part.world}, {part.scorer}, {part.force}: {c.outcome.scenario.name}"
        for part in parts
        for c in part.found
        if not c.kept
    ]


def markdown(parts: Sequence[Part], command: str) -> str:
    """The whole page."""
    return "\n".join([*_head(command, parts), *_tables(parts), ""])


ABOUT = """
Every row goes the whole line: files, ingest, store, scoring, findings. The attack is refused calls
of the shipped catalogue, rewritten whole into a victim's identity, address and hour of work: 8
different ones (loud) or 2 (faint), three times each within an hour. The long life is played for
what takes long: two weeks of warming up, and a slow probe with another call each day for 30 days;
in the short one these take 4 and 6 days. The fusion here is learned from the days before anything
is scored, without the APIs that the attacks call and without the encoder. The made-up life shows
what a disturbance changes; it says nothing about how well attacks are found.

A cell is *score, rank of findings*. "Findings equal": all of them say the same, to the last term
and event id; only the id of a finding, given out once, may name another hour. "Rank kept": no worse
than undisturbed. "Told only": no demand is made. Calls of one second are blind to one another, so
that a fusion cannot see how many they are; the count of distinct calls is added all the same.
A warm-up and errors beforehand do lower a score: an API that its principal calls is not new, and an
error that comes back at its hour keeps a beat.
"""


def _head(command: str, parts: Sequence[Part]) -> Iterator[str]:
    lost = broken(parts)
    yield "# What attackers may try, and what the score and the rank do"
    yield ""
    yield f"Written by `{command}`. What each row does: `tests/robustness/scenarios.py`."
    yield ABOUT
    yield f"**Demands broken: {len(lost)}.**" + "".join(f"\n- {text}" for text in lost)


def _tables(parts: Sequence[Part]) -> Iterator[str]:
    for world in dict.fromkeys(part.world for part in parts):
        chosen = [part for part in parts if part.world == world]
        yield from ("", f"## {world}", "")
        heads = [f"{part.scorer}, {part.force}" for part in chosen]
        yield "| " + " | ".join(["attempt", *heads, "demand", "holds"]) + " |"
        yield "|" + "---|" * (len(heads) + 3)
        for row in zip(*(part.found for part in chosen), strict=True):
            yield _line(row)


def _line(row: Sequence[Compared]) -> str:
    scenario = row[0].outcome.scenario
    holds = "yes" if all(c.kept for c in row) else "**no**"
    demand = DEMANDS[scenario.demand]
    cells = [scenario.name, *(_cell(c) for c in row), demand, holds if scenario.demand else ""]
    return "| " + " | ".join(cells) + " |"


def _cell(compared: Compared) -> str:
    outcome = compared.outcome
    if outcome.finding is None:
        return f"none of {len(outcome.findings)}"
    return f"{outcome.finding.score:.2f}, {outcome.rank} of {len(outcome.findings)}"
