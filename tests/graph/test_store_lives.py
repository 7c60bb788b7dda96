"""Arrows that live long: what comes later, late or together lands in its own hours."""

from offtrail.graph.store import GraphStore
from offtrail.graph.window import ALWAYS, HOUR, Window
from tests.graph.made import call, partial
from tests.graph.world import PEOPLE, START

ADMIN = PEOPLE[0]


def test_late_calls_land_in_their_own_hour(store: GraphStore) -> None:
    store.write(partial([call(1, START + 5 * HOUR)]))
    store.write(partial([call(2, START)]))
    window = Window(START, START + HOUR)
    assert [r.count for r in store.relationships(window, ADMIN)[0]] == [1, 1, 1]
    assert store.nodes([ADMIN])[ADMIN].first == START
    assert store.span() == Window(START, START + 5 * HOUR + 1)


def test_a_long_life_written_hour_by_hour_is_read_in_any_window(store: GraphStore) -> None:
    late = 7 * HOUR + 30  # of an hour long since written, and of one that was not
    times = [START + hour * HOUR + 1800 for hour in range(40) if hour != 11]
    times += [START + late, START + 11 * HOUR, times[-1] + 10]
    for number, time in enumerate(times):
        store.write(partial([call(number, time)]))

    def of(start: int, end: int) -> tuple[int, int, int, int]:
        window = Window(START + start * HOUR, START + end * HOUR)
        found = store.ego(ADMIN, window, hops=1).relationships
        assert len({(r.count, r.first, r.last, r.event_ids) for r in found}) == 1
        r = found[0]
        return r.count, r.first - START, r.last - START, len(r.event_ids)

    def check(start: int, end: int, held: int = 0) -> None:
        inside = [t - START for t in times if max(start, held) * HOUR <= t - START < end * HOUR]
        got = of(start, end)
        assert got == (len(inside), min(inside), max(inside), min(3, len(inside)))

    for start, end in [(0, 40), (7, 8), (11, 12), (3, 30), (38, 40), (20, 21)]:
        check(start, end)
    assert not store.check().problems
    store.prune(START + 10 * HOUR)
    for start, end in [(0, 40), (10, 12), (3, 30), (38, 40)]:
        check(start, end, held=10)
    assert not store.check().problems


def test_one_write_of_several_hours_and_days_goes_on_from_those_held(store: GraphStore) -> None:
    store.write(partial([call(number, START + number) for number in range(3)]))
    hours = (0, 1, 5, 5, 23 - START // HOUR % 24, 24 - START // HOUR % 24, 26, 200)
    store.write(
        partial([call(9 + n, START + hour * HOUR + 60 + n) for n, hour in enumerate(hours)])
    )
    for hour in range(202):
        window = Window(START + hour * HOUR, START + (hour + 1) * HOUR)
        counts = [r.count for r in store.relationships(window, ADMIN)[0]]
        expected = hours.count(hour) + 3 * (hour == 0)
        assert counts == ([expected] * 3 if expected else []), hour
    assert {r.count for r in store.relationships(ALWAYS, ADMIN)[0]} == {11}
    assert not store.check().problems
