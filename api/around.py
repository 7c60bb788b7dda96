"""A finding in its graph: its edges, what stands around them, what each is compared with."""

from collections.abc import Iterator

from offtrail.api.blast import assembled
from offtrail.api.objects import Subgraph
from offtrail.api.walk import CAP, Step, layer_of, walk
from offtrail.graph.store import Cut, GraphStore, Relationship
from offtrail.graph.window import HOUR, Window
from offtrail.models.finding import Finding
from offtrail.models.times import second_of

DAYS = 92
"""Days before its end that a finding is looked at with: a monthly beat shows three times."""
COMPARED = 8
"""Other principals shown at each API of an error edge; all are counted in ``cut``."""
APIS = 12
"""Error edges, the strongest first, whose APIs are compared with others."""


def window_of(finding: Finding) -> Window:
    """From the first to the last error of a finding, in whole hours."""
    first, last = second_of(finding.first), second_of(finding.last)
    return Window(first, last + 1).whole


def named(finding: Finding) -> set[str]:
    """From where and with what a finding's calls came: always shown."""
    return {*finding.sources, *finding.credentials, *finding.instances}


def around(store: GraphStore, finding: Finding, *, hops: int, limit: int) -> Subgraph:
    """The finding's edges first, then who else calls or is denied the same APIs, then the rest."""
    window = window_of(finding)
    own = walk(store, (), finding.principal, "principal", window, hops, CAP)
    hops_of, cuts, compared = dict(own.hops), list(own.cuts), list[Step]()
    if hops > 1:
        for step in _compared(store, finding, cuts):
            compared.append(step)
            hops_of.setdefault(step.far, 2)
    scored = {(edge.api, edge.code): edge.score for edge in finding.edges}
    first, rest = list[Step](), list[Step]()
    for step in own.steps:
        arrow = step.arrow
        key = (arrow.target, arrow.code)
        is_own = arrow.type == "FAILED" and arrow.source == finding.principal and key in scored
        (first if is_own else rest).append(step)
    steps = [*first, *compared, *rest]
    return assembled(store, finding.principal, window, steps, hops_of, cuts, limit, named(finding))


def _compared(store: GraphStore, finding: Finding, cuts: list[Cut]) -> Iterator[Step]:
    """Other principals at the finding's APIs, over the days that its scores look back on."""
    until = window_of(finding).end
    past = Window(max(0, until - DAYS * 24 * HOUR), until)
    for api in list(dict.fromkeys(edge.api for edge in finding.edges))[:APIS]:
        arrows, left = store.relationships(past, api, types=("CALLED", "FAILED"), limit=COMPARED)
        cuts.extend(left)
        for arrow in arrows:
            if arrow.source != finding.principal:
                yield Step(arrow, layer_of(arrow), api, arrow.source, 2, _says(arrow))


def _says(arrow: Relationship) -> str:
    if arrow.type == "CALLED":
        return "compared with: it calls the same API with success"
    return f"compared with: it meets {arrow.code} at the same API"
