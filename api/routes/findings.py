"""Findings, what stands around them, the seven answers, what to revoke, and verdicts."""

from typing import Any

from flask import Response, g

from offtrail.api import pipeline
from offtrail.api.face import Face, Route
from offtrail.api.inputs import FindingsQuery, SubgraphQuery, VerdictBody
from offtrail.api.objects import (
    BriefPage,
    FindingPage,
    Investigation,
    Revocation,
    Subgraph,
    brief,
)
from offtrail.api.routes.answers import NODE_LINK, chosen, context, graph, json
from offtrail.models.finding import Finding

FACE = Face("findings")
GRAPHS = ("application/json", NODE_LINK)
PAGES = ("application/json", "text/html")


@FACE.route(
    Route("/v1/findings", "GET", "Ranked findings", (FindingPage, BriefPage), query=FindingsQuery)
)
def list_findings(query: FindingsQuery) -> Any:
    """A page of them, strongest first."""
    window = pipeline.window(query.since, query.until, ("since", "until"))
    page = pipeline.findings(
        context().store,
        window,
        status=query.status,
        principal=query.principal,
        account=query.account,
        limit=query.limit,
        cursor=query.cursor,
    )
    return json(brief(page) if query.fields == "brief" else page)


@FACE.route(Route("/v1/findings/<id>", "GET", "One finding", Finding))
def get_finding(id: str) -> Any:
    """By its id."""
    return json(pipeline.finding(context().store, id))


@FACE.route(
    Route(
        "/v1/findings/<id>/subgraph",
        "GET",
        "The finding's edges, their neighbours, and what each is compared with",
        Subgraph,
        query=SubgraphQuery,
        media=GRAPHS,
        problems=(406,),
    )
)
def get_finding_subgraph(id: str, query: SubgraphQuery) -> Any:
    """Bounded by hops and limit."""
    return graph(pipeline.subgraph(context().store, id, hops=query.hops, limit=query.limit))


@FACE.route(
    Route(
        "/v1/findings/<id>/investigation",
        "GET",
        "The seven questions answered, as JSON or as a page with a picture",
        Investigation,
        media=PAGES,
        problems=(406,),
    )
)
def get_investigation(id: str) -> Any:
    """Answered from the graph at this moment."""
    wanted, store = chosen(PAGES, "an investigation"), context().store
    answered = pipeline.investigation(store, id)
    if wanted == PAGES[1]:
        return Response(pipeline.page(store, answered), mimetype=PAGES[1])
    return json(answered)


@FACE.route(Route("/v1/findings/<id>/revocation", "GET", "What to revoke, in order", Revocation))
def get_revocation(id: str) -> Any:
    """For a person to read and run."""
    pipeline.finding(context().store, id)
    return json(pipeline.revocation(context().store, id))


@FACE.route(
    Route(
        "/v1/findings/<id>/verdict",
        "POST",
        "An analyst's word; it changes later scores",
        Finding,
        scope="write",
        body=VerdictBody,
        problems=(409,),
    )
)
def post_verdict(id: str, body: VerdictBody) -> Any:
    """Kept with the token's id as who."""
    told = pipeline.verdict(
        context().store,
        id,
        body.verdict,
        body.note,
        g.who,
        accounts=body.accounts,
        until=body.until,
    )
    return json(told)


@FACE.route(
    Route(
        "/v1/findings/<id>/verdict",
        "DELETE",
        "Withdraw the word; its effect is undone",
        Finding,
        scope="write",
        problems=(409,),
    )
)
def delete_verdict(id: str) -> Any:
    """Kept in the audit trail."""
    return json(pipeline.undo_verdict(context().store, id, "", g.who))
