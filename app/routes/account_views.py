"""How users, sign-ins and API keys look to the page: never with a secret."""

from typing import Any

from app.models import ApiKey, SignIn, User
from app.routes.views import moment


def user(row: User) -> dict[str, Any]:
    """Return a user."""
    return {
        "id": row.id,
        "name": row.name,
        "role": row.role,
        "invited": row.password is None,
        "disabled": row.disabled_at is not None,
        "since": moment(row.created_at),
    }


def sign_in(row: SignIn, here: bool) -> dict[str, Any]:
    """Return a browser that is signed in; `here` is the one that asks."""
    return {
        "id": row.id,
        "address": row.address,
        "browser": row.agent,
        "since": moment(row.created_at),
        "seen": moment(row.seen_at),
        "here": here,
    }


def api_key(row: ApiKey) -> dict[str, Any]:
    """Return an API key by its start."""
    return {
        "id": row.id,
        "name": row.name,
        "prefix": row.prefix,
        "scopes": row.scopes,
        "since": moment(row.created_at),
        "used": moment(row.used_at),
        "expires": moment(row.expires_at),
    }
