"""Secrets handed out: 256 random bits, kept as a hash that needs no salt."""

import secrets
from hashlib import sha256


def fresh() -> str:
    """Make a token for addresses, cookies and headers."""
    return secrets.token_urlsafe(32)


def digest(token: str) -> str:
    """Return what is kept of a token, as hex."""
    return sha256(token.encode()).hexdigest()
