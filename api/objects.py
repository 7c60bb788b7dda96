"""The objects that both faces show: subgraphs, answers, profiles, pages of a list.

Times are texts in RFC 3339; where there is none, "" or null.
"""

from typing import Any, Literal

import msgspec

from offtrail.api.visible import shown
from offtrail.models.finding import Finding, Status, Verdict

Layer = Literal["observed", "attempted", "reachable"]
LAYERS: tuple[Layer, ...] = ("observed", "attempted", "reachable")
Confidence = Literal["high", "medium", "low", "none"]


class Span(msgspec.Struct, frozen=True):
    """A window in RFC 3339; the end is excluded."""

    start: str = msgspec.field(name="from")
    end: str = msgspec.field(name="to")


class SubNode(msgspec.Struct, frozen=True):
    """A node of a subgraph: its best layer, its distance from the seed, its strongest score."""

    id: str
    kind: str
    label: str
    layer: Layer
    hop: int
    score: float | None
    account: str = ""
    band: str = ""
    first: str = ""
    last: str = ""


class SubRelationship(msgspec.Struct, frozen=True):
    """An arrow of a subgraph; ``because`` says what shows it where it was not seen."""

    source: str
    target: str
    type: str
    layer: Layer
    count: int
    first: str
    last: str
    event_ids: tuple[str, ...]
    score: float | None
    code: str = ""
    error_class: str = ""
    because: str = ""


class SubCut(msgspec.Struct, frozen=True):
    """What a limit left out: of ``of``, ``kept`` are shown."""

    node: str
    type: str
    kept: int
    of: int


class Subgraph(msgspec.Struct, frozen=True):
    """A bounded part of the graph, with what its limits left out."""

    seed: str
    window: Span
    nodes: tuple[SubNode, ...]
    relationships: tuple[SubRelationship, ...]
    total_nodes: int
    total_relationships: int
    truncated: bool
    cut: tuple[SubCut, ...]


class Answer(msgspec.Struct, frozen=True):
    """One of the seven questions, answered; ``cannot_tell`` says why where it is not."""

    key: str
    question: str
    answer: str
    value: dict[str, Any]
    event_ids: tuple[str, ...] = ()
    confidence: Confidence = "high"
    cannot_tell: str = ""


class Tally(msgspec.Struct, frozen=True):
    """Something counted, with the events that prove it."""

    name: str
    count: int
    first: str
    last: str
    event_ids: tuple[str, ...]


class NearApi(msgspec.Struct, frozen=True):
    """An API that the principal used before, and how near it is in meaning (cosine)."""

    api: str
    likeness: float
    calls: int


class Beside(msgspec.Struct, frozen=True):
    """What an error edge is compared with, over the days that its score looks back on."""

    api: str
    callers: int  # other principals that call it with success
    called_by: tuple[Tally, ...]
    refused: int  # other principals that are denied it
    refused_to: tuple[Tally, ...]
    at_least: bool  # whether there are more than were read
    near: tuple[NearApi, ...]
    lowers: tuple[str, ...]  # what would lower the score, and by how much
    says: tuple[str, ...]  # the same for a person


class Investigation(msgspec.Struct, frozen=True):
    """A finding and the seven answers; ``headline`` says in a line how bad it is."""

    finding: Finding
    answers: tuple[Answer, ...]
    next: tuple[str, ...]  # what to do now, each a command
    headline: str = ""
    beside: tuple[Beside, ...] = ()  # of the strongest edges, strongest first


class FindingPage(msgspec.Struct, frozen=True):
    """Ranked findings; ``next_cursor`` is null on the last page."""

    items: tuple[Finding, ...]
    next_cursor: str | None
    total: int
    rank: int = 1  # the place of the first item among all


class FindingBrief(msgspec.Struct, frozen=True):
    """A finding as a table shows it: without its edges, and without the names in its lists."""

    id: str
    principal: str
    kind: str
    account: str
    status: Status
    opened: str
    last: str  # when its latest error came
    closed: str | None
    score: float
    calibrated: bool
    p_value: float | None
    summary: str
    edge_count: int
    verdict: Verdict | None
    scored_by: str


class BriefPage(msgspec.Struct, frozen=True):
    """A ``FindingPage`` of brief findings."""

    items: tuple[FindingBrief, ...]
    next_cursor: str | None
    total: int
    rank: int = 1


Change = Literal["new", "grown"]


class News(msgspec.Struct, frozen=True):
    """A finding that a reader has not heard of, or that grew since; ``text`` tells it in a line."""

    change: Change
    text: str
    finding: FindingBrief


class NewsPage(msgspec.Struct, frozen=True):
    """What a reader was told, strongest first, and how many findings were left for later."""

    reader: str
    items: tuple[News, ...]
    left: int = 0


class Scored(msgspec.Struct, frozen=True):
    """What a scoring run found: all findings of its window, and the ids of what it brought."""

    items: tuple[Finding, ...]
    new: tuple[str, ...]
    grown: tuple[str, ...]  # known before; errors were added
    judged_from: str  # RFC 3339; earlier calls were only learned from
    a_day: int  # principals that may alert in 24 hours
    floor: float  # the score below which nothing opens
    first: bool = False  # no finding was there before


class Entity(msgspec.Struct, frozen=True):
    """A node that a search found."""

    id: str
    kind: str
    label: str
    account: str
    first: str
    last: str
    band: str


class EntityPage(msgspec.Struct, frozen=True):
    """What a search found; ``truncated`` where there are more than ``limit``."""

    items: tuple[Entity, ...]
    truncated: bool
    limit: int


class Profile(msgspec.Struct, frozen=True):
    """What is known of an entity; lists show the most frequent, ``totals`` counts all."""

    entity: Entity
    calls: int
    errors: int
    beat: str  # a sentence; "" where no call was seen
    active_hours: tuple[int, ...]  # calls in each hour of the day, UTC
    apis: tuple[Tally, ...]
    failures: tuple[Tally, ...]
    sources: tuple[Tally, ...]
    peers: tuple[Tally, ...]
    findings: tuple[str, ...]
    totals: dict[str, int]
    days: int  # up to its last call, whose calls are counted: fewer than 92 where it is busy


class Descent(msgspec.Struct, frozen=True):
    """The keys that a credential issued, and those that these issued, with their proof."""

    root: str
    nodes: tuple[dict[str, Any], ...]
    relationships: tuple[SubRelationship, ...]
    truncated: bool


class Use(msgspec.Struct, frozen=True):
    """How much is used what a step ends: the calls that succeeded in a window.

    Calls from addresses that the strongest errors came from and that were new to the caller are the
    suspect's; those from such addresses that were not new may be anyone's.
    """

    says: str  # the same for a person, in a line
    window: Span | None = None
    calls: int | None = None  # without the suspect's; None where it cannot be told
    apis: int = 0  # of these calls, as are the next three
    sources: int = 0
    instances: int = 0
    last: str | None = None
    suspect_calls: int = 0
    shared_calls: int = 0  # of ``calls``: those that may be the suspect's
    complete: bool = True  # False: there are more calls than were read


class RevokeStep(msgspec.Struct, frozen=True):
    """One thing to revoke; ``ends`` are the temporary keys that end with it."""

    order: int
    kind: str
    target: str
    action: str
    because: str
    command: str  # for a person to run; "" where there is none
    ends: tuple[str, ...] = ()
    instances: tuple[str, ...] = ()  # that it is about
    use: Use | None = None
    account: str = ""  # to be taken in, "" where it is not known


class Revocation(msgspec.Struct, frozen=True):
    """The minimal set of steps that ends every exposed credential, and what it cannot reach."""

    subject: str
    steps: tuple[RevokeStep, ...]
    not_covered: tuple[str, ...]
    use_counted: Span | None = None  # the store's last days, None where it holds no calls until now


class Token(msgspec.Struct, frozen=True):
    """An API token as listed: never the secret itself."""

    id: str
    scope: str
    expires: str | None
    created: str
    name: str = ""


class NewToken(msgspec.Struct, frozen=True):
    """An API token just made; ``token`` is shown this once."""

    id: str
    token: str
    scope: str
    expires: str | None
    name: str = ""


class Prunable(msgspec.Struct, frozen=True):
    """What ``store prune`` would remove, and what it would leave."""

    before: str  # hours that end by then
    calls: int
    first: str | None  # of those to be removed
    findings: tuple[str, ...]  # open findings whose errors would be gone, in part or whole


class Health(msgspec.Struct, frozen=True):
    """Whether the service can answer, part by part."""

    status: Literal["ok", "unavailable"]
    parts: dict[str, str] = {}


def brief(page: FindingPage) -> BriefPage:
    """The same page with each finding as a table shows it."""
    items = tuple(map(brief_of, page.items))
    return BriefPage(items, page.next_cursor, page.total, page.rank)


def brief_of(finding: Finding) -> FindingBrief:
    """A finding as a table shows it."""
    own = (name for name in FindingBrief.__struct_fields__ if name != "edge_count")
    told = {name: getattr(finding, name) for name in own}
    return FindingBrief(**told, edge_count=len(finding.edges))


def encoded(answer: Any) -> bytes:
    """JSON of any of these."""
    try:
        return msgspec.json.encode(answer)
    except UnicodeEncodeError:  # it names a file by odd bytes, which JSON cannot hold
        return msgspec.json.encode(shown(answer))
