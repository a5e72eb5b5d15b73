"""Uploads: tus 1.0, and what is known already. The protocol: https://tus.io/protocols."""

from typing import Annotated, Literal, TypedDict

from msgspec import Meta

from app.openapi.shapes.values import Count, Id, Limit, Text

UploadState = Literal["receiving", "waiting", "done", "duplicate", "refused", "cancelled"]
Version = Annotated[str, Meta(pattern="^1\\.0\\.0$")]
Bytes = Annotated[str, Meta(pattern="^[0-9]{1,15}$")]
ChecksumHeader = Annotated[
    str,
    Meta(
        description="Algorithm (sha256, sha1, md5) and base64 of the chunk's hash.",
        pattern="^(sha256|sha1|md5) [A-Za-z0-9+/]+={0,2}$",
    ),
]
MetadataHeader = Annotated[
    str,
    Meta(
        description="Pairs of key and base64 of UTF-8, joined by commas: path, sha256 (hex), "
        "modified (ms), drop (the client's id of the drop).",
    ),
]


class Offer(TypedDict):
    """A file that a client would send."""

    path: Text
    size: Annotated[int, Meta(ge=0, le=2**53)]
    sha256: Annotated[str, Meta(pattern="^[0-9a-f]{64}$")]


class Offers(TypedDict):
    """Files that a client would send."""

    files: Annotated[list[Offer], Meta(max_length=1000)]


class Known(TypedDict):
    """Whether a file is here; `photo` is the one that has its bytes."""

    path: str
    known: bool
    photo: Id | None


class KnownFiles(TypedDict):
    """Which files are here."""

    files: list[Known]


class UploadQuery(TypedDict, total=False):
    """Which uploads."""

    drop: str
    state: UploadState
    limit: Limit


class Upload(TypedDict):
    """A file on its way, or what became of it; `reason` tells why it is refused."""

    id: str
    path: str
    size: Count
    offset: Count
    state: UploadState
    reason: str | None
    photo: Id | None


class Uploads(TypedDict):
    """Files on their way, the newest first."""

    uploads: list[Upload]


# Headers have dashes, which Python's names have not.
TusHeaders = TypedDict("TusHeaders", {"Tus-Resumable": Version})
CreateHeaders = TypedDict(
    "CreateHeaders",
    {
        "Tus-Resumable": Version,
        "Upload-Length": Bytes,
        "Upload-Metadata": MetadataHeader,
    },
)
PatchHeaders = TypedDict("PatchHeaders", {"Tus-Resumable": Version, "Upload-Offset": Bytes})
UploadHeaders = TypedDict(
    "UploadHeaders",
    {
        "Tus-Resumable": Version,
        "Upload-Offset": Bytes,
        "Proofsheet-State": UploadState,
    },
)
AbilityHeaders = TypedDict(
    "AbilityHeaders",
    {
        "Tus-Resumable": Version,
        "Tus-Version": str,
        "Tus-Extension": str,
        "Tus-Max-Size": Bytes,
        "Tus-Checksum-Algorithm": str,
    },
)
