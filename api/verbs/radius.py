"""``offtrail blast-radius``: what an entity touched, tried and could use."""

from typing import cast

import click

from offtrail.api.objects import LAYERS, Layer
from offtrail.api.settings import TIME, current, shared


@click.command("blast-radius")
@click.argument("entity")
@click.option(
    "--from",
    "start",
    type=TIME,
    help="Default: its open findings, or its last day. Whole hours are read.",
)
@click.option("--to", "end", type=TIME, help="Default: its last call.")
@click.option(
    "--hops",
    default=3,
    show_default=True,
    type=click.IntRange(1, 6),
    help="Arrows from it, at most.",
)
@click.option(
    "--limit", default=500, show_default=True, type=click.IntRange(1, 5000), help="Nodes, at most."
)
@click.option(
    "--layers", default=",".join(LAYERS), show_default=True, help="Some of these, by commas."
)
@shared
def blast_radius(
    entity: str, start: int | None, end: int | None, hops: int, limit: int, layers: str
) -> None:
    """Show what ENTITY touched, tried and could use next.

    ENTITY is a finding, or any part of a name, ARN, key or address.
    """
    from offtrail.api import pipeline, render

    chosen = layers.split(",")
    if any(layer not in LAYERS for layer in chosen):
        raise click.BadParameter(f"must be some of {','.join(LAYERS)}", param_hint="--layers")
    with current().opened() as store:
        radius = pipeline.blast_radius(
            store,
            entity,
            start,
            end,
            hops=hops,
            limit=limit,
            layers=cast("list[Layer]", chosen),
        )
    current().show(radius, render.subgraph)
