"""What each question says, on calls made by us whose answers can be counted by hand."""

import gzip
import json
from pathlib import Path

import msgspec
import pytest

from offtrail.api import pipeline, revoke
from offtrail.api.around import around
from offtrail.api.investigate import investigate
from offtrail.graph.store import GraphStore
from offtrail.models.times import rfc3339
from tests.api.alice import (
    DAY,
    ERRED,
    HOUR,
    KEY,
    MONDAY,
    STRANGE,
    USER,
    USUAL,
    Trail,
    asked,
    finding,
    told,
)
from tests.graph.made import ACCOUNT, partial


def test_the_scope_parts_the_suspect_s_calls_from_the_principal_s_own(store: GraphStore) -> None:
    trail = Trail()
    trail.week()
    for minute in range(50):
        trail.add(ERRED - 2 * HOUR + minute * 60, "s3:GetObject", agent="boto3")
    trail.add(ERRED - 60, "sts:GetCallerIdentity", source=STRANGE)
    trail.erring()
    trail.add(ERRED + 30, "s3:DeleteBucket", source=STRANGE, resource="arn:aws:s3:::acme-orders")
    answered = asked(store, trail)
    scope = told(answered, "scope")
    assert scope.value["suspect"]["sources"] == [STRANGE]
    assert scope.value["suspect"]["calls"] == 2
    assert scope.value["suspect"]["errors"] == 1
    assert scope.value["suspect"]["beyond_reading"] == {"api:s3:DeleteBucket": 1}
    assert scope.value["calls"] == 52
    assert scope.answer.startswith(
        "From 203.0.113.9, where the strongest errors came from: 2 calls"
    )
    assert "1 does more than read (s3:DeleteBucket)" in scope.answer
    assert "2 calls succeeded (more than reads: s3:DeleteBucket) and 1 failed" in answered.headline
    assert "from 203.0.113.9, never used by it before" in answered.headline


def test_what_is_not_listed_is_counted(store: GraphStore) -> None:
    trail = Trail()
    trail.erring()
    for number in range(70):
        trail.add(ERRED - 60, "s3:GetObject", source=STRANGE, resource=f"arn:aws:s3:::b{number:02}")
    value = told(asked(store, trail), "scope")
    assert value.value["suspect"]["resources_by_kind"] == {"s3": 70}
    assert "and 67 more" in value.answer


def test_servers_are_listed(store: GraphStore) -> None:
    trail = Trail()
    trail.erring()
    trail.add(ERRED, "ec2:StopInstances", source=STRANGE, resource="instance:i-0abc")
    value = told(asked(store, trail), "scope").value
    assert value["instances"] == ["instance:i-0abc"]


def test_an_address_is_new_or_known_and_shared_or_not(store: GraphStore) -> None:
    trail = Trail()
    trail.week()
    trail.erring()
    other = f"arn:aws:iam::{ACCOUNT}:user/bob"
    trail.add(ERRED, "s3:GetObject", principal=other, source=USUAL)
    there = "arn:aws:iam::444455556666:user/bob"
    trail.add(ERRED, "s3:GetObject", principal=there, source=USUAL)
    nobody = "service:config.amazonaws.com"
    trail.add(ERRED, "s3:GetObject", principal=nobody, kind="service", source=USUAL)
    answer = told(asked(store, trail, sources=(STRANGE, USUAL)), "address")
    strange, usual = answer.value["sources"]
    assert (strange["new"], usual["new"]) == (True, False)
    assert (strange["others"], usual["others"]) == ([], [other, there, nobody])
    assert f"It is new to this principal, first on {rfc3339(ERRED)}" in answer.answer
    others = "bob, bob in 444455556666, config.amazonaws.com"
    assert f"3 other principals called from there too ({others})" in answer.answer


def test_the_hour_is_that_of_the_strongest_error(store: GraphStore) -> None:
    trail = Trail()
    trail.week()
    trail.erring()
    hour = told(asked(store, trail), "actor").value["hour"]
    assert hour["hour"] == rfc3339(ERRED)
    assert (hour["active_days"], hour["days_near"], hour["normal"]) == (9, 0, False)


def test_a_program_and_a_person_in_one_key_are_both_told(store: GraphStore) -> None:
    trail = Trail()
    trail.erring(agent="boto3")
    trail.erring(agent="browser")
    actor = told(asked(store, trail), "actor")
    assert actor.value["both"]
    assert actor.confidence == "low"
    assert actor.answer.startswith("Both: a human, since it uses a browser; a program, since it")


def test_without_history_a_change_is_not_known_however_old_the_store(store: GraphStore) -> None:
    trail = Trail()
    trail.add(MONDAY - 40 * DAY, "s3:GetObject", account="444455556666", principal="x")
    trail.erring()
    answer = told(asked(store, trail), "error-history")
    assert answer.confidence == "low"
    assert "Whether it follows a change is not known" in answer.answer
    assert not answer.value["change"]["new"]


def test_a_change_of_its_rights_just_before_is_told(store: GraphStore) -> None:
    trail = Trail()
    trail.week()
    admin = {"principal": f"arn:aws:iam::{ACCOUNT}:role/admin", "resource": USER}
    trail.add(ERRED - DAY, "iam:DetachUserPolicy", **admin)
    trail.add(ERRED - DAY, "iam:GetUser", **admin)
    trail.add(ERRED - 9 * DAY, "iam:AttachUserPolicy", **admin)
    trail.erring()
    answer = told(asked(store, trail), "error-history")
    assert [one["api"] for one in answer.value["changes"]] == ["api:iam:DetachUserPolicy"]
    assert (
        f"iam:DetachUserPolicy was done to it by admin on {rfc3339(ERRED - DAY)}" in answer.answer
    )


def test_a_masked_key_is_no_key_of_others_and_has_no_command(store: GraphStore) -> None:
    masked = "key:AKIA****************"
    trail = Trail()
    trail.erring(credential=masked)
    trail.add(ERRED, "s3:GetObject", principal=f"arn:aws:iam::{ACCOUNT}:role/x", credential=masked)
    exposure = told(asked(store, trail, credentials=(masked,)), "exposure")
    assert "masks this id" in exposure.answer
    assert "which key of alice it is" in exposure.answer
    (step,) = revoke.of_finding("F-1", exposure).steps
    assert step.command == ""


@pytest.mark.parametrize(
    ("kind", "principal", "expected"),
    [
        ("session", f"arn:aws:iam::{ACCOUNT}:role/aws-reserved/sso.amazonaws.com/Admin", ""),
        ("session", f"arn:aws:iam::{ACCOUNT}:role/aws-service-role/a.amazonaws.com/B", ""),
        ("session", "unknown:x", ""),
        ("session", f"arn:aws:iam::{ACCOUNT}:role/app", "put-role-policy --role-name=app"),
        ("user key", f"arn:aws:iam::{ACCOUNT}:root", ""),
        ("user key", USER, "update-access-key --user-name=alice"),
        ("password", f"arn:aws:iam::{ACCOUNT}:root", ""),
        ("password", USER, "delete-login-profile --user-name=alice"),
    ],
)
def test_a_command_that_would_be_refused_is_not_printed(
    kind: str, principal: str, expected: str
) -> None:
    item = {"kind": kind, "id": KEY, "because": "it", "principals": [principal]}
    (step,) = revoke._set("F-1", [item]).steps
    assert expected in step.command
    assert bool(step.command) is bool(expected)
    assert step.action


def test_a_key_that_a_user_and_a_role_are_seen_with_is_the_user_s() -> None:
    both = [f"arn:aws:iam::{ACCOUNT}:role/app", USER]
    item = {"kind": "user key", "id": KEY, "because": "it", "principals": both}
    assert "--user-name=alice" in revoke._set("F-1", [item]).steps[0].command


def test_the_suspect_s_calls_are_those_of_the_attack(scored: Path, trail: Path) -> None:
    """Counted anew from the files: what the attack's own events did."""
    truth = json.loads((trail / "truth.json").read_text())
    attack = next(a for a in truth["attacks"] if a["name"] == "stolen-instance-credentials")
    ids = set(attack["event_ids"])
    outcomes = [
        "errorCode" in record
        for path in trail.rglob("*.json.gz")
        for record in json.loads(gzip.decompress(path.read_bytes()))["Records"]
        if record["eventID"] in ids
    ]
    with pipeline.opened(f"sqlite:///{scored}") as opened:
        window = pipeline.window(None, None, ("since", "until"))
        page = pipeline.findings(opened, window, principal=attack["principals"][0])
        value = told(pipeline.investigation(opened, page.items[0].id), "scope").value
    assert value["suspect"]["calls"] == outcomes.count(False) < value["calls"]
    assert value["suspect"]["errors"] == outcomes.count(True)


def test_a_new_address_is_the_first_thing_to_look_at(store: GraphStore) -> None:
    trail = Trail()
    trail.week()
    trail.erring()
    answered = asked(store, trail, sources=(STRANGE, USUAL))
    assert answered.next[:2] == (
        f"offtrail blast-radius {STRANGE}",
        f"offtrail blast-radius {USER}",
    )


def test_the_address_of_a_finding_is_in_its_subgraph_however_much_is_cut(
    store: GraphStore,
) -> None:
    trail = Trail()
    trail.erring()
    for number in range(120):
        trail.add(ERRED, "s3:GetObject", source=STRANGE, resource=f"arn:aws:s3:::b{number:03}")
    store.write(partial(trail.calls))
    found = around(store, finding(), hops=1, limit=20)
    assert len(found.nodes) == 20 < found.total_nodes
    assert {USER, STRANGE, KEY, "api:iam:ListUsers"} <= {node.id for node in found.nodes}


def test_a_finding_s_id_means_its_principal(store: GraphStore) -> None:
    trail = Trail()
    trail.erring()
    store.write(partial(trail.calls))
    store.put("finding", "F-1", msgspec.to_builtins(finding()))
    assert pipeline.blast_radius(store, "F-1") == pipeline.blast_radius(store, USER)


def test_an_error_is_told_beside_who_else_calls_its_api_and_what_is_near_it(
    store: GraphStore,
) -> None:
    trail = Trail()
    trail.week()
    trail.add(MONDAY, "iam:ListRoles", agent="boto3")
    bob, eve = f"arn:aws:iam::{ACCOUNT}:user/bob", "arn:aws:iam::444455556666:role/eve"
    for second in range(3):
        trail.add(ERRED - DAY + second, "iam:ListUsers", principal=bob)
    trail.add(ERRED - DAY, "iam:ListUsers", principal=eve, kind="role", code="AccessDenied")
    trail.erring()
    (beside,) = asked(store, trail).beside
    assert (beside.api, beside.callers, beside.refused) == ("api:iam:ListUsers", 1, 1)
    assert beside.called_by[0].name == bob
    assert not beside.at_least
    assert beside.near[0].api == "api:iam:ListRoles"
    assert beside.near[0].likeness > beside.near[1].likeness
    assert beside.says[:2] == (
        "1 other principal calls it: bob 3x",
        "1 other principal is denied it: eve in 444455556666 1x",
    )
    assert "-3.00" in beside.lowers[-1]


def test_an_error_is_told_beside_its_own_account_first_however_many_others_call(
    store: GraphStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("offtrail.api.neighbours.ARROWS", 4)
    trail = Trail()
    bob, dan = (f"arn:aws:iam::{ACCOUNT}:user/{name}" for name in ("bob", "dan"))
    trail.add(ERRED - DAY, "iam:ListUsers", principal=dan, code="AccessDenied")
    trail.add(ERRED - 60, "iam:ListUsers", principal=bob)
    for second in range(6):
        role = f"arn:aws:iam::444455556666:role/r{second // 2}"
        trail.add(ERRED - 50 + second, "iam:ListUsers", principal=role, kind="role")
    trail.erring()
    (beside,) = asked(store, trail).beside
    assert beside.called_by[0].name == bob
    assert not beside.at_least
    assert beside.says[:2] == (
        "4 others call it, 1 of them in this account: bob 1x, r0 in 444455556666 2x,"
        " r1 in 444455556666 2x, r2 in 444455556666 2x",
        "1 other principal is denied it: dan 1x",
    )


def test_calls_that_come_after_the_finding_are_not_compared(store: GraphStore) -> None:
    trail = Trail()
    trail.erring()
    trail.add(ERRED + 2 * DAY, "iam:ListUsers", principal=f"arn:aws:iam::{ACCOUNT}:user/bob")
    (beside,) = asked(store, trail).beside
    assert (beside.callers, beside.says[0]) == (0, "nobody else calls it")
    assert beside.near == ()


def test_what_is_near_an_error_was_used_before_it_though_the_finding_had_begun(
    store: GraphStore,
) -> None:
    trail = Trail()
    trail.add(ERRED - DAY, "health:DescribeEvents", code="AccessDenied", agent="boto3")
    trail.add(ERRED - HOUR, "iam:ListRoles", agent="boto3")
    trail.erring()
    trail.add(ERRED + 1, "iam:ListGroups", agent="boto3")
    one = finding()
    weak = msgspec.structs.replace(
        one.edges[0], api="api:health:DescribeEvents", score=0.2, first=rfc3339(ERRED - DAY)
    )
    strong, first = asked(store, trail, edges=(*one.edges, weak)).beside
    assert [near.api for near in strong.near] == ["api:iam:ListRoles"]
    assert (
        first.says[2]
        == "this principal used no other API with success before the hour of the error"
    )


def test_a_busy_principal_is_read_from_its_latest_days(
    store: GraphStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("offtrail.api.questions.case.READ", 60)
    trail = Trail()
    for hour in range(9 * 24):
        trail.add(MONDAY + hour * HOUR, "s3:GetObject", agent="boto3")
    trail.erring()
    answered = asked(store, trail)
    (row,) = told(answered, "command-history").value["commands"]
    assert row["calls"] == 1, "the finding's own call was read"
    assert "only 2 days up to the last error" in told(answered, "command-history").cannot_tell
    assert told(answered, "address").value["sources"][0]["first_for_principal"] == rfc3339(ERRED)


def test_errors_of_other_accounts_do_not_crowd_out_those_of_this_one(
    store: GraphStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("offtrail.api.questions.case.READ", 60)
    trail = Trail()
    trail.add(MONDAY, "iam:ListUsers", code="AccessDenied", agent="boto3")
    other = {"account": "444455556666", "principal": "arn:aws:iam::444455556666:role/x"}
    for hour in range(9 * 24):
        trail.add(MONDAY + hour * HOUR, "s3:GetObject", code="AccessDenied", **other)
    trail.erring()
    answer = told(asked(store, trail), "error-history")
    (row,) = answer.value["edges"]
    assert (row["first_for_api"], row["earlier_at_api"]) == (rfc3339(MONDAY), 1)
    assert row["first_in_account"] == rfc3339(MONDAY)
    assert answer.value["days_of_history"] > 9


def test_a_finding_that_goes_on_for_weeks_does_not_lose_its_strongest_errors(
    store: GraphStore,
) -> None:
    trail = Trail()
    trail.week()
    trail.add(ERRED - 60, "sts:GetCallerIdentity", source=STRANGE)
    trail.erring()
    trail.add(ERRED + HOUR, "s3:GetObject", source=STRANGE)
    for day in range(1, 31):
        later = {"code": "AccessDenied", "agent": "boto3", "source": USUAL}
        trail.add(ERRED + day * DAY + HOUR, "health:DescribeEvents", **later)
    store.write(partial(trail.calls))
    one = finding()
    weak = msgspec.structs.replace(
        one.edges[0], api="api:health:DescribeEvents", score=0.2, last=rfc3339(ERRED + 30 * DAY)
    )
    strong = [
        msgspec.structs.replace(one.edges[0], code=f"AccessDenied{n or ''}") for n in range(5)
    ]
    answered = investigate(store, msgspec.structs.replace(one, edges=(*strong, weak)))
    suspect = told(answered, "scope").value["suspect"]
    assert (suspect["sources"], suspect["calls"], suspect["errors"]) == ([STRANGE], 2, 1)
