"""The bytes of an upload: appended to its file, alone, checked where they came with a checksum."""

import base64
import binascii
import errno
import fcntl
import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from flask import request

from app.errors import AppError, Conflict, TooLarge
from app.models import Upload
from app.routes.context import core
from app.services.intake import uploads

ALGORITHMS = ("sha256", "sha1", "md5")
PIECE = 256 * 1024


class ChecksumMismatch(AppError):
    """A chunk does not have the checksum that it was sent with."""

    status = 460
    code = "checksum_mismatch"


def receive(upload: Upload, position: int) -> tuple[Upload, int]:
    """Append the request's bytes at `position`; completes the upload with its last byte."""
    if upload.state == "cancelled":
        raise AppError("This upload was cancelled.", status=410)
    if upload.state == "receiving":
        part = core().storage.part(upload.id)
        with _full_disk_in_words(), _locked(part) as file:
            here = file.seek(0, 2)
            if here != position:
                raise Conflict(f"The server has {here} bytes, not {position}.")
            _append(file, upload, position)
            offset = file.tell()
    else:
        offset = upload.size
        if position != offset:
            raise Conflict(f"The server has {offset} bytes, not {position}.")
    if offset == upload.size:
        upload = uploads.complete(core(), upload)
    return upload, offset


def _append(file: BinaryIO, upload: Upload, position: int) -> None:
    """Write the request's bytes; unchecked ones of a request that breaks off are kept."""
    algorithm, wanted = _checksum(request.headers.get("Upload-Checksum", ""))
    digest = hashlib.new(algorithm, usedforsecurity=False) if algorithm else None
    room, sound = upload.size - position, False
    try:
        while piece := request.stream.read(PIECE):
            room -= len(piece)
            if room < 0:
                raise TooLarge("More bytes came than were announced.")
            if digest:
                digest.update(piece)
            file.write(piece)
        if digest and digest.digest() != wanted:
            raise ChecksumMismatch("The bytes were damaged on the way. Send them again.")
        sound = True
    finally:
        if not sound and (digest or room < 0):
            file.truncate(position)


@contextmanager
def _full_disk_in_words() -> Iterator[None]:
    """Say that there is no room left; what has arrived stays, so that the page can go on later."""
    try:
        yield
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT):
            raise
        words = (
            "There is no room left on the disk where the photos are kept. Make room, then retry."
        )
        raise AppError(words, status=507) from None


@contextmanager
def _locked(part: Path) -> Iterator[BinaryIO]:
    """Open an upload's file alone: two requests for one upload must not mix their bytes."""
    try:
        file = part.open("r+b")
    except FileNotFoundError:
        raise AppError("This upload is no longer here. Start it again.", status=410) from None
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise AppError("Another request is sending this file.", status=423) from None
        yield file


def _checksum(header: str) -> tuple[str, bytes]:
    if not header:
        return "", b""
    algorithm, _, value = header.partition(" ")
    if algorithm not in ALGORITHMS:
        raise AppError(f"The checksum must be one of {', '.join(ALGORITHMS)}.")
    try:
        return algorithm, base64.b64decode(value, validate=True)
    except binascii.Error:
        raise AppError("The checksum is not base64.") from None
