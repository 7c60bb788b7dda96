"""What a list of findings says to a person."""

import pytest
from msgspec.structs import replace

from offtrail.api import render
from offtrail.api.objects import Prunable
from tests.api.alice import finding
from tests.graph.made import ACCOUNT

OTHER = "444455556666"


def test_what_a_name_in_many_accounts_fails_at_is_told_once() -> None:
    one = finding(summary="alice: 1 error edge, denied")
    again = finding(id="F-2", principal=one.principal.replace(ACCOUNT, OTHER), summary="as above")
    more = replace(one.edges[0], api="api:iam:ListRoles")
    other = finding(id="F-3", edges=(*one.edges, more), summary="alice: 2 error edges")
    lines = render.findings([one, again, other], rank=7, program="").splitlines()
    assert [line.strip() for line in lines[1:6:2]] == [
        "alice: 1 error edge, denied",
        f"{again.principal}: the same errors as 7",
        "alice: 2 error edges",
    ]


def test_a_finding_whose_edges_are_left_out_is_like_no_other() -> None:
    found = [finding(id=f"F-{n}", edges=(), summary=f"number {n}") for n in range(2)]
    assert "the same errors" not in render.findings(found)


@pytest.mark.parametrize(
    ("count", "said"),
    [
        (1, "1 open finding rests on them, in part or whole: F-0"),
        (14, "14 open findings rest on them, in part or whole: F-0, F-1, F-2, F-3, F-4, F-5, F-6,"),
    ],
)
def test_of_the_findings_that_rest_on_what_would_go_those_left_out_are_counted(
    count: int, said: str
) -> None:
    findings = tuple(f"F-{n}" for n in range(count))
    told = render.prunable(Prunable("2026-01-20T00:00:00Z", 9, "2026-01-05T00:00:00Z", findings))
    assert said in told
    assert told.endswith(" and 2 more" if count == 14 else "F-0")
