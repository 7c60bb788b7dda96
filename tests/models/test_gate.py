"""A training of hardly any history: refused, or failed, with what is wanting."""

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


def test_nothing_is_learned_from_a_history_without_calls():
    with pytest.raises(NothingToLearn, match="nobody calls anything"):
        fit([], catalogue(), Config())
