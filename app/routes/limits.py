"""How many requests a minute are taken from one account, key or address."""

from flask import Flask, request
from flask_limiter import Limiter

from app.core import Core
from app.routes import identity

MANY = ("uploads_api", "photos")  # a drop, and scrolling: many small requests at once
UNCOUNTED = ("static", "ops")
FEW = 60  # a minute: what is sent before somebody is signed in
PICTURES = 12  # a minute: what the lab judges for people without an account


def attach(app: Flask, core: Core) -> Limiter:
    """Count requests in Valkey, or in this process while that cannot be reached."""
    per_minute = core.config.rate

    def limit() -> str:
        factor = 10 if request.blueprint in MANY else 1
        if identity.visitor() is not None or request.method != "POST":
            return f"{per_minute * factor} per minute"
        few = PICTURES if request.blueprint == "lab_api" else FEW
        return f"{min(few, per_minute)} per minute"

    limiter = Limiter(
        _who,
        application_limits=[limit],
        application_limits_exempt_when=lambda: _is_free(per_minute),
        storage_uri=_storage(core.config.redis_client_url),
        storage_options={"socket_connect_timeout": 1, "socket_timeout": 1},
        in_memory_fallback_enabled=True,
        headers_enabled=True,
        key_prefix="proofsheet",
        strategy="fixed-window",
    )
    limiter.init_app(app)
    return limiter


def _who() -> str:
    found = identity.visitor()
    kind = request.blueprint if request.blueprint in (*MANY, "lab_api") else "other"
    if found is None:
        return f"{kind}:{request.method == 'POST'}:{request.remote_addr}"
    return f"{kind}:{found.user.id}:{found.scopes is not None}"


def _is_free(per_minute: int) -> bool:
    kind = request.blueprint or request.endpoint
    return not per_minute or kind in UNCOUNTED or not identity.has_accounts()


def _storage(url: str) -> str:
    return url.replace("unix://", "redis+unix://", 1) if url.startswith("unix://") else url
