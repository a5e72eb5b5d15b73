"""The pages before one is in: signing in and out, the first run, choosing a password by a link."""

from typing import Any
from urllib.parse import urlsplit

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from app.errors import AppError
from app.routes import identity
from app.routes.context import check_text, core
from app.services.accounts import accounts, passwords

entrance = Blueprint("entrance", __name__)


@entrance.app_context_processor
def _words() -> dict[str, Any]:
    return {
        "visitor": identity.seen(),
        "has_accounts": g.get("has_accounts", True),
        "shortest": passwords.SHORTEST,
    }


@entrance.get("/sign-in")
def sign_in() -> Any:
    """Ask for name and password."""
    if identity.visitor() is not None:
        return redirect(_next())
    if identity.is_unclaimed():
        return redirect(url_for("entrance.welcome"))
    return render_template("sign-in.html", name="", error=None)


@entrance.post("/sign-in")
def try_sign_in() -> Any:
    """Sign in."""
    name, password = _field("name"), _field("password")
    try:
        with core().db.write() as session:
            address, devices = request.remote_addr or "", identity.devices()
            user = accounts.authenticate(session, name, password, address, devices)
    except AppError as error:
        page = render_template("sign-in.html", name=name, error=str(error))
        return page, error.status, error.headers
    identity.sign_in(user)
    return redirect(_next())


@entrance.post("/sign-out")
def sign_out() -> Any:
    """Sign this browser out, and have it forget what it has of the photos."""
    identity.sign_out()
    answer = redirect(url_for("entrance.sign_in"))
    answer.headers["Clear-Site-Data"] = '"cache", "storage"'
    return answer


@entrance.get("/welcome")
def welcome() -> Any:
    """Ask the owner of a new installation for the code from the console."""
    if not identity.is_unclaimed():
        return redirect(url_for("entrance.sign_in"))
    return render_template("welcome.html", code=request.args.get("code", "")[:100], error=None)


@entrance.post("/welcome")
def claim() -> Any:
    """Make the owner's account."""
    if not identity.is_unclaimed():
        return redirect(url_for("entrance.sign_in"))
    code, name = _field("code").strip(), _field("name")
    try:
        return _choose(code, name)
    except AppError as error:
        words = str(error)
        if error.status == 404:
            words = "This code is not valid. Take the one that Proofsheet printed last."
        page = render_template("welcome.html", code=code, name=name, error=words)
        return page, error.status


@entrance.get("/set-password/<token>")
def set_password(token: str) -> Any:
    """Ask for a new password, for whoever has the link."""
    with core().db.read() as session:
        user = accounts.by_link(session, token)
    return render_template("set-password.html", user=user, error=None)


@entrance.post("/set-password/<token>")
def keep_password(token: str) -> Any:
    """Set the password and sign in."""
    with core().db.read() as session:
        user = accounts.by_link(session, token)
    try:
        return _choose(token)
    except AppError as error:
        return render_template("set-password.html", user=user, error=str(error)), error.status


def _choose(token: str, name: str = "") -> Response:
    password = _field("password")
    if password != _field("again"):
        raise AppError("The two passwords differ. Type the same one twice.")
    with core().db.write() as session:
        user = accounts.redeem(session, token, password, name)
        if user.disabled_at is not None:
            raise AppError("This account is disabled. Ask the owner.", status=403)
    identity.sign_in(user)
    flash("Your password is set.")
    return redirect(url_for("pages.library"))


def _field(name: str) -> str:
    value = request.form.get(name, "")[:1000]
    check_text(value)
    return value


def _next() -> str:
    """Return where to go after signing in: an address of ours, never of another site."""
    target = request.args.get("next", "")
    parts = urlsplit(target)
    inside = target.startswith("/") and not target.startswith(("//", "/\\"))
    if not inside or parts.scheme or parts.netloc or not target.isprintable():
        return url_for("pages.library")
    return f"{request.script_root}{target}"
