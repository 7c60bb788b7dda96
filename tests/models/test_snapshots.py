"""A snapshot is used while nothing has overtaken it, and never when it is damaged."""

from offtrail.models import snapshots
from offtrail.models.calibration import Calibration
from offtrail.models.episodes import Key
from offtrail.models.rows import Row
from offtrail.models.snapshots import CHUNK_KIND, Head, Progress
from offtrail.models.state import State

HOUR = 3600
SOURCE = "ip:198.51.100.7"
CALL = Row(490_000 * HOUR, "111122223333", "p", "user", "api:s3:GetObject", "", "", SOURCE)
BOUNDARY = CALL.second + HOUR
HELD = Key(490_000, "p", SOURCE)


def saved(memory, held=(), boundary=BOUNDARY):
    memory.add([CALL])
    state = State()
    state.advance([CALL], boundary)
    head = Head(boundary, memory.revision(), "H", 0, tuple(held))
    snapshots.save(memory, head, Progress(state, Calibration()))


def newest(memory, model="H", since=0, held=(), until=2**40):
    return snapshots.newest(memory, model=model, since=since, held=set(held), until=until)


def test_a_snapshot_comes_back_as_it_was(memory):
    saved(memory)
    boundary, progress = newest(memory)
    assert boundary == BOUNDARY == progress.state.clock
    assert progress.state.ids["p"] >= 0


def test_a_late_event_overtakes_it_and_a_new_one_does_not(memory):
    saved(memory)
    memory.add([CALL._replace(second=BOUNDARY)])
    assert newest(memory) is not None
    memory.add([CALL._replace(second=BOUNDARY - 1)])
    assert newest(memory) is None


def test_another_model_or_quarantine_or_start_overtakes_it(memory):
    saved(memory, held=[HELD])
    assert newest(memory, held=[HELD]) is not None
    assert newest(memory) is None
    assert newest(memory, model="other", held=[HELD]) is None
    assert newest(memory, since=-1, held=[HELD]) is None
    assert newest(memory, until=BOUNDARY - 1, held=[HELD]) is None


def test_a_damaged_snapshot_is_passed_over(memory):
    saved(memory)
    (chunk,) = [id for kind, id in memory.kept if kind == CHUNK_KIND]
    memory.put(CHUNK_KIND, chunk, {"data": memory.get(CHUNK_KIND, chunk)["data"][::-1]})
    assert newest(memory) is None
    memory.delete(CHUNK_KIND, chunk)
    assert newest(memory) is None


def test_old_snapshots_and_their_chunks_are_dropped(memory):
    for day in range(40):
        saved(memory, boundary=BOUNDARY + day * 24 * HOUR)
    snapshots.forget(memory)
    heads = memory.documents(snapshots.KIND)
    assert 4 <= len(heads) <= snapshots.DAYS + 1 + snapshots.LATEST
    assert len(memory.documents(CHUNK_KIND)) == len(heads)
