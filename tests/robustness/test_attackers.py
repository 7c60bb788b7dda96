"""What must hold against attackers, clocks and deliveries, on a short life."""

import pytest

from tests.robustness.measure import Outcome, outcomes, said
from tests.robustness.report import Part, broken, markdown
from tests.robustness.scenarios import SCENARIOS
from tests.robustness.scorers import h
from tests.robustness.world import SMALL, World, simulated


@pytest.fixture(scope="module")
def world() -> World:
    return simulated(SMALL)


@pytest.fixture(scope="module")
def part(world: World) -> Part:
    """A faint attack: it leads no list, so that its rank can be lost."""
    return Part("a life", "H", "faint", tuple(outcomes(world._replace(apis=2), h())))


def of(part: Part, name: str) -> Outcome:
    return next(c.outcome for c in part.found if c.outcome.scenario.name == name)


@pytest.mark.parametrize("name", [s.name for s in SCENARIOS if s.demand])
def test_no_rank_is_lost_by_churn_replay_or_late_arrival(part: Part, name: str) -> None:
    compared = next(c for c in part.found if c.outcome.scenario.name == name)
    shown = [(c.rank, len(c.findings), c.finding and c.finding.score) for c in compared]
    assert compared.kept, shown


def test_the_faint_attack_is_one_whose_rank_can_be_lost(part: Part) -> None:
    assert 1 < of(part, "undisturbed").rank < len(of(part, "undisturbed").findings)


def test_a_slow_probe_is_one_finding_with_every_day_in_it(part: Part) -> None:
    found = of(part, "one error a day").finding
    assert found is not None
    assert len(found.edges) == SMALL.slow
    assert sum(edge.count for edge in found.edges) == SMALL.slow


def test_a_warm_up_lowers_the_score_and_the_comparison_sees_it(part: Part) -> None:
    warm, cold = of(part, "the victim warms up all APIs"), of(part, "undisturbed")
    assert said(warm) != said(cold)
    assert warm.finding is not None
    assert cold.finding is not None
    assert 2.0 < warm.finding.score < cold.finding.score


def test_the_page_names_a_broken_demand(part: Part) -> None:
    lost = [c._replace(reference=c.reference._replace(rank=0, findings=())) for c in part.found]
    worse = part._replace(found=tuple(lost))
    assert not broken([part])
    assert "a life, H, faint: everything delivered twice" in markdown([worse], "a command")
