from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.metadata.model import MetadataError
from app.metadata.xmp import Packet

HEAD = (
    '<x:xmpmeta xmlns:x="adobe:ns:meta/">'
    '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
)
TAIL = "</rdf:RDF></x:xmpmeta>"
SPACES = (
    'xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:xmp="http://ns.adobe.com/xap/1.0/" '
    'xmlns:crs="http://ns.adobe.com/camera-raw-settings/1.0/"'
)


def packet(inside: str, attributes: str = "") -> Packet:
    start = f'<rdf:Description rdf:about="" {SPACES} {attributes}>'
    return Packet.parse(f"{HEAD}{start}{inside}</rdf:Description>{TAIL}".encode())


@pytest.mark.parametrize(
    "inside",
    [
        "<dc:subject><rdf:Bag><rdf:li>a</rdf:li><rdf:li>b</rdf:li></rdf:Bag></dc:subject>",
        "<dc:subject><rdf:Seq><rdf:li>a</rdf:li><rdf:li>b</rdf:li></rdf:Seq></dc:subject>",
        (
            "<dc:subject><rdf:Bag><rdf:li>a</rdf:li></rdf:Bag></dc:subject>"
            "<dc:subject><rdf:Bag><rdf:li>b</rdf:li></rdf:Bag></dc:subject>"
        ),
    ],
)
def test_arrays_are_read_however_they_are_written_and_become_a_bag(inside: str) -> None:
    found = packet(inside)
    assert found.items("dc:subject") == ["a", "b"]
    found.set_items("dc:subject", ["b", "c"], "Bag")
    again = Packet.parse(found.serialise())
    assert again.items("dc:subject") == ["b", "c"]
    assert b"<rdf:Seq>" not in again.serialise()
    assert len(again.elements("dc:subject")) == 1


def test_an_attribute_is_changed_where_it_stands_and_others_stay() -> None:
    found = packet("", 'xmp:Rating="2" crs:Exposure2012="+0.55" xmp:Label="Red"')
    found.set_text("xmp:Rating", "4")
    data = found.serialise()
    assert b'xmp:Rating="4" crs:Exposure2012="+0.55" xmp:Label="Red"' in data


def test_nodes_that_are_not_ours_stay_byte_by_byte() -> None:
    crs = (
        "<crs:ToneCurve><rdf:Seq>\n  <rdf:li>0, 0</rdf:li>\n</rdf:Seq></crs:ToneCurve><!-- note -->"
    )
    found = packet(crs)
    found.set_items("dc:subject", ["x"], "Bag")
    assert crs.encode() in found.serialise()


@pytest.mark.parametrize(
    "codec", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"]
)
def test_every_encoding_is_read(codec: str) -> None:
    text = f'{HEAD}<rdf:Description rdf:about="" {SPACES} xmp:Label="Grün"/>{TAIL}'
    wrapped = f'<?xpacket begin="\ufeff" id="W5M0"?>{text}   <?xpacket end="w"?>'
    assert Packet.parse(wrapped.encode(codec)).text("xmp:Label") == "Grün"


def test_latin_bytes_and_control_characters_do_not_break_it() -> None:
    text = f'{HEAD}<rdf:Description rdf:about="" {SPACES} xmp:Label="Gr\x01ün"/>{TAIL}\0\0'
    assert Packet.parse(text.encode("latin-1")).text("xmp:Label") == "Grün"


BOMB = (
    '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'
    f'{HEAD}<rdf:Description rdf:about="">&b;</rdf:Description>{TAIL}'
)
FILE = (
    '<!DOCTYPE x [<!ENTITY f SYSTEM "file:///etc/passwd">]>'
    f'{HEAD}<rdf:Description rdf:about="">&f;</rdf:Description>{TAIL}'
)


@pytest.mark.parametrize(
    "text", [BOMB, FILE, "<a/>", "<x", HEAD, "<a>" * 5000 + "</a>" * 5000, "&#0;", "&amp"]
)
def test_hostile_and_broken_packets_are_refused_in_words(text: str) -> None:
    with pytest.raises(MetadataError, match="XMP"):
        Packet.parse(text.encode())


@pytest.mark.parametrize(
    "data", [b"", b"\0\0\0", b"   ", b'<?xpacket begin="" id="W5M0"?><?xpacket end="w"?>']
)
def test_an_empty_packet_is_an_empty_packet(data: bytes) -> None:
    assert not Packet.parse(data).has("dc:subject")


@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    with contextlib.suppress(MetadataError):
        Packet.parse(data)


def test_both_addresses_of_microsofts_namespace_are_known() -> None:
    for uri in ("http://ns.microsoft.com/photo/1.0", "http://ns.microsoft.com/photo/1.0/"):
        found = packet("", f'xmlns:m="{uri}" m:Rating="50"')
        assert found.text("MicrosoftPhoto:Rating") == "50"
        found.set_text("MicrosoftPhoto:Rating", "75")
        assert b'm:Rating="75"' in found.serialise()


def test_a_packet_that_is_too_long_is_split_and_put_together_again() -> None:
    found = packet(f"<crs:Look>{'x' * 90_000}</crs:Look>", f'crs:Other="{"y" * 30_000}"')
    found.set_items("dc:subject", ["keyword"], "Bag")
    main, more = found.split(65_000, {"dc:subject"})
    assert len(main) <= 65_000
    first, second = Packet.parse(main), Packet.parse(more)
    assert first.items("dc:subject") == ["keyword"]
    first.absorb(second)
    assert b"x" * 90_000 in first.serialise()
    assert b"y" * 30_000 in first.serialise()


def test_a_packet_that_cannot_be_split_is_refused() -> None:
    found = Packet.new()
    found.set_items("dc:subject", ["x" * 90_000], "Bag")
    with pytest.raises(MetadataError, match="does not fit"):
        found.split(65_000, {"dc:subject"})
