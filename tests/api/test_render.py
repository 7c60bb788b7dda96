"""What a list of findings says to a person."""

from msgspec.structs import replace

from offtrail.api import render
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
