"""The gate: what it lets pass, and what is wanting where there is hardly any history."""

import pytest

from offtrail.models import gate
from offtrail.models.calls import catalogue
from offtrail.models.config import Config
from offtrail.models.counts import Counts
from offtrail.models.errors import NothingToLearn
from offtrail.models.fusion import fit
from offtrail.models.rows import Row

DAY = 86_400
USER = "arn:aws:iam::111122223333:user/ana"


class H:
    """The counts, as a candidate."""

    def on(self, history: object) -> Counts:
        return Counts()


def test_without_anybody_after_the_cut_the_candidate_is_refused_with_that_reason():
    called = Row(DAY, "111122223333", USER, "user", "api:s3:GetObject", "", "", "ip:198.51.100.7")
    for history in ([], [called]):
        verdict = gate.judge(history, 2 * DAY, catalogue(), H(), H())
        assert not verdict.holds
        (demand,) = verdict.demands
        assert demand.demand == "a round in which an attack finds somebody to be put to"


def holds(candidate: list[float], champion: list[float] | None = None) -> list[bool]:
    """Each line of the gate, where H has .5 in every round."""
    ap = {"candidate": candidate, "H": [0.5] * len(candidate)}
    return [line.holds for line in gate.demands(ap | ({"champion": champion} if champion else {}))]


def test_a_candidate_serves_where_it_is_clearly_above_h_in_nearly_every_round():
    assert holds([0.58001] * 12) == [True, True]
    assert holds([0.579] * 12) == [False, True]
    assert holds([0.7] * 10 + [0.5] * 2) == [True, True]
    assert holds([0.7] * 9 + [0.5] * 3) == [True, False]
    assert holds([0.5] * 12) == [False, False]


def test_a_candidate_replaces_a_champion_that_it_outranks_and_no_other():
    assert holds([0.7] * 12, [0.69] * 12) == [True, True, True]
    assert holds([0.7] * 12, [0.7] * 12) == [True, True, False]


def test_a_round_without_an_attack_counts_for_nobody():
    assert holds([0.7] * 11 + [float("nan")]) == [True, True]
    assert holds([0.7] * 9 + [float("nan")] * 3) == [True, False]


def test_nothing_is_learned_from_a_history_without_calls():
    with pytest.raises(NothingToLearn, match="nobody calls anything"):
        fit([], catalogue(), Config())
