"""Own tags: taught by answers, proposed for review, a person's word above all."""

import pytest
from sqlalchemy import delete, func, select, update

from app.models import Concept, Embedding, Job, PhotoTag
from app.services.tagging import heads, learning
from tests.in_process import InProcess
from tests.lessons import Lesson, photo, vectors

pytestmark = pytest.mark.integration


@pytest.fixture
def lesson(it: InProcess) -> Lesson:
    return Lesson(it)


def test_a_few_answers_bring_the_rest_for_review(lesson: Lesson) -> None:
    tag = lesson.taught()
    found = lesson.proposals(tag)
    assert len(found) >= 3
    assert set(found) <= set(lesson.ids[:16])
    assert {row.source for row in found.values()} == {"machine"}
    assert all((row.network or "").startswith("own:first dance@") for row in found.values())
    asked = lesson.it.get(f"/concepts/{tag}")
    assert (asked["concept"]["yes"], asked["concept"]["no"]) == (5, 5)
    assert asked["concept"]["learning"] is False
    sure = [item["confidence"] for item in asked["photos"]]
    assert sure == sorted(sure, reverse=True)
    assert {item["id"] for item in asked["photos"][:11]} == set(lesson.ids[5:16])
    answered = {*lesson.ids[:5], *lesson.ids[-5:]}
    assert answered.isdisjoint(item["id"] for item in asked["photos"])
    review = lesson.it.get("/review?order=most")["items"]
    assert {item["tag"]["name"] for item in review} == {"first dance"}
    shown = lesson.it.get("/photos?state=review&limit=200")["photos"]
    assert {card["id"] for card in shown} == set(found)


def test_mixed_asks_for_the_surest_and_the_most_telling_in_turn(lesson: Lesson) -> None:
    tag = lesson.taught()
    asked = lesson.it.get(f"/concepts/{tag}?order=mixed&limit=200")["photos"]
    sure = [item["confidence"] for item in asked]
    assert sure[0] == max(sure)
    assert min(abs(p - 0.5) for p in sure[:2]) == min(abs(p - 0.5) for p in sure)
    certain = lesson.it.get(f"/concepts/{tag}?order=certain&limit=200")["photos"]
    assert {item["id"] for item in asked} == {item["id"] for item in certain}


def test_a_rejection_is_remembered_through_every_training(lesson: Lesson) -> None:
    tag = lesson.taught()
    refused = sorted(lesson.proposals(tag))[-2:]
    lesson.say(tag, refused, "no")
    for more in [i for i in lesson.ids[5:16] if i not in refused][:3]:
        lesson.say(tag, [more], "yes")
        assert not set(refused) & set(lesson.proposals(tag))
    assert {lesson.it.tags(i)["first dance"][1] for i in refused} == {"rejected"}
    asked = lesson.it.get(f"/concepts/{tag}?limit=200")["photos"]
    assert not set(refused) & {item["id"] for item in asked}


def test_a_persons_word_stays(lesson: Lesson) -> None:
    it, tag = lesson.it, lesson.taught()
    stands = min(lesson.proposals(tag))
    it.post(f"/photos/{stands}/tags/{tag}", {"state": "confirmed"})
    with it.core.db.write() as session:
        assert heads.sweep(session) == 1  # answers from any page are learned
    it.work("concept")
    lesson.say(tag, [lesson.ids[40]], "yes")  # wrong, yet the photographer's word
    assert it.tags(stands)["first dance"][1] == "confirmed"
    assert it.tags(lesson.ids[40])["first dance"] == ("person", "confirmed")
    assert it.get(f"/concepts/{tag}")["concept"]["yes"] == 7


def test_training_again_changes_nothing(lesson: Lesson) -> None:
    tag = lesson.taught()
    before = {i: row.confidence for i, row in lesson.proposals(tag).items()}
    with lesson.it.core.db.write() as session:
        assert heads.sweep(session) == 0
        heads.ask(session, lesson.library.id, tag)
        heads.ask(session, lesson.library.id, tag)
        session.commit()
    assert lesson.it.work("concept") == 1
    assert {i: row.confidence for i, row in lesson.proposals(tag).items()} == before


def test_what_is_said_while_training_is_learned_next(lesson: Lesson) -> None:
    it, tag = lesson.it, lesson.begin()
    lesson.say(tag, lesson.ids[:5], "yes")
    original = learning.learn

    def interrupted(*arguments: object) -> learning.Lesson:
        found = original(*arguments)  # type: ignore[arg-type]
        learning.learn = original
        it.post(f"/concepts/{tag}", {"photos": lesson.ids[-5:], "answer": "no"})
        return found

    it.post(f"/concepts/{tag}", {"photos": [lesson.ids[5]], "answer": "yes"})
    learning.learn = interrupted
    try:
        assert it.work("concept") == 2
    finally:
        learning.learn = original
    with it.core.db.read() as session:
        concept = session.get_one(Concept, tag)
        assert (concept.yes, concept.no) == (6, 5)


def test_a_new_photo_is_judged_when_it_is_analysed(lesson: Lesson) -> None:
    it, tag = lesson.it, lesson.taught()
    like = lesson.ids.index(min(lesson.proposals(tag)))
    seen = vectors(lesson.bearing)
    with it.core.db.write() as session:
        for number, bears, vector in ((900, True, seen[like]), (901, False, seen[-9])):
            row = photo(lesson.library.id, number)
            session.add(row)
            session.flush()
            learning.look(session, row, vector, heads.network())
            learning.look(session, row, vector, heads.network())
            proposed = session.get(PhotoTag, (row.id, tag))
            assert (proposed is not None) is bears
            learning.look(session, row, vector, "another@network")
        session.commit()


def test_another_network_is_learned_anew(lesson: Lesson, monkeypatch: pytest.MonkeyPatch) -> None:
    it, tag = lesson.it, lesson.taught()
    monkeypatch.setattr(heads, "network", lambda: "next@1")
    lesson.embed(vectors(lesson.bearing, seed=7), "next@1")
    with it.core.db.write() as session:
        assert heads.sweep(session) == 1
    it.work("concept")
    with it.core.db.read() as session:
        assert session.get_one(Concept, tag).network == "next@1"
    assert all((row.network or "").endswith("@1") for row in lesson.proposals(tag).values())


def test_ending_and_undoing(lesson: Lesson) -> None:
    it, tag = lesson.it, lesson.taught()
    before = set(lesson.proposals(tag))
    ended = it.call("DELETE", f"/concepts/{tag}")
    assert not lesson.proposals(tag)
    assert it.get("/concepts")["concepts"] == []
    assert it.tags(lesson.ids[0])["first dance"][1] == "confirmed"
    it.get(f"/concepts/{tag}", status=404)
    it.post(f"/actions/{ended['action']['id']}/undo")
    it.work("concept")
    assert set(lesson.proposals(tag)) == before


def test_answers_are_undone_and_unlearned(lesson: Lesson) -> None:
    it, tag = lesson.it, lesson.taught()
    before = set(lesson.proposals(tag))
    chosen = sorted(before)[:4]
    told = lesson.say(tag, chosen, "no")
    assert not before & set(lesson.proposals(tag)) & set(chosen)
    it.post(f"/actions/{told['action']['id']}/undo")  # type: ignore[index]
    with it.core.db.write() as session:
        heads.sweep(session)
    it.work("concept")
    assert set(lesson.proposals(tag)) == before


def test_nothing_of_another_library(lesson: Lesson) -> None:
    it, tag = lesson.it, lesson.taught()
    theirs = it.stranger()
    with it.core.db.write() as session:
        row = photo(theirs.id, 0)
        session.add(row)
        session.flush()
        vector = vectors([True])[0]
        session.add(
            Embedding(
                photo_id=row.id,
                network=heads.network(),
                vector=vector.astype("<f2").tobytes(),
            )
        )
        learning.look(session, row, vector, heads.network())
        session.commit()
        stranger = row.id
    lesson.say(tag, [lesson.ids[6]], "yes")
    assert stranger not in lesson.proposals(tag)
    it.post(f"/concepts/{tag}", {"photos": [stranger], "answer": "yes"}, status=404)
    with it.core.db.write() as session:
        session.execute(update(Concept).values(library_id=theirs.id))
        session.commit()
    it.get(f"/concepts/{tag}", status=404)
    it.post(f"/concepts/{tag}", {"photos": [lesson.ids[6]], "answer": "yes"}, status=404)
    it.call("DELETE", f"/concepts/{tag}", status=404)
    assert it.get("/concepts")["concepts"] == []


def test_what_goes_to_the_trash_is_not_asked(lesson: Lesson) -> None:
    it, tag = lesson.it, lesson.taught()
    gone = sorted(lesson.proposals(tag))[:2]
    it.post("/photos/trash", {"selection": {"ids": gone}})
    asked = {item["id"] for item in it.get(f"/concepts/{tag}?limit=200")["photos"]}
    assert not asked & set(gone)


def test_nonsense_is_refused_in_words(lesson: Lesson) -> None:
    it = lesson.it
    it.see(lesson.ids[0], {"dog": 0.9})
    assert "network" in it.post("/concepts", {"name": "dog"}, 400)["error"]["message"]
    it.post("/concepts", {"name": " "}, 400)
    it.post("/concepts", {}, 400)
    tag = lesson.begin()
    assert lesson.begin() == tag
    it.post(f"/concepts/{tag}", {"photos": [lesson.ids[0]], "answer": "maybe"}, 400)
    it.post(f"/concepts/{tag}", {"photos": [], "answer": "yes"}, 404)
    it.post(f"/concepts/{tag}", {"photos": ["x"], "answer": "yes"}, 400)
    it.get(f"/concepts/{tag}?order=best", 400)
    assert it.get(f"/concepts/{tag}")["photos"] == []  # nothing learned yet
    it.work("concept")
    with it.core.db.read() as session:
        assert session.scalar(select(func.count()).where(Job.state == "failed")) == 0


def test_a_deleted_tag_takes_its_head_along(lesson: Lesson) -> None:
    it, tag = lesson.it, lesson.taught()
    with it.core.db.write() as session:
        session.execute(delete(PhotoTag).where(PhotoTag.tag_id == tag))
        session.execute(delete(Concept).where(Concept.tag_id == tag))
        heads.ask(session, lesson.library.id, tag)
        session.commit()
    assert it.work("concept") == 1
    assert not lesson.proposals(tag)
