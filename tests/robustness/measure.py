"""Scenarios played in a world by a scorer, and what became of the attack's finding in each."""

import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import orjson

from offtrail.ingest.identity import identity
from offtrail.models.finding import Finding
from offtrail.models.run import Options
from tests.robustness.line import Lines
from tests.robustness.scenarios import SCENARIOS, Scenario
from tests.robustness.world import World


class Outcome(NamedTuple):
    """The finding of the attack, its rank among all (from 1), and how many there are."""

    scenario: Scenario
    finding: Finding | None
    rank: int  # one more than there are findings where it is none of them
    findings: tuple[Finding, ...]


class Compared(NamedTuple):
    """An outcome beside that of the same attack undisturbed."""

    outcome: Outcome
    reference: Outcome

    @property
    def kept(self) -> bool:
        """Whether what is demanded of the scenario holds."""
        ours, theirs = self.outcome, self.reference
        if ours.scenario.demand == "equal":
            return ours.findings == theirs.findings
        return not ours.scenario.demand or (ours.finding is not None and ours.rank <= theirs.rank)


def outcomes(world: World, options: Options, names: Sequence[str] = ()) -> Iterator[Compared]:
    """Every scenario that the world is long enough for, or those that are named."""
    done: dict[str, Outcome] = {}
    with tempfile.TemporaryDirectory() as folder:
        lines = Lines(world, options, Path(folder))
        for scenario in SCENARIOS:
            if possible(scenario, world) and (not names or scenario.name in names):
                outcome = done[scenario.name] = _played(scenario, world, lines)
                yield Compared(
                    outcome, done[scenario.against if scenario.against in done else scenario.name]
                )


def possible(scenario: Scenario, world: World) -> bool:
    """A recorded day has no two weeks for a warm-up, and no day after it."""
    wants_warm = "beforehand" in scenario.name or "warm" in scenario.name
    wants_slow = "slow" in scenario.name or scenario.against != SCENARIOS[0].name
    return (world.warm > 0 or not wants_warm) and (world.slow > 0 or not wants_slow)


def _played(scenario: Scenario, world: World, lines: Lines) -> Outcome:
    with lines.line(empty=scenario.empty) as line:
        scenario.play(line, world)
        found = [f for f in line.score() if f.status == "open"]
    victim = _principal(world)
    ranks = [n for n, finding in enumerate(found, 1) if finding.principal == victim]
    rank = ranks[0] if ranks else len(found) + 1
    return Outcome(scenario, found[rank - 1] if ranks else None, rank, tuple(found))


def _principal(world: World) -> str:
    """The victim's id in the graph: a session counts for its role."""
    return identity(orjson.dumps(world.victim[-1]["userIdentity"])).principal
