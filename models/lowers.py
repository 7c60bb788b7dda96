"""What would lower the score of an error edge, said term by term."""

from collections.abc import Callable

from offtrail.models.evidence import BEATS_AT_MOST, JUDGED_SAME, ON_BEAT
from offtrail.models.finding import ErrorEdge, Term

LOWERS: dict[str, Callable[[Term], str]] = {
    "denied": lambda term: f"an outcome other than a denial: {-term.value:+.2f}",
    "rare-api": lambda term: (
        f"every principal of the account having called the API: {-term.value:+.2f}"
    ),
    "never-called": lambda term: (
        f"one earlier call of this principal to the API: {-term.value:+.2f}"
    ),
    "company": lambda term: f"no more suspicious error in the same episode: {-term.value:+.2f}",
    "beat": lambda term: (
        f"more turns kept on its beat, up to {BEATS_AT_MOST * ON_BEAT:+.2f} in all"
    ),
}
"""By the name of a term; terms without a row say nothing of the kind."""

WORD = f"an analyst's word that this shape is benign: {JUDGED_SAME:+.2f}"


def lowers(edge: ErrorEdge) -> tuple[str, ...]:
    """What would lower the score of an edge, and by how much."""
    said = (LOWERS[term.name](term) for term in edge.terms if term.name in LOWERS and term.value)
    return (*said, WORD)
