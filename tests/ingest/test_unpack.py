"""Unpacking: every kind of damage has its reason, and what came before it is kept."""

import gzip
import io
import random
import tarfile
import zipfile
from collections.abc import Callable

import pytest

from offtrail.ingest.errors import CutShort, Damaged
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


SOUND = tarred(b'{"a": 1}', b'{"b": 2}', b'{"c": 3}')
"""A header and a block each, after the header of the folder."""


@pytest.mark.parametrize(
    "data",
    [flipped(SOUND, 3 * 512 + 10), SOUND[: 3 * 512 + 100], SOUND[: 3 * 512], SOUND[: 5 * 512 + 3]],
    ids=["a header that lies", "half a header", "between two files", "in the second file"],
)
def test_a_damage_in_a_tar_is_never_taken_for_its_end(data: bytes) -> None:
    out, reason = read(data)
    assert out.startswith(b'{"a": 1}')
    assert reason == "damaged tar"


def test_a_file_that_a_tar_holds_in_part_comes_out_up_to_there() -> None:
    pieces = next(unpack(io.BytesIO(tarred(PLAIN[:9000])[: 2 * 512 + 700]))).pieces
    assert next(pieces) == PLAIN[:700]
    with pytest.raises(CutShort, match="damaged tar"):
        next(pieces)


@pytest.mark.parametrize(
    "said",
    [
        {"size": "-1024"},
        {"size": "-100000"},
        {"size": "9" * 20},
        {"GNU.sparse.map": "a,b"},
        {"GNU.sparse.major": "1", "GNU.sparse.minor": "0"},
    ],
    ids=str,
)
def test_a_tar_header_that_says_nonsense_is_a_damage(said: dict[str, str]) -> None:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w", format=tarfile.PAX_FORMAT) as archive:
        info = tarfile.TarInfo("a.json")
        info.size = 10
        info.pax_headers = said
        archive.addfile(info, io.BytesIO(b"0123456789"))
    with pytest.raises(Damaged, match="damaged tar"):
        list(unpack(file))


def test_headers_that_only_lead_to_headers_are_a_damage() -> None:
    info = tarfile.TarInfo("a")
    info.type, info.size = tarfile.GNUTYPE_LONGNAME, 512
    link = info.tobuf(tarfile.GNU_FORMAT) + b"n" * 512
    assert read(link * 3000)[1] == "damaged tar"


def test_a_sparse_file_in_a_tar_takes_no_room() -> None:
    info = tarfile.TarInfo("a.json")
    info.pax_headers = {"GNU.sparse.map": "0,1", "GNU.sparse.size": str(1 << 45)}
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w", format=tarfile.PAX_FORMAT) as archive:
        info.size = 1
        archive.addfile(info, io.BytesIO(b"x"))
    assert read(file.getvalue()) == (b"", "a sparse file in a tar is not read")


def test_a_name_of_odd_bytes_in_a_tar_can_be_told() -> None:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w") as archive:
        archive.addfile(tarfile.TarInfo("b\udcff.json"))
    assert [member.name for member in unpack(file)] == [r"b\xff.json"]


@pytest.mark.parametrize("packing", [zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_a_damaged_file_in_a_zip_has_a_reason_however_it_is_packed(packing: int) -> None:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", packing) as archive:
        archive.writestr("a.json", PLAIN)
    data = file.getvalue()
    assert read(data[:45] + b"\x5a" * 25 + data[70:])[1] == "damaged zip"


@pytest.mark.parametrize("times", [1, 2], ids=["before the file", "in the list, too"])
def test_a_name_in_a_zip_that_is_not_the_utf_8_it_claims_is_a_damage(times: int) -> None:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("é.json", b"{}")
    assert read(file.getvalue().replace("é".encode(), b"\xff\xff", times))[1] == "damaged zip"
