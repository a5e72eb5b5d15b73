"""Errors that a person may read: each carries the HTTP status and words that say what to do."""

import errno

# What programs may rely on within version 1 of the API: a code keeps its meaning.
CODES = {
    "bad_request": "the request makes no sense as it is",
    "csrf": "the token of the page is missing or too old",
    "sign_in": "nobody is signed in, or the key is not valid",
    "forbidden": "this account or key may not do that",
    "not_found": "it is not there, or it belongs to somebody else",
    "method_not_allowed": "this address does not take this method",
    "conflict": "it contradicts what is there now",
    "gone": "it was here and is no longer",
    "precondition_failed": "a header that the protocol needs is missing or wrong",
    "too_large": "more bytes than the settings allow",
    "unsupported_media_type": "the body is of the wrong type",
    "range_not_satisfiable": "there are no such bytes",
    "locked": "somebody else is at it at this moment",
    "too_many_requests": "too often; Retry-After tells how long to wait",
    "checksum_mismatch": "the bytes were damaged on the way",
    "internal": "something failed on the server; its log says what",
    "unavailable": "the database is away for a moment",
    "no_room": "the disk is full",
}
_OF_STATUS = {
    401: "sign_in",
    403: "forbidden",
    404: "not_found",
    405: "method_not_allowed",
    409: "conflict",
    410: "gone",
    412: "precondition_failed",
    413: "too_large",
    415: "unsupported_media_type",
    416: "range_not_satisfiable",
    423: "locked",
    429: "too_many_requests",
    500: "internal",
    503: "unavailable",
    507: "no_room",
}


def code_of(status: int) -> str:
    """The code that goes with a status where nothing more is known."""
    return _OF_STATUS.get(status, "bad_request")


class AppError(Exception):
    """A request that cannot be carried out; `str(error)` is shown to the user.

    `status` is the HTTP status, `code` one of CODES; by default it follows the status.
    """

    status = 400
    code = "bad_request"

    def __init__(self, message: str, *, status: int | None = None, code: str | None = None) -> None:
        super().__init__(message)
        self.status = status or self.status
        self.code = code or (code_of(status) if status else self.code)
        self.headers: dict[str, str] = {}


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


class SignedOut(AppError):
    """Nobody is signed in, or the key is not valid."""

    status = 401
    code = "sign_in"


class Forbidden(AppError):
    """Whoever asks may not do this."""

    status = 403
    code = "forbidden"


class TooMany(AppError):
    """Too many attempts: to be repeated after `retry_after` seconds."""

    status = 429
    code = "too_many_requests"

    def __init__(self, retry_after: int) -> None:
        wait = f"{retry_after} s" if retry_after < 120 else f"{-(-retry_after // 60)} minutes"
        super().__init__(f"Too many wrong attempts. Try again in {wait}.")
        self.headers = {"Retry-After": str(retry_after)}


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
