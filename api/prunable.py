"""What ``store prune`` would remove, and the open findings that rest on it."""

from offtrail.api import lists
from offtrail.api.objects import Prunable
from offtrail.graph.store import GraphStore
from offtrail.graph.window import HOUR
from offtrail.models.times import rfc3339, second_of


def prunable(store: GraphStore, before: int) -> Prunable:
    """Calls in the hours that end by ``before``, and the open findings with errors among them."""
    cut, span, calls = before // HOUR * HOUR, store.span(), store.prunable(before)
    findings = (
        one.id
        for one in lists.every(store)
        if one.status == "open" and any(second_of(edge.first) < cut for edge in one.edges)
    )
    return Prunable(
        before=rfc3339(before),
        calls=calls,
        first=rfc3339(span.start) if span and calls else None,
        findings=tuple(findings) if calls else (),
    )
