"""The stored state goes on where it stopped, goes back by the hour, and never lies when cut off."""

import pytest

from offtrail.models import checkpoint
from offtrail.models.checkpoint import HEAD, JOURNAL, STATE, Head, Progress
from offtrail.models.episodes import Key
from offtrail.models.keys import keys_of
from offtrail.models.rows import Row
from offtrail.models.state import State

HOUR = 3600
FIRST = 490_000
SOURCE = "ip:198.51.100.7"
HELD = Key(FIRST + 1, "p1", SOURCE)


def calls(hour: int) -> list[Row]:
    """Two successes and an error of an hour, by principals that come and go."""
    at = (FIRST + hour) * HOUR
    who, api = f"p{hour % 3}", f"api:s3:Get{hour % 4}"
    return [
        Row(at + 5, "111122223333", who, "user", api, "", "", SOURCE, 4),
        Row(at + 9, "111122223333", "p0", "user", "api:iam:ListUsers", "", "", SOURCE),
        Row(at + 9, "111122223333", who, "user", api, "AccessDenied", "denied", SOURCE, 2),
    ]


def play(progress: Progress, hours: range) -> None:
    for hour in hours:
        progress.begin(FIRST + hour, calls(hour))
        progress.learn(calls(hour))
        progress.calibration.learn("s", float(hour))
        progress.keep()


def save(store, progress: Progress, hours: int, held=()) -> None:
    boundary = (FIRST + hours) * HOUR
    journal = FIRST + hours - checkpoint.DAYS * 24
    head = Head(boundary, store.revision(), "H", 0, tuple(held), journal, progress.calibration)
    assert progress.claim()
    progress.save(head)


def resume(store, model="H", since=0, held=(), until=2**40):
    return checkpoint.resume(store, model=model, since=since, held=set(held), until=until)


def seen(progress: Progress, hour: int) -> list[object]:
    """Every entity that the calls of an hour name, as the state knows it."""
    progress.begin(FIRST + hour, calls(hour))
    progress.state.keep()
    return [
        getattr(progress.state, table).get(key)
        for at in map(keys_of, calls(hour))
        for table, key in zip(at._fields, at, strict=True)
    ]


@pytest.fixture
def kept(memory):
    """A store with ten hours learned, and calls ingested for them."""
    memory.add(row for hour in range(10) for row in calls(hour))
    progress = Progress(memory)
    play(progress, range(10))
    save(memory, progress, 10)
    return memory


class _Nothing:
    """A store that holds nothing."""

    def get(self, kind, id):
        return None


def fresh(hours: int) -> Progress:
    progress = Progress(_Nothing())
    play(progress, range(hours))
    return progress


def test_a_run_goes_on_where_the_last_one_stopped(kept):
    begin, progress = resume(kept)
    assert begin == (FIRST + 10) * HOUR
    assert progress.calibration == fresh(10).calibration
    for hour in range(10, 13):
        assert seen(progress, hour) == seen(fresh(10), hour)


def test_only_what_the_calls_name_is_read(kept):
    _, progress = resume(kept)
    seen(progress, 10)
    assert 0 < len(progress.state.pairs) < len(fresh(10).state.pairs)


def test_a_late_event_takes_hours_back_and_no_more_than_it_must(kept):
    kept.add([calls(6)[0]._replace(source="ip:203.0.113.9")])
    begin, progress = resume(kept)
    assert begin == (FIRST + 6) * HOUR
    assert progress.calibration == fresh(6).calibration
    for hour in range(6, 10):
        assert seen(progress, hour) == seen(fresh(6), hour)


def test_what_was_taken_back_and_learned_again_is_written(kept):
    kept.add([calls(6)[0]._replace(source="ip:203.0.113.9")])
    _, progress = resume(kept)
    play(progress, range(6, 12))
    save(kept, progress, 12)
    _, again = resume(kept)
    for hour in range(12, 15):
        assert seen(again, hour) == seen(fresh(12), hour)


def test_a_changed_quarantine_and_an_earlier_start_take_hours_back(kept):
    assert resume(kept, held=[HELD])[0] == (FIRST + 1) * HOUR
    head = kept.get(HEAD, HEAD)
    kept.put(HEAD, HEAD, head | {"since": (FIRST + 9) * HOUR})
    assert resume(kept, since=(FIRST + 9) * HOUR)[0] == (FIRST + 10) * HOUR
    assert resume(kept, since=(FIRST + 4) * HOUR)[0] == (FIRST + 4) * HOUR


def test_another_model_or_version_starts_anew(kept):
    assert resume(kept, model="other") is None
    kept.put(HEAD, HEAD, kept.get(HEAD, HEAD) | {"version": 0})
    assert resume(kept) is None


def test_what_is_older_than_the_journal_starts_anew(kept):
    kept.put(HEAD, HEAD, kept.get(HEAD, HEAD) | {"journal": FIRST + 5})
    kept.add([calls(4)[0]._replace(source="ip:203.0.113.9")])
    assert resume(kept) is None


def test_a_write_that_was_cut_off_starts_anew(kept, monkeypatch):
    _, progress = resume(kept)
    play(progress, range(10, 11))
    monkeypatch.setattr(kept, "put_all", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        save(kept, progress, 11)
    assert resume(kept) is None


def test_of_two_runs_at_once_the_slower_writes_nothing(kept):
    _, fast = resume(kept)
    _, slow = resume(kept)
    play(fast, range(10, 12))
    save(kept, fast, 12)
    written = dict(kept.kept)
    play(slow, range(10, 11))
    assert not slow.claim()
    assert kept.kept == written


def test_hours_past_the_journal_are_dropped(kept):
    hours = checkpoint.DAYS * 24 + 5
    _, progress = resume(kept)
    play(progress, range(10, hours))
    save(kept, progress, hours)
    assert kept.get(JOURNAL, f"{FIRST + 4:08d}") is None
    assert kept.get(JOURNAL, f"{FIRST + 5:08d}") is not None


def test_a_fresh_start_leaves_nothing_of_the_old_state(kept):
    progress = Progress(kept)
    save(kept, progress, 10)
    assert kept.documents(STATE) == kept.documents(JOURNAL) == []


def test_a_state_in_the_store_answers_as_one_in_memory(kept):
    state = State()
    state.advance([row for hour in range(10) for row in calls(hour)], (FIRST + 10) * HOUR)
    _, progress = resume(kept)
    seen(progress, 10)
    row = calls(10)[2]
    assert progress.state.edges.get(keys_of(row).edges) == state.edges.get(keys_of(row).edges)
