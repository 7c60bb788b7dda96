"""What a graph store promises of documents; checked on SQLite and on a real Neo4j."""

from offtrail.graph.store import GraphStore
from tests.graph.made import at_once


def test_documents_are_kept_by_kind_and_id(store: GraphStore) -> None:
    body = {"id": "b", "list": [1, None, 2.5], "text": "é\n", "in": {"deep": True}}
    store.put("finding", "b", body)
    store.put("finding", "a", {})
    store.put("token", "b", {"other": 1})
    assert store.get("finding", "b") == body
    assert store.get("finding", "c") is None
    assert store.documents("finding") == [{}, body]
    store.put("finding", "b", {"now": 1})
    assert store.get("finding", "b") == {"now": 1}
    assert store.delete("finding", "b")
    assert not store.delete("finding", "b")
    assert store.documents("finding") == [{}]


def test_many_documents_at_once(store: GraphStore) -> None:
    many = {f"{n:05d}": {"n": n} for n in range(3000)}
    store.put_all("state", many)
    store.put_all("state", {"00001": {"n": -1}})
    assert store.get_all("state", ["00000", "00001", "none"]) == {
        "00000": {"n": 0},
        "00001": {"n": -1},
    }
    assert len(store.get_all("state", many)) == 3000
    assert store.delete_all("state") == 3000
    assert store.delete_all("state") == 0
    assert store.documents("state") == []


def test_put_if_swaps_only_what_is_as_expected(store: GraphStore) -> None:
    assert store.put_if("run", "1", {"n": 1}, None)
    assert not store.put_if("run", "1", {"n": 2}, None)
    assert not store.put_if("run", "1", {"n": 2}, {"n": 0})
    assert store.put_if("run", "1", {"n": 2}, {"n": 1})
    assert store.get("run", "1") == {"n": 2}


def test_of_threads_that_count_at_once_none_loses(store: GraphStore) -> None:
    store.put("run", "count", {"n": 0})

    def add() -> None:
        for _ in range(5):
            done = False
            while not done:
                now = store.get("run", "count")
                assert now is not None
                done = store.put_if("run", "count", {"n": now["n"] + 1}, now)

    at_once([add] * 4)
    assert store.get("run", "count") == {"n": 20}
