"""The picture: no arrow behind a box that it does not touch, whatever the graph."""

from collections.abc import Iterator
from itertools import pairwise
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from offtrail.api.layout import BOX, HEIGHT, MOST, OTHERS, Curve, Place, Point, laid_out, route
from offtrail.api.objects import LAYERS, Span, Subgraph, SubNode, SubRelationship
from offtrail.api.picture import FITS, _kind, _width, bundled, fitted, svg
from offtrail.graph.schema import account

KINDS = ("principal", "session", "credential", "source", "instance", "api", "resource", "account")
TYPES = ("CALLED", "FAILED", "TOUCHED", "DENIED", "FROM", "USED", "ON", "ASSUMED", "ISSUED", "HELD")
TYPES += ("LAUNCHED",)


def arrow(
    source: str, target: str, type: str = "CALLED", layer: str = "observed", **fields: object
):
    usual = {"count": 1, "first": "", "last": "", "event_ids": (), "score": None}
    return SubRelationship(source, target, type, layer, **(usual | fields))


def graph(nodes: list[SubNode], arrows: list[SubRelationship]) -> Subgraph:
    span = Span("2026-01-05T00:00:00Z", "2026-01-06T00:00:00Z")
    return Subgraph(
        nodes[0].id, span, tuple(nodes), tuple(arrows), len(nodes), len(arrows), False, ()
    )


def node(id: str, kind: str, hop: int = 1, score: float | None = None, label: str = "") -> SubNode:
    return SubNode(id, kind, label or id, "observed", hop, score)


@st.composite
def graphs(draw: st.DrawFn) -> Subgraph:
    kinds = draw(st.lists(st.sampled_from(KINDS), min_size=1, max_size=40))
    nodes = [node("seed", "principal", 0)] + [
        node(f"n{place}", kind, draw(st.integers(1, 3)), draw(st.sampled_from([None, 1.0, 4.5])))
        for place, kind in enumerate(kinds)
    ]
    ends = st.sampled_from([one.id for one in nodes])
    made = st.builds(arrow, ends, ends, st.sampled_from(TYPES), st.sampled_from(LAYERS))
    return graph(nodes, draw(st.lists(made, max_size=60)))


def points(curves: tuple[Curve, ...], steps: int = 60) -> Iterator[Point]:
    for a, b, c, d in curves:
        for step in range(steps + 1):
            t = step / steps
            weights = (1 - t) ** 3, 3 * (1 - t) ** 2 * t, 3 * (1 - t) * t**2, t**3
            x, y = (
                sum(w * p[axis] for w, p in zip(weights, (a, b, c, d), strict=True))
                for axis in (0, 1)
            )
            yield x, y


def inside(point: Point, box: Place, by: float = 1.0) -> bool:
    x, y = point
    return box.x + by < x < box.x + BOX - by and box.y + by < y < box.y + HEIGHT - by


@given(graphs())
def test_no_arrow_runs_behind_a_box(found: Subgraph) -> None:
    laid = laid_out(found)
    shown = [a for a in found.relationships if {a.source, a.target} <= laid.places.keys()]
    for one, *_ in bundled(shown):
        curves = route(laid.places[one.source], laid.places[one.target])
        for point in points(curves):
            for box in laid.places.values():
                assert not inside(point, box), (one.source, one.target, box)
            assert 0 <= point[0] <= laid.width
            assert 0 <= point[1] <= laid.height


@given(graphs())
def test_an_arrow_joins_its_two_boxes_without_a_gap(found: Subgraph) -> None:
    places = laid_out(found).places
    for a in found.relationships:
        if a.source != a.target and {a.source, a.target} <= places.keys():
            curves = route(places[a.source], places[a.target])
            for end, box in ((curves[0][0], a.source), (curves[-1][3], a.target)):
                assert end[0] in (places[box].x, places[box].x + BOX)
                assert end[1] == places[box].middle
            assert all(one[3] == other[0] for one, other in pairwise(curves))


@given(graphs())
def test_no_two_boxes_share_a_place_and_no_column_is_too_long(found: Subgraph) -> None:
    laid = laid_out(found)
    places = list(laid.places.values())
    assert len(set(places)) == len(places) == len(laid.nodes)
    for column in range(OTHERS + 1):
        assert sum(place.column == column for place in places) <= MOST[column]
    assert found.seed in laid.places


@given(graphs())
def test_the_picture_is_well_formed_and_the_same_each_time(found: Subgraph) -> None:
    assert svg(found, laid_out(found)) == svg(found, laid_out(found))
    ElementTree.fromstring(svg(found, laid_out(found)))  # noqa: S314 - our own drawing


@given(st.text(max_size=80))
def test_a_label_fits_its_box(label: str) -> None:
    shown = fitted(label)
    assert _width(shown) <= FITS
    assert shown == label or "…" in shown


def test_addresses_and_keys_are_drawn_beside_many_instances_and_apis() -> None:
    """Once, twelve instances took the whole column and left no place for the address."""
    nodes = [node("seed", "principal", 0)]
    nodes += [node(f"instance:i-{n:02}", "instance") for n in range(12)]
    nodes += [node(f"api:x:Call{n:02}", "api") for n in range(30)]
    nodes += [node("ip:203.0.113.9", "source"), node("key:AKIAX", "credential")]
    nodes += [node(f"arn:aws:s3:::b{n}", "resource") for n in range(3)]
    arrows = [arrow("seed", one.id, "ON") for one in nodes if one.kind == "instance"]
    arrows += [arrow("seed", one.id) for one in nodes if one.kind == "api"]
    arrows += [arrow("seed", one.id, "TOUCHED") for one in nodes if one.kind == "resource"]
    arrows += [arrow("seed", "ip:203.0.113.9", "FROM"), arrow("seed", "key:AKIAX", "USED")]
    shown = laid_out(graph(nodes, arrows)).places
    assert {"ip:203.0.113.9", "key:AKIAX", "instance:i-00"} <= shown.keys()
    assert {"arn:aws:s3:::b0", "arn:aws:s3:::b1", "arn:aws:s3:::b2"} <= shown.keys()


def test_what_the_finding_names_is_drawn_first() -> None:
    nodes = [node("seed", "principal", 0)]
    nodes += [node(f"ip:198.51.100.{n}", "source") for n in range(40)]
    found = graph(nodes, [arrow("seed", one.id, "FROM") for one in nodes[1:]])
    assert "ip:198.51.100.39" not in laid_out(found).places
    assert "ip:198.51.100.39" in laid_out(found, {"ip:198.51.100.39"}).places


def test_what_the_finding_names_is_told_from_what_its_principal_uses_anyway() -> None:
    """A role's own addresses stood beside the thief's, all alike."""
    suspect, own = "ip:203.0.113.9", "ip:198.51.100.7"
    nodes = [node("seed", "principal", 0), node(suspect, "source"), node(own, "source")]
    found = graph(nodes, [arrow("seed", one.id, "FROM") for one in nodes[1:]])
    drawing = ElementTree.fromstring(svg(found, laid_out(found, {suspect})))  # noqa: S314 - our own drawing
    boxes = {
        box.findtext("title"): box
        for box in drawing.iter("g")
        if "node" in box.get("class", "").split()
    }
    assert "named" in boxes[suspect].get("class", "").split()
    assert "source · of the errors" in "".join(boxes[suspect].itertext())
    assert "named" not in boxes[own].get("class", "")
    assert "of the errors" not in "".join(boxes[own].itertext())


def test_calls_that_succeed_and_fail_are_one_line_with_both_words() -> None:
    nodes = [node("seed", "principal", 0), node("api:s3:GetObject", "api")]
    failed = arrow("seed", "api:s3:GetObject", "FAILED", "attempted", error_class="denied", count=3)
    found = graph(nodes, [arrow("seed", "api:s3:GetObject", count=2), failed])
    drawing = svg(found, laid_out(found))
    assert drawing.count("<path d=") == 2  # the line, and the tip that every line shares
    words = "".join(ElementTree.fromstring(drawing).itertext())  # noqa: S314 - our own drawing
    assert "called 2x, denied 3x" in words


def test_nobody_is_drawn_whose_arrows_are_not() -> None:
    nodes = [node("seed", "principal", 0)]
    nodes += [node(f"api:x:Call{n:02}", "api", score=1.0) for n in range(30)]
    nodes += [node("near", "principal", 2), node("far", "principal", 2)]
    arrows = [arrow("seed", one.id) for one in nodes if one.kind == "api"]
    arrows += [arrow("near", "api:x:Call00"), arrow("far", "api:x:Call29")]
    shown = laid_out(graph(nodes, arrows)).places
    assert "near" in shown
    assert "api:x:Call29" not in shown
    assert "far" not in shown


@pytest.mark.parametrize(
    ("id", "kind", "word"),
    [
        ("arn:aws:iam::111122223333:role/app", "principal", "role"),
        ("arn:aws:iam::444455556666:user/x", "principal", "user in 444455556666"),
        ("arn:aws:iam::111122223333:root", "principal", "root"),
        ("arn:aws:iam::111122223333:policy/x", "resource", "iam policy"),
        ("arn:aws:s3:::acme/a:b/c", "resource", "s3"),
        ("arn:aws:lambda:us-east-1:111122223333:function:f", "resource", "lambda function"),
        ("arn:aws:sns:us-east-1:111122223333:topic", "resource", "sns"),
        ("instance:i-0abc", "instance", "instance"),
        ("instance:i-0abc", "resource", "instance"),
        ("security-group:111122223333:web", "resource", "security-group"),
        ("service:ec2.amazonaws.com", "principal", "principal"),
    ],
)
def test_a_box_says_what_it_is(id: str, kind: str, word: str) -> None:
    one = SubNode(id, kind, id, "observed", 1, -0.1, account=account(id))
    assert _kind(one, "arn:aws:iam::111122223333:user/mateo") == word


def test_an_api_has_the_score_of_the_suspect_s_own_error_there() -> None:
    nodes = [node("seed", "principal", 0, 1.6), node("other", "principal", 2, 3.6)]
    nodes += [node("api:x:A", "api", 1, 3.6), node("api:x:B", "api", 1, 3.6)]
    fails = {"type": "FAILED", "layer": "attempted"}
    arrows = [arrow("seed", "api:x:A", score=1.5, **fails), arrow("seed", "api:x:B")]
    arrows += [arrow("other", one, score=3.6, **fails) for one in ("api:x:A", "api:x:B")]
    scores = {one.id: one.score for one in laid_out(graph(nodes, arrows)).nodes}
    assert scores == {"seed": 1.6, "other": 3.6, "api:x:A": 1.5, "api:x:B": None}
