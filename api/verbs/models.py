"""``offtrail models``: what there is, promotion and rollback."""

from typing import TYPE_CHECKING

import click

from offtrail.api.settings import current, shared

if TYPE_CHECKING:
    from offtrail.models.registry import Registry
    from offtrail.models.serving import Models


@click.group()
@shared
def models() -> None:
    """See trained models, choose which serves.

    One champion serves, the others are kept.
    """


def _registry() -> "Registry":
    from offtrail.models.registry import Registry

    return Registry(current().models_folder)


@models.command("list")
@shared
def list_() -> None:
    """List the models and which serves."""
    from offtrail.models.serving import models

    current().show(models(_registry()), _listed)


def _listed(book: "Models") -> str:
    from offtrail.models.serving import said

    lines = [
        f"{'*' if m.id == book.champion else ' '} {m.id}  {m.state:<9} {m.created}  {m.note}"
        for m in sorted(book.models.values(), key=lambda m: m.created)
    ]
    if not book.champion:
        none = "none of these" if lines else "no trained models"
        lines.append(f"{none}: served by {said(book.serving)}")
    return "\n".join(lines)


@models.command()
@click.argument("model")
@shared
def show(model: str) -> None:
    """Show the card of a MODEL: data, seeds, what the gate measured."""
    import msgspec

    registry = _registry()
    card = registry.path(model) / "card.json"
    told = {
        "entry": registry.book.models[model],
        "card": msgspec.json.decode(card.read_bytes()) if card.exists() else {},
    }
    current().show(told, lambda told: msgspec.json.format(msgspec.json.encode(told)).decode())


@models.command()
@click.argument("model")
@click.option("--note", default="", help="Why; overrides a refusal of the gate.")
@shared
def promote(model: str, note: str) -> None:
    """Make a MODEL the champion, by hand."""
    entry = _registry().promote(model, None, note)
    current().show(entry, lambda entry: f"{entry.id} is champion")


@models.command()
@click.option("--note", default="", help="Why.")
@shared
def rollback(note: str) -> None:
    """Give the place back to the champion before.

    Before the first, the shipped weights served: they do again.
    """
    from offtrail.models.serving import said, serving

    entry = _registry().rollback(note)
    current().show(
        entry,
        lambda entry: (
            f"{entry.id} is champion again"
            if entry
            else f"served by {said(serving(None)[0])} again"
        ),
    )
