"""What repeats is looked into once, whatever its checksum; all that is remembered counts."""

import gc
import weakref
import zlib

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from offtrail.ingest.learned import Learned, Texts
from offtrail.ingest.names import Names

SAME_SUM = b'"plumless"', b'"buckeroo"'


def raws(texts: list[bytes]) -> list[msgspec.Raw]:
    return [msgspec.Raw(text) for text in texts]


@given(st.lists(st.lists(st.sampled_from([*SAME_SUM, b"null", b'"x"', b"1"]))))
def test_texts_have_one_number_each_and_none_shares_it(batches: list[list[bytes]]) -> None:
    learned: list[bytes] = []
    texts = Texts(lambda text: (learned.append(text), text)[1])
    numbers = [texts.numbers(raws(batch)) for batch in batches]
    assert [[texts.each[n] for n in few] for few in numbers] == batches
    assert len(learned) == len(set(learned))


def test_the_two_words_of_one_checksum_have_it() -> None:
    assert len({zlib.crc32(text) for text in SAME_SUM}) == 1


def test_every_field_and_text_counts_as_remembered() -> None:
    fields = Learned(len)
    assert [fields["a" * 5000, None], fields["b", "c" * 7000], fields["a" * 5000, None]] == [
        0,
        1,
        0,
    ]
    assert fields.each == [2, 2]
    assert fields.held > 12_000
    texts = Texts(len)
    texts.numbers(raws([b'"' + b"a" * 9000 + b'"'] * 3))
    assert 9000 < texts.held < 18_000


def test_names_that_are_forgotten_leave_memory_at_once() -> None:
    names = Names()
    names.numbers(raws([b"null"] * 2), raws([b'{"bucketName":"a"}', b'{"bucketName":"b"}']))
    gone = weakref.ref(names)
    gc.disable()
    try:
        del names
        assert gone() is None
    finally:
        gc.enable()
