"""An explanation counts who else calls and is denied the API, and says what would lower a score."""

from offtrail.models.explain import explained
from offtrail.models.finding import ErrorEdge, Term
from offtrail.models.rows import Row
from offtrail.models.times import rfc3339

START = 490_000 * 3600
API = "api:iam:ListUsers"
WEEK = 7 * 86_400


def call(at: int, who: str, code: str = "", api: str = API) -> Row:
    error_class = "denied" if code else ""
    source = "ip:198.51.100.7"
    return Row(START + at, "111122223333", who, "user", api, code, error_class, source)


def edge(*terms: Term) -> ErrorEdge:
    when = rfc3339(START)
    score = sum(term.value for term in terms)
    return ErrorEdge("ana", API, "AccessDenied", "denied", 1, when, when, score, terms, ("e",))


def test_it_counts_and_names_who_else_calls_and_is_denied_the_api(memory):
    memory.add([call(-60 * n, who) for n, who in enumerate(("bo", "bo", "chi", "dag"), 1)])
    memory.add([call(-30, "eva", "AccessDenied"), call(0, "ana", "AccessDenied")])
    told = explained(memory, edge())
    assert (told.callers, told.others_refused) == (3, 1)
    assert (told.called_by[0].principal, told.called_by[0].count) == ("bo", 2)
    assert told.called_by[0].event_ids
    assert "3 other principals call this API: bo (2)" in told.lines[0]
    assert "1 other principal is denied this API: eva (1)" in told.lines[1]


def test_calls_after_the_edge_are_not_told(memory):
    memory.add([call(0, "ana", "AccessDenied"), call(7200, "bo")])
    assert explained(memory, edge()).callers == 0


def test_it_tells_the_beat_and_the_hour_of_the_week(memory):
    memory.add([call(-WEEK * n, "ana", "AccessDenied") for n in range(4)])
    lines = explained(memory, edge()).lines
    assert "weekly beat: 3 of 3" in lines[3]
    assert "active then in 3 of 3 earlier weeks" in lines[4]


def test_it_says_by_how_much_each_change_would_lower_the_score(memory):
    memory.add([call(0, "ana", "AccessDenied")])
    terms = (Term("never-called", 0.5, "never"), Term("rare-api", 0.0, "all"), Term("x", 1, "y"))
    lowers = explained(memory, edge(*terms)).lowers
    assert lowers == (
        "one earlier call of this principal to the API: -0.50",
        "an analyst's word that this shape is benign: -3.00",
    )


def test_a_principal_never_seen_before_is_told_so(memory):
    memory.add([call(0, "ana", "AccessDenied")])
    assert "never seen before" in explained(memory, edge()).lines[4]
