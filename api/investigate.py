"""The investigation guide: seven questions asked of one finding, in order."""

from typing import Protocol, get_args

import msgspec

from offtrail.api import lists
from offtrail.api.headline import REMOVED, headline
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
    answers = tuple(_as_far_as_held(case, question.answer(case)) for question in QUESTIONS)
    gone = case.removed == "all"
    return Investigation(
        finding,
        answers,
        next=_next(finding, [] if gone else _radii(finding, answers)),
        headline=headline(answers, case.removed),
        beside=() if gone else beside(case),
    )


def _as_far_as_held(case: Case, answer: Answer) -> Answer:
    """An answer from calls that retention took is none; the finding itself names its keys."""
    if not case.removed or answer.key == exposure.KEY:
        return answer
    if case.removed == "all":
        return msgspec.structs.replace(
            answer, answer="", confidence="none", cannot_tell=REMOVED["all"]
        )
    said = "; ".join(filter(None, (answer.cannot_tell, REMOVED["part"])))
    return msgspec.structs.replace(answer, cannot_tell=said)


def _radii(finding: Finding, answers: tuple[Answer, ...]) -> list[str]:
    """Whose radius to look at: an address that is new, then the only session of the strongest
    error, for they show those hands alone."""
    values = {one.key: one.value for one in answers}
    rows, sessions = values[addresses.KEY]["sources"], values[actor.KEY]["sessions"]
    new = [row["source"] for row in rows if row["new"] and row["kind"] == "address"]
    only = sessions if len(sessions) == 1 else []
    return [*new[:2], *only, finding.principal]


def _next(finding: Finding, radii: list[str]) -> tuple[str, ...]:
    """What to do now."""
    return (
        *(command("blast-radius", entity) for entity in radii),
        command("revoke", finding.id),
        command("investigate", finding.id, "--html", f"{finding.id}.html"),
        command("verdict", finding.id, "|".join(get_args(VerdictWord)), "--note", "WHY"),
    )
