"""Photos made larger by the worker: from a file or the library, compared, fetched, expired."""

import io
from typing import Any

import numpy as np
import pytest
from PIL import Image

from app.models import Enlargement, Photo, now
from app.services.enlarging import enlargements
from app.services.intake import uploads
from app.services.work import leases
from ml.superres import compared, upscale
from tests.in_process import InProcess, jpeg

BYTES = {"Content-Type": "application/octet-stream"}


def ask(it: InProcess, data: bytes, name: str = "a.jpg", status: int = 201, **more: Any) -> Any:
    """Send a file to be made larger."""
    given = {"name": name, "factor": 2, "method": "fast"} | more
    answer = it.raw("POST", "/api/v1/enlargements/file", data, BYTES, query_string=given)
    assert answer.status_code == status, answer.get_data(as_text=True)
    return answer.get_json()


def look(it: InProcess, number: int, **query: Any) -> Image.Image:
    """A picture of the comparison."""
    answer = it.raw("GET", f"/enlargements/{number}/look", query_string=query)
    assert answer.status_code == 200, answer.get_data(as_text=True)
    return Image.open(io.BytesIO(answer.data))


def fetched(it: InProcess, told: Any) -> Image.Image:
    """The enlarged photo."""
    return Image.open(io.BytesIO(it.raw("GET", told["file"]).data))


def saved(image: Image.Image, form: str, **more: Any) -> bytes:
    """A picture as a file."""
    out = io.BytesIO()
    image.save(out, form, **more)
    return out.getvalue()


def made(it: InProcess, number: int) -> Any:
    """What is told of one after the worker was at it, failures included."""
    from workers import tasks

    with it.core.db.read() as session:
        row = session.get_one(Enlargement, number)
        job = enlargements.job_of(session, row)
    with it.core.db.write() as session:
        claim = leases.claim(session, job.id, 60)
    try:
        tasks.HANDLERS["enlarge"](it.core, claim)
    except Exception as error:  # noqa: BLE001
        with it.core.db.write() as session:
            leases.fail(session, claim, tasks.in_words(error))
            session.commit()
    return it.get(f"/enlargements/{number}")


def test_a_file_is_made_larger_compared_and_fetched(it: InProcess) -> None:
    begun = ask(it, jpeg(size=(60, 40)), "Trip/a.jpg", factor=4)
    assert (begun["state"], begun["name"], begun["width"]) == ("waiting", "a.jpg", None)
    assert it.raw("GET", f"/enlargements/{begun['id']}/file").status_code == 409
    told = made(it, begun["id"])
    assert (told["state"], told["share"], told["reason"]) == ("ready", 1.0, None)
    assert (told["width"], told["height"]) == (240, 160)
    answer = it.raw("GET", told["file"])
    assert answer.headers["Content-Disposition"] == "attachment; filename=a-4x.jpg"
    assert len(answer.data) == told["size"]
    assert Image.open(io.BytesIO(answer.data)).size == (240, 160)
    for side in enlargements.SIDES:
        assert look(it, told["id"], of=side).size == (240, 160)
        assert look(it, told["id"], of=side, x=0, y=0).size == (240, 160)
    assert it.raw("GET", f"/enlargements/{told['id']}/look?of=bicubic&x=1&y=0").status_code == 404
    assert not list(it.core.storage.enlargement(told["id"]).glob("source*"))


def test_a_photo_of_the_library_as_it_is_shown(it: InProcess) -> None:
    [photo] = it.add("Trip/a.jpg")
    body = {"photo": photo, "factor": 3, "method": "quality"}
    number = it.post("/enlargements", body, 201)["id"]
    told = made(it, number)
    assert (told["state"], told["photo"], told["width"]) == ("ready", photo, 180)
    assert [row["id"] for row in it.get("/enlargements")["enlargements"]] == [number]
    assert it.raw("GET", f"/photos/{photo}/original").status_code == 200


def test_depth_alpha_and_profile_survive(it: InProcess) -> None:
    ramp = np.linspace(0, 65535, 64 * 48).reshape(48, 64).astype(np.uint16)
    deep = made(it, ask(it, saved(Image.fromarray(ramp), "PNG"), "deep.png")["id"])
    assert np.asarray(fetched(it, deep)).dtype == np.uint16 or fetched(it, deep).mode == "I;16"
    glass = Image.new("RGBA", (40, 30), (200, 30, 20, 128))
    clear = made(it, ask(it, saved(glass, "PNG", icc_profile=b"a profile"), "glass.png")["id"])
    found = fetched(it, clear)
    assert (found.mode, found.size, found.info["icc_profile"]) == ("RGBA", (80, 60), b"a profile")
    assert look(it, clear["id"], of="enlarged").mode == "RGB"


def test_what_cannot_be_enlarged_is_said(it: InProcess) -> None:
    for file, name, words in (
        (b"GIF89a" + bytes(60), "a.gif", "a GIF picture"),
        (b"no picture at all", "a.jpg", "not"),
        (jpeg(size=(90, 90))[:900], "a.jpg", ""),
        (saved(Image.new("L", (13_000, 3_100)), "PNG"), "wide.png", "160 megapixels"),
    ):
        told = made(it, ask(it, file, name, factor=2)["id"])
        assert told["state"] == "failed"
        assert words in told["reason"]
        assert "unexpected" not in told["reason"]


def test_moving_pictures_are_refused(it: InProcess) -> None:
    frames = [Image.new("RGB", (20, 20), colour) for colour in ("red", "blue")]
    data = saved(frames[0], "WEBP", save_all=True, append_images=frames[1:])
    assert "frames" in made(it, ask(it, data, "a.webp")["id"])["reason"]


def test_what_makes_no_sense_is_refused(it: InProcess) -> None:
    ask(it, b"", status=400)
    ask(it, jpeg(), factor=5, status=400)
    ask(it, jpeg(), method="painted", status=400)
    ask(it, jpeg(), name="", status=400)
    answer = it.raw("POST", "/api/v1/enlargements/file?name=a&factor=2&method=fast", jpeg())
    assert answer.status_code == 415
    it.post("/enlargements", {"photo": 999, "factor": 2, "method": "fast"}, 404)
    assert not it.get("/enlargements")["enlargements"]
    assert not list((it.core.storage.root / "uploads").iterdir())


def test_thrown_away_while_it_is_made(it: InProcess, monkeypatch: pytest.MonkeyPatch) -> None:
    number = ask(it, jpeg(size=(1100, 600)))["id"]
    enlarged = upscale._enlarged

    def and_meanwhile(*given: Any, **more: Any) -> Any:
        if it.core.storage.enlargement(number).exists():
            it.call("DELETE", f"/enlargements/{number}")
        return enlarged(*given, **more)

    monkeypatch.setattr("app.services.enlarging.making.TOLD_EVERY_S", 0)
    monkeypatch.setattr(upscale, "_enlarged", and_meanwhile)
    it.work("enlarge")
    it.get(f"/enlargements/{number}", 404)
    assert not it.core.storage.enlargement(number).exists()


def test_cancelled_on_the_page_of_jobs_and_tried_again(it: InProcess) -> None:
    number = ask(it, jpeg())["id"]
    it.post("/jobs/cancel")
    assert it.get(f"/enlargements/{number}")["state"] == "cancelled"
    it.post("/jobs/retry")
    assert made(it, number)["state"] == "ready"


def test_they_expire_with_their_files(it: InProcess) -> None:
    old, fresh = (made(it, ask(it, jpeg())["id"])["id"] for _ in range(2))
    with it.core.db.write() as session:
        session.get_one(Enlargement, old).created_at = now() - enlargements.KEEP
        session.commit()
        enlargements.sweep(session, it.core)
    assert [row["id"] for row in it.get("/enlargements")["enlargements"]] == [fresh]
    assert not it.core.storage.enlargement(old).exists()
    assert it.core.storage.enlargement(fresh).exists()


def test_no_number_comes_again_where_a_job_outlives_its_photo(it: InProcess) -> None:
    [photo] = it.add("a.jpg")
    old = it.post("/enlargements", {"photo": photo, "factor": 2, "method": "fast"}, 201)["id"]
    with it.core.db.write() as session:
        session.delete(session.get_one(Photo, photo))
        session.commit()
    told = ask(it, jpeg(size=(30, 20)))
    assert told["id"] > old
    it.work("enlarge")
    assert it.get(f"/enlargements/{told['id']}")["width"] == 60
    it.get(f"/enlargements/{old}", 404)


def test_folders_without_a_row_are_swept_once_nobody_is_about_to_write_it(
    it: InProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    left = it.core.storage.enlargement(77)
    left.mkdir()
    for settled, there in ((3600.0, True), (-1.0, False)):
        monkeypatch.setattr(enlargements, "SETTLED_S", settled)
        with it.core.db.write() as session:
            enlargements.sweep(session, it.core)
        assert left.exists() is there


def test_a_name_of_several_lines_is_delivered(it: InProcess) -> None:
    told = made(it, ask(it, jpeg(), "two\r\nlines.jpg")["id"])
    assert told["name"] == "twolines.jpg"
    assert fetched(it, told).size == (120, 80)


def test_a_full_disk_is_said_before_the_work(
    it: InProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(it.core.storage, "free", lambda: uploads.SPARE + 1000)
    told = made(it, ask(it, jpeg())["id"])
    assert (told["state"], told["share"]) == ("failed", 0)
    assert "no room left" in told["reason"]


def test_what_a_format_is_too_small_for_becomes_a_png(it: InProcess) -> None:
    told = made(
        it, ask(it, saved(Image.new("RGB", (5000, 8)), "WEBP"), "long.webp", factor=4)["id"]
    )
    assert (told["state"], told["reason"]) == ("ready", None)
    answer = it.raw("GET", told["file"])
    assert answer.headers["Content-Disposition"] == "attachment; filename=long-4x.png"
    assert Image.open(io.BytesIO(answer.data)).size == (20_000, 32)


def test_so_many_are_kept(it: InProcess, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(enlargements, "MOST", 1)
    ask(it, jpeg())
    assert "Throw one away" in ask(it, jpeg(), status=409)["error"]["message"]
    assert len(list((it.core.storage.root / "enlargements").iterdir())) == 1


def test_pieces_make_up_the_whole(it: InProcess) -> None:
    told = made(it, ask(it, jpeg(size=(700, 300)), factor=2)["id"])
    across = [look(it, told["id"], of="enlarged", x=x, y=0) for x in range(2)]
    assert [piece.width for piece in across] == [compared.TILE, 1400 - compared.TILE]
    whole = np.asarray(fetched(it, told).convert("RGB")).astype(int)
    seen = np.concatenate([np.asarray(piece) for piece in across], 1).astype(int)
    assert np.abs(whole - seen).mean() < 3
