from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.metadata import iptc
from app.metadata.iptc import Dataset, Resource
from app.metadata.model import MetadataError


def test_latin_texts_are_converted_when_utf8_is_declared() -> None:
    old = (
        Dataset(2, 25, b"Caf\xe9"),
        Dataset(2, 120, b"Gr\xfc\xdfe"),
        Dataset(2, 202, b"\xff\xd8"),
    )
    new = iptc.with_keywords(old, ["Café", "Prüfung"])
    assert new[0] == Dataset(1, 90, b"\x1b%G")
    assert iptc.texts(new, 25) == ("Café", "Prüfung")
    assert iptc.texts(new, 120) == ("Grüße",)
    assert Dataset(2, 202, b"\xff\xd8") in new


def test_undeclared_utf8_is_not_encoded_twice() -> None:
    new = iptc.with_keywords((Dataset(2, 120, "Grüße".encode()),), ["x"])
    assert iptc.texts(new, 120) == ("Grüße",)


def test_keywords_are_cut_between_characters() -> None:
    assert iptc.truncated("ä" * 40) == "ä" * 32
    assert iptc.truncated("a" + "ä" * 40) == "a" + "ä" * 31
    assert iptc.truncated("a" * 61 + "👩\u200d🔬") == "a" * 61
    assert iptc.truncated("b" * 57 + "👩\u200d🔬") == "b" * 57 + "👩"
    assert iptc.truncated("kurz") == "kurz"


@given(st.text(max_size=100))
def test_a_cut_keyword_fits_and_is_a_start_of_the_whole(text: str) -> None:
    short = iptc.truncated(text)
    assert len(short.encode()) <= 64
    assert text.startswith(short)


datasets = st.lists(
    st.builds(Dataset, st.integers(1, 9), st.integers(0, 255), st.binary(max_size=300)), max_size=8
)


@given(datasets)
def test_datasets_round_trip(found: list[Dataset]) -> None:
    assert list(iptc.parse(iptc.build(found))) == found


def test_a_long_dataset_round_trips() -> None:
    found = (Dataset(2, 202, b"x" * 40_000),)
    assert iptc.parse(iptc.build(found)) == found


resources = st.lists(
    st.builds(
        Resource,
        st.sampled_from([b"8BIM", b"MeSa"]),
        st.integers(0, 65535),
        st.binary(max_size=9),
        st.binary(max_size=99),
    ),
    max_size=6,
)


@given(resources)
def test_resources_round_trip(found: list[Resource]) -> None:
    assert list(iptc.resources(iptc.build_resources(found))) == found


@given(st.binary(max_size=200))
def test_nonsense_is_refused_in_words(data: bytes) -> None:
    for parse in (iptc.parse, iptc.resources):
        with contextlib.suppress(MetadataError):
            parse(data)


@pytest.mark.parametrize("block", [b"\x1c\x02\x19\x00\x09abc", b"\x1c\x02", b"junk"])
def test_a_block_that_breaks_off_is_refused(block: bytes) -> None:
    with pytest.raises(MetadataError):
        iptc.parse(block)


def test_the_digest_is_the_md5_of_the_block() -> None:
    assert iptc.digest(b"").hex() == "d41d8cd98f00b204e9800998ecf8427e"


def test_a_new_resource_takes_the_place_of_all_old_ones_of_its_number() -> None:
    old = tuple(Resource(b"8BIM", n, b"", bytes([n])) for n in (1, 4, 2, 4))
    new = iptc.with_resource(old, 4, b"new")
    assert [r.id for r in new] == [1, 4, 2]
    assert iptc.resource(new, 4) == b"new"
