"""A revoke set says what will break: what others do with what a step ends, the suspect apart."""

from typing import Any

import pytest

from offtrail.api import pipeline, revoke, usage
from offtrail.api.objects import Revocation, Use
from offtrail.api.questions import case
from offtrail.graph.store import GraphStore
from tests.api.alice import DAY, ERRED, HOUR, KEY, MONDAY, STRANGE, USER, USUAL, Trail
from tests.graph.made import ACCOUNT, partial

ROLE = f"arn:aws:iam::{ACCOUNT}:role/deploy"
NOW = ERRED + 400 * DAY
SUSPECT = usage.Suspect((STRANGE,), ERRED)


def used(
    store: GraphStore,
    trail: Trail,
    kind: str = "user key",
    target: str = KEY,
    suspect: usage.Suspect | None = SUSPECT,
    principals: tuple[str, ...] = (USER,),
) -> Use:
    """The use of a step of that kind."""
    store.write(partial(trail.calls))
    item = {"kind": kind, "id": target, "because": "it", "principals": list(principals)}
    (step,) = usage.with_use(store, revoke._set("F-1", [item]), NOW, suspect).steps
    assert step.use is not None
    return step.use


def stolen() -> Trail:
    """Nine days of alice, then an error and two successes from an address that is new to her."""
    trail = Trail()
    trail.week()
    trail.erring()
    for minute in (1, 2):
        trail.add(ERRED + 60 * minute, "s3:ListBuckets", source=STRANGE)
    return trail


def test_what_a_key_s_owner_does_with_it_is_told_apart_from_the_suspect(store: GraphStore) -> None:
    use = used(store, stolen())
    assert (use.calls, use.apis, use.sources, use.suspect_calls, use.shared_calls) == (
        6,
        1,
        1,
        2,
        0,
    )
    assert use.says == (
        "in use: 6 calls at s3:GetObject from 1 source, last 2026-01-13T10:00:00Z;"
        " 2 more from 203.0.113.9, new with the finding"
    )


def test_where_the_suspect_alone_uses_a_key_nothing_else_is_said_to(store: GraphStore) -> None:
    trail = stolen()
    for one in trail.calls[:9]:
        one["credential"] = "key:AKIAALICE00000000002"
    use = used(store, trail)
    assert (use.calls, use.suspect_calls, use.last) == (0, 2, None)
    assert use.says == (
        "no other use seen: no other call succeeded; 2 from 203.0.113.9, new with the finding"
    )


def test_a_trail_that_ended_before_those_days_is_not_taken_for_no_use(store: GraphStore) -> None:
    """Where another account's calls are later, a key in daily use was said to have none."""
    trail = stolen()
    bob = {"principal": "arn:aws:iam::444455556666:user/bob", "account": "444455556666"}
    trail.add(ERRED + 40 * DAY, "s3:GetObject", credential="key:AKIABOB0000000000001", **bob)
    use = used(store, trail)
    assert (use.calls, use.suspect_calls) == (0, 0)
    assert use.says == (
        "no use seen: no call succeeded; but last seen 2026-01-14T22:02:00Z, before those days"
    )


def test_calls_from_an_address_that_the_caller_used_before_may_be_anyone_s(
    store: GraphStore,
) -> None:
    trail = Trail()
    trail.week()
    trail.erring(source=USUAL)
    use = used(store, trail, suspect=usage.Suspect((USUAL,), ERRED))
    assert (use.calls, use.suspect_calls, use.shared_calls) == (6, 0, 6)
    assert use.says.endswith("; all from where the errors came: perhaps the suspect's")


def test_a_caller_that_was_not_seen_before_the_finding_may_be_anyone(store: GraphStore) -> None:
    trail = Trail()
    trail.add(ERRED, "s3:ListBuckets", source=STRANGE)
    assert (used(store, trail).suspect_calls, used(store, trail).shared_calls) == (0, 1)


def test_where_the_suspect_called_from_is_not_known_its_calls_are_among_all(
    store: GraphStore,
) -> None:
    use = used(store, stolen(), suspect=usage.Suspect((), ERRED))
    assert (use.calls, use.suspect_calls) == (8, 0)
    assert use.says.endswith("; from where the suspect called is not known")


def deployed(trail: Trail) -> Trail:
    """A role that three instances call with, eighty calls a day."""
    for day in range(10):
        for n in range(80):
            trail.add(
                MONDAY + day * DAY + 2 * HOUR + n,
                "ecs:UpdateService" if n % 4 else "ecr:GetAuthorizationToken",
                principal=ROLE,
                kind="role",
                credential=f"key:ASIADEPLOY{n % 3}",
                source=f"ip:198.51.100.{n % 3}",
                instance=f"instance:i-{n % 3}",
            )
    return trail


def test_a_role_s_step_says_how_much_runs_with_it(store: GraphStore) -> None:
    use = used(store, deployed(stolen()), "session", ROLE, principals=(ROLE,))
    assert (use.calls, use.apis, use.sources, use.instances) == (560, 2, 3, 3)
    assert use.says == (
        "in use: 560 calls (80 a day) at 2 APIs, mostly ecs:UpdateService, from 3 sources"
        " and 3 instances, last 2026-01-14T02:01:19Z"
    )


def test_an_instance_s_step_counts_its_own_calls_and_says_what_is_not_seen(
    store: GraphStore,
) -> None:
    use = used(store, deployed(stolen()), "instance", "instance:i-0")
    assert (use.calls, use.instances) == (189, 1)
    assert use.says.endswith("; what else it does is in no trail")


def test_a_user_s_long_lived_key_does_not_end_with_its_sessions(store: GraphStore) -> None:
    trail = stolen()
    trail.add(ERRED - DAY, "s3:ListBuckets", credential="key:ASIAALICE00000000001")
    assert used(store, trail, "user session", "key:ASIAALICE00000000001").calls == 1


def test_a_password_s_step_counts_sign_ins_at_the_console(store: GraphStore) -> None:
    trail = stolen()
    for day in (3, 5):
        trail.add(ERRED - day * DAY, "signin:ConsoleLogin", credential="")
    use = used(store, trail, "password", USER)
    assert use.says.startswith("in use: 2 console sign-ins from 1 source, last 2026-01-11T22:00")


def test_of_a_masked_key_nothing_is_claimed(store: GraphStore) -> None:
    use = used(store, stolen(), "masked key", "key:AKIA****")
    assert use.calls is None
    assert use.says == (
        "how much it is used cannot be told: the trail masks the id, which stands for many keys"
    )


def test_of_a_masked_key_met_at_the_same_address_nothing_is_claimed_either(
    store: GraphStore,
) -> None:
    trail = stolen()
    trail.add(ERRED, "s3:ListBuckets", credential="key:AKIA****")
    assert used(store, trail, "same address", "key:AKIA****").calls is None


def test_what_would_end_of_a_temporary_key_s_principal_is_counted_and_not_the_key_alone(
    store: GraphStore,
) -> None:
    trail = deployed(stolen())
    use = used(store, trail, "same address", "key:ASIADEPLOY1", principals=(ROLE,))
    assert (use.calls, use.instances) == (560, 3)
    session = "key:ASIAALICE00000000001"
    trail.add(ERRED - DAY, "s3:ListBuckets", credential=session)
    assert used(store, trail, "same address", session).calls == 1


def test_of_a_credential_that_was_named_all_calls_are_told_together(store: GraphStore) -> None:
    store.write(partial(stolen().calls))
    (step,) = pipeline.revocation(store, KEY).steps
    assert step.use is not None
    assert (step.use.calls, step.use.suspect_calls, step.use.sources) == (8, 0, 2)


def test_a_call_stamped_in_a_far_year_does_not_move_the_days_that_count(store: GraphStore) -> None:
    trail = stolen()
    trail.add(NOW + DAY, "s3:GetObject", source=USUAL)
    assert used(store, stolen()).calls == 6
    late = used(store, trail)
    assert late.window is not None
    assert (late.calls, late.window.end) == (0, "2027-02-18T23:00:00Z")


def test_where_one_is_too_busy_the_latest_days_count_and_it_is_said(
    store: GraphStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (case, usage):
        monkeypatch.setattr(module, "READ", 6 * 4)  # six rows a day
    use = used(store, deployed(Trail()), "session", ROLE, principals=(ROLE,))
    assert (use.calls, use.complete) == (240, True)
    assert use.says.endswith("; its last 3 days alone, for it is busy")
    for module in (case, usage):
        monkeypatch.setattr(module, "READ", 5)
    use = used(store, deployed(Trail()), "session", ROLE, principals=(ROLE,))
    assert (use.complete, use.says[:17]) == (False, "in use: at least ")


def test_the_checklist_and_the_script_say_it_at_each_step_and_the_days_once(
    store: GraphStore,
) -> None:
    store.write(partial(stolen().calls))
    found = pipeline.revocation(store, KEY)
    (step,) = found.steps
    assert step.use is not None
    days = "from 2026-01-07T23:00:00Z to 2026-01-14T23:00:00Z; what no trail logs is not in it"
    for text, mark in ((revoke.checklist(found), ""), (revoke.script(found), "# ")):
        lines = text.splitlines()
        assert f"{mark}Use is that of calls that succeeded {days}" in lines
        assert sum(line.strip("# ") == step.use.says for line in lines) == 1


@pytest.mark.parametrize("times", [(), (NOW + DAY,)])
def test_a_store_that_holds_no_call_of_up_to_now_says_so(
    store: GraphStore, times: tuple[int, ...]
) -> None:
    trail = Trail()
    for time in times:
        trail.add(time, "s3:GetObject")
    store.write(partial(trail.calls))
    item: dict[str, Any] = {"kind": "user key", "id": KEY, "because": "it", "principals": [USER]}
    found: Revocation = usage.with_use(store, revoke._set("F-1", [item]), NOW, SUSPECT)
    said = "How much they are used is not known: the store holds no calls until now"
    assert said in revoke.script(found)
