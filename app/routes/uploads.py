"""tus 1.0 (creation, creation-with-upload, termination, checksum, expiration) and what is known.

The protocol: https://tus.io/protocols/resumable-upload. The offset is the length of the file on
disk, so that a killed server knows exactly what it has.
"""

import base64
import binascii
import re
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any, get_args

from flask import Blueprint, Response, request, url_for

from app.errors import AppError
from app.models import Upload
from app.openapi import Answer, describe
from app.openapi.shapes import uploads as shapes
from app.routes import views
from app.routes.context import body, check_text, core, field, one_of, reading, whole, writing
from app.routes.receiving import ALGORITHMS, receive
from app.services.intake import uploads

api = Blueprint("uploads_api", __name__, url_prefix="/api/v1/uploads")

VERSION = "1.0.0"
EXTENSIONS = "creation,creation-with-upload,termination,checksum,expiration"
BYTES_TYPE = "application/offset+octet-stream"
_LARGEST = 2**53  # bytes: what JSON's numbers can tell
MOST_OFFERS = 1000
DIGEST = re.compile(r"[0-9a-f]{64}")


@api.after_request
def _headers(response: Response) -> Response:
    response.headers["Tus-Resumable"] = VERSION
    if response.status_code == 412:
        response.headers["Tus-Version"] = VERSION
    return response


@api.route("", methods=["OPTIONS"])
@describe(answers={204: Answer(words="In the headers.", headers=shapes.AbilityHeaders)})
def options() -> Response:
    """Tell what this server can do."""
    response = Response(status=204)
    response.headers["Tus-Version"] = VERSION
    response.headers["Tus-Extension"] = EXTENSIONS
    response.headers["Tus-Checksum-Algorithm"] = ",".join(ALGORITHMS)
    response.headers["Tus-Max-Size"] = str(core().config.max_file_mb * 2**20)
    return response


@api.post("/check")
@describe(shapes.KnownFiles, body=shapes.Offers)
def check() -> Any:
    """Tell which files are here already, and add their paths to the photos."""
    offers = field(body(), "files", list)
    if len(offers) > MOST_OFFERS:
        raise AppError(f"Ask about at most {MOST_OFFERS} files at a time.")
    wanted = [_offer(item) for item in offers]
    with writing() as (session, mine):
        known = uploads.check(session, mine, wanted)
    return {
        "files": [
            {"path": offer.path, "known": photo is not None, "photo": photo}
            for offer, photo in zip(wanted, known, strict=True)
        ]
    }


@api.get("")
@describe(shapes.Uploads, query=(shapes.UploadQuery,))
def listing() -> Any:
    """List uploads with how much of each is here."""
    limit = whole("limit", 1000, 1, 5000)
    state = one_of("state", *get_args(shapes.UploadState))
    with reading() as (session, mine):
        found = uploads.listing(session, mine.id, request.args.get("drop"), state, limit)
        return {"uploads": [views.upload(row, uploads.offset(core(), row)) for row in found]}


@api.post("")
@describe(
    answers={201: Answer(words="It has begun, at Location.", headers=shapes.UploadHeaders)},
    headers=shapes.CreateHeaders,
    body=bytes,
    optional_body=True,
    media=BYTES_TYPE,
    errors=(412, 413, 507),
)
def create() -> Response:
    """Begin an upload; the first bytes may come with the request."""
    _check_version()
    size = request.headers.get("Upload-Length", "")
    if not re.fullmatch(r"[0-9]{1,15}", size):
        raise AppError("Upload-Length must be a whole number; deferred lengths are not taken.")
    given = _metadata(request.headers.get("Upload-Metadata", ""))
    digest = given.get("sha256", "").lower()
    if digest and not re.fullmatch(r"[0-9a-f]{64}", digest):
        raise AppError("sha256 must be 64 hex digits.")
    with writing() as (session, mine):
        upload = uploads.create(
            session,
            core(),
            mine,
            path=given.get("path") or given.get("filename") or "unnamed",
            size=int(size),
            drop=_drop(given),
            sha256=digest or None,
            modified=_moment(given.get("modified", "")),
        )
    if request.content_type == BYTES_TYPE or int(size) == 0:
        upload, offset = receive(upload, 0)
    else:
        offset = 0
    return _answer(upload, offset, 201, location=True)


@api.route("/<upload_id>", methods=["HEAD"])
@describe(
    answers={200: Answer(words="How far it is.", headers=shapes.UploadHeaders)},
    headers=shapes.TusHeaders,
    errors=(410, 412),
)
def head(upload_id: str) -> Response:
    """Tell how many bytes are here; finishes an upload that a crash cut off at its last step."""
    _check_version()
    with reading() as (session, mine):
        upload = uploads.get(session, mine.id, upload_id)
        offset = uploads.offset(core(), upload)
    if upload.state == "cancelled":
        raise AppError("This upload was cancelled.", status=410)
    if upload.state == "receiving" and offset == upload.size:
        upload = uploads.complete(core(), upload)
    response = _answer(upload, offset, 200)
    response.headers["Upload-Length"] = str(upload.size)
    response.cache_control.no_store = True
    return response


@api.patch("/<upload_id>")
@describe(
    answers={204: Answer(words="The bytes are here.", headers=shapes.UploadHeaders)},
    headers=shapes.PatchHeaders,
    body=bytes,
    media=BYTES_TYPE,
    errors=(409, 410, 412, 413, 415, 423, 460, 507),
)
def patch(upload_id: str) -> Response:
    """Take the next bytes."""
    _check_version()
    if request.content_type != BYTES_TYPE:
        raise AppError(f"The bytes must come as {BYTES_TYPE}.", status=415)
    position = request.headers.get("Upload-Offset", "")
    if not re.fullmatch(r"[0-9]{1,15}", position):
        raise AppError("Upload-Offset must be a whole number.")
    with reading() as (session, mine):
        upload = uploads.get(session, mine.id, upload_id)
    upload, offset = receive(upload, int(position))
    return _answer(upload, offset, 204)


@api.delete("/<upload_id>")
@describe(answers={204: Answer(words="It is gone.")}, headers=shapes.TusHeaders, errors=(412,))
def terminate(upload_id: str) -> Response:
    """End an upload and remove what is here of it."""
    _check_version()
    with writing() as (session, mine):
        uploads.cancel(session, core(), uploads.get(session, mine.id, upload_id))
    return Response(status=204)


def _answer(upload: Upload, offset: int, status: int, *, location: bool = False) -> Response:
    response = Response(status=status)
    response.headers["Upload-Offset"] = str(offset)
    response.headers["Proofsheet-State"] = upload.state
    if upload.reason:  # header values are Latin-1: words go as UTF-8 in base64
        response.headers["Proofsheet-Reason"] = base64.b64encode(upload.reason.encode()).decode()
    if location:
        response.headers["Location"] = url_for("uploads_api.patch", upload_id=upload.id)
    if upload.state == "receiving":
        ends = upload.created_at + uploads.KEEP_UNFINISHED
        response.headers["Upload-Expires"] = format_datetime(ends, usegmt=True)
    return response


def _check_version() -> None:
    if request.headers.get("Tus-Resumable") != VERSION:
        raise AppError(f"This server speaks tus {VERSION}.", status=412)


def _metadata(header: str) -> dict[str, str]:
    """Read Upload-Metadata: comma-separated pairs of a key and a base64 value."""
    found = {}
    for pair in filter(None, (part.strip() for part in header.split(","))):
        key, _, value = pair.partition(" ")
        try:
            found[key] = base64.b64decode(value, validate=True).decode()
        except (binascii.Error, UnicodeDecodeError):
            raise AppError(f"Upload-Metadata: {key} is not base64 of UTF-8.") from None
    return found


def _drop(given: dict[str, str]) -> str:
    check_text(given.get("drop", ""))
    return given.get("drop", "")


def _moment(milliseconds: str) -> datetime | None:
    try:
        return datetime.fromtimestamp(int(milliseconds) / 1000, UTC)
    except (ValueError, OverflowError, OSError):
        return None


def _offer(item: Any) -> uploads.Offer:
    if not isinstance(item, dict):
        raise AppError("Each file is an object.")
    size, digest = field(item, "size", int), field(item, "sha256", str)
    if not 0 <= size <= _LARGEST or not DIGEST.fullmatch(digest):
        raise AppError("A file has a size in bytes and a sha256 of 64 hex digits.")
    return uploads.Offer(path=field(item, "path", str), size=size, sha256=digest)
