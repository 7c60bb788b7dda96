"""Protocol D on data as strangers have it: in pieces, in any order, of many accounts, damaged."""

import gzip
import json

import pytest

from offtrail.models.benchmark import controls, gate
from offtrail.models.benchmark.cells import Cell, People, fill
from offtrail.models.benchmark.load import hashes, load, take
from offtrail.models.benchmark.split import left_out, main_split
from offtrail.models.errors import NothingToEvaluate
from tests.models.test_benchmark import ACCOUNT, ATTACKS, DAY, SHAMS, day, record

OTHER = "222233334444"
WEEK = 7 * 86_400


def written(path, records):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(record) + "\n" for record in records))
    return path


def of_another_account(records):
    told = json.loads(json.dumps(records).replace(ACCOUNT, OTHER))
    return [one | {"eventID": one["eventID"].replace("-5", "-4", 1)} for one in told]


@pytest.fixture
def attacks(tmp_path):
    return written(
        tmp_path / "attacks.json", [record(DAY, "x", api, "AccessDenied") for api in ATTACKS]
    )


@pytest.fixture
def shams(tmp_path):
    return written(
        tmp_path / "shams.json", [record(DAY, "y", api, "AccessDenied") for api in SHAMS]
    )


def test_a_trail_in_pieces_is_the_trail_whole(tmp_path, attacks, shams):
    records = [*day(DAY), *day(DAY + 86_400)]
    whole = load([written(tmp_path / "whole.json", records)], [attacks], [shams])
    mixed = [written(tmp_path / f"mixed{at}.json", records[at::3]) for at in range(3)]
    half = len(records) // 2
    days = [
        written(tmp_path / "monday" / "trail.json", records[:half]),
        written(tmp_path / "tuesday" / "trail.json", records[half:]),
    ]
    twice = [days[0], tmp_path / "whole.json", days[1]]
    for pieces in (mixed, mixed[::-1], days, days[::-1], twice):
        (name,) = (found := load(pieces, [attacks], [shams]).backgrounds)
        assert found[name].equals(whole.backgrounds["whole"])


def test_backgrounds_with_the_same_file_name_are_all_there(tmp_path, attacks, shams):
    files = [
        written(tmp_path / "a" / "trail.json", day(DAY)),
        written(tmp_path / "b" / "trail.json", of_another_account(day(DAY))),
        written(tmp_path / "c" / "trail.json", day(DAY + WEEK)),
    ]
    data = load(files, [attacks], [shams])
    assert len(data.backgrounds) == 3
    assert len(hashes(files)) == 3


def test_attack_sets_with_the_same_file_name_are_two(tmp_path, shams):
    background = written(tmp_path / "trail.json", day(DAY))
    both = [record(DAY, "x", api, "AccessDenied") for api in ATTACKS]
    files = [
        written(tmp_path / place / "attacks.json", part)
        for place, part in (("a", both[:2]), ("b", both[2:]))
    ]
    data = load([background], files, [shams])
    assert len(data.attack_sets) == 2
    assert data == load([background], files[::-1], [shams])


def test_benign_errors_are_the_same_in_any_files(tmp_path, attacks, shams):
    background = written(tmp_path / "trail.json", day(DAY))
    told = [json.loads(line) for line in shams.read_text().splitlines()]
    parts = [
        written(tmp_path / "z.json", told[:3]),
        written(tmp_path / "a.json", told[2:]),
    ]

    def facts(files):
        return [call[:4] for call in load([background], [attacks], files).calls]

    assert facts(parts) == facts(parts[::-1]) == facts([shams])


def test_accounts_that_overlap_in_time_are_learned_from_before_the_test(tmp_path, attacks, shams):
    files = [
        written(tmp_path / "early.json", [*day(DAY), *day(DAY + WEEK)]),
        written(tmp_path / "late.json", of_another_account(day(DAY + 86_400))),
    ]
    data = load(files, [attacks], [shams])
    split = main_split(data)
    assert list(data.backgrounds) == ["early", "late"]
    assert max(split.train.column("last").to_pylist()) < split.start
    assert split.train.num_rows + split.test.num_rows == sum(
        table.num_rows for table in data.backgrounds.values()
    )


def test_a_background_of_services_alone_is_nothing_to_learn_from(tmp_path, attacks, shams):
    service = {"type": "AWSService", "invokedBy": "lambda.amazonaws.com"}
    calm = [record(DAY, "x", "s3:ListBuckets") | {"userIdentity": service}]
    files = [
        written(tmp_path / "services.json", calm),
        written(tmp_path / "people.json", day(DAY + WEEK)),
    ]
    data = load(files, [attacks], [shams])
    assert [split.name for split in left_out(data)] == ["services left out"]


def test_who_is_wanting_is_said(tmp_path, attacks, shams):
    few = [one for one in day(DAY) if "user/u1" in json.dumps(one)]
    split = main_split(load([written(tmp_path / "few.json", few)], [attacks], [shams]))
    with pytest.raises(
        NothingToEvaluate, match="users and roles in the backgrounds: 1; 9 are needed"
    ):
        People(split, ())


def test_a_trail_of_less_than_an_hour_has_no_half_to_test(tmp_path, attacks, shams):
    short = [record(DAY + at, f"u{at}", "s3:ListBuckets") for at in range(60, 1200, 60)]
    data = load([written(tmp_path / "short.json", short)], [attacks], [shams])
    with pytest.raises(NothingToEvaluate, match="nothing is called from 2023-11-14T01:00:00Z on"):
        main_split(data)
    with pytest.raises(NothingToEvaluate, match="nobody acts before 2023-11-14T00:00:00Z"):
        main_split(data, DAY)


def test_what_cannot_be_read_is_told(tmp_path, attacks, shams):
    background = written(tmp_path / "trail.json", day(DAY))
    background.write_text(background.read_text() + '{"eventID": 7}\nnot json\n')
    torn = tmp_path / "torn.json.gz"
    torn.write_bytes(gzip.compress(attacks.read_bytes(), mtime=0)[:-9])
    losses = load([background], [torn], [shams]).losses
    assert len(losses) == 2
    assert losses[0].startswith(f"not all of {background} is read: 1 record, wrong type")
    assert losses[0].endswith("; 1 record, not JSON")
    assert "torn.json.gz" in losses[1]
    assert not load([written(background, day(DAY))], [attacks], [shams]).losses


def test_a_file_without_calls_says_what_it_is(tmp_path):
    junk = tmp_path / "junk.json"
    junk.write_text("hello")
    with pytest.raises(NothingToEvaluate, match=r"no CloudTrail calls in .*junk\.json: .*JSON"):
        take(junk)


def test_a_packed_trail_may_be_of_years(tmp_path):
    blank = gzip.compress(b"\n" * (16 << 20), mtime=0)
    told = gzip.compress(json.dumps(record(DAY, "u", "s3:ListBuckets")).encode(), mtime=0)
    (tmp_path / "years.json.gz").write_bytes(blank * 33 + told)
    assert take(tmp_path / "years.json.gz").partial.activities.num_rows == 1


def test_renaming_keeps_apart_what_many_accounts_name_alike(tmp_path, attacks, shams):
    both = [*day(DAY), *of_another_account(day(DAY)[::2])]
    data = load([written(tmp_path / "both.json", both)], [attacks], [shams])
    split = main_split(data)
    twin = controls.renamed_split(split)
    assert not set(twin.test.column("principal").to_pylist()) & set(
        split.test.column("principal").to_pylist()
    )
    cell = Cell("mixed", "attacks", 3, 0)
    one, other = (fill(cell, of, People(of, data.calls), data.calls) for of in (split, twin))
    assert (one.features.matrix == other.features.matrix).all()


def test_one_seed_tells_whether_other_fields_give_attacks_away(tmp_path, attacks, shams):
    data = load([written(tmp_path / "trail.json", day(DAY))], [attacks], [shams])
    split = main_split(data)
    people = People(split, data.calls)
    cells = [fill(Cell("mixed", "attacks", k, 0), split, people, data.calls) for k in (3, 10)]
    assert 0 <= controls.non_behavioural([controls.fields(cells)]) <= 1


def test_the_gate_asks_nothing_that_the_data_cannot_tell():
    scorer = {"ap": {"mean": 0.7}, "ap_denials": float("nan")}
    lines = gate.judged({"scorers": {"offtrail": scorer}, "controls": {}, "left_out": {}})
    assert {line["demand"] for line in lines} == {
        "AP mean, at least .62",
        "stretch: AP mean, at least .72",
    }
