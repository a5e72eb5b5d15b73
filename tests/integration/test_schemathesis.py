"""schemathesis against the app in this process: what the description allows and what it forbids.

Its own pytest plugin is off (pyproject.toml): it would be loaded for every test there is.
"""

import base64
import io
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.errors import Unsatisfiable
from PIL import Image as PILImage
from schemathesis import GenerationMode
from schemathesis.core import NOT_SET
from schemathesis.core.failures import Failure, FailureGroup

from app.openapi import document
from app.routes.access import needed
from app.routes.uploads import BYTES_TYPE
from tests.in_process import InProcess, encoded, jpeg

pytestmark = [pytest.mark.integration, pytest.mark.timeout(400)]

EXAMPLES = {GenerationMode.POSITIVE: 5, GenerationMode.NEGATIVE: 5}
# No case may leave nobody signed in, nor end what the others work on.
APART = ("account", "users")
# A name of letters that nobody can see is refused, which JSON Schema cannot say.
LETTERS: dict[GenerationMode, dict[str, Any]] = {
    GenerationMode.POSITIVE: {"allow-x00": False, "codec": "ascii"},
    GenerationMode.NEGATIVE: {},
}
CONFIG: dict[str, Any] = {
    "checks": {
        # tus asks for 412 where its version is not named, 410 for what was cancelled
        "negative_data_rejection": {"expected-statuses": ["4XX"]},
        "positive_data_acceptance": {"expected-statuses": ["2XX", 404, 409, 410, 423]},
    },
}


def as_bytes(value: Any) -> bytes:
    """Bytes of a file; what schemathesis draws may be anything."""
    return value if isinstance(value, bytes) else str(value).encode("utf-8", "replace")


schemathesis.serializer(BYTES_TYPE)(lambda _, value: as_bytes(value))


def mask() -> bytes:
    """A mask of a few pixels."""
    file = io.BytesIO()
    PILImage.new("L", (8, 8), 255).save(file, "PNG")
    return file.getvalue()


def agree(case: Any) -> None:
    """Let a valid case hold together where JSON Schema cannot say it."""
    query = case.query or {}
    if isinstance(query.get("after"), str):  # a cursor is what the page before said
        del query["after"]
    query.pop("section", None)  # a section is what the list of sections said
    if case.path.endswith("/exports"):  # what is nothing cannot be downloaded
        case.body["selection"] = {"filter": {}}
    if isinstance(case.body, dict) and "keyword_root" in case.body:  # letters that can be seen
        case.body["keyword_root"] = "Ours"
    if case.path.endswith("/lab/judge"):  # base64 of a picture, and parameters that do not fold it
        case.body |= {"image": base64.b64encode(jpeg()).decode()}
        case.body.pop("effects", None)
    if case.path.endswith("/mask") and case.body is not NOT_SET:  # base64 of a grey PNG
        case.body["mask"] = base64.b64encode(mask()).decode()
    if case.path.endswith("/{photo_id}/repairs"):  # parameters of that kind, within their ranges
        case.body |= {"kind": "noise", "params": {"sigma": 20}}
    if case.path.endswith("/lab/mosaics/file"):  # the bytes of a picture
        case.body = jpeg()
    headers = case.headers or {}
    if "Upload-Metadata" in headers:  # base64 of UTF-8
        headers["Upload-Metadata"] = encoded(path="a/d.jpg")
    if "Upload-Length" in headers:
        length = len(as_bytes(case.body)) if case.body is not NOT_SET else 9
        headers["Upload-Length"] = str(length)


def problems(it: InProcess, mode: GenerationMode) -> list[str]:
    """What schemathesis has to complain of, one for each operation."""
    config = schemathesis.Config.from_dict(CONFIG | {"generation": LETTERS[mode]})
    told = document(it.app, needed)
    for entry in (entry for methods in told["paths"].values() for entry in methods.values()):
        del entry["security"]  # who may call what: tests/integration/test_identity.py
    schema = schemathesis.openapi.from_dict(told, config=config)
    cookies = {c.key: c.value for c in it.client._cookies.values()}  # type: ignore[attr-defined]
    found = []
    for result in schema.get_all_operations():
        operation = result.ok()
        operation.app = it.app
        if set(operation.tags or ()) & set(APART):
            continue

        @seed(1)
        @settings(
            max_examples=1 if operation.label.endswith("/demo") else EXAMPLES[mode],
            database=None,
            deadline=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(case=operation.as_strategy(generation_mode=mode))
        def hold(case: Any) -> None:
            if mode is GenerationMode.POSITIVE:
                agree(case)
            answer = case.call(headers={"X-CSRFToken": it.token}, cookies=cookies)
            case.validate_response(answer)

        try:
            hold()
        except Unsatisfiable:  # it takes nothing, so nothing about it can be wrong
            assert mode is GenerationMode.NEGATIVE
        except (Failure, FailureGroup) as error:
            found.append(f"{operation.label}: {error}")
    return found


# It never closes the answers that it has read, so files of them are closed by the collector.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.filterwarnings("ignore::ResourceWarning")
@pytest.mark.parametrize("mode", list(EXAMPLES), ids=lambda mode: mode.name.lower())
def test_schemathesis_finds_nothing(it: InProcess, mode: GenerationMode) -> None:
    [photo, _] = it.add("a/b.jpg", "a/c.jpg")
    it.see(photo, {"dog": 0.5})
    told = problems(it, mode)
    assert not told, "\n\n".join(told)
