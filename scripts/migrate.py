"""Bring the database of DATABASE_URL to the newest schema."""

from __future__ import annotations

import sys

from alembic import command
from alembic.config import Config as Alembic
from sqlalchemy import make_url
from sqlalchemy.exc import DBAPIError

from app.config import ROOT, Config


def alembic(url: str) -> Alembic:
    """Alembic's settings for the migrations of this checkout and the database at `url`."""
    settings = Alembic()
    settings.set_main_option("script_location", str(ROOT / "migrations"))
    settings.set_main_option("sqlalchemy.url", url.replace("%", "%%"))
    return settings


def upgrade(config: Config) -> int:
    """Upgrade to head; 1 with a clear line where the database cannot be used."""
    try:
        command.upgrade(alembic(config.database_url), "head")
    except DBAPIError as error:
        url = make_url(config.database_url).render_as_string(hide_password=True)
        print(f"The database {url} cannot be used: {error.orig}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(upgrade(Config.from_env()))
