"""What the questions must not say: habits from a day or two, others' keys that are one's own."""

from typing import Any

import msgspec
import pyarrow as pa
import pytest

from offtrail.api import render, revoke
from offtrail.api.investigate import investigate
from offtrail.api.questions import case
from offtrail.graph.store import GraphStore
from offtrail.graph.window import Window
from offtrail.models.times import rfc3339
from tests.api.alice import (
    DAY,
    ERRED,
    HOUR,
    KEY,
    MONDAY,
    STRANGE,
    USER,
    Trail,
    asked,
    finding,
    told,
)
from tests.graph.made import ACCOUNT, fact, partial


def test_an_hour_is_not_called_unusual_on_the_word_of_a_day_or_two(store: GraphStore) -> None:
    trail = Trail()
    trail.add(ERRED - DAY, "s3:GetObject")
    trail.erring()
    answered = asked(store, trail)
    actor = told(answered, "actor")
    assert "usual" not in actor.answer
    assert "within an hour of that time on 1 of its 1 earlier active day" in actor.answer
    assert "unusual" not in answered.headline


def test_little_history_is_told_where_habits_are(store: GraphStore) -> None:
    trail = Trail()
    trail.add(ERRED - 5 * HOUR, "s3:GetObject")
    trail.erring()
    answered = asked(store, trail)
    for key in ("error-history", "command-history", "actor"):
        answer = told(answered, key)
        assert answer.cannot_tell == "only 5 hours of its account are known before the finding"
    assert told(answered, "command-history").confidence == "low"


def test_commands_on_one_beat_are_told_together(store: GraphStore) -> None:
    trail = Trail()
    edges = []
    for api in ("iam:ListUsers", "iam:ListRoles", "iam:ListGroups"):
        days = 1 if api == "iam:ListGroups" else 9
        for day in range(days):
            trail.add(ERRED - day * DAY, api, code="AccessDenied")
        edges.append(msgspec.structs.replace(finding().edges[0], api=f"api:{api}"))
    answer = told(asked(store, trail, edges=tuple(edges)), "command-history").answer
    assert answer.endswith(
        "iam:ListUsers, iam:ListRoles keep a daily beat: 8 of 8 earlier turns kept."
    )


def test_a_few_of_many_resources_are_of_every_kind(store: GraphStore) -> None:
    trail = Trail()
    trail.erring()
    for number in range(9):
        trail.add(ERRED, "s3:GetObject", source=STRANGE, resource=f"arn:aws:s3:::b{number}")
    trail.add(ERRED, "ec2:StopInstances", source=STRANGE, resource="instance:i-0abc")
    trail.add(ERRED, "ec2:RunInstances", source=STRANGE, resource="instance:i-0def")
    answer = told(asked(store, trail), "scope").answer
    assert "(9 s3, 2 instance): arn:aws:s3:::b0, instance:i-0abc, arn:aws:s3:::b1 and 8" in answer


def test_every_change_is_named_however_many_reads_there_are(store: GraphStore) -> None:
    trail = Trail()
    trail.erring()
    changes = [f"ec2:{verb}Volume" for verb in ("Attach", "Create", "Delete", "Detach", "Modify")]
    for api in (*changes, "ec2:RunInstances", "ec2:StopInstances", "ec2:CreateKeyPair"):
        trail.add(ERRED, api, source=STRANGE)
    answer = told(asked(store, trail), "scope").answer
    told_of = answer.partition("do more than read")[2]
    assert all(api in told_of for api in (*changes, "ec2:RunInstances", "ec2:StopInstances"))


def test_a_principal_s_own_keys_are_not_those_of_others(store: GraphStore) -> None:
    console, second = "key:ASIAALICE00000000002", "key:AKIAALICE00000000003"
    bob = {
        "principal": f"arn:aws:iam::{ACCOUNT}:user/bob",
        "credential": "key:AKIABOB0000000000001",
    }
    trail = Trail()
    trail.erring()
    for more in ({"credential": console}, {"credential": second}, bob):
        trail.add(ERRED, "s3:GetObject", source=STRANGE, **more)
    exposure = told(asked(store, trail), "exposure")
    kinds = {item["id"]: item["kind"] for item in exposure.value["exposed"]}
    assert kinds[console] == "user session"
    assert kinds[second] == "user key"
    assert kinds["key:AKIABOB0000000000001"] == "same address"
    assert "AKIAALICE00000000001, AKIAALICE00000000003: deactivate" in exposure.answer
    assert exposure.answer.startswith("1 key signed the failed calls; 2 more of its own were used")
    steps = revoke.of_finding("F-1", exposure).steps
    assert [step.target for step in steps] == [KEY, second, USER, "key:AKIABOB0000000000001"]


def test_an_instance_s_calls_are_counted_up_to_the_last_error(store: GraphStore) -> None:
    name = "instance:i-0a5c0ffee000000a"
    trail = Trail()
    trail.add(ERRED - HOUR, "s3:GetObject", instance=name)
    trail.erring(instance=name)
    trail.add(ERRED + DAY, "s3:GetObject", instance=name)
    answer = told(asked(store, trail, instances=(name,)), "instance").answer
    assert "1 call from the hour of the first error to the last error;" in answer


def test_an_instance_that_held_the_address_late_in_a_long_finding_is_asked_about_too(
    store: GraphStore,
) -> None:
    name, late = "instance:i-0a5c0ffee000000a", ERRED + 9 * DAY
    trail = Trail()
    trail.erring()
    trail.erring(late)
    store.write(partial(trail.calls, [fact(9, late, "HELD", name, STRANGE)]))
    edge = msgspec.structs.replace(finding().edges[0], last=rfc3339(late))
    answered = investigate(store, finding(edges=(edge,)))
    assert told(answered, "address").value["sources"][0]["then"] == [name]
    assert [one["instance"] for one in told(answered, "instance").value["instances"]] == [name]


def test_a_busy_role_s_instance_is_read_as_far_as_a_question_may_and_that_is_said(
    store: GraphStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(case, "READ", 12)
    name, role = "instance:i-0a5c0ffee000000a", f"arn:aws:iam::{ACCOUNT}:role/web"
    trail = Trail()
    for hour in range(6 * 24):
        trail.add(ERRED - hour * HOUR, "s3:GetObject", principal=role, kind="role", instance=name)
    trail.erring()
    read, activities = list[int](), store.activities

    def counted(window: Window, **which: Any) -> pa.Table:
        table = activities(window, **which)
        read.append(table.num_rows)
        return table

    monkeypatch.setattr(store, "activities", counted)
    answer = told(asked(store, trail, instances=(name,)), "instance")
    assert max(read) <= 12
    assert answer.value["instances"][0]["roles"] == [role]
    assert "so busy that only 1 day" in answer.cannot_tell


def test_a_user_who_signs_in_by_a_browser_has_a_password_that_is_taken_away(
    store: GraphStore,
) -> None:
    trail = Trail()
    trail.add(MONDAY, "signin:ConsoleLogin", agent="browser", credential="")
    trail.erring()
    exposure = told(asked(store, trail), "exposure")
    steps = revoke.of_finding("F-1", exposure).steps
    assert [step.kind for step in steps] == ["user key", "password"]
    assert steps[1].command == "aws iam delete-login-profile --user-name=alice"


def test_a_user_who_never_got_in_at_the_console_has_no_password_that_is_known(
    store: GraphStore,
) -> None:
    trail = Trail()
    failed = {"agent": "browser", "credential": "", "code": "ConsoleLoginFailure"}
    trail.add(MONDAY, "signin:ConsoleLogin", **failed)
    trail.erring()
    exposure = told(asked(store, trail), "exposure")
    assert [s.kind for s in revoke.of_finding("F-1", exposure).steps] == ["user key"]


def test_a_password_goes_before_the_sessions_that_it_can_open(store: GraphStore) -> None:
    trail = Trail()
    trail.add(MONDAY, "signin:ConsoleLogin", agent="browser", credential="key:ASIAALICE2")
    trail.erring(credential="key:ASIAALICE2")
    exposure = told(asked(store, trail, credentials=("key:ASIAALICE2",)), "exposure")
    steps = revoke.of_finding("F-1", exposure).steps
    assert [step.kind for step in steps] == ["password", "user session"]


def test_why_a_reason_counts_fewer_than_an_answer_is_said(store: GraphStore) -> None:
    """Terms are of what was learned, without alerted calls; the answers are of all calls."""
    trail = Trail()
    trail.erring(principal=f"arn:aws:iam::{ACCOUNT}:user/bob")
    trail.erring()
    answered = asked(store, trail)
    assert answered.beside[0].refused == 1
    assert '"before" leaves out what was alerted:' in render.investigation(answered)


def test_who_failed_there_before_is_counted_up_to_the_error_though_the_finding_is_older(
    store: GraphStore,
) -> None:
    """A habit opened the finding days before; bob failed at the API between that and the error."""
    trail = Trail()
    trail.add(ERRED - 5 * DAY, "health:DescribeEvents", code="AccessDenied")
    trail.erring(time=ERRED - 60, principal=f"arn:aws:iam::{ACCOUNT}:user/bob")
    trail.erring()
    habit = {"api": "api:health:DescribeEvents", "first": rfc3339(ERRED - 5 * DAY), "score": 1.0}
    edges = (finding().edges[0], msgspec.structs.replace(finding().edges[0], **habit))
    answer = told(asked(store, trail, edges=edges), "error-history").answer
    assert (
        "this principal met it first on 2026-01-14T22:00:00Z; in the account it came 1 time before,"
        " first on 2026-01-14T21:59:00Z"
    ) in answer


def test_a_client_that_failed_at_its_first_call_was_not_used_before(store: GraphStore) -> None:
    trail = Trail()
    trail.week()
    trail.erring(agent="aws-cli")
    answer = told(asked(store, trail), "error-history").answer
    assert "uses aws-cli since 2026-01-14T22:00:00Z, and it failed at once." in answer


def test_of_a_role_that_many_use_it_is_told_in_whose_session_the_strongest_error_came(
    store: GraphStore,
) -> None:
    role = f"arn:aws:iam::{ACCOUNT}:role/sso"
    ann, bob = (f"arn:aws:sts::{ACCOUNT}:assumed-role/sso/{name}" for name in ("ann", "bob"))
    trail = Trail()
    trail.add(ERRED - DAY, "s3:GetObject", principal=role, kind="role", session=bob)
    trail.erring(principal=role, kind="role", session=ann)
    answered = asked(store, trail, principal=role, sessions=(ann, bob), kind="role")
    assert told(answered, "actor").answer.endswith(" It came in the session ann.")
    assert f"offtrail blast-radius {ann}" in answered.next
    more = Trail()
    more.erring(time=ERRED + 1, principal=role, kind="role", session=bob)
    both = asked(store, more, principal=role, sessions=(ann, bob), kind="role")
    assert told(both, "actor").answer.endswith(" It came in 2 sessions: ann, bob.")
    assert not any("assumed-role" in line for line in both.next)
