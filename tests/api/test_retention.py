"""A finding outlives its calls: what retention took is said, not taken for nothing."""

import pytest

from offtrail.api import pipeline, render
from offtrail.api.errors import NotFound
from offtrail.graph.store import GraphStore
from offtrail.models.finding import Finding
from offtrail.models.times import second_of

LATER = 4_000_000_000


def strongest(store: GraphStore) -> Finding:
    window = pipeline.window(None, None, ("since", "until"))
    return pipeline.findings(store, window, limit=1).items[0]


def test_a_finding_whose_calls_are_gone_tells_nothing_of_them(own: str) -> None:
    with pipeline.opened(own) as store:
        before = strongest(store)
        steps = pipeline.revocation(store, before.id).steps
        pipeline.prune(store, LATER)
        answered = pipeline.investigation(store, before.id)
        page = pipeline.page(store, answered)
        left = pipeline.revocation(store, before.id).steps
        with pytest.raises(NotFound, match="removed by retention"):
            pipeline.blast_radius(store, before.id)
    *others, exposure = answered.answers
    assert answered.headline.startswith("its calls were removed by retention, so that")
    assert {(one.answer, one.confidence) for one in others} == {("", "none")}
    assert {one.cannot_tell for one in others} == {"its calls were removed by retention"}
    assert not any("blast-radius" in step for step in answered.next)
    assert answered.beside == ()
    assert "beside others" not in render.investigation(answered) + page
    assert "a principal not seen" not in exposure.answer
    kinds = {"user key", "user session", "session"}
    assert [s.command.split()[:3] for s in left if s.kind in kinds] == [
        s.command.split()[:3] for s in steps if s.kind in kinds
    ]


def test_a_finding_that_lost_part_of_its_calls_says_so(own: str) -> None:
    with pipeline.opened(own) as store:
        finding = max(
            pipeline.findings(store, pipeline.window(None, None, ("", "")), limit=100).items,
            key=lambda one: second_of(one.edges[0].first) - second_of(one.opened),
        )
        whole = pipeline.investigation(store, finding.id)
        assert "retention" not in render.investigation(whole)
        pipeline.prune(store, second_of(finding.edges[0].first))
        answered = pipeline.investigation(store, finding.id)
    assert "; part of its calls were removed by retention; " in answered.headline
    assert "part of its calls were removed by retention" in answered.answers[0].cannot_tell
    assert answered.answers[0].answer
    assert any("blast-radius" in step for step in answered.next)
