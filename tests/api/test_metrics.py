"""What an alerting rule asks of ``/metrics``."""

from pathlib import Path

from offtrail.api import metrics, pipeline
from offtrail.graph.store import GraphStore
from offtrail.graph.window import HOUR
from offtrail.models.registry import Registry
from offtrail.models.times import rfc3339
from tests.ingest.trail import document, event

LATEST, SCORED = "offtrail_latest_call_timestamp_seconds", "offtrail_scored_timestamp_seconds"


def figures(store: GraphStore, folder: Path) -> dict[str, float]:
    lines = metrics.text(store, Registry(folder / "none")).decode().splitlines()
    return {name: float(value) for name, value in (x.rsplit(" ", 1) for x in lines if x[0] != "#")}


def test_how_far_scoring_is_behind_reading_is_told(own: str, tmp_path: Path) -> None:
    with pipeline.opened(own) as store:
        now = figures(store, tmp_path)
        assert 0 <= now[LATEST] - now[SCORED] < HOUR
        later = event(9, eventTime=rfc3339(int(now[LATEST]) + 5 * HOUR))
        pipeline.receive(store, document([later]), tmp_path)
        now = figures(store, tmp_path)
        assert now[LATEST] - now[SCORED] >= 5 * HOUR


def test_nothing_is_said_to_be_scored_where_nothing_was(store: GraphStore, tmp_path: Path) -> None:
    pipeline.receive(store, document([event(9)]), tmp_path)
    assert SCORED not in figures(store, tmp_path)
