"""Who may call what: one table, held against every request and, by a test, against every route.

OPEN asks nobody; PERSON wants a person, signed in by a browser; the other words are the scopes of
API keys, and open to people as well, ADMIN to the owner alone.
"""

from flask import Flask, Response, redirect, request, url_for
from flask_wtf import CSRFProtect
from werkzeug.wrappers import Response as AnyResponse

from app import reach
from app.errors import Forbidden, SignedOut
from app.routes import identity
from app.routes.context import core

OPEN, PERSON, READ, WRITE, UPLOAD, ADMIN = "open", "person", "read", "write", "upload", "admin"
FIGURES = "figures"  # of the whole server: ADMIN, or a program on this machine

# Blueprint: what reading asks for, what changing asks for.
BLUEPRINTS = {
    "static": (OPEN, OPEN),
    "entrance": (OPEN, OPEN),
    "account_api": (PERSON, PERSON),
    "users_api": (ADMIN, ADMIN),
    "ops": (FIGURES, FIGURES),
    "pages": (PERSON, PERSON),
    "lab": (PERSON, PERSON),
    "lab_api": (READ, READ),  # keeps nothing
    "mosaics_api": (READ, READ),  # nor does this
    "description": (READ, READ),
    "photos": (READ, WRITE),
    "photos_api": (READ, WRITE),
    "tags_api": (READ, WRITE),
    "concepts_api": (READ, WRITE),
    "writing_api": (READ, WRITE),
    "people_api": (READ, WRITE),
    "repairs_api": (READ, WRITE),
    "marks_api": (READ, WRITE),
    "authenticity_api": (READ, WRITE),
    "work_api": (READ, WRITE),
    "uploads_api": (UPLOAD, UPLOAD),
    "imports_api": (ADMIN, ADMIN),  # the owner's disk
    "beside_api": (READ, WRITE),
    "enlarging": (READ, WRITE),
    "enlarging_api": (READ, WRITE),
    "exports": (READ, READ),
    "exports_api": (READ, READ),  # a download changes nothing in a library
}
# Routes that differ from their blueprint.
ROUTES = {
    "ops.health": OPEN,
}
PUBLIC = ("lab", "lab_api")  # open to anyone where PROOFSHEET_PUBLIC_LAB says so

csrf = CSRFProtect()


def attach(app: Flask) -> None:
    """Hold the table against every request."""
    csrf.init_app(app)
    app.before_request(guard)
    app.after_request(identity.remember_device)
    app.after_request(keep_private)


def needed(endpoint: str, method: str) -> str | None:
    """Return what a route asks for; None where the table does not say, which nobody may call."""
    if endpoint in ROUTES:
        return ROUTES[endpoint]
    both = BLUEPRINTS.get(endpoint.rpartition(".")[0] or endpoint)
    return both and both[method not in ("GET", "HEAD", "OPTIONS")]


def guard() -> AnyResponse | None:
    """Before each request: let through whoever may do this."""
    if request.endpoint is None:  # there is nothing at this address: the page says so to whom
        identity.visitor()
        return None
    need = needed(request.endpoint, request.method)
    if request.blueprint in PUBLIC and core().config.public_lab:
        need = OPEN
    answer = None if need == OPEN else _ask(need)
    if answer is None and not identity.bearer(request):
        csrf.protect()
    return answer


def _ask(need: str | None) -> AnyResponse | None:
    if (
        need == FIGURES
        and not core().config.proxies
        and reach.is_loopback(request.remote_addr or "")
    ):
        return None
    found = identity.visitor()
    if found is None:
        return sign_in_first()
    wanted = ADMIN if need == FIGURES else need
    if wanted is None or (wanted == PERSON and found.scopes is not None):
        raise Forbidden("Only a person who has signed in may do that, in a browser.")
    if found.scopes is not None and wanted not in found.scopes:
        raise Forbidden(f"This key may not do that: it needs the scope “{wanted}”.")
    if wanted == ADMIN and not found.is_owner:
        raise Forbidden("Only the owner of this Proofsheet may do that.")
    return None


def sign_in_first() -> AnyResponse:
    """Send a person to the page for signing in; tell a program in words."""
    page = request.blueprint in ("pages", "lab") and request.method in ("GET", "HEAD")
    if not page or identity.bearer(request):
        raise SignedOut("Sign in first, or send a valid API key.")
    if identity.is_unclaimed():
        return redirect(url_for("entrance.welcome"))
    here = request.full_path.removesuffix("?")
    return redirect(url_for("entrance.sign_in", next=here if here != "/" else None))


def keep_private(response: Response) -> Response:
    """After each request: where people sign in, pages are not kept by browser or proxy."""
    if response.mimetype == "text/html" and identity.has_accounts():
        response.headers.setdefault("Cache-Control", "no-store")
    return response
