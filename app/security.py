"""What keeps a page from being misused: names we answer to, and headers on every answer."""

from flask import Flask, Response, request

from app import reach
from app.config import Config

POLICY = (
    "default-src 'self'; img-src 'self' data: blob:; object-src 'none'; base-uri 'none'; "
    "form-action 'self'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=()",
}
HSTS_S = 31_536_000
FORWARDED = ("X-Forwarded-For", "X-Forwarded-Host", "Forwarded")


def guard_names(app: Flask, config: Config) -> None:
    """Answer to our own names alone, and to a proxy only where the settings know of it.

    A page elsewhere may point its name at this address. Werkzeug's own TRUSTED_HOSTS knows no IPv6
    address.
    """
    alone = not reach.is_exposed(config)

    @app.before_request
    def refuse_other_names() -> Response | None:
        words = ""
        if not reach.knows(config, request.headers.get("Host", "")):
            words = (
                f"Proofsheet answers at {reach.address(config)} alone. "
                "Another name is added by PROOFSHEET_NAMES or PROOFSHEET_BASE_URL."
            )
        elif alone and any(name in request.headers for name in FORWARDED):
            words = (
                "This request came through a proxy, and Proofsheet takes whoever reaches it for "
                "its owner. Set PROOFSHEET_PROXIES and PROOFSHEET_BASE_URL: then people sign in."
            )
        return Response(f"{words}\n", 400, mimetype="text/plain") if words else None


def secure(response: Response) -> Response:
    """Add the headers that keep a page from being misused."""
    headers = response.headers
    for name, value in HEADERS.items():
        headers.setdefault(name, value)
    if request.is_secure:
        headers.setdefault("Strict-Transport-Security", f"max-age={HSTS_S}")
    if request.path.startswith("/static/") and "v" in request.args:
        response.cache_control.public = True
        response.cache_control.max_age = 31_536_000
        response.cache_control.no_cache = None
    elif request.path.startswith("/api/"):
        headers.setdefault("Cache-Control", "no-store")
    return response
