"""Evidence: retries, beats and words, each with its counts, none where it does not apply."""

from msgspec.structs import replace

from offtrail.models.evidence import Facts, judged, on_beat, retried
from offtrail.models.feedback import Case, Entry, Shape
from offtrail.models.rows import Row
from offtrail.models.times import rfc3339

START = 490_000 * 3600
ROLE = "arn:aws:iam::111122223333:role/ci"
BASE = Row(START, "111122223333", ROLE, "role", "api:sts:AssumeRole", "", "", "ip:198.51.100.7")
DENIED = BASE._replace(code="AccessDenied", error_class="denied")


def facts(pair, around=None):
    return Facts(
        "111122223333",
        ROLE,
        "role",
        "api:sts:AssumeRole",
        "AccessDenied",
        "denied",
        START,
        (),
        pair,
        around,
    )


def test_denials_that_a_success_follows_at_once_are_a_retry(reduced):
    tries = [DENIED._replace(second=START + n) for n in range(0, 60, 12)]
    around = reduced([*tries, BASE._replace(second=START + 300)])
    term = retried(facts(None, around))
    assert term is not None
    assert term.value < 0
    assert "within 5 min" in term.because


def test_a_success_an_hour_later_is_no_retry(reduced):
    around = reduced([DENIED, BASE._replace(second=START + 3900)])
    assert retried(facts(None, around)) is None


def test_a_success_before_the_denial_is_no_retry(reduced):
    around = reduced([BASE, DENIED._replace(second=START + 60)])
    assert retried(facts(None, around)) is None


def test_one_denial_that_nothing_followed_keeps_the_score(reduced):
    followed = [DENIED, BASE._replace(second=START + 60)]
    around = reduced([*followed, DENIED._replace(second=START + 86_400)])
    assert retried(facts(None, around)) is None


def test_a_weekly_error_is_told_with_its_period_and_counts(reduced):
    week = 7 * 86_400
    failed = reduced([DENIED._replace(second=START + n * week) for n in range(4)])
    term = on_beat(facts(failed))
    assert term is not None
    assert term.value == -0.75
    assert "weekly" in term.because
    assert "3 of the 3" in term.because


def test_a_beat_lowers_the_score_by_no_more_than_one(reduced):
    failed = reduced([DENIED._replace(second=START + n * 86_400) for n in range(40)])
    term = on_beat(facts(failed))
    assert term is not None
    assert term.value == -1.0


def test_a_first_error_has_no_beat(reduced):
    assert on_beat(facts(reduced([DENIED]))) is None


def case(finding, word, account="111122223333", **entry):
    role = ROLE.replace("111122223333", account)
    shape = Shape(account, role, "role", "api:sts:AssumeRole", "denied")
    said = Entry(word, "", "sam", "2026-01-20T09:00:00Z", **entry)
    return Case(finding, (shape,), (said,))


def judged_by(*cases):
    term = judged(facts(None)._replace(cases=cases))
    return term and (term.value, term.because.split(": ")[-1])


def test_a_word_said_of_all_accounts_holds_where_none_was_said_of_the_principal_itself():
    wide = case("F-1", "benign", "444455556666", accounts="all")
    own = case("F-2", "true-positive")
    there = "one of its name in another account, the same API and kind of error"
    assert judged_by(wide) == (-3.0, there)
    assert judged_by(wide, own) == judged_by(own, wide) == judged_by(own)
    assert judged_by(own) == (1.0, "the same principal at the same API")
    assert judged_by(case("F-1", "benign", "444455556666")) is None
    like = Shape("111122223333", "a role", "role", "api:sts:AssumeRole", "denied")
    like_it = replace(case("F-3", "benign"), shapes=(like,))
    assert judged_by(like_it) == (-0.5, "a like principal at the same API")
    assert judged_by(like_it, wide) == judged_by(wide, like_it) == judged_by(wide)


def test_of_two_words_on_a_principal_the_later_holds():
    early = [case("F-1", word) for word in ("benign", "true-positive")]
    for one, word in zip(early, ("true-positive", "benign"), strict=True):
        later = replace(case("F-2", word).entries[0], when="2026-02-01T09:00:00Z")
        other = replace(case("F-2", word), entries=(later,))
        assert judged_by(one, other) == judged_by(other, one) == judged_by(other)


def test_the_last_word_on_a_finding_holds_with_its_own_end():
    first = case("F-1", "benign", until=rfc3339(START))
    again = case("F-1", "benign", until=rfc3339(START + 60))
    both = replace(first, entries=(*first.entries, *again.entries))
    assert judged_by(first) is None
    assert judged_by(both) == judged_by(again)
    assert judged_by(again)


def test_a_word_ends_at_its_second():
    assert judged_by(case("F-1", "benign", until=rfc3339(START))) is None
    assert judged_by(case("F-1", "benign", until=rfc3339(START + 1))) == (
        -3.0,
        "the same principal, the same API and kind of error",
    )
