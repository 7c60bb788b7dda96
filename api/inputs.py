"""What the routes take: queries and bodies, each checked field by field before a route runs."""

from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    WithJsonSchema,
)

from offtrail.api.objects import LAYERS
from offtrail.api.times import FORM, parsed
from offtrail.graph.schema import KINDS
from offtrail.models.finding import Accounts, VerdictWord


def _second(text: Any) -> int:
    second = parsed(text) if isinstance(text, str) else None
    if second is None:
        raise ValueError(f"must be {FORM}")
    return second


def _layers(text: str) -> str:
    if not text or any(name not in LAYERS for name in text.split(",")):
        raise ValueError(f"must be some of {', '.join(LAYERS)}, separated by commas")
    return text


def _printable(text: str) -> str:
    if "\0" in text or any(0xD800 <= ord(sign) <= 0xDFFF for sign in text):
        raise ValueError("must be text")
    return text


When = Annotated[
    int, BeforeValidator(_second), WithJsonSchema({"type": "string", "format": "date-time"})
]
LAYER = f"^({'|'.join(LAYERS)})(,({'|'.join(LAYERS)}))*$"
Layers = Annotated[
    str, AfterValidator(_layers), WithJsonSchema({"type": "string", "pattern": LAYER})
]
Text = Annotated[str, Field(max_length=512), AfterValidator(_printable)]
Name = Annotated[str, Field(min_length=1, max_length=512), AfterValidator(_printable)]
Cursor = Annotated[str, Field(max_length=512, pattern="^[A-Za-z0-9_=-]*$")]
Kind = Annotated[
    str,
    AfterValidator(lambda kind: _one_of(kind, KINDS)),
    WithJsonSchema({"type": "string", "enum": list(KINDS)}),
]


def _one_of(text: str, allowed: tuple[str, ...]) -> str:
    if text not in allowed:
        raise ValueError(f"must be one of {', '.join(allowed)}")
    return text


class Input(BaseModel):
    """A misspelt name is refused, not ignored."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)


class FindingsQuery(Input):
    """Which findings, and which page of them."""

    since: When | None = None
    until: When | None = None
    status: Literal["open", "closed"] | None = None
    principal: Text | None = None
    account: Text | None = None
    limit: int = Field(20, ge=1, le=500)
    cursor: Cursor | None = None
    fields: Literal["full", "brief"] = Field(
        "full", description="brief: without edges and lists of names, as a table shows findings."
    )


class SubgraphQuery(Input):
    """How far a finding's surroundings reach."""

    hops: int = Field(2, ge=1, le=6)
    limit: int = Field(200, ge=1, le=5000)


class BlastQuery(Input):
    """Of what, over which window, how far."""

    entity: Name
    start: When | None = Field(None, alias="from")
    end: When | None = Field(None, alias="to")
    hops: int = Field(3, ge=1, le=6)
    limit: int = Field(500, ge=1, le=5000)
    layers: Layers = ",".join(LAYERS)


class EntitiesQuery(Input):
    """Any part of a name."""

    q: Name
    kind: Kind | None = None
    limit: int = Field(20, ge=1, le=200)


class VerdictBody(Input):
    """A word and why."""

    verdict: VerdictWord
    note: Annotated[str, Field(max_length=4000), AfterValidator(_printable)] = ""
    accounts: Accounts = Field(
        "own", description="all: it speaks of principals of the same name in other accounts too."
    )
    until: When | None = Field(
        None, description="What fails from then on is judged without the word."
    )


class PromoteBody(Input):
    """Why, where the gate refused."""

    note: Annotated[str, Field(max_length=4000), AfterValidator(_printable)] = ""


class TrainingBody(Input):
    """How much is learned anew."""

    kind: Literal["full", "fine-tune"] = "full"
