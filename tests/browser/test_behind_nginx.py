"""Behind a real nginx, below a path: sending, pages, pictures and downloads."""

import hashlib
import http.client
import io
import re
import urllib.parse
import zipfile
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.api_client import ApiClient, Refused, ids
from tests.browser import visitor
from tests.conftest import Launch, Running, until
from tests.households import PASSWORD
from tests.in_process import encoded, jpeg
from tests.nginx import PREFIX, nginx, origin, ports

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]
CHUNK = 50 * 10**6


@pytest.fixture(scope="module")
def doors() -> tuple[int, int]:
    """nginx's ports: http, and one that says it was https."""
    return ports()


@pytest.fixture(scope="module")
def app(launch: Launch, doors: tuple[int, int]) -> Iterator[Running]:
    """The app behind nginx; its address is nginx's."""
    address = f"http://127.0.0.1:{doors[0]}"
    running = launch(
        PROOFSHEET_BASE_URL=address + PREFIX, PROOFSHEET_PROXIES="1", PROOFSHEET_WORKERS="1"
    )
    with nginx(running.url, *doors):
        yield Running(address, running.data, running.process, running.log)


@pytest.fixture(scope="module")
def secure(app: Running, doors: tuple[int, int]) -> str:
    """The address behind which nginx says https."""
    return f"http://127.0.0.1:{doors[1]}"


@pytest.fixture(scope="module")
def owner(app: Running) -> ApiClient:
    """The owner, who took the house by the code of the console, signed in."""
    written = re.compile(r"^\S+/welcome\?code=\S+$", re.MULTILINE)
    until(lambda: written.search(app.log.read_text()), "the owner's link")
    link = written.search(app.log.read_text())
    assert link
    assert link[0].startswith(f"{app.url}{PREFIX}/welcome")
    client = ApiClient(app.url + PREFIX)
    page = client.raw("GET", "/welcome")[1].decode()
    token = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert token
    code = urllib.parse.parse_qs(urllib.parse.urlsplit(link[0]).query)["code"][0]
    form = {"code": code, "name": "Anna", "password": PASSWORD, "again": PASSWORD}
    data = urllib.parse.urlencode(form | {"csrf_token": token[1]}).encode()
    client.raw("POST", "/welcome", data, Content_Type="application/x-www-form-urlencoded")
    return client.connect()


def asked(url: str, path: str, **headers: str) -> http.client.HTTPResponse:
    """One plain request, no redirect followed."""
    connection = http.client.HTTPConnection(urllib.parse.urlsplit(url).netloc, timeout=20)
    connection.request("GET", path, headers={k.replace("_", "-"): v for k, v in headers.items()})
    answer = connection.getresponse()
    answer.read()
    connection.close()
    return answer


def test_everything_lies_below_the_path(app: Running, owner: ApiClient) -> None:
    client = ApiClient(origin(app.url))
    assert asked(app.url, PREFIX).headers["Location"].endswith(f"{PREFIX}/")
    answer = asked(app.url, f"{PREFIX}/review")
    assert (answer.status, answer.headers["Location"]) == (302, f"{PREFIX}/sign-in?next=/review")
    assert "Strict-Transport-Security" not in answer.headers
    page = client.raw("GET", f"{PREFIX}/sign-in")[1].decode()
    for link in re.findall(r'(?:href|src|action)="(/[^"]*)"', page):
        assert link.startswith(f"{PREFIX}/"), link
        assert client.raw("GET", link)
    direct = ApiClient(owner.base)
    with pytest.raises(Refused, match="400"):
        direct.raw("GET", "/", Host="evil.example")


def test_cookies_are_secure_where_the_browser_speaks_https(app: Running, secure: str) -> None:
    for url, scheme in ((app.url, "http"), (secure, "https")):
        answer = asked(url, f"{PREFIX}/sign-in")
        assert answer.status == 200
        cookie = answer.headers["Set-Cookie"]
        assert f"Path={PREFIX}/" in cookie
        assert "HttpOnly" in cookie
        assert ("Secure" in cookie) is (scheme == "https")
        assert ("Strict-Transport-Security" in answer.headers) is (scheme == "https")


def test_chunks_of_fifty_megabytes(app: Running, owner: ApiClient) -> None:
    data = jpeg(3, (640, 480)) + b"\0" * CHUNK
    digest = hashlib.sha256(data).hexdigest()
    tus: dict[str, Any] = {"Tus_Resumable": "1.0.0"}
    pairs = encoded(path="Trip/large.jpg", sha256=digest)
    headers, _ = owner.raw(
        "POST", "/api/v1/uploads", b"", Upload_Length=str(len(data)), Upload_Metadata=pairs, **tus
    )
    place = headers["Location"]
    assert place.startswith(f"{PREFIX}/api/v1/uploads/")
    at, offset = place.removeprefix(PREFIX), 0
    while offset < len(data):
        headers, _ = owner.raw(
            "PATCH",
            at,
            data[offset : offset + CHUNK],
            Upload_Offset=str(offset),
            Content_Type="application/offset+octet-stream",
            **tus,
        )
        offset = int(headers["Upload-Offset"])
    owner.upload(jpeg(4, (640, 480)), "Trip/small.jpg")
    owner.wait()
    photos = owner.photos()
    assert sorted(photo["name"] for photo in photos) == ["large.jpg", "small.jpg"]
    large = next(photo for photo in photos if photo["name"] == "large.jpg")
    picture, thumb = owner.raw("GET", large["thumb"].removeprefix(PREFIX))
    assert picture["Content-Type"] == "image/webp"
    assert thumb
    _, original = owner.raw("GET", f"/photos/{large['id']}/original")
    assert hashlib.sha256(original).hexdigest() == digest


def test_a_download(app: Running, owner: ApiClient) -> None:
    owner.upload(jpeg(5, (640, 480)), "Trip/one.jpg")
    owner.wait()
    made = owner.send("/exports", {"selection": {"ids": ids(owner.photos("q=one"))}})
    until(lambda: owner.get(f"/exports/{made['id']}")["state"] == "ready", "the download")
    status = owner.get(f"/exports/{made['id']}")
    assert status["url"].startswith(f"{PREFIX}/exports/")
    headers, data = owner.raw("GET", status["url"].removeprefix(PREFIX))
    assert int(headers["Content-Length"]) == len(data)
    with zipfile.ZipFile(io.BytesIO(data)) as zipped:
        assert zipped.testzip() is None
        assert zipped.namelist() == ["Trip/one.jpg"]


def test_a_proxy_is_believed_once(app: Running, owner: ApiClient) -> None:
    owner.raw("GET", "/account", X_Forwarded_For="6.6.6.6")
    rows = owner.get("/account/sign-ins")["sign_ins"]
    assert {row["address"] for row in rows} == {"127.0.0.1"}
    with pytest.raises(Refused, match="401"):
        ApiClient(owner.base).raw("GET", "/metrics", X_Forwarded_For="127.0.0.1")


def test_the_pages_work_below_a_path(app: Running, owner: ApiClient, page: Page) -> None:
    """Any address that a script makes wrongly is a 404, which fails the test on the console."""
    owner.upload(jpeg(6, (640, 480)), "Trip/page.jpg")
    owner.wait()
    home = f"{app.url}{PREFIX}"
    page.goto(f"{home}/review")
    expect(page).to_have_url(f"{home}/sign-in?next=/review")
    page.get_by_label("Name").fill("Anna")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page).to_have_url(f"{home}/review")
    visitor.open_library(page, f"{home}/")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    expect(page.locator(".photo-view .paths")).to_be_visible()
    expect(page).to_have_url(re.compile(rf"{PREFIX}/photo/\d+"))
    page.keyboard.press("Escape")
    expect(page.locator(".photo-view")).to_have_count(0)
    for key, path in (("j", "/jobs"), ("s", "/settings"), ("r", "/review"), ("l", "/")):
        page.keyboard.press("g")
        page.keyboard.press(key)
        expect(page).to_have_url(home + path)
    page.get_by_role("link", name="Account of Anna").click()
    expect(page).to_have_url(f"{home}/account")
    page.get_by_role("button", name="Sign out", exact=True).click()
    expect(page).to_have_url(f"{home}/sign-in")
