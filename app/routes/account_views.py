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


def browser(agent: str) -> str:
    """Return a browser's name and its system, by the marks that they put into User-Agent."""
    marks = {"Edg": "Edge", "OPR": "Opera", "Firefox": "Firefox", "FxiOS": "Firefox"}
    marks |= {"Chrom": "Chrome", "CriOS": "Chrome", "Safari": "Safari"}
    systems = {"Android": "Android", "iPhone": "iPhone", "iPad": "iPad", "Windows": "Windows"}
    systems |= {"Mac OS": "macOS", "CrOS": "ChromeOS", "Linux": "Linux"}
    name = next((name for mark, name in marks.items() if mark in agent), "A browser")
    system = next((name for mark, name in systems.items() if mark in agent), "")
    return f"{name} on {system}" if system else name
