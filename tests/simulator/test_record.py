"""The forms of the records: what real CloudTrail writes for the same calls."""

import re
from typing import Any

from offtrail.simulator import identities
from offtrail.simulator.call import Act, Actor, Call
from offtrail.simulator.life import sessions
from offtrail.simulator.organisation import HOME, MACHINES, PRODUCTION, Calendar
from offtrail.simulator.record import record

WHEN = 1_767_600_000
ID = "0a1b2c3d-4e5f-4a6b-a7c8-d9e0f1a2b3c4"
USER = identities.user(PRODUCTION, "mateo", "203.0.113.142", sessions.CLI, HOME)


def written(call: Call, actor: Actor = USER) -> dict[str, Any]:
    return record(Act(WHEN, ID, actor, call))


def test_a_denied_iam_call_has_no_parameters_and_names_its_target_in_the_message() -> None:
    told = written(Call("iam:CreateUser", "user", "eve", "denied"))
    assert told["errorCode"] == "AccessDenied"
    assert told["requestParameters"] is None
    assert told["errorMessage"] == (
        "User: arn:aws:iam::111122223333:user/mateo is not authorized to perform: iam:CreateUser "
        "on resource: arn:aws:iam::111122223333:user/eve because no identity-based policy allows "
        "the iam:CreateUser action"
    )


def test_a_denied_ec2_call_carries_an_encoded_message_of_unbounded_text() -> None:
    told = written(Call("ec2:DescribeInstances", outcome="denied"))
    assert told["errorCode"] == "Client.UnauthorizedOperation"
    assert re.search(r"Encoded authorization failure message: [\w-]{400,}$", told["errorMessage"])


def test_s3_writes_the_user_agent_in_brackets() -> None:
    assert written(Call("s3:ListBuckets"))["userAgent"] == f"[{sessions.CLI}]"
    assert written(Call("iam:ListUsers"))["userAgent"] == sessions.CLI


def test_a_denial_of_list_buckets_names_the_action_and_not_the_event() -> None:
    told = written(Call("s3:ListBuckets", outcome="denied"))
    assert told["eventName"] == "ListBuckets"
    assert "s3:ListAllMyBuckets" in told["errorMessage"]


def test_an_instance_session_is_named_by_the_instance_and_issued_by_the_role() -> None:
    day = Calendar(7, WHEN - WHEN % 86_400, 1, (10,))
    told = written(Call("sts:GetCallerIdentity"), sessions.machine(MACHINES[0], day, 0, turn=0))
    identity = told["userIdentity"]
    assert identity["arn"].endswith(f"assumed-role/web-frontend/{MACHINES[0].instance}")
    assert identity["sessionContext"]["sessionIssuer"]["arn"].endswith(":role/web-frontend")


def test_a_service_assumes_a_role_without_arn_or_key_and_its_answer_has_no_token() -> None:
    day = Calendar(7, WHEN - WHEN % 86_400, 1, (10,))
    granted = sessions.machine(MACHINES[0], day, 0, turn=0)
    issuer = identities.service("ec2.amazonaws.com", PRODUCTION, HOME)
    told = written(Call("sts:AssumeRole", "role", "web-frontend", grants=granted), issuer)
    assert told["userIdentity"] == {"type": "AWSService", "invokedBy": "ec2.amazonaws.com"}
    assert told["sourceIPAddress"] == "ec2.amazonaws.com"
    assert told["responseElements"]["credentials"]["accessKeyId"] == granted.credential
    assert told["responseElements"]["credentials"]["sessionToken"] == "session-token-left-out"
    assert told["sharedEventID"] != told["eventID"]


def test_a_failed_login_has_a_message_and_no_error_code() -> None:
    told = written(Call("signin:ConsoleLogin", outcome="wrong-password"))
    assert "errorCode" not in told
    assert told["errorMessage"] == "Failed authentication"
    assert told["responseElements"] == {"ConsoleLogin": "Failure"}


def test_a_global_service_writes_to_us_east_1() -> None:
    there = identities.user(PRODUCTION, "mateo", "203.0.113.1", sessions.CLI, "eu-west-1")
    assert written(Call("iam:ListUsers"), there)["awsRegion"] == "us-east-1"
    assert written(Call("ec2:DescribeInstances"), there)["awsRegion"] == "eu-west-1"


def test_lambda_event_names_carry_the_version_of_the_api() -> None:
    assert written(Call("lambda:ListFunctions"))["eventName"] == "ListFunctions20150331"
