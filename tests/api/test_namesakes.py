"""Those of a finding's name in other accounts: who is named, in which order, and who is not."""

from msgspec.structs import replace

from offtrail.graph.store import GraphStore
from tests.api.alice import DAY, ERRED, USER, Trail, asked, finding, told
from tests.graph.made import ACCOUNT

OTHERS = [f"44445555666{n}" for n in range(7)]


def test_those_of_the_name_in_other_accounts_that_fail_alike_are_named(store: GraphStore) -> None:
    trail = Trail()
    trail.erring()
    for n, account in enumerate(OTHERS):
        for _ in range(n + 1):
            trail.erring(principal=USER.replace(ACCOUNT, account), account=account)
    there = USER.replace(ACCOUNT, OTHERS[0])
    trail.erring(principal=USER.replace("alice", "bob"))
    trail.erring(principal=there.replace("alice", "bob"))
    trail.erring(principal=there, account=OTHERS[0], code="NoSuchEntity")
    answer = told(asked(store, trail), "error-history")
    found = [(one["account"], one["errors"]) for one in answer.value["namesakes"]]
    assert found == [(OTHERS[n], n + 1) for n in reversed(range(7))]
    five = ", ".join(reversed(OTHERS[2:]))
    assert answer.answer.endswith(
        f"The same name fails alike in 7 other accounts: {five} and 2 more."
    )


def test_those_that_failed_the_day_before_are_named(store: GraphStore) -> None:
    there = USER.replace(ACCOUNT, OTHERS[0])
    denied = {"code": "AccessDenied", "principal": there, "account": OTHERS[0]}
    trail = Trail()
    trail.erring()
    trail.add(ERRED - DAY, "iam:ListUsers", **denied)
    trail.add(ERRED - 2 * DAY, "iam:ListUsers", **denied)
    (only,) = told(asked(store, trail), "error-history").value["namesakes"]
    assert (only["principal"], only["errors"]) == (there, 1)


def test_a_permission_set_that_was_given_again_is_no_other_account(store: GraphStore) -> None:
    path = "aws-reserved/sso.amazonaws.com/AWSReservedSSO_Audit"
    own, again = (USER.replace("user/alice", f"role/{path}_{n:016x}") for n in (1, 2))
    there = [role.replace(ACCOUNT, OTHERS[0]) for role in (own, again)]
    trail = Trail()
    for role in (own, again):
        trail.erring(principal=role)
    for role in there:
        trail.erring(principal=role, account=OTHERS[0])
    led = replace(finding().edges[0], principal=own)
    answer = told(asked(store, trail, principal=own, edges=(led,)), "error-history")
    assert [one["principal"] for one in answer.value["namesakes"]] == there
    assert answer.answer.endswith(f"The same name fails alike in 1 other account: {OTHERS[0]}.")
