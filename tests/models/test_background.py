"""Real events: the state is blind to the future, and denials of what nobody does come first."""

import gzip
import random
from datetime import UTC, datetime

import msgspec
import numpy as np
import pytest

from offtrail.graph.window import Window
from offtrail.ingest.event import Event
from offtrail.ingest.parse import parse_event
from offtrail.ingest.wire import Wire
from offtrail.models.asof import features
from offtrail.models.rows import Row, errors, rows
from offtrail.models.score import score


@pytest.fixture(scope="module")
def background(shared_data) -> list[Row]:
    """Every call of the two backgrounds."""
    found = []
    for year in (2014, 2017):
        with gzip.open(shared_data / f"background-{year}.ndjson.gz") as lines:
            parsed = [parse_event(msgspec.json.decode(line, type=Wire)) for line in lines]
        found += [event for event in parsed if isinstance(event, Event)]
    return [_row(event) for event in found]


def _row(event: Event) -> Row:
    who = event.identity
    caller = (event.account, who.principal, who.kind)
    return Row(event.time, *caller, event.api, event.code, event.error_class, event.source)


def test_the_future_truncated_at_random_seconds_changes_no_feature(background, reduced):
    whole = rows(reduced(background))
    known = features(whole, [row for row in whole if row.code])
    seconds = np.array([row.second for row in known.rows])
    draw = random.Random(3)  # noqa: S311 - a test
    for cut in draw.sample([row.second for row in background], 3):
        seen = reduced([call for call in background if call.second < cut])
        before = features(seen, rows(errors(seen)))
        assert np.array_equal(before.matrix, known.matrix[seconds < cut])


def test_every_error_of_2017_is_scored(background, reduced):
    failed = [call for call in background if call.code and call.second > 1_480_000_000]
    assert len(failed) == 1225
    assert sum(row.calls for row in rows(errors(reduced(failed)))) == 1225


def test_denials_of_calls_that_nobody_makes_lead_a_real_day(background, memory):
    memory.add(background)
    day = int(datetime(2017, 6, 1, 6, tzinfo=UTC).timestamp())
    found = score(memory, Window(day, day + 86_400), 2**40)
    assert 0 < len(found) <= 10
    assert all(finding.edges[0].error_class == "denied" for finding in found[:5])
    assert all(finding.kind != "service" for finding in found)
    assert not any(finding.calibrated for finding in found)
