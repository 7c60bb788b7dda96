"""What a denial's message tells is recovered; an encoded message never is."""

from hypothesis import given
from hypothesis import strategies as st

from offtrail.ingest.denial import Denial, denial
from offtrail.ingest.resource import Place, denied_target

WHO = "User: arn:aws:sts::111122223333:assumed-role/deployer/run-7 is not authorized to perform: "
HERE = Place("iam", "eu-west-1", "111122223333")


def test_a_denied_call_names_action_resource_and_policy() -> None:
    message = WHO + "iam:PassRole on resource: arn:aws:iam::111122223333:role/admin because no "
    found = denial(message + "permissions boundary allows the iam:PassRole action")
    role = "arn:aws:iam::111122223333:role/admin"
    assert found == Denial("iam:PassRole", role, "permissions-boundary")


def test_an_old_message_without_a_reason_still_names_its_action() -> None:
    assert denial(WHO + "route53:CreateHostedZone") == Denial("route53:CreateHostedZone")


def test_the_specified_resource_is_no_name() -> None:
    message = WHO + "elasticfilesystem:DeleteMountTarget on the specified resource"
    assert denial(message) == Denial("elasticfilesystem:DeleteMountTarget")


def test_a_list_of_images_names_the_first() -> None:
    assert denial("Not authorized for images: [ami-0a1b2c3d, ami-1]").resource == "ami-0a1b2c3d"


@given(st.text(), st.sampled_from(["because", "on resource: x because", "with an explicit deny"]))
def test_who_was_denied_tells_nothing_of_what(name: str, why: str) -> None:
    rest = f" is not authorized to perform: s3:GetObject {why} no identity-based policy allows it"
    found = denial(f"User: {name.replace(' ', '_')}{rest}")
    assert found == denial("Somebody" + rest)
    assert found.action == "s3:GetObject"
    assert denial(f"User: {name.replace(' ', '_')}") == Denial()


@given(st.text(max_size=60))
def test_an_encoded_message_is_never_read(encoded: str) -> None:
    plain = WHO + "ec2:StopInstances on resource: arn:aws:ec2:eu-west-1:111122223333:instance/*"
    assert denial(plain + ". Encoded authorization failure message: " + encoded) == denial(plain)


@given(st.text())
def test_every_message_has_an_answer(message: str) -> None:
    found = denial("is not authorized to perform: " + message)
    assert isinstance(denied_target(HERE, found.resource, found.action), str)


def test_names_in_iams_messages_become_the_arns_of_users_groups_and_roles() -> None:
    names = {"group admins": "group/admins", "instance profile web": "instance-profile/web"}
    for said, path in names.items():
        arn = f"arn:aws:iam::111122223333:{path}"
        assert denied_target(HERE, said, "iam:X") == arn
    for said in ("user", "*", "", "two words"):
        assert denied_target(HERE, said, "iam:X") == ""
