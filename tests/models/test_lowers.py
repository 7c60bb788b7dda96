"""What would lower a score is said for each term that a change can take away."""

from offtrail.models.finding import ErrorEdge, Term
from offtrail.models.lowers import lowers

WHEN = "2026-01-05T00:00:00Z"


def test_it_says_by_how_much_each_change_would_lower_the_score():
    terms = (
        Term("never-called", 0.5, "never"),
        Term("rare-api", 0.0, "all"),
        Term("x", 1, "y"),
        Term("company", 0.25, "another error"),
    )
    code = ("AccessDenied", "denied")
    edge = ErrorEdge("ana", "api:iam:ListUsers", *code, 1, WHEN, WHEN, 1.75, terms, ("e",))
    assert lowers(edge) == (
        "one earlier call of this principal to the API: -0.50",
        "no more suspicious error in the same episode: -0.25",
        "an analyst's word that this shape is benign: -3.00",
    )
