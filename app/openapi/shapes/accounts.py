"""Users, browsers that are signed in, API keys."""

from typing import Annotated, Literal, TypedDict

from msgspec import Meta

from app.openapi.shapes.values import Id, Moment, Text

Scope = Literal["read", "write", "upload", "admin"]
Password = Annotated[str, Meta(description="At least 10 characters.")]
Link = Annotated[str, Meta(description="An address that works once, for three days.")]


class User(TypedDict):
    """Somebody with a library."""

    id: Id
    name: str
    role: Literal["owner", "member"]
    invited: Annotated[bool, Meta(description="Has not chosen a password yet.")]
    disabled: bool
    since: Moment


class Account(TypedDict):
    """Who asks, and whether people sign in here."""

    user: User
    accounts: bool


class OneUser(TypedDict):
    """A user."""

    user: User


class UserLink(OneUser):
    """A user with the link by which they choose their password."""

    link: Link


class Users(TypedDict):
    """Every user, the owner first."""

    users: list[User]


class NewUser(TypedDict):
    """A user to be made."""

    name: Text


class Farewell(TypedDict):
    """What is asked before a user is deleted: their name, and one's own password."""

    name: Text
    password: Text


class Deleted(TypedDict):
    """The name of the user who is gone."""

    deleted: str


class _NewPassword(TypedDict):
    new: Password


class PasswordChange(_NewPassword, total=False):
    """A new password; `current` where there is one, else the owner's `name`."""

    current: Text
    name: Text


class SignIn(TypedDict):
    """A browser that is signed in."""

    id: Id
    address: str
    browser: str
    since: Moment
    seen: Moment
    here: Annotated[bool, Meta(description="The browser that asks.")]


class SignIns(TypedDict):
    """The browsers that are signed in, the last used first."""

    sign_ins: list[SignIn]


class ApiKey(TypedDict):
    """An API key, recognised by its start."""

    id: Id
    name: str
    prefix: str
    scopes: list[Scope]
    since: Moment
    used: Moment | None
    expires: Moment | None


class ApiKeys(TypedDict):
    """A user's API keys, and what each scope allows."""

    keys: list[ApiKey]
    scopes: dict[str, str]


class _NamedKey(TypedDict):
    name: Text
    scopes: list[Scope]


class NewApiKey(_NamedKey, total=False):
    """A key to be made; without `days` it has no end."""

    days: Annotated[int, Meta(ge=1, le=3650)] | None


class ApiKeyMade(TypedDict):
    """A new key with its secret, which is told this once."""

    key: ApiKey
    secret: str
