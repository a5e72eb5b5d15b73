"""Users, for the owner: invited, given new links, disabled, deleted with their libraries."""

from typing import Any

from flask import Blueprint, url_for

from app.errors import AppError, Conflict
from app.openapi import Answer, describe
from app.openapi.shapes import accounts as shapes
from app.routes import account_views as views
from app.routes import identity
from app.routes.context import body, core, field
from app.services.accounts import accounts, departures

api = Blueprint("users_api", __name__, url_prefix="/api/v1/users")


@api.get("")
@describe(shapes.Users)
def listing() -> Any:
    """List the users."""
    with core().db.read() as session:
        return {"users": [views.user(user) for user in accounts.listing(session)]}


@api.post("")
@describe(
    answers={201: Answer(shapes.UserLink, "Made; give them the link.")},
    body=shapes.NewUser,
    errors=(409,),
)
def create() -> Any:
    """Make a user; the link lets them choose their password."""
    _want_accounts()
    name = field(body(), "name", str)
    with core().db.write() as session:
        user, token = accounts.create(session, name)
    return {"user": views.user(user), "link": _link(token)}, 201


@api.post("/<int:user_id>/link")
@describe(shapes.UserLink, errors=(409,))
def link(user_id: int) -> Any:
    """Make a link with which a user chooses a new password."""
    _want_accounts()
    with core().db.write() as session:
        user = accounts.get(session, user_id)
        if user.disabled_at is not None:
            raise Conflict("This account is disabled. Enable it first.")
        return {"user": views.user(user), "link": _link(accounts.link(session, user))}


@api.post("/<int:user_id>/<any(disable, enable):what>")
@describe(shapes.OneUser)
def disable(user_id: int, what: str) -> Any:
    """Keep a user out, or let them in again."""
    with core().db.write() as session:
        return {"user": views.user(accounts.set_disabled(session, user_id, what == "disable"))}


@api.delete("/<int:user_id>")
@describe(shapes.Deleted, body=shapes.Farewell, errors=(429,))
def delete(user_id: int) -> Any:
    """Delete a user and their library for good; asks for the user's name and one's own password."""
    values = body()
    name, password = field(values, "name", str), field(values, "password", str)
    with core().db.write() as session:
        user = accounts.get(session, user_id)
        if accounts.find(session, name) is not user:
            raise AppError(f"Type the name {user.name} to delete this account.")
        accounts.confirm(session, identity.known_visitor().user, password)
        return {"deleted": departures.delete_user(session, core(), user_id)}


def _want_accounts() -> None:
    if not identity.has_accounts():
        raise Conflict("Set a password for yourself first: nobody signs in here yet.")


def _link(token: str) -> str:
    return url_for("entrance.set_password", token=token, _external=True)
