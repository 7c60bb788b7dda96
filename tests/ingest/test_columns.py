"""Ids and times read as columns are what the standard library reads one by one."""

import uuid
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from offtrail.ingest.columns import plain_uuids, seconds, uuids
from offtrail.ingest.evidence import numbers
from offtrail.ingest.moments import Moments
from offtrail.ingest.timestamp import seconds as one

MOMENTS = st.datetimes(datetime(1970, 1, 1), datetime(2200, 1, 1))  # noqa: DTZ001 zone is written
SHORT = st.from_regex(
    r"\A(19|20)\d\d-[01]\d-[0-3]\dT[0-2]\d:[0-6]\d:[0-9:/][0-9]Z\Z"
) | st.sampled_from(
    [
        "2026-01-02T03:04:05Z",
        "1969-12-31T23:59:59Z",
        "2026-01-02T24:00:00Z",
        "2026-W01-1T03:04:05Z",
        "20260102T030405.123Z",
        "2026-01-02 03:04:05Z",
        "2026-01-02T03:04:05.",
    ]
)
IDS = st.uuids(version=4).map(str) | st.sampled_from(
    ["", "1", "00000000-0000-0000-0000-000000000000", "00000000-0000-4000-8000-00000000000g"]
)


@given(st.lists(st.uuids(version=4)), st.booleans(), st.lists(st.text()))
def test_uuids_of_either_case_become_their_bytes(
    ids: list[uuid.UUID], upper: bool, junk: list[str]
) -> None:
    texts = [str(i).upper() if upper else str(i) for i in ids]
    halves, sound = uuids([*texts, *junk])
    assert sound.tolist() == [True] * len(ids) + [False] * len(junk)
    assert halves[: len(ids)].astype(">u8").tobytes() == b"".join(i.bytes for i in ids)


@pytest.mark.parametrize("spoil", [" ", "-", "g", "é", "٣"])
@pytest.mark.parametrize("place", [0, 8, 9, 35])
def test_one_wrong_character_makes_no_uuid_and_spares_its_neighbour(spoil: str, place: int) -> None:
    good = str(uuid.UUID(int=3, version=4))
    bad = good[:place] + spoil + good[place + 1 :]
    assert uuids([bad, good])[1].tolist() == [bad == good, True]


@given(st.lists(MOMENTS))
def test_times_become_seconds(moments: list[datetime]) -> None:
    texts = [moment.strftime("%Y-%m-%dT%H:%M:%SZ") for moment in moments]
    expected = [int(m.replace(microsecond=0, tzinfo=UTC).timestamp()) for m in moments]
    numbers, sound = seconds(texts)
    assert sound.all()
    assert numbers.tolist() == expected


@given(st.from_regex(r"\A(19|20)\d\d-[01]\d-[0-3]\dT[0-2]\d:[0-6]\d:[0-6]\dZ\Z"))
def test_a_time_is_sound_only_where_it_exists(text: str) -> None:
    (number,), (sound,) = seconds([text])
    assert one(text) == (number if sound else None)


@pytest.mark.parametrize("text", ["", "2026-01-01 00:00:00Z", "1767225600", "é" * 20])
def test_other_forms_are_left_to_the_one_by_one_reading(text: str) -> None:
    assert seconds([text, "2026-01-01T00:00:00Z"])[1].tolist() == [False, True]


@given(st.lists(st.lists(SHORT, min_size=1, max_size=4)))
def test_times_are_read_in_short_as_they_are_read_at_length(batches: list[list[str]]) -> None:
    moments, expected = Moments(), []
    for texts in batches:
        found, sound = seconds(texts)
        assert moments.add_texts(texts) == sound.all()
        if not sound.all():
            moments.add(found)
        expected += found.tolist()
    assert moments.take().tolist() == expected


@given(
    st.lists(st.integers(0, 3599), min_size=1),
    st.sampled_from(["2026-01-02T03:", "1970-01-01T00:"]),
)
def test_times_of_one_hour_are_read(within: list[int], hour: str) -> None:
    moments = Moments()
    assert moments.add_texts([f"{hour}{s // 60:02}:{s % 60:02}Z" for s in within])
    begun = one(hour + "00:00Z") or 0
    assert moments.take().tolist() == [begun + second for second in within]


@pytest.mark.parametrize("spoil", ["6", ":", "/", "٣", " ", "-"])
@pytest.mark.parametrize("place", range(20))
def test_one_wrong_character_makes_no_time(spoil: str, place: int) -> None:
    good = "2026-01-02T03:04:05Z"
    bad = good[:place] + spoil + good[place + 1 :]
    assert Moments().add_texts([good, bad]) == bool(seconds([bad])[1][0])


@given(st.lists(IDS, min_size=1, max_size=4))
def test_plain_ids_are_read_in_short_as_they_are_read_at_length(texts: list[str]) -> None:
    found, sound = uuids(texts)
    short = plain_uuids(texts)
    assert (short is not None) == sound.all()
    assert short is None or numbers(short).tolist() == found.tolist()
