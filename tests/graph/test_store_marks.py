"""What a graph store promises of scores and bands; checked on SQLite and on a real Neo4j."""

from offtrail.graph.store import GraphStore
from offtrail.graph.window import ALWAYS, HOUR
from tests.graph.made import call, partial
from tests.graph.world import APIS, PEOPLE, START

ADMIN = PEOPLE[0]


def test_marks_show_on_arrows_and_nodes_until_the_next_marks(store: GraphStore) -> None:
    denied = {"code": "AccessDenied"}
    store.write(partial([call(1, START, **denied), call(2, START, api=APIS[1], **denied)]))
    store.mark({(ADMIN, APIS[0], "AccessDenied"): 4.5}, {ADMIN: "Suspect"})
    scores = {r.target: r.score for r in store.relationships(ALWAYS, ADMIN, types=["FAILED"])[0]}
    assert scores == {APIS[0]: 4.5, APIS[1]: None}
    ego = store.ego(ADMIN, ALWAYS, hops=1)
    assert [r.score for r in ego.relationships if r.target == APIS[0]] == [4.5]
    assert ego.nodes[0].band == "Suspect"
    store.mark({(ADMIN, APIS[1], "AccessDenied"): 1.0}, {APIS[1]: "Watch"})
    scores = {r.target: r.score for r in store.relationships(ALWAYS, ADMIN, types=["FAILED"])[0]}
    assert scores == {APIS[0]: None, APIS[1]: 1.0}
    assert {n.id: n.band for n in store.nodes([ADMIN, APIS[1]]).values()} == {
        ADMIN: "",
        APIS[1]: "Watch",
    }


def test_a_score_goes_with_its_arrow_and_waits_for_none(store: GraphStore) -> None:
    denied = {"code": "AccessDenied"}
    store.write(partial([call(1, START, **denied), call(2, START + HOUR, api=APIS[1], **denied)]))
    store.mark({(ADMIN, api, "AccessDenied"): 4.5 for api in APIS[:3]}, {})
    store.prune(START + HOUR)
    back = [call(3 + n, START + 2 * HOUR, api=api, **denied) for n, api in enumerate(APIS[:3])]
    store.write(partial(back))
    failed, _ = store.relationships(ALWAYS, ADMIN, types=["FAILED"])
    assert {r.target: r.score for r in failed} == {APIS[0]: None, APIS[1]: 4.5, APIS[2]: None}


def test_marks_leave_contents_and_digest_alone(store: GraphStore) -> None:
    store.write(partial([call(1, START, code="AccessDenied")]))
    before = store.check()
    store.mark(
        {(ADMIN, APIS[0], "AccessDenied"): 1.0, ("no", "such", "edge"): 2.0}, {"no": "Watch"}
    )
    assert store.check() == before
