"""A client of a running Proofsheet: the page's own calls, without a browser."""

import base64
import hashlib
import http.cookiejar
import json
import re
import time
import urllib.error
import urllib.request
from collections.abc import Iterable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from tests import described


class Refused(Exception):
    """An answer with an error status."""

    def __init__(self, status: int, body: str) -> None:
        super().__init__(f"{status}: {body}")
        self.status = status
        self.body = body


class ApiClient:
    """Speaks to one server as one browser would: with its cookie and its CSRF token."""

    def __init__(self, base: str, timeout_s: float = 60) -> None:
        self.base = base.rstrip("/")
        self.timeout_s = timeout_s
        self._opener = urllib.request.build_opener(
            urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar())
        )
        self._token = ""

    def connect(self) -> "ApiClient":
        """Load the page once, for its cookie and its token."""
        page = self.raw("GET", "/")[1].decode()
        found = re.search(r'name="csrf-token" content="([^"]+)"', page)
        if found is None:
            raise AssertionError("the page has no CSRF token")
        self._token = found[1]
        return self

    def raw(
        self, method: str, path: str, data: bytes | None = None, **headers: str
    ) -> tuple[dict[str, str], bytes]:
        """Send a request; gives headers and body, raises Refused for an error status."""
        request = urllib.request.Request(self.base + path, data=data, method=method)
        for name, value in headers.items():
            request.add_header(name.replace("_", "-"), value)
        if method not in ("GET", "HEAD"):
            request.add_header("X-CSRFToken", self._token)
        try:
            with self._opener.open(request, timeout=self.timeout_s) as answer:
                data = answer.read()
                check(request, answer.status, answer.headers.get_content_type(), data)
                return dict(answer.headers), data
        except urllib.error.HTTPError as error:
            raise Refused(error.code, error.read().decode(errors="replace")) from None

    def get(self, path: str) -> Any:
        """GET JSON from the API."""
        return json.loads(self.raw("GET", "/api/v1" + path)[1])

    def send(self, path: str, body: Any = None, method: str = "POST") -> Any:
        """Send JSON to the API."""
        data = json.dumps(body if body is not None else {}).encode()
        answer = self.raw(method, "/api/v1" + path, data, Content_Type="application/json")[1]
        return json.loads(answer)

    def upload(self, data: bytes, path: str, drop: str = "test", *, hashed: bool = True) -> str:
        """Send one file in one request; gives the state it is in afterwards."""
        pairs = {"path": path, "drop": drop}
        if hashed:
            pairs["sha256"] = hashlib.sha256(data).hexdigest()
        encoded = ",".join(f"{k} {base64.b64encode(v.encode()).decode()}" for k, v in pairs.items())
        headers, _ = self.raw(
            "POST",
            "/api/v1/uploads",
            data,
            Tus_Resumable="1.0.0",
            Upload_Length=str(len(data)),
            Upload_Metadata=encoded,
            Content_Type="application/offset+octet-stream",
        )
        return headers["Proofsheet-State"]

    def upload_folder(self, folder: Path, prefix: str = "", drop: str = "test") -> dict[str, str]:
        """Send every file below a folder under its relative path."""
        return {
            str(path): self.upload(
                path.read_bytes(), f"{prefix or folder.name}/{path.relative_to(folder)}", drop
            )
            for path in sorted(folder.rglob("*"))
            if path.is_file()
        }

    def photos(self, query: str = "") -> list[dict[str, Any]]:
        """Give every photo of a filter, page by page."""
        found: list[dict[str, Any]] = []
        after = ""
        while True:
            page = self.get(f"/photos?limit=500{after}{'&' + query if query else ''}")
            found += page["photos"]
            if page["next"] is None:
                return found
            after = f"&after={page['next']}"

    def wait(self, timeout_s: float = 300) -> dict[str, Any]:
        """Wait until nothing waits or runs; gives the last progress."""
        end = time.monotonic() + timeout_s
        while time.monotonic() < end:
            progress: dict[str, Any] = self.get("/progress")
            if not progress["waiting"] and not progress["running"]:
                return progress
            time.sleep(0.2)
        raise AssertionError(f"still working after {timeout_s} s: {progress}")

    def export(
        self, selection: dict[str, Any], options: dict[str, Any] | None = None
    ) -> tuple[dict[str, str], bytes, dict[str, Any]]:
        """Download a selection; gives the zip's headers, its bytes and the last status."""
        made = self.send("/exports", {"selection": selection, "options": options or {}})
        end = time.monotonic() + 300
        while (status := self.get(f"/exports/{made['id']}"))["state"] == "preparing":
            if time.monotonic() > end:
                raise AssertionError(f"still preparing: {status}")
            time.sleep(0.2)
        if status["state"] != "ready":
            raise AssertionError(str(status))
        headers, data = self.raw("GET", status["url"])
        return headers, data, status


def check(request: urllib.request.Request, status: int, media: str, data: bytes) -> None:
    """Hold an answer against the API's description."""
    body = json.loads(data) if data and media == "application/json" else None
    path = urlsplit(request.full_url).path
    told = described.complaint(request.get_method(), path, status, media, body)
    assert told is None, told


def ids(photos: Iterable[dict[str, Any]]) -> list[int]:
    """Give the ids of cards."""
    return [photo["id"] for photo in photos]
