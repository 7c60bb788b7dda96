"""One row a route: where it is, who may ask, what it takes and what it answers.

The checks at the door and the OpenAPI document are both made from these rows, so that no route
answers with a status that is not documented.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

from apiflask import APIBlueprint
from pydantic import BaseModel

from offtrail.api.tokens import Scope

View = Callable[..., Any]
DOOR = (400, 404, 405)  # what any route may answer before it is reached


class Route(NamedTuple):
    """A route's promise. ``answer`` is the class of its body, or some; None for plain text."""

    rule: str
    method: str
    summary: str
    answer: Any
    scope: Scope | None = "read"
    query: type[BaseModel] | None = None
    body: type[BaseModel] | None = None
    status: int = 200
    problems: tuple[int, ...] = ()
    media: tuple[str, ...] = ("application/json",)
    raw_body: str = ""  # what an unparsed body is, for the document

    @property
    def answers(self) -> tuple[Any, ...]:
        """The classes that its body may be of."""
        if self.answer is None:
            return ()
        return self.answer if isinstance(self.answer, tuple) else (self.answer,)

    @property
    def statuses(self) -> tuple[int, ...]:
        """Every problem that it may answer with."""
        asked = (401, 403) if self.scope else ()
        taken = (422,) if self.query or self.body else ()
        bodied = (413, 415) if self.body or self.raw_body else ()
        store = (503,)
        return tuple(sorted({*DOOR, *asked, *taken, *bodied, *store, *self.problems}))


class Face:
    """A blueprint whose views are bound to rows."""

    def __init__(self, name: str) -> None:
        self.blueprint = APIBlueprint(name, __name__, tag=name)
        self.rows: dict[str, Route] = {}

    def route(self, row: Route) -> Callable[[View], View]:
        """Bind a view to its row."""

        def bound(view: View) -> View:
            wrapped = view
            if row.query:
                wrapped = self.blueprint.input(row.query, location="query", arg_name="query")(
                    wrapped
                )
            if row.body:
                wrapped = self.blueprint.input(row.body, location="json", arg_name="body")(wrapped)
            doc = self.blueprint.doc(summary=row.summary, operation_id=view.__name__)
            self.blueprint.route(row.rule, methods=[row.method])(doc(wrapped))
            self.rows[f"{self.blueprint.name}.{view.__name__}"] = row
            return view

        return bound
