"""What a graph store promises; each promise is checked on SQLite and on a real Neo4j."""

from random import Random

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from offtrail.graph.store import MOST, GraphStore, Node, Written
from offtrail.graph.window import ALWAYS, HOUR, Window
from offtrail.ingest.activity import ACTIVITY, FACT
from offtrail.ingest.timestamp import LAST
from tests.graph.conftest import Fresh
from tests.graph.made import ACCOUNT, at_once, call, fact, partial
from tests.graph.world import (
    LEDGER,
    PEOPLE,
    START,
    WINDOWS,
    activities,
    answers,
    arrows,
    batch,
    ids,
    worlds,
)

ADMIN, DEPLOY, _ = PEOPLE
ENDS = ("principal", "api", "source", "credential", "instance", "resource")
few = settings(
    max_examples=6,
    phases=[Phase.explicit, Phase.generate],
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


def test_an_empty_store_answers_every_question(store: GraphStore) -> None:
    told = answers(store, [ADMIN])
    assert told["span"] is None
    assert told["nodes"] == {}
    assert told["check"][2] == ()
    assert store.activities(ALWAYS).schema == ACTIVITY
    assert store.facts(ALWAYS).schema == FACT
    assert store.revision() == 0
    assert store.touched(0) == []
    ego = store.ego(ADMIN, ALWAYS)
    assert (ego.nodes, ego.relationships, ego.total_nodes, ego.truncated) == ((), (), 0, False)


@few
@given(world=worlds(most=20))
def test_windows_hold_the_activities_of_their_hours(fresh: Fresh, world) -> None:
    store = fresh()
    assert store.write(batch(world)) == Written(len(world), 0)
    for window in WINDOWS:
        assert store.activities(window).to_pylist() == activities(world, window)


@few
@given(world=worlds(most=20))
def test_activities_are_found_by_any_of_their_ends(fresh: Fresh, world) -> None:
    store = fresh()
    store.write(batch(world))
    for window in WINDOWS:
        every = activities(world, window)
        for column in (*ENDS, "account"):
            for name in filter(None, {row[column] for row, _ in world}):
                found = store.activities(window, **{column: name}).to_pylist()
                assert found == [row for row in every if row[column] == name], (column, name)
                failed = store.activities(window, **{column: name}, errors_only=True).to_pylist()
                assert failed == [row for row in found if row["code"]], (column, name)
        failed = store.activities(window, errors_only=True).to_pylist()
        assert failed == [row for row in every if row["code"]]
        for one in every[:3]:
            named = {"account": one["account"], "api": one["api"]}
            found = store.activities(window, **named, errors_only=True).to_pylist()
            assert found == [row for row in failed if named.items() <= row.items()]


@few
@given(world=worlds(most=20))
def test_arrows_of_a_node_come_latest_hour_first_and_carry_counts_and_proof(
    fresh: Fresh, world
) -> None:
    store = fresh()
    store.write(batch(world))
    for window in WINDOWS:
        expected = sorted(
            arrows(world, window), key=lambda a: (-a.hour, a.type, a.source, a.target, a.code)
        )
        together = store.relationships_of(window, ids(world))
        assert list(together) == list(dict.fromkeys(ids(world)))
        for name in ids(world):
            found, cuts = store.relationships(window, name)
            assert together[name] == (found, cuts)
            assert cuts == []
            assert [
                (r.source, r.target, r.type, r.code, r.error_class, r.count) for r in found
            ] == [a[:6] for a in expected if name in (a.source, a.target)]
            assert [(r.first, r.last, r.event_ids) for r in found] == [
                a[6:9] for a in expected if name in (a.source, a.target)
            ]


@few
@given(
    world=worlds(most=20), cap=st.integers(1, 5), limit=st.integers(1, 12), hops=st.integers(0, 3)
)
def test_an_ego_is_what_breadth_first_meets(fresh: Fresh, world, cap, limit, hops) -> None:
    store = fresh()
    store.write(batch(world))
    window = WINDOWS[3]
    for seed in ids(world)[:-1]:
        distance, met, cut, frontier = {seed: 0}, {}, False, [seed]
        for hop in range(1, hops + 1):
            new: list[str] = []
            for name in frontier:
                found, cuts = store.relationships(window, name, limit=cap)
                cut |= bool(cuts)
                for r in found:
                    met[r.source, r.target, r.type, r.code] = r
                    other = r.target if r.source == name else r.source
                    if other not in distance:
                        distance[other] = hop
                        new.append(other)
            frontier = new
        ego = store.ego(seed, window, hops=hops, cap=cap, limit=limit)
        kept = dict(list(distance.items())[:limit])
        assert [n.id for n in ego.nodes] == list(kept)
        assert list(ego.hop) == list(kept.values())
        assert (ego.total_nodes, ego.total_relationships) == (len(distance), len(met))
        assert ego.truncated == (cut or len(distance) > limit)
        assert sorted(ego.relationships, key=repr) == sorted(
            (r for r in met.values() if r.source in kept and r.target in kept), key=repr
        )
        assert bool(ego.cut) == cut


@settings(few, max_examples=2)
@given(world=worlds(most=20), seed=st.randoms(use_true_random=False))
def test_order_batches_and_replays_change_no_answer(fresh: Fresh, world, seed: Random) -> None:
    store = fresh()
    store.write(batch(world), LEDGER)
    whole = answers(store, ids(world), WINDOWS[:2])
    assert store.write(batch(world)) == Written(0, len(world))
    assert answers(store, ids(world), WINDOWS[:2]) == whole

    other = fresh()
    shuffled = list(world)
    seed.shuffle(shuffled)
    while shuffled:
        size = seed.randint(1, 9)
        part, shuffled = shuffled[:size], shuffled[size:]
        again = seed.sample(world, min(2, len(world)))
        other.write(batch(part))
        known = other.check().counts["calls"]
        wrote = other.write(batch(part + [w for w in again if w not in part]))
        assert wrote.duplicate >= len(part)
        assert other.check().counts["calls"] == known + wrote.kept
    other.write(batch([]), LEDGER)
    assert answers(other, ids(world), WINDOWS[:2]) == whole


@settings(few, max_examples=4)
@given(world=worlds(most=20), hours=st.integers(0, 31), extra=st.sampled_from([0, 1, 3599]))
def test_pruned_hours_are_as_if_they_had_never_been(fresh: Fresh, world, hours, extra) -> None:
    before = START + hours * HOUR + extra
    store = fresh()
    store.write(batch(world))
    old = [(row, proved) for row, proved in world if (row["hour"] + 1) * HOUR <= before]
    kept = [entry for entry in world if entry not in old]
    assert store.prunable(before) == store.prunable(before) == len(old)
    assert store.prune(before) == len(old)
    assert store.prunable(before) == 0
    pruned = answers(store, ids(world), WINDOWS[:1])
    assert store.prune(before) == 0
    other = fresh()
    other.write(batch(kept))
    assert answers(other, ids(world), WINDOWS[:1]) == pruned


def test_calls_that_prove_no_arrow_are_kept(store: GraphStore) -> None:
    bare = {"principal": "", "credential": "", "source": ""}
    assert store.write(partial([call(1, START, **bare)])).kept == 1
    assert store.activities(ALWAYS).num_rows == 1
    assert store.write(partial([call(2, START)])).kept == 1


def test_a_window_far_before_1970_holds_nothing(store: GraphStore) -> None:
    store.write(partial([call(1, START)], [fact(1, START, "HELD", "instance:i-1", "ip:192.0.2.1")]))
    long_ago = Window(-(2**40), -1)
    assert store.activities(long_ago, api="api:iam:ListUsers").num_rows == 0
    assert store.facts(long_ago, node="instance:i-1").num_rows == 0
    assert store.relationships(long_ago, ADMIN) == ([], [])


def test_a_call_repeated_inside_one_batch_counts_once(store: GraphStore) -> None:
    twice = [call(1, START), call(1, START, region="eu-west-1"), call(2, START)]
    assert store.write(partial(twice)) == Written(2, 1)
    assert store.activities(ALWAYS)["count"].to_pylist() in ([1, 1], [2])
    assert store.check().problems == ()


def test_facts_of_known_calls_are_not_counted_again(store: GraphStore) -> None:
    held = fact(1, START, "HELD", "instance:i-0a1b2c3d4e5f60718", "ip:198.51.100.7")
    store.write(partial([call(1, START)], [held]))
    store.write(partial([call(1, START), call(2, START)], [held]))
    assert store.facts(ALWAYS)["count"].to_pylist() == [1]


def test_facts_are_found_by_either_end_and_by_their_relation(store: GraphStore) -> None:
    box, role, key = "instance:i-0a1b2c3d4e5f60718", ADMIN, "key:ASIAEXAMPLE0000000001"
    facts = [
        fact(1, START, "HELD", box, "ip:198.51.100.7"),
        fact(2, START + 2 * HOUR, "HELD", box, "ip:198.51.100.7"),
        fact(2, START + 2 * HOUR, "RAN_AS", box, role),
        fact(3, START + 5 * HOUR, "ISSUED", "key:ASIAEXAMPLE0000000002", key),
    ]
    store.write(
        partial([call(1, START), call(2, START + 2 * HOUR), call(3, START + 5 * HOUR)], facts)
    )
    assert store.facts(ALWAYS).num_rows == 4
    for window in (ALWAYS, Window(START, START + HOUR), Window(START + HOUR, START + 6 * HOUR)):
        for node in (box, role, key, "ip:198.51.100.7", "nobody"):
            for relation in (None, "HELD", "ISSUED"):
                found = store.facts(window, relation=relation, node=node).to_pylist()
                whole = store.facts(window, relation=relation).to_pylist()
                assert found == [r for r in whole if node in (r["subject"], r["object"])]
    assert store.facts(ALWAYS, relation="HELD", node=box).num_rows == 2


def test_a_fact_of_a_node_and_itself_is_told_once(store: GraphStore) -> None:
    key = "key:ASIAEXAMPLE0000000001"
    store.write(partial([call(1, START)], [fact(1, START, "ISSUED", key, key)]))
    assert store.facts(ALWAYS, node=key).num_rows == 1


def test_a_cut_says_how_many_of_each_type_were_kept(store: GraphStore) -> None:
    calls = [call(n, START + n * HOUR, api=f"api:s3:Op{n:02d}") for n in range(20)]
    store.write(partial(calls))
    found, cuts = store.relationships(ALWAYS, ADMIN, limit=5)
    assert [r.type for r in found] == ["CALLED", "FROM", "USED", "CALLED", "CALLED"]
    assert [(c.node, c.type, c.kept, c.of) for c in cuts] == [(ADMIN, "CALLED", 3, 20)]
    ego = store.ego(ADMIN, ALWAYS, hops=1, cap=5)
    assert ego.cut == tuple(cuts)
    assert ego.truncated


def test_many_nodes_are_asked_together_as_one_by_one(store: GraphStore) -> None:
    roles = [f"arn:aws:iam::{ACCOUNT}:role/r{n:03d}" for n in range(220)]
    calls = [call(n, START + n * 60, principal=role) for n, role in enumerate(roles)]
    more = [call(900 + n, START, api=f"api:s3:Op{n}", principal=roles[9]) for n in range(9)]
    key = "key:ASIAEXAMPLE0000000001"
    store.write(partial([*calls, *more], [fact(1, START, "ISSUED", key, key)]))
    names = [*roles, "nobody", "api:iam:ListUsers", key]
    window = Window(START + HOUR, START + 3 * HOUR)
    for during in (ALWAYS, window):
        for limit in (2, 1000):
            found = store.relationships_of(during, names, limit=limit)
            assert found == {n: store.relationships(during, n, limit=limit) for n in names}
    assert (len(found[roles[70]][0]), len(found[roles[0]][0])) == (3, 0)
    called = store.relationships_of(ALWAYS, [*roles, key], types=["CALLED"])
    assert [len(arrows) for arrows, _ in called.values()] == [1] * 9 + [10] + [1] * 210 + [0]
    assert store.relationships_of(ALWAYS, []) == {}


def test_behind_a_cut_no_more_than_most_arrows_are_counted(store: GraphStore) -> None:
    apis = [f"api:s3:Op{n:04d}" for n in range(MOST + 90)]
    calls = [call(n, START + n // 400 * HOUR, api=api) for n, api in enumerate(apis)]
    again = [call(5000 + n, START + 2 * HOUR, api=api) for n, api in enumerate(apis[:40])]
    denied = call(9000, START, api="api:s3:First", code="AccessDenied", error_class="denied")
    store.write(partial([*calls, *again, denied]))
    found, cuts = store.relationships(ALWAYS, ADMIN, limit=50)
    assert [r.target for r in found[:48]] == [*apis[:40], *apis[800:808]]
    assert [(c.type, c.kept, c.of) for c in cuts] == [
        ("CALLED", 50, 48 + MOST),
        ("FROM", 0, 1),
        ("USED", 0, 1),
    ]
    whole, none = store.relationships(ALWAYS, ADMIN, limit=2000)
    assert (len(whole), none) == (len(apis) + 3, [])
    failed, none = store.relationships(ALWAYS, ADMIN, types=["FAILED"], limit=1)
    assert ([r.target for r in failed], none) == (["api:s3:First"], [])


@pytest.mark.parametrize("order", [("denied", "other"), ("other", "denied")])
@pytest.mark.parametrize("later", [1, HOUR])
def test_a_code_of_two_classes_shows_the_lesser_whichever_was_written_first(
    store: GraphStore, order: tuple[str, str], later: int
) -> None:
    for number, error_class in enumerate(order):
        time = START + number * later
        store.write(partial([call(number, time, code="Odd", error_class=error_class)]))
    (failed,), _ = store.relationships(ALWAYS, ADMIN, types=["FAILED"])
    assert (failed.error_class, failed.count) == ("denied", 2)


def test_revisions_tell_the_hours_that_writes_added_to(store: GraphStore) -> None:
    store.write(partial([call(1, START), call(2, START + 3 * HOUR)]))
    first = store.revision()
    store.write(partial([call(1, START)]))
    assert store.revision() == first
    store.write(partial([call(3, START + 2 * HOUR)]))
    assert store.revision() > first
    assert store.touched(first) == [START // HOUR + 2]
    assert store.touched(0) == [START // HOUR + hour for hour in (0, 2, 3)]
    assert store.touched(store.revision()) == []


def test_the_ledger_keeps_the_last_mark_of_a_file(store: GraphStore) -> None:
    store.write(partial([]), LEDGER)
    store.write(partial([call(1, START)]), [LEDGER[0].__class__(LEDGER[0].uri, "new", 4)])
    assert store.files([LEDGER[0].uri, "elsewhere"]) == {LEDGER[0].uri: "new"}
    assert store.files(["elsewhere"]) == store.files([]) == {}
    many = [*map(str, range(30_000))]
    assert store.files([*many, LEDGER[0].uri]) == {LEDGER[0].uri: "new"}


def test_search_finds_any_part_of_a_name_exact_first_then_most_recent(store: GraphStore) -> None:
    names = ["role/audit", "role/audit-old", "role/Auditor"]
    people = [f"arn:aws:iam::111122223333:{name}" for name in names]
    store.write(partial(call(n, START + 9 - n, principal=p) for n, p in enumerate(people)))
    assert [n.label for n in store.search("AUDIT")] == ["audit", "audit-old", "Auditor"]
    store.write(partial([call(9, START + 60, principal=people[2])]))
    assert [n.label for n in store.search("audit")] == ["audit", "Auditor", "audit-old"]
    assert [n.id for n in store.search("dit", kind="principal", limit=1)] == [people[2]]
    assert [n.id for n in store.search(people[1])] == [people[1]]
    assert store.search("audit", kind="api") == []
    assert store.search(people[0] * 99) == []


def test_an_exact_name_comes_first_in_letters_of_any_script(store: GraphStore) -> None:
    names = ["arn:aws:s3:::ÄPFEL", "arn:aws:s3:::ÄPFEL-ALT", "ΌΝΟΜΑΣ", "ΌΝΟΜΑΣ-2"]
    store.write(partial(call(n, START + n, resource=name) for n, name in enumerate(names)))
    for text in ("ÄPFEL", "äpfel", "Äpfel"):
        assert [n.id for n in store.search(text)] == names[:2]
    assert next(n.id for n in store.search("ΌΝΟΜΑΣ")) == names[2]


@pytest.mark.parametrize("text", ["'", '"', "%", "_", "*", "\\", "AND", "NEAR(", "-x", "(", "{"])
def test_search_takes_every_sign_as_itself(store: GraphStore, text: str) -> None:
    named = f"arn:aws:s3:::a{text}b"
    store.write(partial([call(1, START, resource=named), call(2, START, resource="plain")]))
    assert [n.id for n in store.search(f"a{text}b")] == [named]


def test_a_nul_in_a_name_is_part_of_it(store: GraphStore) -> None:
    names = ["arn:aws:s3:::a", "arn:aws:s3:::a\0b"]
    store.write(partial(call(n, START, resource=name) for n, name in enumerate(names)))
    assert set(store.nodes([*names, "arn:aws:s3:::a\0c"])) == set(names)
    ego = store.ego(names[1], ALWAYS, hops=1)
    assert [(n.id, n.kind) for n in ego.nodes] == [(names[1], "resource"), (ADMIN, "principal")]
    store.put_all("state", {"a\0b": {"n": 1}})
    assert store.get_all("state", ["a", "a\0b", "a\0c"]) == {"a\0b": {"n": 1}}


def test_a_name_is_a_principal_once_it_has_acted_whichever_came_first(fresh: Fresh) -> None:
    target = call(1, START, resource=DEPLOY)
    acted = call(2, START + HOUR, principal=DEPLOY)
    for order in ([target, acted], [acted, target]):
        store = fresh()
        for row in order:
            store.write(partial([row]))
        assert store.nodes([DEPLOY])[DEPLOY].kind == "principal"


def test_writers_of_the_same_calls_at_once_count_them_once(store: GraphStore) -> None:
    parts = [partial(call(n, START + n) for n in range(start, start + 40)) for start in (0, 10, 20)]
    wrote: list[Written] = []
    at_once([lambda part=part: wrote.append(store.write(part)) for part in parts])
    assert sum(w.kept for w in wrote) == 60
    check = store.check()
    assert check.counts["calls"] == 60
    assert check.problems == ()


def test_days_without_calls_cost_a_check_nothing(store: GraphStore) -> None:
    store.write(partial([call(1, 0), call(2, START), call(3, LAST)]))
    assert store.span() == Window(0, LAST + 1)  # three million days
    check = store.check()
    assert (check.counts["calls"], check.problems) == (3, ())


def test_check_counts_what_is_there(store: GraphStore) -> None:
    store.write(partial([call(1, START), call(2, START, code="AccessDenied")]), LEDGER)
    counts = store.check().counts
    expected = {"principal": 1, "api": 1, "CALLED": 1, "FAILED": 1, "activities": 2, "calls": 2}
    assert {name: counts[name] for name in expected} == expected
    assert counts["files"] == 1


def test_nodes_carry_label_account_and_the_times_they_were_met(store: GraphStore) -> None:
    store.write(partial([call(1, START), call(2, START + 70)]))
    assert store.nodes([ADMIN, "nobody"]) == {
        ADMIN: Node(ADMIN, "principal", "admin", "111122223333", START, START + 70)
    }
