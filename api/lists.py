"""Ranked findings, page by page: a cursor holds the place of the last one shown."""

import base64
import binascii
from collections.abc import Iterable

import msgspec

from offtrail.api.entities import meant, names
from offtrail.api.errors import Ambiguous, BadInput, Field, NotFound
from offtrail.api.objects import FindingPage
from offtrail.graph.schema import label
from offtrail.graph.store import GraphStore
from offtrail.graph.window import Window
from offtrail.models.errors import UnknownFinding
from offtrail.models.finding import Finding

Place = tuple[float, str, str]


def every(store: GraphStore) -> list[Finding]:
    """All findings, strongest first."""
    found = [msgspec.convert(body, Finding) for body in store.documents("finding")]
    return sorted(found, key=_place)


def strongest(store: GraphStore, text: str) -> Finding:
    """The strongest finding that names an entity; open ones come first.

    Raises:
        UnknownFinding: no finding does. Ambiguous: the text names several entities.
    """
    known = every(store)
    try:
        entity = _meant(store, text, known)
    except NotFound as error:
        raise UnknownFinding(f"no finding {text[:200]!r}, and nothing of that name") from error
    found = [finding for finding in known if entity in names(finding)]
    if not found:
        raise UnknownFinding(f"no finding names {entity}: a blast radius tells what it did")
    return min(found, key=lambda finding: finding.status != "open")


def _meant(store: GraphStore, text: str, known: Iterable[Finding]) -> str:
    """The entity of that name; of several, the only principal of them that has a finding."""
    try:
        return meant(store, text).id
    except Ambiguous:
        suspects = {one.principal for one in known if label(one.principal) == text}
        if len(suspects) != 1:
            raise
        return suspects.pop()


def page(
    store: GraphStore,
    window: Window,
    *,
    status: str | None,
    principal: str | None,
    account: str | None = None,
    limit: int,
    cursor: str | None,
) -> FindingPage:
    """The findings after the cursor's place, so that new ones shift no page."""
    after = _read(cursor) if cursor else None
    chosen = [
        finding
        for finding in every(store)
        if finding.meets(window)
        and (status is None or finding.status == status)
        and (principal is None or _named(finding.principal, principal))
        and (account is None or finding.account == account)
    ]
    rest = [finding for finding in chosen if after is None or _place(finding) > after]
    shown = tuple(rest[:limit])
    more = len(rest) > len(shown)
    cursor = _written(_place(shown[-1])) if more and shown else None
    return FindingPage(shown, cursor, len(chosen), len(chosen) - len(rest) + 1)


def _named(principal: str, asked: str) -> bool:
    """An id in full means that principal alone, anything shorter a part of the name."""
    if ":" in asked:
        return principal == asked
    return asked.casefold() in principal.casefold()


def _place(finding: Finding) -> Place:
    return -finding.score, finding.opened, finding.id


def _written(place: Place) -> str:
    return base64.urlsafe_b64encode(msgspec.json.encode(place)).decode().rstrip("=")


def _read(cursor: str) -> Place:
    try:
        text = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
        place: Place = msgspec.json.decode(text, type=Place)
    except (binascii.Error, ValueError, msgspec.MsgspecError) as error:
        detail = "the cursor is not one that a page of this list gave"
        raise BadInput(detail, Field("/cursor", detail)) from error
    return place
