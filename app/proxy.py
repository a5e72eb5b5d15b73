"""What stands between a browser and the app: proxies in front, and the path below which it lies."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

from app import reach
from app.config import Config

if TYPE_CHECKING:
    from collections.abc import Iterable

    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

BARE = frozenset({"/healthz", "/metrics"})  # asked for on this machine, past the proxy


class Below:
    """Serves a WSGI application below a path; a proxy passes addresses on whole."""

    def __init__(self, app: WSGIApplication, prefix: str) -> None:
        self.app = app
        self.prefix = prefix

    def __call__(self, environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        """Move the path's start to SCRIPT_NAME; refuse addresses that lie elsewhere."""
        path = environ.get("PATH_INFO", "")
        if path == self.prefix:
            start("308 Permanent Redirect", [("Location", f"{self.prefix}/")])
            return [b""]
        if path.startswith(f"{self.prefix}/"):
            environ["SCRIPT_NAME"] = self.prefix
            environ["PATH_INFO"] = path[len(self.prefix) :]
        elif path not in BARE:
            start("404 Not Found", [("Content-Type", "text/plain; charset=utf-8")])
            return [f"Proofsheet lies below {self.prefix}/ here.\n".encode()]
        return self.app(environ, start)


def stand_behind(app: Flask, config: Config) -> None:
    """Believe as many proxies as the settings name, and answer below the base address's path."""
    inner: WSGIApplication = app.wsgi_app
    if prefix := reach.prefix(config):
        inner = Below(inner, prefix)
    if n := config.proxies:
        inner = ProxyFix(inner, x_for=n, x_proto=n, x_host=n)
    app.wsgi_app = inner  # type: ignore[method-assign, assignment]
