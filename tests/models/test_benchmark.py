"""Protocol D on a small made-up account: what is injected, measured and reported."""

import json
import uuid
from datetime import UTC, datetime

import numpy as np
import pyarrow as pa
import pytest

from offtrail.models.benchmark import controls
from offtrail.models.benchmark.cells import MODES, Cell, People, fill, grid
from offtrail.models.benchmark.derive import derive
from offtrail.models.benchmark.entrants import Learned, Opponents, fold
from offtrail.models.benchmark.load import load
from offtrail.models.benchmark.measures import MEASURES, auroc, average_precision, edges
from offtrail.models.benchmark.run import evaluate
from offtrail.models.benchmark.split import half, left_out, main_split
from offtrail.models.calls import parse
from offtrail.models.errors import NothingToEvaluate

ACCOUNT = "111122223333"
DAY = 1_700_000_000 // 86_400 * 86_400
READS = ("s3:ListBuckets", "ec2:DescribeInstances", "ec2:DescribeVolumes", "iam:ListUsers")
WRITES = ("s3:PutObject", "ec2:RunInstances", "s3:DeleteObject")
ATTACKS = ("iam:CreateUser", "iam:AttachUserPolicy", "ec2:GetPasswordData", "iam:PutUserPolicy")
SHAMS = ("rds:DescribeDBSnapshots", "s3:GetObject", "kms:DisableKey", "lambda:ListFunctions")


def record(at: int, user: str, api: str, code: str = "") -> dict[str, object]:
    service, name = api.split(":")
    made: dict[str, object] = {
        "eventVersion": "1.08",
        "eventID": str(uuid.uuid5(uuid.NAMESPACE_OID, f"{at} {user} {api} {code}")),
        "eventTime": datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "eventSource": f"{service}.amazonaws.com",
        "eventName": name,
        "eventType": "AwsApiCall",
        "awsRegion": "eu-west-1",
        "sourceIPAddress": f"198.51.100.{sum(map(ord, user)) % 250}",
        "userAgent": "aws-cli/2.2",
        "recipientAccountId": ACCOUNT,
        "userIdentity": {
            "type": "IAMUser",
            "arn": f"arn:aws:iam::{ACCOUNT}:user/{user}",
            "accountId": ACCOUNT,
            "userName": user,
        },
    }
    return made | ({"errorCode": code} if code else {})


def day(start: int) -> list[dict[str, object]]:
    """Ten users at work, each with an error of their own in the morning and the afternoon."""
    made = []
    for number in range(10):
        for hour in range(6, 20):
            at = start + hour * 3600 + number * 97
            for step in range(3):
                apis = READS + WRITES
                made.append(
                    record(at + step, f"u{number}", apis[(number + hour + step) % len(apis)])
                )
            if hour % 5 == number % 5:
                made.append(
                    record(at + 9, f"u{number}", "s3:GetBucketPolicy", "NoSuchBucketPolicy")
                )
    return made


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    folder = tmp_path_factory.mktemp("data")
    told = {
        "monday.json": day(DAY),
        "tuesday.json": day(DAY + 7 * 86_400),
        "attacks.json": [record(DAY, "x", api, "AccessDenied") for api in ATTACKS],
        "shams.json": [record(DAY, "y", api, "AccessDenied") for api in SHAMS]
        + [record(DAY, "y", "glue:GetTable", "EntityNotFoundException")],
    }
    for name, records in told.items():
        (folder / name).write_text(json.dumps({"Records": records}))
    return folder


@pytest.fixture(scope="module")
def data(files):
    background = [files / "tuesday.json", files / "monday.json"]
    return load(background, [files / "attacks.json"], [files / "shams.json"])


@pytest.fixture(scope="module")
def split(data):
    return main_split(data)


@pytest.fixture(scope="module")
def people(data, split):
    return People(split, data.calls)


def filled(data, split, people, mode="mixed", each=3, seed=1):
    return fill(Cell(mode, "attacks", each, seed), split, people, data.calls)


def test_backgrounds_stand_in_the_order_of_time(data):
    assert list(data.backgrounds) == ["monday", "tuesday"]
    assert data.attack_sets == ("attacks",)
    assert set(data.hashes) == {"monday.json", "tuesday.json", "attacks.json", "shams.json"}


def test_the_test_is_the_later_half_of_the_last_background(data, split):
    assert split.start == half(data.backgrounds["tuesday"])
    assert max(split.train.column("first").to_pylist()) < split.start
    assert min(split.test.column("first").to_pylist()) >= split.start


def test_a_background_left_out_is_always_later_than_what_was_learned(data):
    splits = list(left_out(data))
    assert [one.name for one in splits] == ["monday left out", "tuesday left out"]
    for one in splits:
        assert max(one.train.column("last").to_pylist()) < one.start


def test_a_paper_has_eighteen_cells_for_two_attack_sets():
    assert len(grid(("a", "b"), 0, MODES)) == 18


@pytest.mark.parametrize("mode", ["mixed", "hard", "clean", "own"])
def test_as_many_shams_are_injected_as_attacks_into_other_people(data, split, people, mode):
    cell = filled(data, split, people, mode)
    rows = cell.features.rows
    hit = {row.principal for row, label in zip(rows, cell.labels, strict=True) if label == 1}
    annoyed = {row.principal for row, label in zip(rows, cell.labels, strict=True) if label == -1}
    assert (cell.labels == 1).sum() == 9
    assert 1 <= (cell.labels == -1).sum() <= 9
    assert len(hit) == 3
    assert not hit & annoyed


def test_an_injected_row_bears_the_whole_identity_and_place_of_its_person(data, split, people):
    cell = filled(data, split, people)
    added = cell.history.slice(cell.history.num_rows - len(cell.templates)).to_pylist()
    own = set(pa.array(people.table.column("source")).to_pylist())
    for row, template in zip(added, cell.templates, strict=True):
        for name in ("account", "region", "principal", "kind", "source", "agent", "credential"):
            assert row[name] == template[name]
        assert split.start <= row["first"] < split.end
        assert row["source"] in own


def test_the_same_seed_draws_the_same_cell_and_another_one_another(data, split, people):
    first, again, other = (filled(data, split, people, seed=seed) for seed in (1, 1, 2))
    assert first.features.rows == again.features.rows
    assert first.features.rows != other.features.rows


def test_average_precision_and_auroc_are_those_of_the_definition():
    attack = np.array([True, False, True, False])
    assert average_precision(attack, np.array([4.0, 3, 2, 1])) == pytest.approx((1 + 2 / 3) / 2)
    assert average_precision(attack, np.ones(4)) == pytest.approx(0.5)
    assert auroc(attack, np.array([4.0, 3, 2, 1])) == pytest.approx(0.75)
    assert auroc(attack, np.ones(4)) == 0.5
    for nothing in (np.array([False, False]), np.array([], dtype=bool)):
        assert np.isnan(average_precision(nothing, np.ones(len(nothing))))


def test_an_oracle_is_perfect_and_its_opposite_finds_nobody(data, split, people):
    cell = filled(data, split, people)
    good, bad = (edges(cell, sign * (cell.labels == 1).astype(float)) for sign in (1, -1))
    assert MEASURES["ap"](good) == MEASURES["auroc"](good) == 1
    assert MEASURES["victims_top10"](good) == MEASURES["victims_5_a_day"](good) == 1
    assert MEASURES["auroc"](bad) == 0


def test_no_api_is_scored_by_a_model_that_learned_from_it(data, split, people):
    learned = Learned(split, data.calls, 0)
    for own in (0, 1):
        keep = learned.keep(own)
        for call in data.calls:
            assert keep(call.api) == (fold(call.api, 0) != own)


def test_a_truncated_future_changes_no_feature(data, split, people):
    assert controls.truncated(split, filled(data, split, people)) == 0


def test_labels_shuffled_in_the_test_tell_nothing(data, split, people):
    cells = [filled(data, split, people, each=10, seed=seed) for seed in range(30)]
    opponents = Opponents(split)
    found = [controls.shuffled(cell, opponents.values("H", cell)) for cell in cells]
    assert 0.4 < np.mean(found) < 0.6


def test_the_catalogue_is_derived_as_facts_with_their_source(files, tmp_path):
    count = derive([files / "attacks.json"], [files / "shams.json"], tmp_path / "calls.tsv")
    calls = parse((tmp_path / "calls.tsv").read_text())
    assert count == len(calls) == len(ATTACKS) + len(SHAMS) + 1
    assert {call.dataset for call in calls if call.label == "attack"} == {"attacks"}


def test_data_without_failing_calls_is_refused_with_its_name(files, tmp_path):
    (tmp_path / "calm.json").write_text(json.dumps({"Records": [record(DAY, "x", "s3:GetObject")]}))
    with pytest.raises(NothingToEvaluate, match="calm"):
        load([files / "monday.json"], [tmp_path / "calm.json"], [files / "shams.json"])


def test_evaluate_writes_the_promised_report_and_pictures(files, tmp_path):
    made = evaluate(
        [files / "monday.json", files / "tuesday.json"],
        [files / "attacks.json"],
        [files / "shams.json"],
        out=tmp_path,
        quick=True,
        processes=1,
    )
    assert json.loads((tmp_path / "report.json").read_text()) == json.loads(json.dumps(made))
    assert {"seeds", "cells", "scorers", "controls", "gate", "data"} <= set(made)
    ours = made["scorers"]["offtrail"]
    assert {"mean", "sd", "by_seed", "mixed", "hard", "clean"} <= set(ours["ap"])
    assert {"ap_denials", "auroc", "victims_top10", "victims_5_a_day"} <= set(ours)
    assert len(ours["ap"]["by_seed"]) == made["seeds"] == 2
    assert all(set(line) == {"demand", "value", "holds"} for line in made["gate"])
    assert made["controls"]["truncated_future"] == made["controls"]["renamed_accounts"] == 0
    assert "| offtrail |" in (tmp_path / "report.md").read_text()
    for name in ("precision_recall.png", "alerts_recall.png"):
        assert (tmp_path / name).read_bytes().startswith(b"\x89PNG")
