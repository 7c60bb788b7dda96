"""The daily budget is spent by principals, strongest first, and by nobody twice."""

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from offtrail.graph.schema import account, namesake
from offtrail.models.budget import FLOOR, passed
from offtrail.models.episodes import CLOSE, Episode, Key, corroborated
from offtrail.models.finding import ErrorEdge
from offtrail.models.times import rfc3339

HOUR = 490_000


def key(who: str, hour: int = HOUR, source: str = "ip:198.51.100.1") -> Key:
    return Key(hour, who, source)


def alerted(
    who: str,
    score: float,
    hour: int = HOUR,
    api: str = "kms:ListKeys",
    source: str = "",
    minute: int = 0,
) -> Episode:
    at = rfc3339(hour * 3600 + 60 * minute)
    edge = ErrorEdge(who, f"api:{api}", "AccessDenied", "denied", 1, at, at, score, (), ())
    return Episode(
        *key(who, hour, source or "ip:198.51.100.1"), account(who), "user", score, None, (edge,)
    )


def asks(*episodes: Episode) -> dict[Key, Episode]:
    """Candidates, which are episodes before they are alerted."""
    return {episode.key: episode for episode in episodes}


def role(number: int, name: str = "scanner") -> str:
    return f"arn:aws:iam::{111122223333 + number}:role/{name}"


def test_the_strongest_pass_and_no_more_than_the_budget():
    found = passed(asks(*(alerted(f"p{n}", 2.0 + n / 8) for n in range(20))), [], a_day=10)
    assert [k.principal for k in found] == [f"p{n}" for n in range(19, 9, -1)]


def test_what_was_alerted_earlier_in_the_day_has_used_its_place():
    today = [alerted(f"old{n}", 3.0) for n in range(9)]
    scores = asks(alerted("strong", 3.5), alerted("weak", 2.9), alerted("weaker", 2.8))
    assert passed(scores, today, a_day=10) == [key("strong")]


def test_a_stronger_episode_late_in_the_day_still_passes():
    today = [alerted(f"old{n}", 2.0) for n in range(10)]
    assert passed(asks(alerted("late", 3.5)), today, a_day=10) == [key("late")]


def test_who_was_alerted_today_goes_on_whoever_stands_above():
    today = [alerted("p", 2.0), *(alerted(f"strong{n}", 4.0) for n in range(10))]
    later = alerted("p", 1.5, HOUR + 1, "iam:ListUsers")
    assert passed(asks(later, alerted("other", 1.6)), today, a_day=10) == [later.key]


def test_who_was_alerted_yesterday_has_to_stand_among_the_strongest_again():
    yesterday = HOUR - 23
    recent = [alerted("p", 2.0, yesterday), *(alerted(f"s{n}", 4.0, yesterday) for n in range(10))]
    assert passed(asks(alerted("p", 1.5)), recent, a_day=10) == []
    assert passed(asks(alerted("p", 1.5)), recent, a_day=11) == [key("p")]


def test_a_flood_from_many_sources_uses_one_place():
    decoys = [alerted("decoy", 4.0, source=f"ip:203.0.113.{n}") for n in range(200)]
    found = passed(asks(*decoys, alerted("quiet", 3.5)), [], a_day=2)
    assert key("quiet") in found
    assert len(found) == 201


def test_a_template_that_fails_in_many_accounts_uses_one_place_and_hides_nobody():
    scanners = [alerted(role(n), 4.0 - n / 1000) for n in range(100)]
    found = passed(asks(*scanners, alerted("quiet", 3.5)), [], a_day=2)
    assert found == [key(role(0)), key("quiet")]
    later = [alerted(role(n), 3.0, HOUR + 1) for n in range(100)]
    assert passed(asks(*later), scanners[:1]) == [key(role(0), HOUR + 1)]


def test_what_its_name_elsewhere_was_not_alerted_for_is_news():
    told = alerted(role(1), 3.0)
    stronger, other = alerted(role(2), 3.6), alerted(role(3), 2.0, api="iam:ListUsers")
    more = replace(alerted(role(4), 2.5), edges=(*told.edges, *other.edges))
    user = alerted("arn:aws:iam::444455556666:user/scanner", 2.5)
    for one in (stronger, other, more, user):
        assert passed(asks(one), [told]) == [one.key]
    assert passed(asks(alerted(role(5), 3.5)), [told]) == []
    assert passed(asks(replace(other, edges=told.edges)), [more]) == []
    code = replace(told.edges[0], code="Client.UnauthorizedOperation")
    assert passed(asks(replace(other, edges=(code,))), [told]) == [other.key]


def test_of_a_name_that_fails_in_one_hour_the_first_leads_and_stays():
    found: set[Key] = set()
    hour = [alerted(role(n), 3.0 + n % 7 / 10, minute=n) for n in range(60)]
    for now in range(60):
        told = set(passed(asks(*hour[: now + 1], alerted("quiet", 2.0)), []))
        assert told >= found
        found = told
    assert found == {hour[0].key, hour[6].key, key("quiet")}  # the latter by more than a half


def test_where_the_first_of_a_name_finds_no_place_a_stronger_one_may():
    others = [alerted(f"p{n}", 3.2) for n in range(2)]
    first, later = alerted(role(1), 3.0), alerted(role(2), 3.4, minute=9)
    assert passed(asks(first, later, *others), [], a_day=2) == [key("p0"), key("p1"), later.key]


def test_the_strongest_alert_of_its_name_decides_what_is_news():
    strong, weak = alerted(role(1), 3.0), alerted(role(1), 1.5, HOUR - 1)
    one = alerted(role(2), 3.0)
    assert passed(asks(one), [strong, weak]) == passed(asks(one), [weak, strong]) == []
    assert passed(asks(one), [weak]) == [one.key]


def test_what_a_principal_was_alerted_for_itself_is_told_again_the_next_day():
    told = alerted(role(1), 3.0, HOUR - 23)
    assert passed(asks(alerted(role(1), 2.0)), [told]) == [key(role(1))]


def test_two_of_a_name_in_one_account_are_two():
    """A permission set that was taken away and given again has other digits."""
    path = "aws-reserved/sso.amazonaws.com/AWSReservedSSO_Audit"
    told, again = (alerted(role(1, f"{path}_{n:016x}"), 3.0) for n in range(2))
    assert passed(asks(again), [told]) == [again.key]
    assert passed(asks(alerted(role(2, f"{path}_{3:016x}"), 3.0)), [told]) == []


STRANGERS = st.lists(
    st.builds(
        lambda number, name, score, apis, source: replace(
            alerted(role(number, name), score, source=source),
            edges=tuple(alerted("", score, api=api).edges[0] for api in apis),
        ),
        st.integers(0, 3),
        st.sampled_from(["a", "b", "c"]),
        st.sampled_from([1.0, 1.5, 2.0, 2.5, 3.0]),
        st.sets(st.sampled_from(["kms:ListKeys", "iam:ListUsers"]), min_size=1),
        st.sampled_from(["ip:198.51.100.1", "ip:198.51.100.2"]),
    ),
    max_size=30,
)


@given(STRANGERS, st.integers(0, 4), st.randoms(use_true_random=False))
def test_the_order_of_reading_decides_nothing_and_what_opens_nothing_has_a_reason(
    strangers, a_day, chance
):
    episodes = list(asks(*strangers).values())
    found = passed(asks(*episodes), [], a_day)
    chance.shuffle(episodes)
    assert passed(asks(*episodes), [], a_day) == found
    told = [one for one in episodes if one.key in found]
    assert all(one.score >= FLOOR for one in told)
    for one in episodes:
        if one.key in found or one.score < FLOOR:
            continue
        above = {was.principal for was in told if was.score >= one.score} - {one.principal}
        alike = [
            was
            for was in told
            if was.account != one.account
            and namesake(was.principal) == namesake(one.principal)
            and was.errors >= one.errors
            and was.score >= one.score - CLOSE
        ]
        assert len(above) >= a_day or alike


def test_what_lies_below_the_floor_opens_nothing():
    assert passed(asks(alerted("p", FLOOR - 0.01)), []) == []
    assert passed(asks(alerted("p", FLOOR)), []) == [key("p")]


def test_corroboration_is_light_and_bounded():
    assert corroborated([3.5]) == 3.5
    assert corroborated([3.5, 3.4, 1.0]) == 3.625
    assert corroborated([3.5] * 100) == 4.5
