"""The lab on the server: what it judges and refuses, and what is open to people without account."""

import base64
import io
import re
from typing import Any

import numpy as np
import pytest
from flask.testing import FlaskClient
from PIL import Image

from app import reach
from app.config import ConfigError
from app.factory import create_app
from app.routes import access, limits
from app.services import lab
from ml.warps import distort
from ml.warps.draw import default
from tests.households import MARK, files, owned, settle
from tests.in_process import InProcess
from tests.walk import steps

pytestmark = pytest.mark.integration
OPEN = {"static", "lab", "lab_api", "entrance", "ops.health"}


def picture(size: tuple[int, int] = (320, 240), kind: str = "JPEG") -> str:
    rng = np.random.default_rng(5)
    pixels = rng.integers(0, 255, (6, 8, 3), dtype=np.uint8)
    out = io.BytesIO()
    Image.fromarray(pixels).resize(size).save(out, kind)
    return base64.b64encode(out.getvalue()).decode()


def strangers(it: InProcess, **settings: Any) -> FlaskClient:
    """A browser that nobody has signed in with, before an installation whose lab is public."""
    return create_app(it.core.config.replace(public_lab=True, **settings)).test_client()


def token(client: FlaskClient) -> dict[str, str]:
    page = client.get("/lab")
    assert page.status_code == 200
    found = re.search(r'name="csrf-token" content="([^"]+)"', page.get_data(as_text=True))
    assert found
    return {"X-CSRFToken": found[1]}


def test_what_is_no_picture_and_no_effect_is_refused(it: InProcess) -> None:
    size = (320, 240)
    swirl = {"effect": "swirl", "parameters": default("swirl", size).as_json()}
    ripple = default("ripple", size).as_json()
    for image, effects, words in (
        ("", [], "no JPEG"),
        ("not base64", [], "no JPEG"),
        (base64.b64encode(b"<svg/>").decode(), [], "no JPEG"),
        (picture(kind="GIF"), [], "no JPEG"),
        (picture()[:200], [], "no JPEG"),
        (picture(), ["swirl"], "one of swirl"),
        (picture(), [{"effect": "melt", "parameters": {}}], "one of swirl"),
        (picture(), [{"effect": "swirl", "parameters": {}}], "swirl needs center"),
        (picture(), [{"effect": "swirl", "parameters": {"centre": [1, 2]}}], "“centre”"),
        (picture(), [{"effect": "swirl", "parameters": {"center": 3}}], "“center”"),
        (picture(), [{"effect": "ripple", "parameters": ripple | {"amplitude": 99}}], "folds"),
        (picture(), [swirl] * 5, "At most 4"),
    ):
        told = it.post("/lab/judge", {"image": image, "effects": effects}, 400)
        assert words in told["error"]["message"], told
    it.post("/lab/judge", {"image": "A" * 6_000_000}, 413)
    it.post("/lab/judge", {"image": picture((2500, 2000))}, 413)


def test_a_picture_is_judged_or_the_reason_told(it: InProcess) -> None:
    size = (320, 240)
    warp = default("swirl", size)
    pixels = np.asarray(Image.open(io.BytesIO(base64.b64decode(picture(size)))).convert("RGB"))
    out = io.BytesIO()
    Image.fromarray(distort(pixels, warp)).save(out, "PNG")
    image = base64.b64encode(out.getvalue()).decode()
    effects = [{"effect": "swirl", "parameters": warp.as_json()}]
    page = it.raw("GET", "/lab").get_data(as_text=True)
    if lab.lacking():
        told = it.post("/lab/judge", {"image": image, "effects": effects}, 409)
        assert "Nothing can be recognised here" in told["error"]["message"]
        assert "The effects work, but nothing can be recognised here" in page
        return
    told = it.post("/lab/judge", {"image": image, "effects": effects})
    assert told["error_nothing_px"] > 5
    assert told["error_px"] is not None
    assert bool(told["found"]) == bool(told["undone"])
    assert "distortion@" in told["network"]
    assert "lab-lacking" not in page


def test_the_public_lab_is_all_that_is_open(it: InProcess) -> None:
    settle(it)
    with it.core.db.read() as session:
        before = owned(session)
    kept = files(it.core.config.data)
    client = strangers(it)
    headers = token(client)
    tried = 0
    for step in steps(client.application):
        blueprint = step.endpoint.rpartition(".")[0]
        if blueprint in OPEN or step.endpoint in OPEN:
            continue
        more = {**step.more, "headers": {**step.more.get("headers", {}), **headers}}
        answer = client.open(step.path, method=step.method, **more)
        tried += 1
        if access.needed(step.endpoint, step.method) == access.FIGURES:
            continue  # figures without names, for programs on this machine
        assert answer.status_code in (301, 302, 303, 308, 401), (step, answer.status_code)
        assert MARK.encode() not in answer.data
    assert tried > 100
    page = client.get("/lab").get_data(as_text=True)
    assert MARK not in page
    assert "From the library" not in page
    answer = client.post("/api/v1/lab/judge", json={"image": picture()}, headers=headers)
    assert answer.status_code in (200, 409)
    assert client.post("/api/v1/lab/judge", json={"image": picture()}).status_code == 400, "csrf"
    with it.core.db.read() as session:
        assert owned(session) == before
    assert files(it.core.config.data) == kept, "nothing is stored"


def test_without_the_setting_the_lab_asks_for_an_account(it: InProcess) -> None:
    settle(it)
    client = it.app.test_client()
    assert client.get("/lab").status_code == 302
    assert client.post("/api/v1/lab/judge", json={"image": picture()}).status_code == 401


def test_strangers_are_counted(it: InProcess) -> None:
    client = strangers(it, rate=3000)
    headers = token(client)
    # A minute may end meanwhile: then it is counted anew, but only once.
    seen = [
        client.post("/api/v1/lab/judge", json={"image": ""}, headers=headers).status_code
        for _ in range(2 * limits.PICTURES + 1)
    ]
    assert seen[: limits.PICTURES] == [400] * limits.PICTURES
    assert 429 in seen
    assert client.get("/lab").status_code == 200


def test_a_public_lab_needs_accounts(it: InProcess) -> None:
    config = it.core.config.replace(public_lab=True)
    assert reach.needs_accounts(config) is True
    with pytest.raises(ConfigError, match="PUBLIC_LAB"):
        reach.check(config.replace(accounts="off"))
