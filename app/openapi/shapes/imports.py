"""Folders on the server's disk, imports of them, sidecars beside originals."""

from typing import Annotated, Literal, TypedDict

from msgspec import Meta

from app.openapi.shapes.values import Count, Id


class FolderQuery(TypedDict, total=False):
    """Which folder; none: the allowed folders themselves."""

    path: str


class Inner(TypedDict):
    """A folder in a folder."""

    name: str
    path: str


class Folder(TypedDict):
    """A folder on the server's disk that may be imported from."""

    path: str
    parent: Annotated[str | None, Meta(description='"" leads to the allowed folders.')]
    folders: list[Inner]
    photos: Annotated[int, Meta(ge=0, description="Photos that lie directly in it.")]
    more: Annotated[bool, Meta(description="There are more folders than are listed.")]


class Begin(TypedDict):
    """The folder to import, as the list of folders names it."""

    path: str


class Counts(TypedDict):
    """Files by what became of them."""

    added: Count
    updated: Count
    unchanged: Count
    refused: Count
    missing: Count


class Refused(TypedDict):
    """A file that was not taken."""

    name: str
    reason: str


class Import(TypedDict):
    """How far an import is; `at` is the last path that was looked at."""

    id: Id
    path: str
    state: Literal["running", "done", "failed", "cancelled"]
    reason: str | None
    at: str
    counts: Counts
    problems: Annotated[list[Refused], Meta(description="The first 200.")]


class Imports(TypedDict):
    """Imports, the newest first."""

    imports: list[Import]
    allowed: Annotated[bool, Meta(description="Whether there are folders to import from.")]


class Beside(TypedDict):
    """How many of a selection lie in place, and how many do not."""

    photos: Count
    others: Count
