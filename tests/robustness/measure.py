"""Scenarios played in a world by a scorer, and what became of the attack's finding in each."""

import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import msgspec
import orjson

from offtrail.ingest.identity import identity
from offtrail.models.finding import Finding
from offtrail.models.run import Options
from tests.robustness.line import Lines
from tests.robustness.scenarios import SCENARIOS, Scenario
from tests.robustness.world import World


class Outcome(NamedTuple):
    """The finding of the attack, its rank among all (from 1), and all of them."""

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
        demand = ours.scenario.demand
        if demand == "equal":
            return said(ours) == said(theirs)
        if demand == "rank":
            return ours.finding is not None and ours.rank <= theirs.rank
        return not demand or ours.finding is not None


def said(outcome: Outcome) -> list[Finding]:
    """All that findings say; their ids are given out once, and name what was known then."""
    return [msgspec.structs.replace(finding, id="") for finding in outcome.findings]


def outcomes(world: World, options: Options, names: Sequence[str] = ()) -> Iterator[Compared]:
    """Every scenario that the world is long enough for, or those that are named."""
    done: dict[str, Outcome] = {}
    with tempfile.TemporaryDirectory() as folder:
        lines = Lines(world, options, Path(folder))
        for scenario in SCENARIOS:
            if scenario.possible(world) and (not names or scenario.name in names):
                outcome = done[scenario.name] = _played(scenario, world, lines)
                yield Compared(outcome, done[scenario.against])


def _played(scenario: Scenario, world: World, lines: Lines) -> Outcome:
    victim = scenario.victim(world.victim[-1])
    with lines.line(empty=scenario.empty) as line:
        scenario.play(line, world._replace(victim=[victim]))
        found = [f for f in line.score() if f.status == "open"]
    principal = identity(orjson.dumps(victim["userIdentity"])).principal
    ranks = [n for n, finding in enumerate(found, 1) if finding.principal == principal]
    rank = ranks[0] if ranks else len(found) + 1
    return Outcome(scenario, found[rank - 1] if ranks else None, rank, tuple(found))
