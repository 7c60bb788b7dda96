"""API knowledge: every operation has coordinates, also one that nobody has heard of."""

import numpy as np
import pytest

from offtrail.models.knowledge import knowledge, load, save, with_projection
from offtrail.models.operations import canonical, changes, verb_class


@pytest.fixture(scope="module")
def known():
    return knowledge()


def test_operations_of_aws_have_unit_coordinates(known):
    assert len(known.apis) > 10_000
    vector = known.vector("api:iam:AttachRolePolicy")
    assert vector.shape == (32,)
    assert np.linalg.norm(vector) == pytest.approx(1, abs=1e-3)


def test_the_nearest_apis_do_the_same_kind_of_thing(known):
    near = [found.api for found in known.nearest("api:s3:GetBucketPolicy", 8)]
    assert sum(api.startswith("api:s3:") or "Policy" in api for api in near) >= 6
    assert "api:s3:GetBucketPolicy" not in near


def test_nearness_can_be_asked_among_the_apis_of_an_account(known):
    mine = ["api:s3:ListBuckets", "api:iam:ListUsers", "api:iam:PutRolePolicy"]
    assert known.nearest("api:iam:AttachRolePolicy", 1, mine)[0].api == "api:iam:PutRolePolicy"


def test_an_api_that_botocore_does_not_know_lies_where_its_name_says(known):
    assert "api:newservice:CreateThingPolicy" not in known.apis
    made = known.vector("api:newservice:CreateThingPolicy")
    assert made @ known.vector("api:iot:CreatePolicy") > made @ known.vector(
        "api:ec2:GetConsoleOutput"
    )


@pytest.mark.parametrize(
    ("event", "operation"),
    [
        ("api:s3:GetBucketLifecycle", ("s3", "GetBucketLifecycleConfiguration")),
        ("api:lambda:ListFunctions20150331", ("lambda", "ListFunctions")),
        ("api:lambda:UpdateFunctionCode20150331v2", ("lambda", "UpdateFunctionCode")),
        ("api:cloudfront:ListDistributions2016_01_28", ("cloudfront", "ListDistributions")),
    ],
)
def test_older_event_names_are_the_operations_of_today(event, operation, known):
    assert canonical(event) == operation
    assert "api:" + ":".join(operation) in known.apis


@pytest.mark.parametrize(
    ("name", "verb"),
    [
        ("DescribeInstances", "list"),
        ("GetObject", "read"),
        ("RunInstances", "write"),
        ("PutRolePolicy", "permissions"),
        ("CreateTags", "tagging"),
        ("ListUserPolicies", "list"),
    ],
)
def test_an_operation_has_a_class_of_verb(name, verb):
    assert verb_class(name) == verb


def test_kept_knowledge_is_the_same_knowledge(known, tmp_path):
    save(known, tmp_path / "k.safetensors")
    again = load(tmp_path / "k.safetensors")
    assert again.apis == known.apis
    assert np.array_equal(again.vectors, known.vectors)
    assert again.projection.version == known.projection.version


def test_a_models_projection_places_todays_operations_alike(known):
    again = with_projection(known.projection._replace(vocabulary=known.projection.vocabulary))
    assert again.projection.version == known.projection.version
    assert np.array_equal(
        known.projection([["name:list", "name:users"]]),
        again.projection([["name:list", "name:users"]]),
    )


@pytest.mark.parametrize(
    ("api", "more"),
    [
        ("api:s3:GetObject", False),
        ("api:dynamodb:BatchGetItem", False),
        ("api:dynamodb:TransactGetItems", False),
        ("api:cognito-idp:AdminListUserSessions", False),
        ("api:logs:FilterLogEvents", False),
        ("api:ecr:BatchDeleteImage", True),
        ("api:cognito-idp:AdminSetUserPassword", True),
        ("api:ec2:CreateTags", True),
        ("api:batch:SubmitJob", True),
        ("api:made:", True),
    ],
)
def test_what_does_more_than_read(api: str, more: bool) -> None:
    assert changes(api) is more
