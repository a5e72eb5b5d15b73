"""One's own account: password, browsers that are signed in, API keys."""

from typing import Any

from flask import Blueprint

from app.errors import NotFound
from app.openapi import Answer, describe
from app.openapi.shapes import accounts as shapes
from app.openapi.shapes.values import Changed
from app.routes import account_views as views
from app.routes import identity
from app.routes.context import body, core, field
from app.services.accounts import accounts, api_keys, visitors

api = Blueprint("account_api", __name__, url_prefix="/api/v1/account")


@api.get("")
@describe(shapes.Account)
def show() -> Any:
    """Tell who asks, and with which rights."""
    return {"user": views.user(identity.known_visitor().user), "accounts": identity.has_accounts()}


@api.put("/password")
@describe(shapes.OneUser, body=shapes.PasswordChange, errors=(409, 429))
def change_password() -> Any:
    """Change the password; the first one of an owner on loopback asks people to sign in."""
    mine, values = identity.known_visitor(), body()
    current, new = field(values, "current", str, ""), field(values, "new", str)
    name = field(values, "name", str, "")
    with core().db.write() as session:
        accounts.choose_password(session, mine.user, current, new, keep=mine.sign_in, name=name)
        user = accounts.get(session, mine.user.id)
    if mine.sign_in is None:
        identity.sign_in(user)
    return {"user": views.user(user)}


@api.get("/sign-ins")
@describe(shapes.SignIns)
def sign_ins() -> Any:
    """List the browsers that are signed in."""
    mine = identity.known_visitor()
    with core().db.read() as session:
        rows = visitors.sign_ins(session, mine.user.id)
    return {"sign_ins": [views.sign_in(row, row.id == mine.sign_in) for row in rows]}


@api.delete("/sign-ins/<int:sign_in_id>")
@describe(Changed)
def end_sign_in(sign_in_id: int) -> Any:
    """Sign one browser out."""
    with core().db.write() as session:
        if not visitors.end(session, identity.known_visitor().user.id, sign_in_id):
            raise NotFound("This browser is not signed in.")
    return {"changed": 1}


@api.post("/sign-ins/end-others")
@describe(Changed)
def end_others() -> Any:
    """Sign every other browser out."""
    mine = identity.known_visitor()
    with core().db.write() as session:
        count = visitors.end_others(session, mine.user.id, mine.sign_in)
        session.commit()
    return {"changed": count}


@api.get("/keys")
@describe(shapes.ApiKeys)
def keys() -> Any:
    """List API keys and what scopes there are."""
    with core().db.read() as session:
        rows = api_keys.of_user(session, identity.known_visitor().user.id)
    return {"keys": [views.api_key(row) for row in rows], "scopes": api_keys.SCOPES}


@api.post("/keys")
@describe(
    answers={201: Answer(shapes.ApiKeyMade, "Made; the secret is told this once.")},
    body=shapes.NewApiKey,
)
def make_key() -> Any:
    """Make an API key; its secret is told this once."""
    mine, values = identity.known_visitor(), body()
    name, scopes = field(values, "name", str), field(values, "scopes", list)
    days = field(values, "days", int, None)
    with core().db.write() as session:
        key, secret = api_keys.create(session, mine.user, name, scopes, days)
    return {"key": views.api_key(key), "secret": secret}, 201


@api.delete("/keys/<int:key_id>")
@describe(Changed)
def revoke_key(key_id: int) -> Any:
    """End an API key."""
    with core().db.write() as session:
        api_keys.revoke(session, identity.known_visitor().user.id, key_id)
    return {"changed": 1}
