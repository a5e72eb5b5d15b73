"""The pages' JavaScript as it is served: without comments and indentation, a sixth lighter.

rjsmin knows no grammar (a template within a template loses blanks): scripts/budget.mjs, a part of
`make check`, holds what is served against what is written, by a parser.
"""

import hashlib
import json
import sys
from functools import lru_cache
from pathlib import Path

import rjsmin
from flask import Flask, Response, request
from werkzeug.exceptions import NotFound
from werkzeug.security import safe_join

OURS = "js/"
"""What is written here; vendor files come as small as they are, with their licences."""


def attach(app: Flask) -> None:
    """Serve modules minified, under the addresses and names of their files."""

    def static(filename: str) -> Response:
        if not (filename.startswith(OURS) and filename.endswith(".js")):
            return app.send_static_file(filename)
        path = safe_join(app.static_folder or "", filename)
        if path is None:
            raise NotFound
        try:
            text = minified(path, Path(path).stat().st_mtime_ns)
        except (OSError, ValueError):  # no file, or a name that no file can have
            raise NotFound from None
        response = Response(text, mimetype="text/javascript")
        response.set_etag(hashlib.sha256(text.encode()).hexdigest())
        response.cache_control.no_cache = True
        response.make_conditional(request)
        return response

    app.view_functions["static"] = static


@lru_cache(maxsize=512)
def minified(path: str, _changed: int) -> str:
    """Return a script without comments, remembered until its file changes."""
    return str(rjsmin.jsmin(Path(path).read_text("utf-8")))


def main() -> None:
    """Print every script below static by its name, as it is served, for scripts/budget.mjs."""
    root = Path(__file__).parents[1] / "static"
    served = {
        (name := path.relative_to(root).as_posix()): (
            minified(str(path), 0) if name.startswith(OURS) else path.read_text("utf-8")
        )
        for path in sorted(root.rglob("*.js"))
    }
    json.dump(served, sys.stdout)


if __name__ == "__main__":
    main()
