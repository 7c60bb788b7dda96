"""Unpacking: every kind of damage has its reason, and what came before it is kept."""

import gzip
import io
import random
import tarfile
import zipfile
from collections.abc import Callable

import pytest

from offtrail.ingest.errors import Damaged
from offtrail.ingest.unpack import unpack

PLAIN = b"".join(b'{"n": %d, "x": "%x"}\n' % (i, i * 7919**3) for i in range(20_000))
PACKED = gzip.compress(PLAIN)


def read(data: bytes, **limits: int) -> tuple[bytes, str]:
    """What came out, and the reason where it ended early."""
    out = bytearray()
    try:
        for member in unpack(io.BytesIO(data), **limits):
            for piece in member.pieces:
                out += piece
    except Damaged as error:
        return bytes(out), str(error)
    return bytes(out), ""


def flipped(data: bytes, place: int) -> bytes:
    return data[:place] + bytes([data[place] ^ 0x10]) + data[place + 1 :]


@pytest.mark.parametrize(
    "data",
    [
        PLAIN,
        PACKED,
        gzip.compress(PLAIN[:1000]) + gzip.compress(PLAIN[1000:]),
        gzip.compress(b"") + PACKED,
        PACKED + b"\0" * 512,
    ],
    ids=["plain", "gzip", "two members", "an empty member first", "zero padding"],
)
@pytest.mark.parametrize("piece", [1 << 12, 1 << 20, 1 << 25])
def test_a_sound_file_comes_out_whole_in_pieces_of_any_size(data: bytes, piece: int) -> None:
    assert read(data, piece=piece) == (PLAIN, "")


def test_the_gzip_magic_decides_and_not_the_name() -> None:
    assert read(PACKED)[0] == read(PLAIN)[0]


@pytest.mark.parametrize("data", [b"", gzip.compress(b"")])
def test_an_empty_file_is_named_empty(data: bytes) -> None:
    assert read(data) == (b"", "empty")


@pytest.mark.parametrize("share", [0.2, 0.5, 0.99])
def test_a_truncated_file_yields_its_beginning_and_a_reason(share: float) -> None:
    out, reason = read(PACKED[: int(len(PACKED) * share)])
    assert reason == "truncated gzip"
    assert len(out) > 0.5 * share * len(PLAIN)
    assert PLAIN.startswith(out)


def test_a_flipped_checksum_yields_everything_and_a_reason() -> None:
    out, reason = read(flipped(PACKED, len(PACKED) - 6))
    assert reason == "gzip checksum does not match"
    assert out == PLAIN[: len(out)]
    assert len(out) >= len(PLAIN) - 1


def test_any_flipped_bit_is_noticed() -> None:
    rng = random.Random(5)  # noqa: S311 no secret
    for _ in range(50):
        place = rng.randrange(10, len(PACKED))
        assert read(flipped(PACKED, place))[1] != ""


def test_a_file_that_unpacks_past_the_limit_yields_nothing_and_is_not_held_in_memory() -> None:
    bomb = gzip.compress(b"\0" * (1 << 20)) * 64
    assert read(bomb, limit=32 << 20) == (b"", "unpacks to more than 32 MiB")


def test_a_file_may_unpack_to_half_a_gibibyte_where_nothing_else_is_said() -> None:
    member = gzip.compress(b"\0" * (16 << 20), compresslevel=1)
    assert read(member * 33) == (b"", "unpacks to more than 512 MiB")


def test_a_size_that_lies_in_the_trailer_does_not_pass_the_limit() -> None:
    bomb = bytearray(gzip.compress(b"\0" * (40 << 20)))
    bomb[-4:] = (100).to_bytes(4, "little")
    out, reason = read(bytes(bomb), limit=32 << 20)
    assert out == b""
    assert reason == "unpacks to more than 32 MiB"


def test_text_after_a_gzip_member_is_a_damage_that_costs_nothing_before_it() -> None:
    assert read(PACKED + b"tail") == (PLAIN, "garbage after gzip member")


def test_each_file_in_a_zip_is_a_document_of_its_own() -> None:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.json", '{"a": 1}')
        archive.writestr("folder/b.json", '{"b": 2}')
    members = [(m.name, b"".join(m.pieces)) for m in unpack(file)]
    assert members == [("a.json", b'{"a": 1}'), ("folder/b.json", b'{"b": 2}')]


def zipped(*files: bytes) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for number, data in enumerate(files):
            archive.writestr(f"AWSLogs/{number}.json.gz", data)
    return file.getvalue()


@pytest.mark.parametrize("piece", [1 << 12, 1 << 25])
def test_log_files_that_were_zipped_together_are_unpacked_too(piece: int) -> None:
    halves = gzip.compress(PLAIN[:1000]), gzip.compress(PLAIN[1000:])
    assert read(zipped(*halves), piece=piece) == (PLAIN, "")
    assert read(zipped(PACKED[:-9]))[1] == "truncated gzip"
    assert read(zipped(gzip.compress(b""))) == (b"", "empty")


def test_log_files_in_a_zip_unpack_to_no_more_than_the_limit_together() -> None:
    bomb = gzip.compress(b"\0" * (12 << 20))
    assert read(zipped(bomb, bomb), limit=32 << 20)[1] == ""
    assert read(zipped(bomb, bomb, bomb), limit=32 << 20) == (b"", "unpacks to more than 32 MiB")


@pytest.mark.parametrize("spoil", [lambda b: b[:200], lambda b: flipped(b, 60)])
def test_a_damaged_zip_has_a_reason(spoil: Callable[[bytes], bytes]) -> None:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.json", PLAIN)
    assert read(spoil(file.getvalue()))[1] == "damaged zip"


def tarred(*files: bytes, mode: str = "w") -> bytes:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode=mode) as archive:  # type: ignore[call-overload]
        folder = tarfile.TarInfo("AWSLogs")
        folder.type = tarfile.DIRTYPE
        archive.addfile(folder)
        for number, data in enumerate(files):
            info = tarfile.TarInfo(f"AWSLogs/{number}.json.gz")
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return file.getvalue()


@pytest.mark.parametrize("mode", ["w", "w:gz"])
@pytest.mark.parametrize("piece", [1 << 12, 1 << 25])
def test_log_files_in_a_tar_are_unpacked_each(mode: str, piece: int) -> None:
    halves = gzip.compress(PLAIN[:1000]), PLAIN[1000:]
    data = tarred(*halves, mode=mode)
    assert read(data, piece=piece) == (PLAIN, "")
    names = [member.name for member in unpack(io.BytesIO(data))]
    assert names == ["AWSLogs/0.json.gz", "AWSLogs/1.json.gz"]
    assert read(tarred(PACKED[:-9], mode=mode))[1] == "truncated gzip"
    assert read(tarred(gzip.compress(b""), mode=mode)) == (b"", "empty")


def test_a_tar_that_is_cut_yields_the_files_before_and_a_reason() -> None:
    for mode in ("w", "w:gz"):
        data = tarred(PLAIN[:3000], random.Random(1).randbytes(9000), mode=mode)  # noqa: S311
        out, reason = read(data[:6000])
        assert out.startswith(PLAIN[:3000])
        assert reason


def test_a_packed_tar_and_a_packed_file_in_a_tar_unpack_to_no_more_than_the_limit() -> None:
    zeros = b"\0" * (40 << 20)
    for bomb in (tarred(gzip.compress(zeros)), tarred(zeros, mode="w:gz")):
        assert read(bomb, limit=32 << 20) == (b"", "unpacks to more than 32 MiB")
