"""The revoke set of simulated attacks: complete, minimal, in order, and never run."""

import json
import os
import shlex
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest

from offtrail.api import pipeline, revoke, usage
from offtrail.api.descent import issuers
from offtrail.api.errors import NotFound
from offtrail.api.objects import Revocation, Use
from offtrail.api.questions.exposure import _why
from tests.graph.made import call, fact, partial


@pytest.fixture(scope="module")
def sets(scored: Path, trail: Path) -> dict[str, Revocation]:
    """The revoke set of the finding of each attack's first principal."""
    truth = json.loads((trail / "truth.json").read_text())
    found = {}
    with pipeline.opened(f"sqlite:///{scored}") as store:
        window = pipeline.window(None, None, ("since", "until"))
        for attack in truth["attacks"]:
            page = pipeline.findings(store, window, principal=attack["principals"][0])
            if page.items:
                found[attack["name"]] = pipeline.revocation(store, page.items[0].id)
    return found


def test_every_credential_of_an_attack_ends_with_a_step(sets, trail: Path):
    truth = json.loads((trail / "truth.json").read_text())
    assert len(sets) >= 3
    for attack in truth["attacks"]:
        if attack["name"] in sets:
            steps = sets[attack["name"]].steps
            ended = {step.target for step in steps} | {key for s in steps for key in s.ends}
            assert {f"key:{key.removeprefix('key:')}" for key in attack["credentials"]} <= ended


def test_of_every_kind_of_step_it_is_said_which_calls_end_with_it_or_why_not():
    kinds = {kind.name for kind in revoke.KINDS}
    assert kinds == usage.ENDS.keys() | usage.NOT_KNOWN.keys()


def test_a_role_is_one_step_however_many_keys_it_issued(sets):
    steps = sets["stolen-instance-credentials"].steps
    roles = [step.target for step in steps if step.kind == "session"]
    assert roles
    assert len(roles) == len(set(roles))


def test_long_lived_keys_come_first(sets):
    for found in sets.values():
        kinds = [step.kind for step in found.steps]
        places = [[k.name for k in revoke.KINDS].index(kind) for kind in kinds]
        assert places == sorted(places)


def test_the_script_is_a_shell_script_that_names_its_limits(sets, tmp_path: Path):
    for found in sets.values():
        text = revoke.script(found)
        path = tmp_path / "revoke.sh"
        path.write_text(text)
        subprocess.run(["/bin/sh", "-n", str(path)], check=True)  # noqa: S603 - reads, runs nothing
        assert "# not covered:" in text


def test_a_name_cannot_break_out_of_a_command():
    item = {
        "kind": "user key",
        "id": "key:AKIA$(touch x)",
        "because": "named",
        "principals": ["arn:aws:iam::111122223333:user/a; rm -rf b"],
    }
    step = revoke._set("key", [item]).steps[0]
    words = shlex.split(step.command)
    assert "--user-name=a; rm -rf b" in words
    assert "--access-key-id=AKIA$(touch x)" in words


@pytest.mark.parametrize("sign", ["\n", "\r", "\x1b[2J", "\u2028"])
def test_a_name_cannot_leave_its_comment(sign: str):
    item = {"kind": "same address", "id": f"key:A{sign}echo owned", "because": f"b{sign}echo owned"}
    found = revoke._set(f"s{sign}echo owned", [{**item, "principals": []}])
    steps = [msgspec.structs.replace(step, use=Use(f"u{sign}echo owned")) for step in found.steps]
    found = msgspec.structs.replace(found, steps=tuple(steps))
    for text in (revoke.script(found), revoke.checklist(found)):
        assert not any(line.startswith("echo owned") for line in text.splitlines())
        assert "\x1b" not in text


def test_what_a_person_looks_at_first_is_no_step_that_the_headline_counts():
    items = [
        {"kind": kind, "id": f"key:A{kind[:4]}", "because": "it", "principals": ["x"]}
        for kind in ("user key", "same address")
    ]
    found = revoke._set("F-1", items)
    assert revoke.checklist(found).startswith("Revoke set for F-1: 1 step; 1 more to look at first")
    assert [step.kind for step in revoke.certain(found)] == ["user key"]


def near(key: str, who: str) -> dict[str, object]:
    because = "used from ip:203.0.113.9 too"
    return {"kind": "same address", "id": key, "because": because, "principals": [who]}


def test_sessions_met_at_the_same_address_are_one_step_a_principal_as_a_key_has_no_other_end():
    bob, web = (f"arn:aws:iam::111122223333:{name}" for name in ("user/bob", "role/web"))
    items = [near(f"key:ASIAWEB{n}", web) for n in range(5)]
    items += [near("key:ASIABOB1", bob), near("key:AKIABOB2", bob), near("key:ASIA*", web)]
    found = revoke._set("F-1", items)
    assert [(step.kind, step.target, len(step.ends)) for step in found.steps] == [
        ("same address", "key:AKIABOB2", 0),
        ("same address", "key:ASIA*", 0),
        ("session at same address", web, 5),
        ("user session at same address", bob, 1),
    ]
    assert found.steps[2].because == "used from ip:203.0.113.9 too, with 5 temporary keys"
    assert revoke.certain(found) == []


def test_sessions_met_at_the_same_address_that_end_anyway_are_no_step_of_their_own():
    web = "arn:aws:iam::111122223333:role/web"
    own = {"kind": "assumed role", "id": web, "because": "assumed 1 time", "principals": [web]}
    (step,) = revoke._set("F-1", [near("key:ASIA1", web), own]).steps
    assert (step.kind, step.ends) == ("session", ("key:ASIA1",))


def test_in_the_script_what_a_person_must_look_at_first_is_a_comment(tmp_path: Path):
    role = "arn:aws:iam::111122223333:role/w\necho owned"
    item = {"kind": "instance role", "id": role, "because": "it ran", "principals": [role]}
    found = revoke._set("F-1", [item])
    assert found.steps[0].command.startswith("aws iam put-role-policy ")
    script = revoke.script(found)
    assert any("aws iam put-role-policy " in line for line in script.splitlines())
    assert ran(tmp_path, script, account="111122223333") == ([], "")


def ran(folder: Path, script: str, account: str) -> tuple[list[list[str]], str]:
    """What a script asks of an ``aws`` that has credentials of one account, and what it says."""
    told = folder / "told"
    stub = folder / "aws"
    stub.write_text(
        f"#!{sys.executable}\nimport json, sys\n"
        f"if sys.argv[1] == 'sts': print({account!r})\n"
        f"else: print(json.dumps(sys.argv[1:]), file=open({str(told)!r}, 'a'))\n"
    )
    stub.chmod(0o755)
    path = f"{folder}:{os.environ['PATH']}"
    done = subprocess.run(  # noqa: S603 - our own script, and an aws of our own
        ["/bin/sh", "-c", script], env={"PATH": path}, capture_output=True, text=True, check=False
    )
    asked = told.read_text().splitlines() if told.exists() else []
    return [json.loads(line) for line in asked], done.stdout + done.stderr


def session(role: str) -> dict[str, object]:
    arn = f"arn:aws:iam::111122223333:role/{role}"
    return {"kind": "session", "id": "key:ASIA1", "because": "it", "principals": [arn]}


def test_sessions_end_that_began_before_the_script_was_run(tmp_path: Path):
    """One that began between printing and running it is in the attacker's hand as well."""
    script = revoke.script(revoke._set("F-1", [session("w's")]))
    begun = datetime.now(UTC).replace(microsecond=0)
    ((*words, policy),), said = ran(tmp_path, script, account="111122223333")
    assert said == ""
    assert words[:3] == ["iam", "put-role-policy", "--role-name=w's"]
    (statement,) = json.loads(policy)["Statement"]
    assert statement["Effect"] == "Deny"
    until = datetime.fromisoformat(statement["Condition"]["DateLessThan"]["aws:TokenIssueTime"])
    assert begun <= until <= datetime.now(UTC)


def test_a_script_changes_nothing_in_an_account_that_has_a_role_of_the_same_name(tmp_path: Path):
    key = {
        "kind": "user key",
        "id": "key:AKIA1",
        "because": "it",
        "principals": ["arn:aws:iam::444455556666:user/a"],
    }
    found = revoke._set("F-1", [key, session("web")])
    assert [step.account for step in found.steps] == ["444455556666", "111122223333"]
    asked, said = ran(tmp_path, revoke.script(found), account="444455556666")
    assert [words[1] for words in asked] == ["update-access-key"]
    assert said == "this needs credentials of account 111122223333\nstep 2 failed\n"
    listed = revoke.checklist(found).splitlines()
    assert [line.strip() for line in listed if "in account" in line] == ["in account 444455556666"]


def test_what_is_no_instance_s_id_is_no_word_of_a_command():
    ids = ("instance:i-0a", "instance:--endpoint-url=https://203.0.113.9")
    user = "arn:aws:iam::111122223333:user/a"
    items = [
        {"kind": "launched instance", "id": one, "because": "it", "principals": [user]}
        | {"region": "us-east-1"}
        for one in ids
    ]
    assert revoke._set("F-1", items[:1]).steps[0].command.endswith(" --instance-ids i-0a")
    assert revoke._set("F-1", items).steps[0].command == ""


def test_a_key_names_itself_and_only_a_credential_can_be_revoked(scored: Path, sets):
    key = next(step.target for s in sets.values() for step in s.steps if step.kind == "user key")
    with pipeline.opened(f"sqlite:///{scored}") as store:
        assert pipeline.revocation(store, key).steps[0].target == key
        with pytest.raises(NotFound, match="name a finding or a credential"):
            pipeline.revocation(store, "api:iam:ListUsers")


def test_the_key_that_issued_the_finding_s_key_is_revoked_too(tmp_path: Path):
    assert _why("key:AKIA", ["key:ASIA"], {"key:AKIA": "key:ASIA"}) == (
        "it issued key:ASIA, and can issue more"
    )
    with pipeline.opened(f"sqlite:///{tmp_path}/a.db") as store:
        store.write(
            partial(
                [call(1, 1_767_600_000)], [fact(1, 1_767_600_000, "ISSUED", "key:AKIA", "key:ASIA")]
            )
        )
        assert issuers(store, ["key:ASIA"]) == {"key:AKIA": "key:ASIA"}
        assert issuers(store, ["key:AKIA"]) == {}
