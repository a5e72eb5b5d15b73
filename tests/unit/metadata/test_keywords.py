from __future__ import annotations

import io
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from app.metadata import Edits, deliver, read
from app.metadata.keywords import Change, Found, edit_xmp, from_xmp
from app.metadata.model import clean
from app.metadata.xmp import Packet


def jpeg() -> bytes:
    stream = io.BytesIO()
    Image.new("RGB", (8, 8), "grey").save(stream, "JPEG")
    return stream.getvalue()


PLAIN = jpeg()


def test_a_flat_keyword_is_not_repeated_beside_its_path() -> None:
    found = Found(flat=["Paris", "Sun"], paths=[(("Places", "Paris"), "|"), (("Sun",), "|")])
    assert found.merged() == (("Places", "Paris"), ("Sun",))


def test_an_iptc_keyword_cut_to_its_length_is_not_a_second_keyword() -> None:
    long = "ä" * 50
    assert Found(flat=[long], iptc=["ä" * 32]).merged() == ((long,),)


@pytest.mark.parametrize("name", ["24/7", "AC|DC", "a;b", "a,b", "x/y|z;w"])
def test_a_separator_in_a_flat_keyword_makes_no_path(name: str) -> None:
    packet = Packet.new()
    edit_xmp(packet, Change((), Edits(add=((name,),))))
    found = Found()
    from_xmp(packet, found)
    assert found.merged() == ((name,),)


def test_a_program_that_wrote_separators_unescaped_is_understood() -> None:
    found = Found(flat=["24/7"], paths=[(("24", "7"), "/")])
    assert found.merged() == (("24/7",),)


def test_removing_a_flat_keyword_takes_it_out_of_paths_but_keeps_what_lies_below_it() -> None:
    existing = (("Places", "Paris"), ("Places", "Paris", "Louvre"), ("Sun",))
    change = Change(existing, Edits(remove=(("paris",),)))
    assert change.after == [("Places", "Paris", "Louvre"), ("Sun",)]


def test_removing_a_path_keeps_the_same_word_under_another() -> None:
    existing = (("France", "Paris"), ("Texas", "Paris"))
    change = Change(existing, Edits(remove=(("France", "Paris"),)))
    assert change.after == [("Texas", "Paris")]
    assert change.flat(["Paris"]) == ["Paris"]


def test_new_capitals_replace_the_old_ones() -> None:
    change = Change((("beach",),), Edits(add=(("Beach",),), remove=(("beach",),)))
    assert change.flat(["beach"]) == ["Beach"]
    assert change.paths(["beach"], "|") == ["Beach"]


def test_removal_reaches_every_field_and_keeps_the_rest_in_order() -> None:
    packet = Packet.new()
    edit_xmp(packet, Change((), Edits(add=("one", "two", ("A", "three")))))
    packet.set_items("mediapro:CatalogSets", ["A|three", "A|four"], "Bag")
    packet.set_items("MicrosoftPhoto:LastKeywordXMP", ["A/three", "two"], "Bag")
    tree = (
        '<Categories><Category Assigned="0">A<Category Assigned="1">three</Category>'
        '<Category Assigned="1">four</Category></Category></Categories>'
    )
    packet.set_text("acdsee:categories", tree)
    found = Found()
    from_xmp(packet, found)
    edit_xmp(packet, Change(found.merged(), Edits(remove=("three",))))
    assert packet.items("dc:subject") == ["one", "two", "four"]
    assert packet.items("lr:hierarchicalSubject") == ["one", "two", "A|four"]
    assert packet.items("digiKam:TagsList") == ["one", "two", "A/four"]
    assert packet.items("mediapro:CatalogSets") == ["A|four", "one", "two"]
    assert packet.items("MicrosoftPhoto:LastKeywordXMP") == ["two", "A/four", "one"]
    assert "three" not in (packet.text("acdsee:categories") or "")
    assert "four" in (packet.text("acdsee:categories") or "")


def test_edits_take_strings_as_flat_keywords_and_drop_empty_ones() -> None:
    edits = Edits(add=("beach", " ", ("A", "", "b\x00c")), people=("Ann", "Ann", ""))
    assert edits.add == (("beach",), ("A", "bc"))
    assert edits.people == ("Ann",)


@pytest.mark.parametrize("rating", [-2, 6])
def test_a_rating_outside_its_range_is_refused(rating: int) -> None:
    with pytest.raises(ValueError, match="from -1 to 5"):
        Edits(rating=rating)


words = st.text(min_size=1, max_size=90).map(clean).filter(bool)
# Separators, their look-alikes, and words that are one another's start when cut for IPTC.
tricky = st.text(alphabet="aA|/;∣∕； é", min_size=1, max_size=4).map(clean).filter(bool)
cut = st.sampled_from(["ä" * 32, "ä" * 33, "ä" * 40, "People"])


def keywords(parts: st.SearchStrategy[str]) -> st.SearchStrategy[tuple[tuple[str, ...], ...]]:
    paths = st.lists(parts, min_size=1, max_size=3).map(tuple)
    return st.lists(paths, max_size=4).map(tuple)


@settings(max_examples=80, deadline=None)
@given(st.one_of(keywords(words), keywords(tricky | cut)), keywords(tricky | cut), st.data())
def test_any_keywords_survive_the_way_through_a_file(
    first: tuple[tuple[str, ...], ...], second: tuple[tuple[str, ...], ...], data: st.DataObject
) -> None:
    """Whatever the words: nothing is lost, nothing turns into a path, twice is once."""
    remove = data.draw(st.lists(st.sampled_from(first), max_size=2)) if first else []
    with tempfile.TemporaryDirectory() as folder:
        plain, tagged, edited, again = (Path(folder, f"{name}.jpg") for name in "abcd")
        plain.write_bytes(PLAIN)
        deliver(plain, tagged, Edits(add=first))
        had = set(read(tagged).keywords)
        assert had == once(Edits(add=first).add)
        edits = Edits(add=second, remove=tuple(remove))
        deliver(tagged, edited, edits)
        found = read(edited)
        deliver(edited, again, Edits(add=second))
        assert again.read_bytes() == edited.read_bytes()
    assert not found.problems
    left = tuple(path for path in had if not gone(path, edits.remove))
    assert set(found.keywords) == once((*left, *edits.add))


def once(keywords: tuple[tuple[str, ...], ...]) -> set[tuple[str, ...]]:
    leaves = {path[-1] for path in keywords if len(path) > 1}
    return {path for path in keywords if len(path) > 1 or path[0] not in leaves}


def gone(path: tuple[str, ...], removed: tuple[tuple[str, ...], ...]) -> bool:
    folded = tuple(part.casefold() for part in path)
    other = [tuple(part.casefold() for part in keyword) for keyword in removed]
    return (
        folded in other
        or folded[-1:] in other
        or (len(folded) == 1 and any(folded[0] == keyword[-1] for keyword in other))
    )
