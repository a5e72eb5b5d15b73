"""A tus client that does not give up: it resumes, starts again, waits longer after each miss."""

import base64
import hashlib
import http.client
import random
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar
from urllib.parse import urlsplit

from tests.api_client import ApiClient, Refused

T = TypeVar("T")

CHUNK = 64 * 1024
GONE = (404, 410)
FINAL = (400, 413, 415)  # the server's last word about this file


@dataclass(frozen=True)
class Sent:
    """What became of one file, as far as its sender saw."""

    upload: str
    state: str
    retries: int


class TusClient:
    """Sends files to one server as tus-js-client does, over connections that may break anywhere."""

    def __init__(self, base: str, seed: int, patience_s: float = 300.0) -> None:
        self._api = ApiClient(base, timeout_s=30)
        self._rng = random.Random(seed)
        self._patience_s = patience_s
        self._connected = False
        self.refusals: Counter[int] = Counter()  # by status

    def send(self, data: bytes, path: str, drop: str) -> Sent:
        """Send one file until the server has it; AssertionError when patience ends."""
        location, retries, end = "", 0, time.monotonic() + self._patience_s
        while time.monotonic() < end:
            try:
                if not self._connected:
                    self._api.connect()
                    self._connected = True
                if not location:
                    location = self._create(data, path, drop)
                return Sent(location, self._resume(location, data), retries)
            except Refused as answer:
                self.refusals[answer.status] += 1
                if answer.status in GONE:
                    location = ""
                elif answer.status in FINAL:
                    raise
            except (OSError, http.client.HTTPException):
                pass  # the server is away, or went away in the middle
            retries += 1
            time.sleep(self._rng.uniform(0.5, 1.0) * min(4.0, 0.1 * 2 ** min(retries, 6)))
        raise AssertionError(f"{path} could not be sent within {self._patience_s} s")

    def _create(self, data: bytes, path: str, drop: str) -> str:
        values = {"path": path, "drop": drop, "sha256": hashlib.sha256(data).hexdigest()}
        pairs = (f"{k} {base64.b64encode(v.encode()).decode()}" for k, v in values.items())
        headers = {"Upload-Length": str(len(data)), "Upload-Metadata": ",".join(pairs)}
        answer = self._call("POST", "/api/v1/uploads", None, headers)
        return urlsplit(answer["Location"]).path

    def _resume(self, location: str, data: bytes) -> str:
        """Ask what is there and send the rest; gives the upload's state."""
        answer = self._call("HEAD", location, None, {})
        offset = int(answer["Upload-Offset"])
        while offset < len(data):
            chunk = data[offset : offset + CHUNK]
            headers = {
                "Upload-Offset": str(offset),
                "Content-Type": "application/offset+octet-stream",
                "Upload-Checksum": "sha1 " + base64.b64encode(_sha1(chunk)).decode(),
            }
            answer = self._call("PATCH", location, chunk, headers)
            offset = int(answer["Upload-Offset"])
        return answer["Proofsheet-State"]

    def _call(
        self, method: str, path: str, data: bytes | None, headers: dict[str, str]
    ) -> dict[str, str]:
        return self._api.raw(method, path, data, **{"Tus-Resumable": "1.0.0", **headers})[0]


def _sha1(chunk: bytes) -> bytes:
    return hashlib.sha1(chunk, usedforsecurity=False).digest()


def patiently(call: Callable[[], T], patience_s: float = 120.0) -> T:
    """Repeat a question until the server can answer."""
    end = time.monotonic() + patience_s
    while True:
        try:
            return call()
        except (OSError, http.client.HTTPException, Refused):
            if time.monotonic() > end:
                raise
            time.sleep(0.5)
