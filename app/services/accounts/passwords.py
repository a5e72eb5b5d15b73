"""Passwords: argon2id, and which ones may be chosen (NIST SP 800-63B: length, nothing common)."""

import unicodedata
from functools import cache
from threading import BoundedSemaphore

from argon2 import PasswordHasher
from argon2.exceptions import VerificationError

from app.errors import AppError

SHORTEST, LONGEST = 10, 200
# OWASP's parameters: 19 MiB, two passes; 50 ms on one core.
HASHER = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
_ROOM = BoundedSemaphore(2)  # strangers may ask for hashes: they get 40 MB of memory and no more

# Those of ten characters and more from the usual lists of what is tried first, without digits at
# their end.
COMMONEST = frozenset(
    [
        "abcdefghij",
        "administrator",
        "basketball",
        "bigdaddy",
        "butterfly",
        "california",
        "challenger",
        "changeme",
        "chocolate",
        "christopher",
        "computer",
        "consultant",
        "dragonball",
        "elizabeth",
        "everything",
        "football",
        "gfhjkm",
        "hahahaha",
        "iloveyou",
        "iloveyouso",
        "internet",
        "jonathan",
        "letmein",
        "letmeinnow",
        "liverpool",
        "lovelove",
        "manchester",
        "michaeljackson",
        "mustang",
        "password",
        "passwordpassword",
        "passw0rd",
        "p@ssw0rd",
        "photography",
        "photographer",
        "photos",
        "proofsheet",
        "princess",
        "q1w2e3r4t5",
        "q1w2e3r4t5y6",
        "qazwsxedc",
        "qwerty",
        "qwertyqwerty",
        "qwertyui",
        "qwertyuiop",
        "qwertzuiop",
        "qwerty123456",
        "samsung",
        "secretsecret",
        "sunshine",
        "superman",
        "tinkerbell",
        "trustno1",
        "unbelievable",
        "welcome",
        "whatever",
        "1q2w3e4r5t",
        "1q2w3e4r5t6y",
        "1qaz2wsx3edc",
        "1qazxsw23edc",
        "zaq12wsx",
        "zxcvbnm",
        "zxcvbnmasd",
        "asdfghjkl",
        "asdfghjkl;",
        "asdfasdfasdf",
        "aaaaaaaaaa",
        "abcabcabca",
        "abc123abc123",
        "correcthorsebatterystaple",
    ]
)
DIGITS = frozenset(["1234567890", "0987654321", "9876543210", "0123456789"])


def check(password: str, name: str) -> None:
    """AppError in words unless `password` may be chosen by the user of this name."""
    if len(password) < SHORTEST:
        raise AppError(f"Choose a password of at least {SHORTEST} characters.")
    if len(password) > LONGEST:
        raise AppError(f"A password has at most {LONGEST} characters.")
    plain = _plain(password).casefold()
    bare = plain.rstrip("0123456789!.?*")
    own = name.casefold()
    rest = plain.replace(own, "") if own else plain
    counting = any((digits * 3).startswith(plain) for digits in DIGITS)
    if {plain, bare} & COMMONEST or counting or len(set(plain)) < 3 or len(rest) < 4:
        raise AppError("This password is among the first that are tried. Choose another.")


def hashed(password: str) -> str:
    """Hash a password."""
    with _ROOM:
        return HASHER.hash(_plain(password))


def matches(known: str | None, password: str) -> bool:
    """Tell whether a password belongs to a hash; takes the same time where there is none."""
    if len(password) > LONGEST:
        password = ""
    with _ROOM:
        try:
            HASHER.verify(known or _nobodys(), _plain(password))
        except VerificationError:
            return False
    return known is not None


def is_outdated(known: str) -> bool:
    """Tell whether a hash was made with other parameters than today's."""
    return HASHER.check_needs_rehash(known)


def _plain(password: str) -> str:
    return unicodedata.normalize("NFKC", password)  # the same word, whatever keyboard it came from


@cache
def _nobodys() -> str:
    return HASHER.hash("no account has this password")
