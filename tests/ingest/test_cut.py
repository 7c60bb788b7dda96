"""A log file read in parts gives what it gives whole, however it is laid out."""

import json
from pathlib import Path

import pytest

from offtrail.ingest import cut as cutting
from offtrail.ingest.cut import cut
from offtrail.ingest.partial import Settings, take_in
from offtrail.ingest.shapes import plain
from offtrail.ingest.sources import open_sources
from offtrail.ingest.timestamp import written
from tests.ingest.test_partial import meaning, one_by_one


@pytest.fixture(autouse=True)
def _small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cutting, "AT_ONCE", 1000)


def event(number: int, **fields: object) -> dict[str, object]:
    return {
        "eventVersion": "1.08",
        "eventID": f"00000000-0000-4000-8000-{number:012}",
        "eventTime": written(1_767_225_600 + number),
        "eventSource": "iam.amazonaws.com",
        "eventName": "GetUser",
        "userIdentity": {"type": "IAMUser", "arn": "arn:aws:iam::111122223333:user/ann"},
        **fields,
    }


def document(events: list[dict[str, object]], **beside: object) -> bytes:
    return json.dumps({"Records": events, **beside}, separators=(",", ":")).encode()


SOUND = [event(i) for i in range(40)]
NESTED = {"requestParameters": {"told": [event(1), event(2), event(3)], "x": "y" * 2000}}
QUOTED = {"requestParameters": {"told": '},{"eventVersion":"1.08"' * 60}}
WHOLE = document(SOUND)


def test_a_large_log_file_is_cut_into_parts_that_hold_all_its_records() -> None:
    parts = list(cut(WHOLE))
    assert len(parts) > 5
    assert [record for part in parts for record in plain(part.piece) or []] == plain(WHOLE)


@pytest.mark.parametrize(
    "text",
    [
        WHOLE,
        document([*SOUND, event(50, **NESTED), *[event(60 + i, **NESTED) for i in range(5)]]),
        document([event(50, **QUOTED), *SOUND, event(51, **QUOTED)]),
        document(SOUND, more=[event(90)] * 9),
        document([*SOUND[:20], {"eventVersion": "1.08", "eventName": 7}, *SOUND[20:]]),
        document([*SOUND[:20], {"eventVersion": "1.08"}, *SOUND[20:]]),
        WHOLE[:-700],
        WHOLE[:5000] + WHOLE[5300:],
    ],
    ids=[
        "sound",
        "records inside a record",
        "a record's beginning as text",
        "another array",
        "a wrong type",
        "no record",
        "truncated",
        "a hole",
    ],
)
def test_parts_reduce_to_what_the_records_of_the_whole_parse_to(
    tmp_path: Path, text: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a.json").write_bytes(text)
    sources = list(open_sources([str(tmp_path)]))
    (taken,) = take_in(sources, Settings())
    monkeypatch.setattr(cutting, "AT_ONCE", 1 << 30)
    (whole,) = take_in(sources, Settings())
    assert taken.partial == whole.partial
    assert taken.records == whole.records
    assert taken.rejects == whole.rejects
    assert meaning(taken.partial) == one_by_one([text])[:2]
