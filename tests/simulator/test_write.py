"""The files of the made-up organisation: a seed's bytes, the tree, the truth beside it."""

import gzip
import hashlib
import json
import os
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from offtrail.simulator import ATTACKS, Truth, UnknownAttack, write

DAYS, EVENTS = 14, 6_000
NAME = re.compile(
    r"AWSLogs/(\d{12})/CloudTrail/([a-z0-9-]+)/\d{4}/\d{2}/\d{2}/"
    r"\1_CloudTrail_\2_\d{8}T\d{4}Z_[A-Za-z0-9]{16}\.json\.gz"
)
PROGRAM = (
    "import sys; from pathlib import Path; from offtrail.simulator import write; "
    f"write(Path(sys.argv[1]), {DAYS}, {EVENTS})"
)


def digest(folder: Path) -> str:
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    whole = hashlib.sha256()
    for path in paths:
        whole.update(f"{path.relative_to(folder)}\0".encode() + path.read_bytes())
    return whole.hexdigest()


def records(folder: Path) -> Iterator[dict[str, Any]]:
    for path in sorted(folder.rglob("*.json.gz")):
        yield from json.loads(gzip.decompress(path.read_bytes()))["Records"]


@pytest.fixture(scope="module")
def trail(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Truth]:
    out = tmp_path_factory.mktemp("trail")
    return out, write(out, DAYS, EVENTS)


def test_a_seed_gives_the_same_bytes_whatever_the_hash_seed(
    trail: tuple[Path, Truth], tmp_path: Path
) -> None:
    for hash_seed in ("1", "2"):
        out = tmp_path / hash_seed
        subprocess.run(  # noqa: S603  # our own interpreter and program
            [sys.executable, "-c", PROGRAM, str(out)],
            check=True,
            env=os.environ | {"PYTHONHASHSEED": hash_seed},
        )
        assert digest(out) == digest(trail[0])


def test_another_seed_gives_other_bytes(trail: tuple[Path, Truth], tmp_path: Path) -> None:
    write(tmp_path, DAYS, EVENTS, seed=8)
    assert digest(tmp_path) != digest(trail[0])


def test_files_lie_where_s3_would_show_them(trail: tuple[Path, Truth]) -> None:
    names = [str(path.relative_to(trail[0])) for path in trail[0].rglob("*.json.gz")]
    assert names
    assert [name for name in names if not NAME.fullmatch(name)] == []


def test_a_record_lies_in_its_own_account_and_region(trail: tuple[Path, Truth]) -> None:
    for path in trail[0].rglob("*.json.gz"):
        account, region = path.name.split("_")[0], path.name.split("_")[2]
        for record in json.loads(gzip.decompress(path.read_bytes()))["Records"]:
            assert (record["recipientAccountId"], record["awsRegion"]) == (account, region)


def test_events_counts_the_benign_records_exactly(tmp_path: Path) -> None:
    truth = write(tmp_path, 7, 50_000, attacks="none")
    assert truth.events == sum(1 for _ in records(tmp_path)) == 50_000


def test_event_ids_are_unique(trail: tuple[Path, Truth]) -> None:
    ids = Counter(record["eventID"] for record in records(trail[0]))
    assert max(ids.values()) == 1


def test_the_truth_names_every_attack_event_and_its_principal_and_key(
    trail: tuple[Path, Truth],
) -> None:
    by_id = {record["eventID"]: record for record in records(trail[0])}
    told = json.loads((trail[0] / "truth.json").read_text())["attacks"]
    assert {attack["name"] for attack in told} == set(ATTACKS)
    for attack in told:
        assert set(attack) == {"name", "principals", "credentials", "event_ids", "from", "to"}
        found = [by_id[event_id] for event_id in attack["event_ids"]]
        assert {r["userIdentity"]["accessKeyId"] for r in found} == set(attack["credentials"])
        times = [record["eventTime"] for record in found]
        assert (min(times), max(times)) == (attack["from"], attack["to"])
        assert any("errorCode" in record for record in found)


def test_attacks_change_no_benign_record(trail: tuple[Path, Truth], tmp_path: Path) -> None:
    write(tmp_path, DAYS, EVENTS, attacks=None)
    attacked = {i for attack in trail[1].attacks for i in attack.event_ids}
    with_attacks = {r["eventID"]: r for r in records(trail[0]) if r["eventID"] not in attacked}
    assert with_attacks == {r["eventID"]: r for r in records(tmp_path)}


def test_one_attack_can_be_chosen_by_name(tmp_path: Path) -> None:
    truth = write(tmp_path, 5, 1_000, attacks=["slow-probe"])
    assert [attack.name for attack in truth.attacks] == ["slow-probe"]


@pytest.mark.parametrize("days", [1, 2, 3])
def test_every_attack_happens_even_in_a_short_trail(days: int, tmp_path: Path) -> None:
    truth = write(tmp_path, days, 500)
    assert len(truth.attacks) == 4
    assert all(attack.event_ids for attack in truth.attacks)


def test_days_or_events_below_one_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="1 or more"):
        write(tmp_path, days=0)
    with pytest.raises(ValueError, match="1 or more"):
        write(tmp_path, events=0)


def test_an_unknown_attack_is_refused_with_those_that_there_are(tmp_path: Path) -> None:
    with pytest.raises(UnknownAttack, match="no attack ransom; there are stolen-instance"):
        write(tmp_path, attacks=["slow-probe", "ransom"])
