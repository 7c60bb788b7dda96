"""Entities, their profiles, blast radius, and the descent of credentials."""

from typing import Any, cast

from offtrail.api import pipeline
from offtrail.api.face import Face, Route
from offtrail.api.inputs import BlastQuery, EntitiesQuery
from offtrail.api.objects import Descent, EntityPage, Layer, Profile, Subgraph
from offtrail.api.routes.answers import NODE_LINK, context, graph, json

FACE = Face("entities")


@FACE.route(
    Route(
        "/v1/blast-radius",
        "GET",
        "What an entity touched, tried and could use",
        Subgraph,
        query=BlastQuery,
        media=("application/json", NODE_LINK),
        problems=(406, 409),
    )
)
def get_blast_radius(query: BlastQuery) -> Any:
    """From the entity's open findings, or its last day, unless a window is named."""
    radius = pipeline.blast_radius(
        context().store,
        query.entity,
        query.start,
        query.end,
        hops=query.hops,
        limit=query.limit,
        layers=cast("list[Layer]", query.layers.split(",")),
    )
    return graph(radius)


@FACE.route(
    Route(
        "/v1/entities",
        "GET",
        "Search by any part of a name, ARN, address, key or instance id",
        EntityPage,
        query=EntitiesQuery,
    )
)
def search_entities(query: EntitiesQuery) -> Any:
    """Exact matches first, then the most recent."""
    return json(pipeline.search(context().store, query.q, query.kind, query.limit))


@FACE.route(
    Route("/v1/entities/<path:id>", "GET", "A profile of an entity", Profile, problems=(409,))
)
def get_entity(id: str) -> Any:
    """What is known of it."""
    return json(pipeline.profile(context().store, id))


@FACE.route(
    Route(
        "/v1/credentials/<path:id>/descent",
        "GET",
        "The tree of keys that a credential issued",
        Descent,
        problems=(409,),
    )
)
def get_descent(id: str) -> Any:
    """From the key down."""
    return json(pipeline.descent(context().store, id))
