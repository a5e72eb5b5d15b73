"""Errors that a person may read: each carries the HTTP status and words that say what to do."""

import errno


class AppError(Exception):
    """A request that cannot be carried out; `str(error)` is shown to the user.

    `status` is the HTTP status, `code` a short stable name for programs.
    """

    status = 400
    code = "bad_request"

    def __init__(self, message: str, *, status: int | None = None, code: str | None = None) -> None:
        super().__init__(message)
        self.status = status or self.status
        self.code = code or self.code


class NotFound(AppError):
    """The thing is not there, or it belongs to somebody else: both look the same from outside."""

    status = 404
    code = "not_found"


class Conflict(AppError):
    """The request contradicts what is there now, such as a wrong upload offset."""

    status = 409
    code = "conflict"


class TooLarge(AppError):
    """More bytes than the settings allow."""

    status = 413
    code = "too_large"


class NoRoom(AppError):
    """The disk is full, or soon would be."""

    status = 507
    code = "no_room"

    def __init__(self) -> None:
        super().__init__(
            "There is no room left on the disk where the photos are kept. Make room, then retry."
        )


def is_full(error: OSError) -> bool:
    """Tell whether a write failed because the disk, or the user's share of it, is full."""
    return error.errno in (errno.ENOSPC, errno.EDQUOT)
