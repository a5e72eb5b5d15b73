"""Users by command: `python main.py user …`, for an owner who is locked out, and for scripts."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence

from sqlalchemy import update
from sqlalchemy.orm import Session

from app import reach
from app.config import Config, ConfigError
from app.core import Core
from app.errors import AppError
from app.models import User
from app.services import settings
from app.services.accounts import accounts, departures
from scripts import migrate


def main(argv: Sequence[str]) -> int:
    """Carry out one command: 0; 1 where it cannot be done, 2 for wrong words."""
    given = parser().parse_args(argv)
    try:
        config = Config.from_env(os.environ, data=given.data, database_url=given.database_url)
        if migrate.upgrade(config):
            return 1
        core = Core.build(config)
        with core.db.write() as session:
            settings.owner(session)
            print(COMMANDS[given.command](session, core, given))
    except (AppError, ConfigError, OSError) as error:
        print(f"proofsheet: {error}", file=sys.stderr)
        return 1
    return 0


def parser() -> argparse.ArgumentParser:
    """What can be typed."""
    top = argparse.ArgumentParser(prog="main.py user", description="Users of this Proofsheet.")
    top.add_argument("--data", help="Folder of photos and database.")
    top.add_argument("--database-url", help="Database: SQLite or PostgreSQL.")
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND")
    commands.add_parser("list", help="list the users")
    commands.add_parser("open", help="let the owner in without a password again, on loopback")
    for name, text in (
        ("create", "make a user, and print the link by which they choose their password"),
        ("link", "print a link by which a user, or the owner, chooses a new password"),
        ("disable", "keep a user out"),
        ("enable", "let a user in again"),
        ("delete", "delete a user with all their photos, for good"),
    ):
        command = commands.add_parser(name, help=text)
        command.add_argument("name", help="the user's name")
        if name == "delete":
            command.add_argument("--yes", action="store_true", help="do not ask")
    return top


def _list(session: Session, _core: Core, _given: argparse.Namespace) -> str:
    return "\n".join(
        "\t".join(
            [
                user.name,
                user.role,
                "disabled" if user.disabled_at else "" if user.password else "no password yet",
            ]
        ).rstrip()
        for user in accounts.listing(session)
    )


def _create(session: Session, core: Core, given: argparse.Namespace) -> str:
    user, token = accounts.create(session, given.name)
    return _told(core, user, token)


def _link(session: Session, core: Core, given: argparse.Namespace) -> str:
    user = _user(session, given)
    return _told(core, user, accounts.link(session, user))


def _set_disabled(session: Session, _core: Core, given: argparse.Namespace) -> str:
    user = accounts.set_disabled(
        session, _user(session, given).id, disabled=given.command == "disable"
    )
    return f"{user.name} is {given.command}d."


def _delete(session: Session, core: Core, given: argparse.Namespace) -> str:
    user = _user(session, given)
    session.rollback()  # nothing is locked while the person thinks
    question = f"Delete {user.name} and all their photos? Type the name: "
    if not given.yes and input(question) != user.name:
        return "Nothing was deleted."
    return f"{departures.delete_user(session, core, user.id)} is deleted."


def _open(session: Session, _core: Core, _given: argparse.Namespace) -> str:
    session.execute(update(User).where(User.role == "owner").values(password=None))
    session.commit()
    return "The owner has no password now: on loopback, whoever reaches the page is the owner."


def _user(session: Session, given: argparse.Namespace) -> User:
    user = accounts.find(session, given.name)
    if user is None:
        raise AppError(f"There is no user {given.name}.")
    return user


def _told(core: Core, user: User, token: str) -> str:
    link = f"{reach.address(core.config)}/set-password/{token}"
    return f"{user.name} chooses a password, once, within three days, at\n{link}"


COMMANDS = {
    "list": _list,
    "create": _create,
    "link": _link,
    "disable": _set_disabled,
    "enable": _set_disabled,
    "delete": _delete,
    "open": _open,
}


def first_run() -> int:
    """Print how the owner takes a house that has none yet; nothing where it has one."""
    config = Config.from_env()
    with Core.build(config).db.write() as session:
        token = accounts.owners_link(session)
    if token:
        print(
            f"Make the owner's account, within three days, at\n{_welcome(config, token)}",
            flush=True,
        )
    return 0


def _welcome(config: Config, token: str) -> str:
    return f"{reach.address(config)}/welcome?code={token}"


if __name__ == "__main__":
    sys.exit(first_run())
