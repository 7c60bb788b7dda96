"""Analysts' words as a training learns them: which errors they speak of, and which word holds."""

import msgspec
import pytest

from offtrail.models import feedback
from offtrail.models.feedback import Case, Entry, Shape
from offtrail.models.retrain import task
from offtrail.models.rows import Row
from offtrail.models.times import rfc3339

DAY = 86_400
START = 20_454 * DAY
OWN, OTHER = "111122223333", "444455556666"
LEARNED = range(16)  # days: the last fifth of twenty is the gate's


def role(account: str) -> str:
    return f"arn:aws:iam::{account}:role/ci"


def denied(day: int, account: str = OWN, api: str = "kms:ListKeys") -> Row:
    at = START + day * DAY
    source = "ip:198.51.100.7"
    return Row(at, account, role(account), "role", f"api:{api}", "AccessDenied", "denied", source)


def said(word, account=OWN, when=0, **reach) -> Case:
    shape = Shape(account, role(account), "role", "api:kms:ListKeys", "denied")
    return Case("", (shape,), (Entry(word, "", "sam", rfc3339(START + when * DAY), **reach),))


@pytest.fixture
def taught(memory):
    memory.add(denied(day, account) for day in range(20) for account in (OWN, OTHER))
    memory.add([denied(3, api="iam:ListUsers"), denied(4)._replace(code="", error_class="")])

    def of(*cases):
        """Days of errors by account and word, where findings got these words."""
        for n, case in enumerate(cases):
            body = msgspec.to_builtins(msgspec.structs.replace(case, finding=f"F-{n}"))
            memory.put(feedback.KIND, f"F-{n}", body)
        found = {}
        for row, attack in task(memory, START + 20 * DAY, 20).judged:
            assert row.code
            assert row.api == "api:kms:ListKeys"
            found.setdefault((row.account, attack), []).append((row.second - START) // DAY)
        return {key: sorted(days) for key, days in found.items()}

    return of


def test_a_word_teaches_the_errors_of_its_shape(taught):
    assert taught(said("benign")) == {(OWN, False): list(LEARNED)}
    assert taught(said("true-positive")) == {(OWN, True): list(LEARNED)}
    assert taught(said("undone")) == {}


def test_a_word_teaches_what_failed_before_its_end(taught):
    assert taught(said("benign", until=rfc3339(START + 5 * DAY))) == {(OWN, False): [*range(5)]}


def test_a_word_said_of_all_accounts_teaches_those_of_the_name_there(taught):
    wide = {(OWN, False): list(LEARNED), (OTHER, False): list(LEARNED)}
    assert taught(said("benign", accounts="all")) == wide


@pytest.mark.parametrize("turned", [False, True])
def test_a_principal_s_own_word_goes_before_one_said_of_all_accounts(taught, turned):
    words = [said("benign", accounts="all", when=9), said("true-positive", OTHER, when=1)]
    own = {(OWN, False): list(LEARNED), (OTHER, True): list(LEARNED)}
    assert taught(*(reversed(words) if turned else words)) == own


@pytest.mark.parametrize("turned", [False, True])
def test_of_two_words_the_later_is_taught(taught, turned):
    words = [said("benign", when=9), said("true-positive", when=1)]
    assert taught(*(reversed(words) if turned else words)) == {(OWN, False): list(LEARNED)}
