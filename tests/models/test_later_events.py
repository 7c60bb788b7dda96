"""What comes after a finding was opened: its evidence grows, or it would never have opened."""

from offtrail.graph.window import Window
from offtrail.models import feedback
from offtrail.models.finding import Verdict
from offtrail.models.rows import Row
from offtrail.models.score import score

DAY, HOUR = 86_400, 3600
START = 20_454 * DAY
PEOPLE = ("ana", "bo", "chi", "dag", "eva")
WINDOW = Window(START + 8 * DAY, START + 20 * DAY)
NOW = 2**40
POLICY = "s3:GetBucketPolicy"


def call(second: int, who: str, api: str, code: str = "") -> Row:
    error_class = "not-found" if code else ""
    arn = f"arn:aws:iam::111122223333:user/{who}"
    source = f"ip:198.51.100.{len(who)}"
    return Row(START + second, "111122223333", arn, "user", f"api:{api}", code, error_class, source)


def life(days: int) -> list[Row]:
    return [
        call(day * DAY + (9 + n) * HOUR, person, "s3:GetObject")
        for day in range(days)
        for n, person in enumerate(PEOPLE)
    ]


def errors(days: range) -> list[Row]:
    return [call(day * DAY + 3 * HOUR, "dag", POLICY, "NoSuchBucketPolicy") for day in days]


def test_a_beat_that_shows_after_a_finding_was_opened_lowers_it_as_if_all_was_scored_at_once(
    memory,
):
    calls = sorted([*life(16), *errors(range(9, 16)), *explained(10)])
    for day in range(8, 16):
        memory.add(row for row in calls if row.second < START + (day + 1) * DAY)
        found = score(memory, WINDOW, START + (day + 1) * DAY)
    whole = type(memory)()
    whole.add(calls)
    assert found == score(whole, WINDOW, START + 16 * DAY)
    assert "beat" in {term.name for term in found[0].edges[0].terms}


def explained(day: int) -> list[Row]:
    """Everyone calls the API: an error at it opens nothing from then on."""
    return [call(day * DAY + n * HOUR, person, POLICY) for n, person in enumerate(PEOPLE)]


def test_a_finding_that_late_events_explain_is_withdrawn(memory):
    memory.add([*life(12), *errors(range(9, 10))])
    assert score(memory, WINDOW, NOW)
    memory.add(explained(8))
    assert score(memory, WINDOW, NOW) == []


def test_a_finding_that_an_analyst_spoke_of_is_never_withdrawn(memory):
    memory.add([*life(12), *errors(range(9, 10))])
    first = score(memory, WINDOW, NOW)[0]
    feedback.give(memory, first.id, Verdict("benign", "", "sam", "2026-01-20T09:00:00Z"))
    memory.add(explained(8))
    assert [(f.id, f.status) for f in score(memory, WINDOW, NOW)] == [(first.id, "closed")]
    feedback.undo(memory, first.id, who="sam", when="2026-01-21T09:00:00Z")
    assert [(f.id, f.status) for f in score(memory, WINDOW, NOW)] == [(first.id, "open")]
