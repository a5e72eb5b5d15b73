"""Makes the Flask application, step by step."""

import hashlib
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from flask import Flask, Response, jsonify, make_response, render_template, request, url_for
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import OperationalError
from werkzeug.exceptions import HTTPException
from werkzeug.routing import IntegerConverter, Map

from app import scripts
from app.config import ROOT, Config
from app.core import Core
from app.errors import AppError, NoRoom, code_of, is_full
from app.models import MAX_ID
from app.proxy import stand_behind
from app.routes import BLUEPRINTS, access, identity, limits
from app.routes.context import check_address
from app.security import guard_names, secure
from app.services.accounts import visitors


class RowId(IntegerConverter):
    """`<int:…>` in an address: a number that a database can have as an id."""

    regex = r"[0-9]{1,10}"

    def __init__(self, url_map: Map) -> None:
        super().__init__(url_map, max=MAX_ID)


def create_app(config: Config | None = None) -> Flask:
    """Build the application for `config` (the environment's by default)."""
    config = config or Config.from_env()
    app = Flask(
        "proofsheet",
        template_folder=str(ROOT / "templates"),
        static_folder=str(ROOT / "static"),
        root_path=str(ROOT),
    )
    configure(app, config)
    app.url_map.converters["int"] = RowId
    app.extensions["core"] = core = Core.build(config)
    stand_behind(app, config)
    guard_names(app, config)
    app.before_request(check_address)
    identity.attach(app)
    limits.attach(app, core)
    access.attach(app)
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
    add_template_words(app)
    scripts.attach(app)
    add_error_pages(app)
    app.after_request(secure)
    return app


def configure(app: Flask, config: Config) -> None:
    """Set what Flask and its extensions need."""
    app.config.update(
        SECRET_KEY=config.secret_key(),
        MAX_CONTENT_LENGTH=config.max_request_mb * 2**20,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",  # a link in a letter finds one signed in
        PERMANENT_SESSION_LIFETIME=visitors.ABSOLUTE,
        SESSION_COOKIE_NAME=f"proofsheet_{config.port}",
        WTF_CSRF_TIME_LIMIT=None,
        WTF_CSRF_CHECK_DEFAULT=False,  # routes.access asks for it, but not of a program with a key
        SEND_FILE_MAX_AGE_DEFAULT=0,
    )
    app.json.sort_keys = False  # type: ignore[attr-defined]


def add_template_words(app: Flask) -> None:
    """Give templates the version and addresses of static files that change with their content."""

    @cache
    def fingerprint(path: str, _changed: int) -> str:
        return hashlib.sha256((Path(app.static_folder or "") / path).read_bytes()).hexdigest()[:10]

    def static_url(path: str) -> str:
        file = Path(app.static_folder or "") / path
        changed = file.stat().st_mtime_ns if file.is_file() else 0
        tag = fingerprint(path, changed) if changed else "missing"
        return url_for("static", filename=path, v=tag)

    try:
        number = version("proofsheet")
    except PackageNotFoundError:  # run from a checkout
        number = "development"

    @app.context_processor
    def words() -> dict[str, object]:
        return {"static_url": static_url, "version": number, "page": ""}


def add_error_pages(app: Flask) -> None:
    """Answer errors in words: JSON for programs, a page for people."""

    @app.errorhandler(AppError)
    def known(error: AppError) -> Response:
        words, status = answer(str(error), error.code, error.status)
        response = make_response(words, status)
        response.headers.update(error.headers)
        return response

    @app.errorhandler(OSError)
    def storage(error: OSError) -> Response:
        if not is_full(error):
            raise error
        return known(NoRoom())

    @app.errorhandler(OperationalError)
    def away(error: OperationalError) -> tuple[Response | str, int]:
        app.logger.warning("the database is away: %s", error.orig)
        words = "The database cannot be reached at this moment. Try again in a minute."
        return answer(words, code_of(503), 503)

    @app.errorhandler(CSRFError)
    def forged(_: CSRFError) -> tuple[Response | str, int]:
        words = "This page has been open for too long. Load it again, then repeat what you did."
        return answer(words, "csrf", 400)

    @app.errorhandler(HTTPException)
    def other(error: HTTPException) -> tuple[Response | str, int]:
        status = error.code or 500
        words = {
            404: "There is nothing at this address.",
            405: "This address does not take that.",
            413: f"This request may hold {(request.max_content_length or 0) >> 20} MB at most.",
            429: "Too many requests in a short time. Wait a minute, then go on.",
            500: "Something failed on the server. Its log says what; your photos are untouched.",
        }
        return answer(words.get(status, error.description or ""), code_of(status), status)


def answer(message: str, code: str, status: int) -> tuple[Response | str, int]:
    """Tell a failure in the form that whoever asked can read."""
    if request.path.startswith("/api/"):
        return jsonify(error={"message": message, "code": code}), status
    title = "Not found" if status == 404 else "That did not work"
    return render_template("error.html", code=status, title=title, message=message), status
