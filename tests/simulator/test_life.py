"""What happens in the made-up organisation: habits, occasions and attacks."""

from collections import Counter
from collections.abc import Iterable

import botocore.session
import pytest

from offtrail.simulator.attacks import ATTACKS
from offtrail.simulator.attacks.script import play
from offtrail.simulator.call import Act
from offtrail.simulator.life.daily import load
from offtrail.simulator.life.occasions import occasions
from offtrail.simulator.organisation import MACHINES, PEOPLE, Calendar
from offtrail.simulator.outcomes import OUTCOMES
from offtrail.simulator.record import record
from offtrail.simulator.resources import KINDS
from offtrail.simulator.services import SERVICES

MONDAY = 1_767_571_200  # 2026-01-05
CALENDAR = Calendar(7, MONDAY, 14, (7_000,) * 14)


def errors(acts: Iterable[Act]) -> Counter[tuple[str, str]]:
    return Counter((a.call.operation, a.call.outcome) for a in acts if a.call.outcome != "ok")


def test_people_work_in_their_hours_and_few_at_weekends() -> None:
    def at_desk(day: int) -> list[int]:
        desks = {f"{person.name}@example.com" for person in PEOPLE}
        names = ((a.actor.arn.rpartition("/")[2], a.second) for a in load(CALENDAR, day))
        return [second for name, second in names if name in desks]

    hours = {(second - MONDAY) // 3600 for second in at_desk(0)}
    assert hours
    assert min(hours) >= 6
    assert len(at_desk(5)) < len(at_desk(0))


def test_every_instance_credential_in_use_was_issued_before() -> None:
    acts = sorted(load(CALENDAR, 0))
    issued = {a.call.grants.credential: a.second for a in acts if a.call.grants}
    machines = {row.instance for row in MACHINES}
    used = [a for a in acts if a.actor.arn.rpartition("/")[2] in machines]
    assert used
    assert all(issued[a.actor.credential] <= a.second for a in used)


def test_the_stolen_credential_is_one_that_the_instance_holds() -> None:
    attack = ATTACKS["stolen-instance-credentials"]
    day = CALENDAR.part(attack.begins)
    stolen = list(play(attack, CALENDAR, day))
    granted = {a.call.grants.credential for a in load(CALENDAR, day) if a.call.grants}
    assert {a.actor.credential for a in stolen} <= granted
    assert {a.actor.source for a in stolen} == {"203.0.113.77"}


@pytest.mark.parametrize("day", [6, 13])
def test_weekly_housekeeping_errs_alike_each_week(day: int) -> None:
    denied = errors(occasions(CALENDAR, day))
    assert denied["organizations:ListAccounts", "denied"] == 1
    assert denied == errors(occasions(CALENDAR, 6))


def test_the_broken_deployment_is_many_calls_of_one_shape() -> None:
    day = CALENDAR.part(0.6)
    flood = errors(occasions(CALENDAR, day))
    assert flood["lambda:UpdateFunctionCode", "denied"] >= 30


def test_a_new_role_is_refused_before_it_can_be_assumed() -> None:
    tries = [
        a
        for a in sorted(occasions(CALENDAR, 1))
        if a.call.operation == "sts:AssumeRole" and a.call.name.startswith("preview-")
    ]
    assert [a.call.outcome for a in tries][:1] == ["denied-plainly"]
    assert tries[-1].call.outcome == "ok"
    assert len({a.actor.credential for a in tries}) == 1


def test_a_role_assumed_across_accounts_stands_in_both_trails_under_one_shared_id() -> None:
    told = [record(a) for a in occasions(CALENDAR, 0) if a.call.name == "organisation-audit"]
    assert {r["recipientAccountId"] for r in told} == {"111122223333", "444455556666"}
    assert len({r["sharedEventID"] for r in told}) == 1
    assert len({r["eventID"] for r in told}) == 2
    assert {r["requestParameters"]["roleArn"] for r in told} == {
        "arn:aws:iam::111122223333:role/organisation-audit"
    }
    assert {r["userIdentity"]["type"] for r in told} == {"AssumedRole", "AWSAccount"}


def test_the_slow_probe_errs_once_a_day_each_time_elsewhere() -> None:
    probe = ATTACKS["slow-probe"]
    days = [list(play(probe, CALENDAR, day)) for day in range(14)]
    assert [len(acts) for acts in days] == [0] * 5 + [1] * 9
    assert len({acts[0].call.operation for acts in days[5:13]}) == 8


def _all() -> list[Act]:
    acts = [a for day in range(14) for a in (*load(CALENDAR, day), *occasions(CALENDAR, day))]
    attacks = ATTACKS.values()
    return acts + [
        a for attack in attacks for day in range(14) for a in play(attack, CALENDAR, day)
    ]


def test_every_row_of_every_table_can_be_written() -> None:
    acts = _all()
    assert {a.call.operation.partition(":")[0] for a in acts} == set(SERVICES)
    assert {a.call.outcome for a in acts} <= set(OUTCOMES)
    assert {a.call.kind for a in acts if a.call.kind} <= set(KINDS)
    assert all(record(a)["eventID"] for a in acts)


BOTOCORE = {"access-analyzer": "accessanalyzer"}
"""Where botocore's name of a service is not the prefix of its actions."""

IN_NO_SDK = ["ssm:UpdateInstanceInformation"]
"""Calls that only AWS's own agents make."""


def test_every_operation_is_one_that_aws_has() -> None:
    session = botocore.session.get_session()
    operations = {a.call.operation for a in _all()}
    known = {
        prefix: session.get_service_model(BOTOCORE.get(prefix, prefix)).operation_names
        for prefix in {name.partition(":")[0] for name in operations} - {"signin"}
    }
    unknown = [
        name
        for prefix, _, operation in (n.partition(":") for n in sorted(operations))
        if prefix != "signin" and operation not in known[prefix]
        for name in [f"{prefix}:{operation}"]
    ]
    assert unknown == IN_NO_SDK
