"""Windows that a user may leave open, and the one that suits an entity best."""

from collections.abc import Iterable

from offtrail.api.entities import names
from offtrail.api.errors import BadInput, Field
from offtrail.graph.store import Node
from offtrail.graph.window import ALWAYS, DAY, Window
from offtrail.models.finding import Finding
from offtrail.models.times import second_of


def window(start: int | None, end: int | None, named: tuple[str, str]) -> Window:
    """The window between two seconds, open where one is missing.

    Raises:
        BadInput: it would end before it starts.
    """
    first = ALWAYS.start if start is None else start
    last = ALWAYS.end if end is None else end
    if last < first:
        detail = f"{named[1]} lies before {named[0]}"
        raise BadInput(detail, Field(f"/{named[1]}", detail))
    return Window(first, last)


def around(seed: Node, findings: Iterable[Finding], start: int | None, end: int | None) -> Window:
    """What a user named; else from its open findings, or a day, up to its last call."""
    last = max(seed.last + 1, (start or 0) + 1) if end is None else end
    if start is None:
        opened = [
            second_of(f.opened) for f in findings if f.status == "open" and seed.id in names(f)
        ]
        start = max(0, min([last - DAY, *opened]))
    return window(start, last, ("from", "to"))
