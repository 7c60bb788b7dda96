"""Every scenario of tests/trails: what its records come to, field by field."""

import gzip
import json
from collections import Counter
from pathlib import Path
from typing import Any

import msgspec
import pytest

from offtrail.ingest.event import Event
from offtrail.ingest.parse import parse_event
from offtrail.ingest.shapes import records
from offtrail.ingest.wire import Malformed, Skip, Wire

TRAILS = Path(__file__).parents[1] / "trails"
SCENARIOS = sorted(path.parent for path in TRAILS.glob("*/expected.json"))


def answers(document: bytes) -> list[Event | Skip]:
    return [parse_event(r) if isinstance(r, Wire) else r for r in records(document)]


def events_file(scenario: Path) -> bytes:
    (file,) = (path for path in scenario.iterdir() if path.name != "expected.json")
    data = file.read_bytes()
    return gzip.decompress(data) if file.suffix == ".gz" else data


def shown(event: Event, like: dict[str, Any]) -> dict[str, Any]:
    """The fields of an event that ``like`` speaks of."""
    fields = json.loads(msgspec.json.encode(event))
    part = {name: fields[name] for name in like}
    if "identity" in like:
        part["identity"] = {name: fields["identity"][name] for name in like["identity"]}
    return part


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda path: path.name)
def test_a_trail_comes_to_the_expected_events(scenario: Path) -> None:
    expected = json.loads((scenario / "expected.json").read_text())
    found = answers(events_file(scenario))
    events = [answer for answer in found if isinstance(answer, Event)]
    left = [answer for answer in found if isinstance(answer, Skip)]
    told = [shown(event, like) for event, like in zip(events, expected["events"], strict=False)]
    assert told == expected["events"]
    assert len(events) == len(expected["events"])
    quarantined = [skip for skip in left if isinstance(skip, Malformed)]
    skipped = [skip for skip in left if not isinstance(skip, Malformed)]
    assert Counter(skip.reason for skip in skipped) == expected["skipped"]
    assert Counter(skip.reason for skip in quarantined) == expected["quarantined"]
    assert len({event.id for event in events}) == expected.get("distinct", len(events))
    for secret in expected.get("nowhere", ()):
        assert secret in events_file(scenario).decode()
        assert not any(secret in str(answer) for answer in found)


def test_there_are_scenarios() -> None:
    assert len(SCENARIOS) > 40
