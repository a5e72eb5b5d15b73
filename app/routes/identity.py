"""Who asks: Flask-Login over our own sign-ins and API keys; without accounts, the owner."""

from typing import Any

from flask import Flask, current_app, g, request, session
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface
from flask.wrappers import Request as FlaskRequest
from flask_login import LoginManager, UserMixin, current_user, login_user, logout_user
from itsdangerous import BadSignature, URLSafeSerializer

from app import reach
from app.core import Core
from app.errors import SignedOut
from app.models import User, now
from app.services import settings
from app.services.accounts import tokens, visitors
from app.services.accounts.api_keys import START
from app.services.accounts.visitors import Visitor

DEVICE_S = 365 * 86_400
MOST_DEVICES = 5


class Cookies(SecureCookieSessionInterface):
    """Session cookies: none for programs with a key, secure where the browser speaks https."""

    def open_session(self, app: Flask, request: FlaskRequest) -> SecureCookieSession | None:
        """Read the cookie, unless the request has a key: one or the other decides, never both."""
        return SecureCookieSession() if bearer(request) else super().open_session(app, request)

    def get_cookie_secure(self, app: Flask) -> bool:  # noqa: ARG002  (Flask's signature)
        """Ask the outermost proxy."""
        return request.is_secure

    def get_cookie_path(self, app: Flask) -> str:  # noqa: ARG002  (Flask's signature)
        """Return the path below which the app lies."""
        return f"{request.script_root}/"


class LoggedIn(UserMixin):  # type: ignore[misc]
    """What Flask-Login keeps: the visitor, and the token that its cookie holds."""

    def __init__(self, visitor: Visitor, token: str = "") -> None:
        self.visitor = visitor
        self.token = token

    def get_id(self) -> str:
        """Return what the cookie holds: a token of this sign-in, worthless once it has ended."""
        return self.token


def attach(app: Flask) -> None:
    """Let Flask-Login find out who asks."""
    app.session_interface = Cookies()
    login = LoginManager(app)
    login.session_protection = None  # phones change their address; sign-ins end on the server
    login.user_loader(_by_cookie)
    login.request_loader(_by_request)


def bearer(given: FlaskRequest) -> str:
    """Return the API key of a request, or ""."""
    kind, _, secret = given.headers.get("Authorization", "").partition(" ")
    return secret.strip() if kind.lower() == "bearer" else ""


def visitor() -> Visitor | None:
    """Return who asks; None where nobody is signed in."""
    found: Visitor | None = getattr(current_user, "visitor", None)
    return found


def seen() -> Visitor | None:
    """Return who asks as far as that is known already: it asks no database."""
    return getattr(g.get("_login_user"), "visitor", None)


def known_visitor() -> Visitor:
    """Return who asks; SignedOut where nobody is signed in."""
    found = visitor()
    if found is None:
        raise SignedOut("Sign in first.")
    return found


def has_accounts() -> bool:
    """Tell whether one has to sign in here."""
    if "has_accounts" not in g:
        needed = reach.needs_accounts(_core().config)
        if needed is None:
            owner = _owner()
            needed = owner is not None and owner.user.password is not None
        g.has_accounts = needed
    return bool(g.has_accounts)


def is_unclaimed() -> bool:
    """Tell whether accounts are needed and the owner has none yet."""
    owner = _owner()
    return has_accounts() and (owner is None or owner.user.password is None)


def sign_in(user: User) -> None:
    """Sign this browser in, with a session that nobody could have known before."""
    agent = request.headers.get("User-Agent", "")
    with _core().db.write() as db:
        token = visitors.begin(db, user, request.remote_addr or "", agent)
        found = visitors.by_sign_in(db, token)
    assert found is not None  # noqa: S101  (begun above)
    session.clear()
    session.permanent = True
    login_user(LoggedIn(found, token))
    g.device = user.id


def sign_out() -> None:
    """End this browser's session, on the server as well."""
    found = visitor()
    if found is not None and found.sign_in is not None:
        with _core().db.write() as db:
            visitors.end(db, found.user.id, found.sign_in)
    logout_user()
    session.clear()


def devices() -> dict[int, str]:
    """Return the marks of users who signed in with this browser before, by user."""
    try:
        found = _signer().loads(request.cookies.get(_device_cookie(), ""))
    except BadSignature:
        return {}
    return {int(user): str(mark) for user, mark in found}


def remember_device(response: Any) -> Any:
    """After a request that signed in: mark the browser, so that others cannot keep its user out."""
    user_id = g.pop("device", None)
    if user_id is None:
        return response
    marks = {user: mark for user, mark in devices().items() if user != user_id}
    kept = [*[*marks.items()][1 - MOST_DEVICES :], (user_id, tokens.fresh()[:16])]
    response.set_cookie(
        _device_cookie(),
        _signer().dumps(kept),
        max_age=DEVICE_S,
        httponly=True,
        samesite="Lax",
        secure=request.is_secure,
        path=f"{request.script_root}/sign-in",
    )
    return response


def _by_cookie(token: str) -> LoggedIn | None:
    with _core().db.read() as db:
        found = visitors.by_sign_in(db, token)
    if found is None:
        return None
    _note(found, sign_in=token)
    return LoggedIn(found, token)


def _by_request(given: FlaskRequest) -> LoggedIn | None:
    if secret := bearer(given):
        with _core().db.read() as db:
            found = visitors.by_key(db, secret) if secret.startswith(START) else None
        if found is not None:
            _note(found, key=secret)
    else:
        found = None if has_accounts() else _owner(make=True)
    return LoggedIn(found) if found else None


def _note(found: Visitor, *, sign_in: str = "", key: str = "") -> None:
    """Keep the last use, to the minute: a read must not write each time."""
    if found.used_at is None or now() - found.used_at > visitors.SEEN:
        with _core().db.write() as db:
            visitors.note_use(db, sign_in=sign_in, key=key)


def _owner(make: bool = False) -> Visitor | None:
    if "owner" not in g:
        with _core().db.read() as db:
            g.owner = visitors.owner(db)
    if g.owner is None and make:
        with _core().db.write() as db:
            settings.owner(db)
            g.owner = visitors.owner(db)
    found: Visitor | None = g.owner
    return found


def _signer() -> URLSafeSerializer:
    return URLSafeSerializer(str(current_app.secret_key), salt="device")


def _device_cookie() -> str:
    return f"{current_app.config['SESSION_COOKIE_NAME']}_device"


def _core() -> Core:
    found: Core = current_app.extensions["core"]
    return found
