"""The tree that S3 would show: gzip files by account, region and hour of delivery."""

import zlib
from collections.abc import Iterable
from datetime import UTC, datetime
from itertools import groupby
from pathlib import Path
from random import Random

import orjson

from offtrail.simulator.call import Act
from offtrail.simulator.record import record, region

MOST_RECORDS = 5_000
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"


def write_acts(out: Path, acts: Iterable[Act]) -> None:
    """Write acts as CloudTrail files; their order does not matter."""
    for (account, place, hour), group in groupby(sorted(acts, key=_file_order), key=_file):
        hours = list(group)
        for start in range(0, len(hours), MOST_RECORDS):
            part = hours[start : start + MOST_RECORDS]
            path = out / _path(account, place, (hour + 1) * 3600 + 300, part[0].event_id)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(_gzip(orjson.dumps({"Records": [record(act) for act in part]})))


def _file(act: Act) -> tuple[str, str, int]:
    return act.actor.account, region(act), act.second // 3600


def _file_order(act: Act) -> tuple[str, str, int, str]:
    return act.actor.account, region(act), act.second, act.event_id


def _path(account: str, place: str, delivered: int, seed: str) -> Path:
    when = datetime.fromtimestamp(delivered, UTC)
    rng = Random(seed)  # noqa: S311  # part of a file's name, no secret
    name = "_".join(
        [account, "CloudTrail", place, f"{when:%Y%m%dT%H%MZ}", "".join(rng.choices(LETTERS, k=16))]
    )
    return Path("AWSLogs", account, "CloudTrail", place, f"{when:%Y/%m/%d}", f"{name}.json.gz")


def _gzip(plain: bytes) -> bytes:
    """Return a gzip member without time or name, so that the same bytes give the same file."""
    squeeze = zlib.compressobj(1, zlib.DEFLATED, 31)
    return squeeze.compress(plain) + squeeze.flush()
