"""Codes fall into classes, whatever service spells them."""

import botocore.session
import pytest

from offtrail.ingest.errorclass import error_class

SERVICES = "iam sts s3 lambda kms dynamodb rds ssm secretsmanager cloudtrail ecs eks logs sqs sns"


@pytest.mark.parametrize(
    ("code", "found"),
    [
        ("", ""),
        ("NoSuchEntityException", "not-found"),
        ("Client.InvalidSnapshot.InUse", "conflict"),
        ("Client.InvalidInstanceID.Malformed", "validation"),
        ("InternalFailure", "dependency"),
        ("MethodNotAllowed", "validation"),
        ("AccountLimitExceededException", "quota"),
        ("TooManyRequestsException", "throttled"),
        ("MissingAuthenticationTokenException", "authentication"),
        ("ConsoleLoginFailure", "authentication"),
        ("KMSAccessDeniedException", "denied"),
        ("NeverSeenBefore", "other"),
    ],
)
def test_a_code_has_its_class(code: str, found: str) -> None:
    assert error_class(code) == found


@pytest.mark.parametrize(
    "message",
    [
        "Access denied. Check the trust relationships for your role.",
        "User: arn:aws:iam::111122223333:user/ana is not authorized to perform: iam:PassRole",
        "You do not have permission to access the specified resource.",
    ],
)
def test_a_message_that_denies_makes_any_code_a_denial(message: str) -> None:
    assert error_class("InvalidParameterValueException", message) == "denied"
    assert error_class("InvalidParameterValueException", "The name is too long") == "validation"


def test_an_expired_token_stays_a_matter_of_authentication() -> None:
    message = "User is not authorized to perform: sts:GetCallerIdentity"
    assert error_class("ExpiredTokenException", message) == "authentication"


def test_most_codes_that_aws_declares_have_a_class() -> None:
    session = botocore.session.get_session()
    codes = {
        str(shape.metadata.get("error", {}).get("code", shape.name))
        for service in SERVICES.split()
        for shape in session.get_service_model(service).error_shapes
    }
    assert len(codes) > 300
    unclassed = {code for code in codes if error_class(code) == "other"}
    assert len(unclassed) < 0.15 * len(codes)
