"""Blast radius: three layers, bounded, each arrow with its proof."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from offtrail.api import pipeline, render
from offtrail.api.errors import Ambiguous, BadInput, NotFound
from offtrail.api.objects import Subgraph
from offtrail.api.questions import case
from offtrail.graph.store import GraphStore
from offtrail.graph.window import DAY
from offtrail.ingest.timestamp import LAST
from offtrail.models.times import second_of
from tests.graph.made import call, fact, partial


@pytest.fixture(scope="module")
def store(scored: Path) -> Iterator[GraphStore]:
    with pipeline.opened(f"sqlite:///{scored}") as opened:
        yield opened


@pytest.fixture(scope="module")
def stolen(trail: Path) -> dict[str, list[str]]:
    truth = json.loads((trail / "truth.json").read_text())
    return next(a for a in truth["attacks"] if a["name"] == "stolen-instance-credentials")


def radius(store: GraphStore, attack: dict[str, list[str]], **more: object) -> Subgraph:
    start, end = second_of(attack["from"]), second_of(attack["to"]) + 1
    return pipeline.blast_radius(store, attack["principals"][0], start, end, **more)  # type: ignore[arg-type]


def test_in_words_a_thing_is_said_to_be_what_its_arn_says(
    store: GraphStore, stolen: dict[str, list[str]]
) -> None:
    said = render.subgraph(radius(store, stolen))
    assert "-TOUCHED-> dynamodb table sessions: " in said
    assert "-TOUCHED-> s3 acme-web-assets " in said
    assert "-> resource " not in said


def test_it_has_the_three_layers(store: GraphStore, stolen: dict[str, list[str]]) -> None:
    found = radius(store, stolen)
    assert {a.layer for a in found.relationships} == {"observed", "attempted", "reachable"}
    assert {n.layer for n in found.nodes} >= {"observed", "attempted"}


def test_every_reachable_arrow_says_what_shows_it(
    store: GraphStore, stolen: dict[str, list[str]]
) -> None:
    reachable = [a for a in radius(store, stolen).relationships if a.layer == "reachable"]
    assert reachable
    assert all(arrow.because and arrow.event_ids for arrow in reachable)


def test_what_is_reachable_was_not_seen_in_the_window(
    store: GraphStore, stolen: dict[str, list[str]]
) -> None:
    found = radius(store, stolen).relationships
    seen = {(a.source, a.target, a.type) for a in found if a.layer == "observed"}
    beyond = {(a.source, a.target, a.type) for a in found if a.layer == "reachable"}
    assert not seen & beyond


def test_failures_are_attempts_and_nothing_else_is(
    store: GraphStore, stolen: dict[str, list[str]]
) -> None:
    for arrow in radius(store, stolen).relationships:
        assert (arrow.layer == "attempted") == (arrow.type in ("FAILED", "DENIED"))


def test_a_key_shows_its_own_calls_and_not_those_of_the_role(
    store: GraphStore, stolen: dict[str, list[str]]
) -> None:
    key = stolen["credentials"][0]
    start, end = second_of(stolen["from"]), second_of(stolen["to"]) + 1
    own = pipeline.blast_radius(store, key, start, end, layers=["observed", "attempted"])
    role = radius(store, stolen, layers=["observed", "attempted"])
    assert own.seed == f"key:{key}"
    assert {n.id for n in own.nodes if n.kind == "api"} <= {n.id for n in role.nodes}
    proofs = {i for a in own.relationships if a.type == "FAILED" for i in a.event_ids}
    assert proofs
    assert proofs <= set(stolen["event_ids"])


def test_a_limit_is_kept_and_what_it_cut_is_said(
    store: GraphStore, stolen: dict[str, list[str]]
) -> None:
    whole, part = radius(store, stolen), radius(store, stolen, limit=8)
    assert len(part.nodes) == 8
    assert part.truncated
    assert part.cut
    assert part.total_nodes > 8
    assert all(cut.kept < cut.of for cut in part.cut)
    assert not whole.truncated or whole.cut


def test_arrows_join_nodes_that_are_shown(store: GraphStore, stolen: dict[str, list[str]]) -> None:
    found = radius(store, stolen, limit=20)
    shown = {node.id for node in found.nodes}
    assert {end for a in found.relationships for end in (a.source, a.target)} <= shown


def test_only_the_layers_asked_for_are_shown(
    store: GraphStore, stolen: dict[str, list[str]]
) -> None:
    found = radius(store, stolen, layers=["attempted"])
    assert {arrow.layer for arrow in found.relationships} == {"attempted"}


def test_a_limit_leaves_some_of_each_kind(store: GraphStore, stolen: dict[str, list[str]]) -> None:
    whole, part = radius(store, stolen, hops=1), radius(store, stolen, hops=1, limit=25)
    assert len(whole.nodes) > 25
    kinds, few = ({(n.layer, n.kind) for n in found.nodes} for found in (whole, part))
    assert kinds == few
    assert {"credential", "source", "api"} <= {kind for _, kind in few}


def test_others_who_call_the_same_api_are_no_part_of_it(
    store: GraphStore, stolen: dict[str, list[str]]
) -> None:
    found = radius(store, stolen)
    apis = {node.id for node in found.nodes if node.kind == "api"}
    callers = {a.source for a in found.relationships if a.target in apis}
    roles = {a.target for a in found.relationships if a.type in ("ASSUMED", "RAN_AS")}
    users = {a.source for a in found.relationships if a.type in ("USED", "FROM")}
    assert callers <= {found.seed} | roles | users


def test_without_a_window_it_begins_with_the_open_finding(store: GraphStore) -> None:
    worst = pipeline.findings(store, pipeline.window(None, None, ("since", "until"))).items[0]
    found = pipeline.blast_radius(store, worst.principal)
    assert found.window.start <= worst.opened
    assert found.window.end > worst.edges[0].last


def test_a_name_that_means_nothing_is_not_found(store: GraphStore) -> None:
    with pytest.raises(NotFound):
        pipeline.blast_radius(store, "no-such-thing-anywhere")


def test_a_name_that_means_several_things_is_refused(store: GraphStore) -> None:
    with pytest.raises(Ambiguous, match="can mean"):
        pipeline.blast_radius(store, "acme")


def test_a_window_that_ends_before_it_starts_is_refused(store: GraphStore) -> None:
    with pytest.raises(BadInput):
        pipeline.blast_radius(store, "api:s3:GetObject", 1_000, 500)


def test_the_window_that_is_told_holds_all_that_is_shown(tmp_path: Path) -> None:
    """A store reads whole hours: of a window of a minute too, and says so."""
    calls = [call(n, START + n * 600, principal=USERS[0], api=f"api:s3:Get{n}") for n in range(4)]
    with pipeline.opened(f"sqlite:///{tmp_path / 'made.db'}") as made:
        made.write(partial(calls))
        found = pipeline.blast_radius(made, USERS[0], START + 60, START + 120)
    assert {a.target for a in found.relationships} >= {f"api:s3:Get{n}" for n in range(4)}
    assert found.window.start == "2026-01-01T00:00:00Z"
    assert found.window.end == "2026-01-01T01:00:00Z"


def test_a_call_in_the_last_second_that_can_be_said_has_one(tmp_path: Path) -> None:
    with pipeline.opened(f"sqlite:///{tmp_path / 'late.db'}") as late:
        late.write(partial([call(1, LAST)]))
        found = pipeline.blast_radius(late, call(1, LAST)["principal"])
    assert found.window.end == "9999-12-31T23:59:59Z"
    assert found.relationships


START = 1_767_225_600
USERS = [f"arn:aws:iam::111122223333:user/user-{number}" for number in range(10)]


def key(number: int) -> str:
    return f"key:ASIA{number:016}"


def first_user_s(
    path: Path, calls: list[dict[str, Any]], hops: int = 3
) -> tuple[set[str], set[tuple[str, int, int]]]:
    """The principals in the blast radius of the first user, and what was cut, of these calls."""
    with pipeline.opened(f"sqlite:///{path / 'made.db'}") as made:
        made.write(partial(calls))
        found = pipeline.blast_radius(made, USERS[0], START, hops=hops)
    principals = {node.id for node in found.nodes if node.kind == "principal"}
    return principals, {(cut.type, cut.kept, cut.of) for cut in found.cut}


@pytest.mark.parametrize("users", [8, 9])
def test_an_address_of_more_than_eight_principals_is_an_exit_and_its_others_are_counted(
    tmp_path: Path, users: int
) -> None:
    calls = [call(n, START, principal=USERS[n], credential=key(n)) for n in range(users)]
    principals, cut = first_user_s(tmp_path, calls)
    assert principals == (set(USERS[:8]) if users == 8 else {USERS[0]})
    assert cut == (set() if users == 8 else {("FROM", 0, 9)})


def test_who_calls_from_the_same_service_is_no_part_of_it(tmp_path: Path) -> None:
    source = "service:lambda.amazonaws.com"
    calls = [call(n, START, principal=USERS[n], source=source, credential=key(n)) for n in range(2)]
    assert first_user_s(tmp_path, calls)[0] == {USERS[0]}


def test_the_latest_keys_of_many_are_followed_and_the_others_counted(tmp_path: Path) -> None:
    calls = [
        call(n, START + n * 3600, principal=USERS[0], credential=key(n), source="")
        for n in range(70)
    ]
    others = [
        call(100 + n, START + n * 3600, principal=USERS[user], credential=key(n), source="")
        for user, n in ((1, 0), (2, 69))
    ]
    principals, cut = first_user_s(tmp_path, [*calls, *others], hops=2)
    assert principals == {USERS[0], USERS[2]}
    assert ("credential", 64, 70) in cut


@pytest.mark.parametrize("hour", [-1, 1])
def test_a_call_in_the_hour_beside_the_window_is_within_reach(tmp_path: Path, hour: int) -> None:
    calls = [
        call(1, START, principal=USERS[0]),
        call(2, START + hour * 3600, principal=USERS[0], api="api:s3:GetObject"),
    ]
    with pipeline.opened(f"sqlite:///{tmp_path / 'made.db'}") as made:
        made.write(partial(calls))
        found = pipeline.blast_radius(made, USERS[0], START, START + 60)
    (beyond,) = [a for a in found.relationships if a.target == "api:s3:GetObject"]
    assert (beyond.layer, beyond.count) == ("reachable", 1)
    assert "called it with success once outside the window" in beyond.because


@pytest.mark.parametrize("seed", ["ip:203.0.113.9", "key:AKIASTOLEN0000000001"])
def test_what_its_principal_does_otherwise_in_the_window_is_within_reach_of_a_key_or_address(
    tmp_path: Path, seed: str
) -> None:
    """The thief holds the right to reboot, though its owner alone used it, and only that week."""
    reboot = {"api": "api:ec2:RebootInstances", "resource": "instance:i-0a1b2c3d4e5f60718"}
    stolen = {"source": "ip:203.0.113.9", "credential": "key:AKIASTOLEN0000000001"}
    calls = [
        call(1, START, principal=USERS[0], api="api:iam:ListUsers", code="AccessDenied", **stolen),
        call(2, START + 60, principal=USERS[0], **reboot),
        call(3, START + 7200, principal=USERS[0], api="api:iam:ListRoles", **stolen),
    ]
    with pipeline.opened(f"sqlite:///{tmp_path / 'made.db'}") as made:
        made.write(partial(calls))
        found = pipeline.blast_radius(made, seed, START, START + 10_000).relationships
    beyond = {(a.type, a.target): a for a in found if a.layer == "reachable"}
    assert beyond.keys() == {("CALLED", reboot["api"]), ("TOUCHED", reboot["resource"])}
    assert beyond["CALLED", reboot["api"]].because == (
        "user-0 called it with success once elsewhere or at another time,"
        " last on 2026-01-01T00:01:00Z"
    )


def test_a_session_shows_its_own_calls_and_not_those_of_its_role(tmp_path: Path) -> None:
    """Of a role that a company signs in to, a session is one person."""
    role = "arn:aws:iam::111122223333:role/sso"
    ann, bob = (f"arn:aws:sts::111122223333:assumed-role/sso/{name}" for name in ("ann", "bob"))
    calls = [
        call(
            1, START, principal=role, session=ann, api="api:iam:ListUsers", source="ip:203.0.113.9"
        ),
        call(2, START + 9, principal=role, session=bob, api="api:ec2:RebootInstances"),
        call(3, START + 60, principal=role, session=ann, api="api:iam:GetUser", code="Denied"),
    ]
    with pipeline.opened(f"sqlite:///{tmp_path / 'made.db'}") as made:
        made.write(partial(calls))
        found = pipeline.blast_radius(made, ann).relationships
        profile = pipeline.profile(made, ann)
    drawn = {(a.layer, a.target) for a in found if a.target.startswith("api:")}
    assert drawn == {
        ("observed", "api:iam:ListUsers"),
        ("attempted", "api:iam:GetUser"),
        ("reachable", "api:ec2:RebootInstances"),
    }
    assert (profile.calls, profile.errors) == (2, 1)
    assert [tally.name for tally in profile.peers] == [role]


def test_a_busy_entity_s_profile_is_of_its_latest_days_and_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(case, "READ", 10)
    days = [call(day * 10 + n, START + day * DAY + n) for day in range(40) for n in range(9)]
    early, late = days[:9], call(999, START + 39 * DAY + 60, api="api:iam:GetUser")
    with pipeline.opened(f"sqlite:///{tmp_path / 'made.db'}") as made:
        made.write(partial([*days, late]))
        profile = pipeline.profile(made, early[0]["principal"])
    assert profile.days == 5
    assert {tally.name for tally in profile.apis} == {"api:iam:ListUsers", "api:iam:GetUser"}
    assert profile.calls == 6 * 9 + 1  # whole hours are read
    assert "55 calls in its last 5 days, 0 of them failed" in render.profile(profile)


ROLES = [f"arn:aws:iam::111122223333:role/role-{number}" for number in range(3)]


def chain() -> list[dict[str, Any]]:
    """The first user looks at a role, assumes another, and as that one the first, which reads."""
    assume, read = "api:sts:AssumeRole", "api:s3:GetObject"
    return [
        call(1, START, principal=USERS[0], api="api:iam:GetRole", resource=ROLES[1]),
        call(2, START + 1, principal=USERS[0], api=assume, resource=ROLES[0]),
        call(3, START + 2, principal=ROLES[0], api=assume, resource=ROLES[1], source=""),
        call(4, START + 3, principal=ROLES[1], api=read, resource="arn:aws:s3:::b", source=""),
    ]


def touched(store: GraphStore, window: tuple[int, int | None], hops: int) -> set[tuple[str, str]]:
    found = pipeline.blast_radius(store, USERS[0], *window, hops=hops)
    return {(a.source, a.layer) for a in found.relationships if a.target == "arn:aws:s3:::b"}


def test_it_goes_on_from_a_role_that_was_assumed_though_a_call_was_about_it(
    tmp_path: Path,
) -> None:
    with pipeline.opened(f"sqlite:///{tmp_path / 'made.db'}") as made:
        made.write(partial([{**row, "credential": ""} for row in chain()]))
        assert touched(made, (START, None), hops=2) == set()
        assert touched(made, (START, None), hops=3) == {(ROLES[1], "observed")}


def test_what_an_assumed_role_did_at_another_time_is_within_reach(tmp_path: Path) -> None:
    with pipeline.opened(f"sqlite:///{tmp_path / 'made.db'}") as made:
        made.write(partial([{**row, "credential": ""} for row in chain()]))
        made.write(partial([call(9, START + 90_000, principal=USERS[0], credential="")]))
        later = START + 86_400
        assert touched(made, (later, None), hops=3) == {(ROLES[1], "reachable")}


INSTANCE = "instance:i-0a1b2c3d4e5f60718"
RUN = {"principal": USERS[0], "api": "api:ec2:RunInstances", "resource": "image"}


@pytest.mark.parametrize("layer", ["observed", "reachable"])
def test_it_goes_on_from_a_launched_instance_to_its_role_and_what_that_did(
    tmp_path: Path, layer: str
) -> None:
    """The instance calls in the window, or after it; the launcher tags it too."""
    late = 60 if layer == "observed" else 86_400
    tag = {"api": "api:ec2:CreateTags", "resource": INSTANCE, "principal": USERS[0]}
    own = {"principal": ROLES[0], "instance": INSTANCE, "source": "ip:203.0.113.8"}
    mined = call(3, START + late, **own, api="api:s3:GetObject", resource="arn:aws:s3:::b")
    facts = [
        fact(2, START + 1, "LAUNCHED", USERS[0], INSTANCE),
        fact(3, START + late, "RAN_AS", INSTANCE, ROLES[0]),
        fact(3, START + late, "HELD", INSTANCE, own["source"]),
    ]
    calls = [call(1, START, **tag), call(2, START + 1, **RUN), mined]
    with pipeline.opened(f"sqlite:///{tmp_path / 'made.db'}") as made:
        made.write(partial([{**row, "credential": ""} for row in calls], facts))
        found = pipeline.blast_radius(made, USERS[0], START, START + 3600).relationships
        short = pipeline.blast_radius(made, USERS[0], START, START + 3600, hops=1)
    (launched,) = [a for a in found if a.type == "LAUNCHED"]
    assert (launched.source, launched.target, launched.layer) == (USERS[0], INSTANCE, "observed")
    assert launched.event_ids == ("00000000-0000-4000-8000-000000000002",)
    steps = {(a.source, a.type, a.target, a.layer) for a in found}
    assert (INSTANCE, "RAN_AS", ROLES[0], layer) in steps
    assert (ROLES[0], "TOUCHED", "arn:aws:s3:::b", layer) in steps
    assert {n.kind for n in short.nodes if n.id == INSTANCE} == {"instance"}


def test_an_instance_launched_at_another_time_is_within_reach(tmp_path: Path) -> None:
    calls = [call(1, START, **RUN), call(2, START + 86_400, principal=USERS[0])]
    with pipeline.opened(f"sqlite:///{tmp_path / 'made.db'}") as made:
        made.write(partial(calls, [fact(1, START, "LAUNCHED", USERS[0], INSTANCE)]))
        found = pipeline.blast_radius(made, USERS[0], START + 86_400).relationships
    (launched,) = [a for a in found if a.type == "LAUNCHED"]
    assert launched.layer == "reachable"
    assert launched.because == (
        "user-0 launched this instance outside the window, on 2026-01-01T00:00:00Z"
    )


def test_of_many_arrows_a_person_is_shown_one_of_each_relation(tmp_path: Path) -> None:
    many = [call(n, START + n, principal=USERS[0], api=f"api:s3:Get{n}") for n in range(40)]
    launch = call(99, START + 99, **RUN)
    with pipeline.opened(f"sqlite:///{tmp_path / 'made.db'}") as made:
        made.write(partial([*many, launch], [fact(99, START + 99, "LAUNCHED", USERS[0], INSTANCE)]))
        found = pipeline.blast_radius(made, USERS[0], START, START + 3600)
    lines = render.subgraph(found).splitlines()
    shown = [line for line in lines if line.startswith("  user-0 -")]
    assert len(shown) == render.SHOWN
    assert any("-LAUNCHED->" in line for line in shown)
    assert {line.split("-")[2].strip(">") for line in shown} >= {"CALLED", "FROM", "USED"}
