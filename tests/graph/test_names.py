"""What an id says of itself: a name without its account."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from offtrail.graph.schema import account, namesake

ACCOUNTS = st.from_regex(r"[0-9]{12}", fullmatch=True).filter(str.isascii)


@given(
    st.sampled_from(["arn:aws:iam::%s:role/deploy/ci", "arn:aws-cn:iam::%s:user/ana"]),
    ACCOUNTS,
    ACCOUNTS,
)
def test_a_name_is_the_same_in_every_account(form: str, one: str, other: str) -> None:
    assert namesake(form % one) == namesake(form % other)
    assert not re.search(r"\d{12}", namesake(form % one))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("arn:aws:iam::111122223333:role/a", "arn:aws:iam::111122223333:role/b"),
        ("arn:aws:iam::111122223333:role/x/a", "arn:aws:iam::444455556666:role/y/a"),
        ("arn:aws:iam::111122223333:role/ci", "arn:aws:iam::444455556666:user/ci"),
        ("account:111122223333", "account:444455556666"),
        ("arn:aws:iam::111122223333:root", "arn:aws:iam::444455556666:root"),
        (
            "arn:aws:iam::111122223333:role/ci_0123456789abcdef",
            "arn:aws:iam::444455556666:role/ci_fedcba9876543210",
        ),
        (
            "arn:aws:iam::111122223333:role/x/AWSReservedSSO_Audit_2024",
            "arn:aws:iam::444455556666:role/x/AWSReservedSSO_Audit_2025",
        ),
    ],
)
def test_other_names_are_others(one: str, other: str) -> None:
    assert namesake(one) != namesake(other)


def test_a_template_may_put_the_account_into_the_name_too():
    bootstrap = "arn:aws:iam::{0}:role/cdk-hnb659fds-deploy-role-{0}-eu-west-1"
    one, other = bootstrap.format("111122223333"), bootstrap.format("444455556666")
    assert namesake(one) == namesake(other)
    assert namesake(one) != namesake(one.replace("eu-west-1", "us-east-1"))


def test_a_permission_set_is_one_in_every_account() -> None:
    path = "role/aws-reserved/sso.amazonaws.com/eu-west-1/AWSReservedSSO_Audit"
    one = f"arn:aws:iam::111122223333:{path}_0123456789abcdef"
    other = f"arn:aws:iam::444455556666:{path}_fedcba9876543210"
    assert namesake(one) == namesake(other) == f"arn:aws:iam:::{path}"


@pytest.mark.parametrize(
    ("id", "own"),
    [
        ("arn:aws:iam::111122223333:role/web", "111122223333"),
        ("account:444455556666:AIDAEXAMPLE", "444455556666"),
        ("unknown:111122223333", "111122223333"),
        ("unknown:111122223333:AIDAEXAMPLE", "111122223333"),
        ("federated:111122223333/ana", "111122223333"),
        ("kms:111122223333:alias/app", "111122223333"),
        ("account:anonymous", ""),
        ("arn:aws:s3:::logs", ""),
        ("api:iam:ListUsers", ""),
        ("ip:198.51.100.7", ""),
    ],
)
def test_an_id_tells_the_account_that_it_names(id: str, own: str) -> None:
    assert account(id) == own
