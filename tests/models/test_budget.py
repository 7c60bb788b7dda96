"""The daily budget is spent by principals, strongest first, and by nobody twice."""

from offtrail.models.budget import FLOOR, passed
from offtrail.models.episodes import Episode, Key, corroborated

HOUR = 490_000


def key(who: str, hour: int = HOUR, source: str = "ip:198.51.100.1") -> Key:
    return Key(hour, who, source)


def alerted(who: str, score: float, hour: int = HOUR) -> Episode:
    return Episode(*key(who, hour), "111122223333", "user", score, None, ())


def test_the_strongest_pass_and_no_more_than_the_budget():
    scores = {key(f"p{n}"): 2.0 + n / 8 for n in range(20)}
    found = passed(scores, [], a_day=10)
    assert [k.principal for k in found] == [f"p{n}" for n in range(19, 9, -1)]


def test_what_was_alerted_earlier_in_the_day_has_used_its_place():
    today = [alerted(f"old{n}", 3.0) for n in range(9)]
    scores = {key("strong"): 3.5, key("weak"): 2.9, key("weaker"): 2.8}
    assert passed(scores, today, a_day=10) == [key("strong")]


def test_a_stronger_episode_late_in_the_day_still_passes():
    today = [alerted(f"old{n}", 2.0) for n in range(10)]
    assert passed({key("late"): 3.5}, today, a_day=10) == [key("late")]


def test_who_was_alerted_today_goes_on_whoever_stands_above():
    today = [alerted("p", 2.0), *(alerted(f"strong{n}", 4.0) for n in range(10))]
    later = key("p", HOUR + 1)
    assert passed({later: 1.5, key("other"): 1.6}, today, a_day=10) == [later]


def test_who_was_alerted_yesterday_has_to_stand_among_the_strongest_again():
    yesterday = HOUR - 23
    recent = [alerted("p", 2.0, yesterday), *(alerted(f"s{n}", 4.0, yesterday) for n in range(10))]
    assert passed({key("p"): 1.5}, recent, a_day=10) == []
    assert passed({key("p"): 1.5}, recent, a_day=11) == [key("p")]


def test_a_flood_from_many_sources_uses_one_place():
    decoys = {key("decoy", source=f"ip:203.0.113.{n}"): 4.0 for n in range(200)}
    found = passed(decoys | {key("quiet"): 3.5}, [], a_day=2)
    assert key("quiet") in found
    assert len(found) == 201


def test_what_lies_below_the_floor_opens_nothing():
    assert passed({key("p"): FLOOR - 0.01}, []) == []
    assert passed({key("p"): FLOOR}, []) == [key("p")]


def test_corroboration_is_light_and_bounded():
    assert corroborated([3.5]) == 3.5
    assert corroborated([3.5, 3.4, 1.0]) == 3.625
    assert corroborated([3.5] * 100) == 4.5
