"""A name in many accounts: what it was alerted for elsewhere, and words that speak of all of it."""

import msgspec
import pytest

from offtrail.graph.window import ALWAYS
from offtrail.models import feedback
from offtrail.models.errors import EndsTooSoon
from offtrail.models.score import score
from offtrail.models.times import rfc3339, second_of
from tests.models.test_score import (
    BENIGN,
    DAY,
    HOUR,
    NOW,
    OTHER,
    START,
    arn,
    attack,
    call,
    elsewhere,
    life,
)


def top(store, who: str) -> float:
    """The score of a principal's open finding; 0 where there is none."""
    found = score(store, ALWAYS, NOW)
    return max((f.score for f in found if f.principal == who and f.status == "open"), default=0.0)


@pytest.mark.parametrize(("more", "opens"), [("iam:CreateUser", False), ("sns:ListTopics", True)])
def test_what_its_name_was_alerted_for_elsewhere_opens_nothing_unless_there_is_more(
    memory, more, opens
):
    last = call(11 * DAY + 19 * HOUR + 120, "ana", more, "AccessDenied", ip="99")
    after = [row._replace(second=row.second + HOUR) for row in (*attack(11), last)]
    memory.add([*life(14), *attack(11), *elsewhere([*life(14), *after])])
    found = {finding.principal for finding in score(memory, ALWAYS, NOW)}
    assert arn("ana") in found
    assert (arn("ana", account=OTHER) in found) is opens


def test_a_word_said_of_all_accounts_lowers_those_of_the_name_there(memory):
    memory.add([*life(14), *attack(9), *elsewhere([*life(14), *attack(11)])])
    before = top(memory, arn("ana", account=OTHER))
    feedback.give(memory, score(memory, ALWAYS, NOW)[0].id, BENIGN)
    assert top(memory, arn("ana", account=OTHER)) == before
    words = msgspec.structs.replace(BENIGN, accounts="all")
    (finding,) = [f.id for f in score(memory, ALWAYS, NOW) if f.principal == arn("ana")]
    feedback.give(memory, finding, words)
    assert top(memory, arn("ana", account=OTHER)) == before - 3.0
    memory.add(elsewhere(attack(13)))
    assert top(memory, arn("ana", account=OTHER)) < 2.0
    feedback.undo(memory, finding, who="sam", when="2026-01-21T09:00:00Z")
    assert top(memory, arn("ana", account=OTHER)) >= before


def test_a_word_speaks_only_of_what_failed_before_its_end(memory):
    memory.add([*life(14), *attack(9)])
    first = score(memory, ALWAYS, NOW)[0]
    end = rfc3339(START + 12 * DAY)
    feedback.give(memory, first.id, msgspec.structs.replace(BENIGN, until=end))
    memory.add(attack(11))
    assert top(memory, arn("ana")) == 0.0
    memory.add(attack(13))
    assert top(memory, arn("ana")) > 1.25
    edges = next(f.edges for f in score(memory, ALWAYS, NOW) if f.status == "open")
    assert "verdict" not in {term.name for edge in edges for term in edge.terms}


def test_a_word_that_ends_before_the_last_error_of_its_finding_is_refused(memory):
    """It closes the whole finding: what failed after its end would be hidden and learned."""
    memory.add([*life(14), *attack(9), *attack(11)])
    first = score(memory, ALWAYS, NOW)[0]
    last = second_of(first.last)
    for end in (START + 10 * DAY, last):
        with pytest.raises(EndsTooSoon):
            feedback.give(memory, first.id, msgspec.structs.replace(BENIGN, until=rfc3339(end)))
    assert feedback.cases(memory) == []
    assert score(memory, ALWAYS, NOW)[0] == first
    soon = msgspec.structs.replace(BENIGN, until=rfc3339(last + 1))
    assert feedback.give(memory, first.id, soon).status == "closed"
