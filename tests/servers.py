"""A PostgreSQL and a Redis of the tests' own: real servers on loopback that may be killed."""

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import psycopg
import redis

START_S = 60.0


class Missing(Exception):
    """The server is not installed."""


def free_port() -> int:
    """A port of the loopback address that nobody has at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Postgresql:
    """A cluster in a folder of its own, which is no test's: nobody tidies it away.

    The server leads a session of its own, so that no signal to the tests' group or terminal reaches
    it, and shares memory through files of its folder, so that nobody empties /dev/shm under it.
    """

    def __init__(self) -> None:
        places = [*Path("/usr/lib/postgresql").glob("*/bin"), *map(Path, os.get_exec_path())]
        self._programs = next((place for place in places if (place / "initdb").exists()), None)
        if self._programs is None:
            raise Missing("PostgreSQL")
        self.folder, self.port = Path(tempfile.mkdtemp(prefix="proofsheet-postgresql-")), 0
        self._become: list[str] = []
        if os.getuid() == 0:  # PostgreSQL refuses to run as root
            self._become = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"]
            shutil.chown(self.folder, "postgres", "postgres")
        self._cluster = self.folder / "cluster"
        given = ["-D", self._cluster, "-U", "proofsheet", "--auth=trust", "--no-sync"]
        line = [*self._become, self._programs / "initdb", *given]
        subprocess.run(line, check=True, stdout=subprocess.DEVNULL, cwd=self.folder)
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def address(self) -> str:
        """The server's own database as psycopg takes it."""
        return f"postgresql://proofsheet@127.0.0.1:{self.port}/postgres"

    @property
    def url(self) -> str:
        """The server's own database as SQLAlchemy takes it."""
        return self.address.replace("postgresql:", "postgresql+psycopg:", 1)

    def start(self) -> None:
        """Start the server and wait until it takes connections."""
        assert self._programs is not None
        self.port = self.port or free_port()
        options = {
            "fsync": "off",  # processes are killed, the machine is not
            "synchronous_commit": "on",  # else a killed server has forgotten its last commits
            "dynamic_shared_memory_type": "mmap",
            "max_connections": "200",
        }
        given = [word for name, value in options.items() for word in ("-c", f"{name}={value}")]
        line = [*self._become, self._programs / "postgres", "-D", self._cluster, *given]
        line += ["-p", str(self.port), "-h", "127.0.0.1", "-k", self.folder]
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                line, stdout=log, stderr=log, cwd=self.folder, start_new_session=True
            )
        wait(self.serves, "PostgreSQL", lambda: self.process)

    def serves(self) -> bool:
        """Whether it takes connections: it listens already while it still starts up."""
        try:
            with psycopg.connect(self.address, connect_timeout=2):
                return True
        except psycopg.OperationalError:
            return False

    def backends(self) -> list[int]:
        """The processes that serve somebody's connection at this moment."""
        with psycopg.connect(self.address, connect_timeout=5) as connection:
            query = "SELECT pid FROM pg_stat_activity WHERE datname <> 'postgres'"
            return [pid for (pid,) in connection.execute(query)]

    def kill(self) -> None:
        """Kill the server with everything it started, as a power cut does."""
        assert self.process is not None
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def words(self) -> str:
        """The end of what it said."""
        return (self.folder / "log").read_text(errors="replace")[-3000:]

    def close(self) -> None:
        """Stop the server and remove its folder."""
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
            self.process.wait(20)
        shutil.rmtree(self.folder, ignore_errors=True)


class Redis:
    """A Redis that keeps nothing on disk: what is killed has forgotten everything."""

    def __init__(self) -> None:
        found = shutil.which("redis-server")
        if found is None:
            raise Missing("redis-server")
        self._program, self.port = found, free_port()
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Its first database."""
        return f"redis://127.0.0.1:{self.port}/0"

    def start(self) -> None:
        """Start it and wait until it answers."""
        line = [self._program, "--port", str(self.port), "--bind", "127.0.0.1", "--save", ""]
        self.process = subprocess.Popen(
            line, stdout=subprocess.DEVNULL, cwd=tempfile.gettempdir(), start_new_session=True
        )
        wait(self.answers, "redis-server", lambda: self.process)

    def answers(self) -> bool:
        """Whether it is there."""
        try:
            with redis.Redis.from_url(self.url) as client:
                return bool(client.ping())
        except redis.RedisError:
            return False

    def kill(self) -> None:
        """Kill it."""
        assert self.process is not None
        self.process.kill()
        self.process.wait()

    def close(self) -> None:
        """Stop it."""
        if self.process is not None:
            self.process.terminate()
            self.process.wait(10)


def wait(
    ready: Callable[[], bool], name: str, process: Callable[[], subprocess.Popen[bytes] | None]
) -> None:
    """Wait until a server is ready; AssertionError where it ends or takes too long."""
    end = time.monotonic() + START_S
    while not ready():
        server = process()
        assert server is not None
        assert server.poll() is None, f"{name} ended with {server.returncode}"
        assert time.monotonic() < end, f"{name} not within {START_S:g} s"
        time.sleep(0.05)


def reachable(port: int) -> bool:
    """Whether something listens on this port of the loopback address."""
    try:
        with socket.create_connection(("127.0.0.1", port), 1):
            return True
    except OSError:
        return False
