"""Instances that a suspect launched: told in the scope, exposed, and in the revoke set."""

import subprocess
from pathlib import Path
from typing import Any

import pytest

from offtrail.api import launched, pipeline, revoke, usage
from offtrail.api.investigate import investigate
from offtrail.api.objects import Investigation, Revocation
from offtrail.graph.store import GraphStore
from offtrail.models.times import rfc3339
from tests.api.alice import DAY, ERRED, HOUR, KEY, STRANGE, USER, USUAL, Trail, finding, told
from tests.graph.made import ACCOUNT, fact, partial

WEB = f"arn:aws:iam::{ACCOUNT}:role/web"
ADMIN = f"arn:aws:iam::{ACCOUNT}:role/admin"
NOW = ERRED + 2 * DAY
SUSPECT = usage.Suspect((STRANGE,), ERRED)
TRAILS = Path(__file__).parents[1] / "trails"


class Launching(Trail):
    """Calls that launch instances, with what they prove."""

    def __init__(self) -> None:
        super().__init__()
        self.facts: list[dict[str, Any]] = []

    def launch(self, time: int, *names: str, **fields: Any) -> None:
        who = fields.get("principal", USER)
        number = len(self.calls)
        self.add(time, "ec2:RunInstances", **({"source": STRANGE, "resource": "image"} | fields))
        for name in names:
            self.facts.append(fact(number, time, "LAUNCHED", who, f"instance:{name}"))

    def runs(self, time: int, name: str, role: str = WEB) -> None:
        own = {"instance": f"instance:{name}", "principal": role, "source": "ip:198.51.100.99"}
        self.facts.append(fact(len(self.calls), time, "RAN_AS", f"instance:{name}", role))
        self.add(time, "s3:GetObject", credential=f"key:ASIA{name[2:]:0>16}", kind="role", **own)


def asked(store: GraphStore, trail: Launching, **fields: Any) -> Investigation:
    store.write(partial(trail.calls, trail.facts))
    return investigate(store, finding(**fields))


def steps(store: GraphStore, answered: Investigation) -> Revocation:
    found = revoke.of_finding("F-1", told(answered, "exposure"))
    return usage.with_use(store, found, NOW, SUSPECT)


def intruder() -> Launching:
    """Alice launches one from home; from elsewhere three are launched, of which one then calls."""
    trail = Launching()
    trail.week()
    trail.launch(ERRED - HOUR, "i-home", source=USUAL)
    trail.erring()
    trail.launch(ERRED + 60, "i-1", "i-2")
    trail.launch(ERRED + 90, "i-3", region="eu-north-1")
    trail.add(ERRED + 99, "ec2:RunInstances", source=STRANGE, code="Client.UnauthorizedOperation")
    trail.runs(ERRED + 2 * DAY, "i-2")
    return trail


def test_the_scope_tells_what_the_suspect_launched_and_what_that_did(store: GraphStore) -> None:
    answered = asked(store, intruder())
    scope = told(answered, "scope")
    value = scope.value["launched"]
    assert (value["count"], value["calls"], value["roles"]) == (3, 1, [WEB])
    assert (value["of_principal"], value["at_least"]) == (4, False)
    rows = {row["instance"]: (row["region"], row["calls"]) for row in value["instances"]}
    assert rows == {
        "instance:i-1": ("us-east-1", 0),
        "instance:i-2": ("us-east-1", 1),
        "instance:i-3": ("eu-north-1", 0),
    }
    assert "It launched 3 instances (i-1, i-2, i-3), which made 1 call as web." in scope.answer
    assert "; 3 instances launched; from 203.0.113.9" in answered.headline


def test_what_launched_nothing_says_nothing_of_instances(store: GraphStore) -> None:
    trail = Launching()
    trail.week()
    trail.erring()
    answered = asked(store, trail)
    assert told(answered, "scope").value["launched"]["count"] == 0
    assert "launched" not in told(answered, "scope").answer + answered.headline
    assert {step.kind for step in steps(store, answered).steps} == {"user key"}


def test_what_runs_on_them_is_to_be_looked_at_a_step_a_region_and_then_their_role(
    store: GraphStore,
) -> None:
    found = steps(store, asked(store, intruder()))
    kinds = [(step.kind, step.target, step.instances) for step in found.steps]
    assert kinds == [
        ("user key", KEY, ()),
        ("launched instance", USER, ("instance:i-3",)),
        ("launched instance", USER, ("instance:i-1", "instance:i-2")),
        ("instance role", WEB, ()),
    ]
    _, north, east, role = found.steps
    assert "launched within a day of the strongest errors in eu-north-1: i-3" in north.because
    assert east.command == ("aws ec2 describe-instances --region=us-east-1 --instance-ids i-1 i-2")
    assert role.command.startswith("aws iam put-role-policy --role-name=web ")
    assert role.because == "1 of the launched instances ran with it"
    assert east.use is not None
    assert east.use.says.startswith("in use: 1 call at s3:GetObject")
    assert len(revoke.certain(found)) == 1
    text = revoke.checklist(found)
    assert "Revoke set for F-1: 1 step; 3 more to look at first" in text
    subprocess.run(["/bin/sh", "-n", "-c", revoke.script(found)], check=True)  # noqa: S603 - reads, runs nothing


def test_the_exposure_names_them(store: GraphStore) -> None:
    exposure = told(asked(store, intruder()), "exposure")
    by_kind: dict[str, list[str]] = {}
    for item in exposure.value["exposed"]:
        by_kind.setdefault(item["kind"], []).append(item["id"])
    assert by_kind["launched instance"] == [f"instance:i-{n}" for n in (1, 2, 3)]
    assert by_kind["instance role"] == [WEB]
    assert "launched by alice: find out what runs there" in exposure.answer


def test_a_role_that_is_revoked_anyway_is_no_step_of_its_own(store: GraphStore) -> None:
    trail = Launching()
    trail.erring()
    trail.add(ERRED + 1, "sts:AssumeRole", source=STRANGE, resource=ADMIN)
    trail.launch(ERRED + 60, "i-1", principal=ADMIN)
    trail.runs(ERRED + 90, "i-1", ADMIN)
    found = steps(store, asked(store, trail))
    assert [(step.kind, step.target) for step in found.steps] == [
        ("user key", KEY),
        ("session", ADMIN),
        ("launched instance", ADMIN),
    ]


def test_of_calls_whose_ids_are_not_kept_the_address_of_all_that_may_be_counts(
    store: GraphStore,
) -> None:
    """A store keeps three ids of equal calls: the fourth and fifth may be either's."""
    trail = Launching()
    trail.erring()
    for number in range(5):
        trail.launch(ERRED + number, f"i-own{number}")
        trail.launch(ERRED + 100 + number, f"i-home{number}", source=USUAL, region="eu-north-1")
    answered = asked(store, trail)
    value = told(answered, "scope").value["launched"]
    names = {row["instance"].removeprefix("instance:") for row in value["instances"]}
    assert names == {*(f"i-own{n}" for n in range(5)), "i-home3", "i-home4"}
    untold = [s for s in steps(store, answered).steps if "i-home3" in s.because]
    assert [step.command for step in untold] == [""]
    assert all(f"i-{whose}{n}" in untold[0].because for whose in ("own", "home") for n in (3, 4))


def test_no_more_are_told_than_can_be_read_and_that_is_said(
    store: GraphStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(launched, "MOST", 2)
    answered = asked(store, intruder())
    scope = told(answered, "scope")
    assert told(answered, "exposure").value["truncated"]
    assert scope.value["launched"]["at_least"]
    assert "launched instances were read" in scope.cannot_tell
    assert scope.confidence == "medium"


def test_a_key_s_revoke_set_names_what_was_launched_with_it(store: GraphStore) -> None:
    trail = intruder()
    trail.launch(ERRED - 2 * DAY, "i-before")
    trail.launch(ERRED + 95, "i-other", credential="key:AKIAOTHER00000000001")
    store.write(partial(trail.calls, trail.facts))
    found = pipeline.revocation(store, KEY)
    instances = {name for step in found.steps for name in step.instances}
    assert instances == {f"instance:i-{name}" for name in ("1", "2", "3", "home")}
    assert {step.target for step in found.steps if step.kind == "instance role"} == {WEB}
    assert "in the day up to its last call" in found.steps[1].because


def test_a_key_or_an_address_launched_what_its_own_calls_did(store: GraphStore) -> None:
    trail = intruder()
    store.write(partial(trail.calls, trail.facts))
    for seed, names in ((STRANGE, "123"), (USUAL, ["home"]), (KEY, [*"123", "home"])):
        found = pipeline.blast_radius(store, seed, ERRED - DAY, ERRED + 3 * DAY)
        launched = [a for a in found.relationships if a.type == "LAUNCHED"]
        drawn = {a.target for a in launched if a.layer == "observed"}
        assert drawn == {f"instance:i-{name}" for name in names}
        ran = [a.target for a in found.relationships if a.type == "RAN_AS"]
        assert ran == [WEB] * ("2" in names)


def test_question_4_says_who_launched_the_instance(store: GraphStore) -> None:
    answered = asked(store, intruder(), instances=("instance:i-2",))
    answer = told(answered, "instance")
    at = rfc3339(ERRED + 60)
    assert answer.value["instances"][0]["launched"] == {"by": USER, "at": at}
    assert answer.answer.startswith(f"i-2, launched by alice on {at}: ")


def test_a_trail_of_a_launch_leads_from_the_launcher_to_what_its_instance_did(
    store: GraphStore,
) -> None:
    pipeline.ingest(store, [str(TRAILS / "instances-launched" / "events.json")])
    start = 1_772_409_600  # 2026-03-02T00:00:00Z
    found = pipeline.blast_radius(
        store, f"arn:aws:iam::{ACCOUNT}:user/mallory", start, start + DAY
    ).relationships
    steps = {(a.type, a.target.rsplit("/")[-1], a.layer) for a in found}
    assert {("LAUNCHED", f"instance:i-0c0ffee000000000{n}", "observed") for n in range(3)} <= steps
    assert ("RAN_AS", "web-frontend", "observed") in steps
    assert ("CALLED", "api:ec2:DescribeInstances", "observed") in steps
    assert sum(a.count for a in found if a.type == "FAILED") == 2
