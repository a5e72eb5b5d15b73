"""Jobs, progress, settings, storage."""

from typing import Annotated, Any, Literal, TypedDict

from msgspec import Meta

from app.openapi.shapes.values import Count, Id, Limit, Moment, refine

PRINTED = "^[^\\u0000-\\u001f\\u007f-\\u009f]*$"
JobState = Literal["queued", "running", "done", "failed", "cancelled"]


class Job(TypedDict):
    """One piece of work."""

    id: Id
    photo: Id | None
    name: str | None
    kind: str
    state: JobState
    attempt: Count
    reason: str | None
    at: Moment | None


class JobQuery(TypedDict, total=False):
    """Which jobs."""

    state: JobState
    after: Annotated[int, Meta(description="`next` of the page before.")]
    limit: Limit


class JobCounts(TypedDict):
    """Jobs by state."""

    queued: Count
    running: Count
    done: Count
    failed: Count
    cancelled: Count


class JobPage(TypedDict):
    """A page of jobs, running first, then the newest."""

    jobs: list[Job]
    next: Id | None
    counts: JobCounts


class SomeJobs(TypedDict, total=False):
    """Jobs by id; all of them without."""

    ids: list[Id]


class Progress(TypedDict):
    """How far everything is."""

    uploading: Count
    refused: Count
    waiting: Count
    running: Count
    done: Count
    failed: Count
    total: Count
    paused: bool
    photos_per_s: Annotated[float, Meta(ge=0)]
    eta_s: Annotated[int | None, Meta(description="Seconds left; null: nothing to tell from.")]


class SettingsAnswer(TypedDict):
    """Every setting with its value."""

    settings: dict[str, Any]


class SettingsShown(SettingsAnswer):
    """Every setting with its value, its help, and what may be chosen where that is a few words."""

    help: dict[str, str]
    choices: dict[str, list[str]]


class SettingsChange(TypedDict, total=False):
    """Settings by name; those that are not named stay."""

    analyse_on_upload: bool
    faces: bool
    write_unreviewed: bool
    precision: Annotated[float, Meta(ge=0.5, le=0.999)]
    stacks: bool
    sidecar_name: Literal["came", "came_stem", "full", "stem"]
    write_objects: bool
    write_categories: bool
    write_regions: bool
    write_people: bool
    write_people_keywords: bool
    write_people_flat: bool
    keyword_root: Annotated[
        str, Meta(max_length=100, pattern="^[^\\u0000-\\u001f\\u007f-\\u009f]*$")
    ]
    keyword_hierarchy: Literal["path", "leaf", "parts"]


refine(SettingsChange, additionalProperties=False)


class LastBackup(TypedDict):
    """The last backup that was made by command."""

    at: Moment
    path: str
    size: Count
    photos: Count
    problems: Annotated[int, Meta(ge=0, description="Originals that were missing or damaged.")]


class StorageFigures(TypedDict):
    """What the library takes, in bytes; `folder` and the backup are told to the owner alone."""

    photos: Count
    originals: Count
    free: Count
    folder: str | None
    last_backup: LastBackup | None


class Model(TypedDict):
    """A network: what it is for, what it may be used for, whether it is here."""

    name: str
    purpose: str
    licence: str
    licence_url: str | None
    origin: str
    commercial: bool | None
    default: bool
    size: int | None
    state: Literal["here", "missing"]


class Models(TypedDict):
    """The networks that this program can use."""

    models: list[Model]
