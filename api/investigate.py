"""The investigation guide: seven questions asked of one finding, in order."""

from typing import Protocol, get_args

from offtrail.api import lists
from offtrail.api.headline import headline
from offtrail.api.neighbours import beside
from offtrail.api.objects import Answer, Investigation
from offtrail.api.questions import (
    actor,
    addresses,
    commands,
    errors,
    exposure,
    instances,
    scope,
)
from offtrail.api.questions.case import Case
from offtrail.api.shell import command
from offtrail.graph.store import GraphStore
from offtrail.models.finding import Finding, VerdictWord


class Question(Protocol):
    """A module of questions/: its key, its words, and its answer from a case."""

    KEY: str
    QUESTION: str

    def answer(self, case: Case) -> Answer:
        """The answer, or why it cannot be told."""
        ...


QUESTIONS: tuple[Question, ...] = (
    errors,
    commands,
    addresses,
    instances,
    actor,
    scope,
    exposure,
)
"""In the order of the guide; a further question is one file and one name here."""


def investigate(store: GraphStore, finding: Finding) -> Investigation:
    """All answers, and what to do next."""
    case = Case(store, finding, lists.every(store))
    answers = tuple(question.answer(case) for question in QUESTIONS)
    return Investigation(finding, answers, _next(finding, answers), headline(answers), beside(case))


def _next(finding: Finding, answers: tuple[Answer, ...]) -> tuple[str, ...]:
    """What to do now; the radius of an address that is new first: it shows those hands alone."""
    rows = next(one.value["sources"] for one in answers if one.key == addresses.KEY)
    new = [row["source"] for row in rows if row["new"] and row["kind"] == "address"]
    return (
        *(command("blast-radius", source) for source in new[:2]),
        command("blast-radius", finding.principal),
        command("revoke", finding.id),
        command("investigate", finding.id, "--html", f"{finding.id}.html"),
        command("verdict", finding.id, "|".join(get_args(VerdictWord)), "--note", "WHY"),
    )
