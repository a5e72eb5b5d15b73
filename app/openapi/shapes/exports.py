"""Downloads."""

from typing import Literal, TypedDict

from app.openapi.shapes.values import Address, Count, Id, Selected, refine


class ExportOptions(TypedDict, total=False):
    """How a download looks; `metadata_only` holds .xmp files alone, in the folders dropped.

    `regions`, `people` (PersonInImage) and `people_keywords`: where names of people are written;
    null: as the settings say. Of private people nothing is written whatever they say. `pictures`:
    repaired ones in their originals' stead, or beside them with "-repaired" after the name.
    """

    layout: Literal["folders", "date", "flat"]
    pictures: Literal["repaired", "originals", "both"]
    sidecars: bool
    metadata_only: bool
    unreviewed: bool | None
    regions: bool | None
    people: bool | None
    people_keywords: bool | None


refine(ExportOptions, additionalProperties=False)


class NewExport(Selected, total=False):
    """A download to be made."""

    options: ExportOptions


class NewExportMade(TypedDict):
    """A download that has begun."""

    id: Id


class Estimate(TypedDict):
    """How large a download would be, in bytes."""

    photos: Count
    size: Count


class Told(TypedDict):
    """What there is to tell about a file."""

    name: str
    reason: str


class Export(TypedDict):
    """How far a download is; `url` gives the zip once it is ready."""

    id: Id
    state: Literal["preparing", "ready", "failed", "cancelled"]
    reason: str | None
    done: Count
    total: Count
    size: int | None
    errors: list[Told]
    notes: list[Told]
    url: Address | None
