"""Error calls as facts: the catalogue of attack calls and of benign errors to learn from."""

from collections.abc import Iterable, Sequence
from importlib.resources import files
from pathlib import Path
from typing import Literal, NamedTuple

from offtrail.ingest.event import Event

Label = Literal["attack", "benign"]
HEADER = "label\tapi\tcode\tclass\tdataset"


class Call(NamedTuple):
    """An API that failed with a code, and the data set that shows it."""

    label: Label
    api: str
    code: str
    error_class: str
    dataset: str


def calls(events: Iterable[Event], label: Label, dataset: str) -> list[Call]:
    """The distinct failing calls of some events, ordered."""
    failed = (event for event in events if event.code)
    return sorted({Call(label, e.api, e.code, e.error_class, dataset) for e in failed})


def catalogue() -> list[Call]:
    """The shipped facts, from which an account's model learns what attack calls look like."""
    return parse((files("offtrail.models") / "catalogue_attacks.tsv").read_text())


def parse(text: str) -> list[Call]:
    """The calls of a table that ``write`` wrote."""
    lines = [line.split("\t") for line in text.splitlines() if line and not line.startswith("#")]
    return [
        Call("attack" if label == "attack" else "benign", *rest)
        for label, *rest in lines
        if label != "label"
    ]


def write(known: Sequence[Call], sources: Sequence[str], path: Path) -> None:
    """The catalogue as a table, headed by where its facts come from."""
    head = [f"# {source}" for source in sources]
    path.write_text("\n".join([*head, HEADER, *("\t".join(call) for call in known)]) + "\n")
