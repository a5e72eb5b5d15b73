"""Start Proofsheet on this machine: database, embedded Valkey, web and worker."""

from __future__ import annotations

import argparse
import contextlib
import fcntl
import http.client
import os
import socket
import sys
import time
from collections.abc import Callable, Iterator, Sequence

from app import reach
from app.config import ROOT, SETTINGS, Config, ConfigError
from scripts import valkey
from scripts.supervisor import Failure, Program, Stop, Supervisor

WEB_THREADS = 16
GRACE_S = 8  # what the web server grants running requests, inside the supervisor's own patience
OWN_ADDRESS = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104  (where one asks oneself)
START_S = 60  # how long a server may take until it answers


def options(argv: Sequence[str] | None) -> dict[str, object]:
    """The settings given on the command line, by name."""
    parser = argparse.ArgumentParser(
        description="Start Proofsheet. Every option is also an environment variable.",
        epilog="Users: main.py user --help. Backups: main.py backup --help and main.py restore "
        "--help. What each setting means: docs/settings.md",
    )
    for row in SETTINGS:
        text = "{help} Default: {shown}. Variable: {name}.".format(**row.metadata)
        flag, text = "--" + row.name.replace("_", "-"), text.replace("%", "%%")
        if row.type == "bool":
            parser.add_argument(flag, help=text, action=argparse.BooleanOptionalAction)
        else:
            parser.add_argument(flag, help=text, metavar="VALUE")
    return vars(parser.parse_args(argv))


def check_port(config: Config) -> None:
    """Say in words that another program has the port."""
    family = socket.AF_INET6 if ":" in config.host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((config.host, config.port))
        except OSError as error:
            raise Failure(
                f"Port {config.port} on {config.host} cannot be used ({error.strerror}): stop the "
                "program that has it, or choose another with --port."
            ) from None


@contextlib.contextmanager
def lock(config: Config) -> Iterator[None]:
    """Hold the data folder; raises Failure with the holder's name where another start has it."""
    try:
        config.data.mkdir(parents=True, exist_ok=True, mode=0o700)
        descriptor = os.open(config.data / "lock", os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        reason = f"PROOFSHEET_DATA, {config.data}, cannot be used: {error.strerror}."
        raise ConfigError(reason) from None
    with os.fdopen(descriptor, "r+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = file.read() or "another process"
            raise Failure(f"Proofsheet already runs on {config.data}: {holder}.") from None
        file.truncate()
        file.write(f"process {os.getpid()}, {reach.address(config)}")
        file.flush()
        yield


def environment(config: Config) -> dict[str, str]:
    """The environment of what is started: every setting, and no word to ONNX Runtime's maker."""
    return {**os.environ, **config.environ(), "ORT_DISABLE_TELEMETRY": "1"}


def programs(config: Config) -> tuple[Program, Program]:
    """The web server and the worker."""
    env = environment(config)
    host = f"[{config.host}]" if ":" in config.host else config.host
    web = (
        f"-m gunicorn app.factory:create_app() --bind {host}:{config.port} --no-control-socket "
        f"--forwarded-allow-ips= --worker-class gthread --workers 1 --threads {WEB_THREADS} "
        f"--graceful-timeout {GRACE_S} --log-level {config.log_level}"
    )
    worker = (
        "-m celery --quiet -A workers.celery_app worker --pool prefork --prefetch-multiplier 1 "
        f"--concurrency {config.workers} --max-memory-per-child {config.max_memory_mb * 1024} "
        f"--without-gossip --without-mingle --loglevel {config.log_level}"
    )
    threads = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"), str(config.threads))
    # Few arenas keep glibc's memory flat; macOS must be told that Celery may fork.
    system = {"MALLOC_ARENA_MAX": "2", "OBJC_DISABLE_INITIALIZE_FORK_SAFETY": "YES"}
    # Celery's advice to root, where root is what a container or a lone machine has, helps nobody.
    quiet = "ignore:You're running the worker with superuser"
    system["PYTHONWARNINGS"] = ",".join(filter(None, (os.environ.get("PYTHONWARNINGS"), quiet)))
    return (
        Program("web", (sys.executable, *web.split()), env, ROOT),
        Program("worker", (sys.executable, *worker.split()), {**env, **threads, **system}, ROOT),
    )


def healthy(config: Config) -> str | None:
    """Why the app is not healthy, or None where it is."""
    host = OWN_ADDRESS.get(config.host, config.host)
    connection = http.client.HTTPConnection(host, config.port, timeout=5)
    try:
        connection.request("GET", "/healthz")
        answer = connection.getresponse()
        return None if answer.status == http.HTTPStatus.OK else answer.read(2000).decode()
    except (OSError, http.client.HTTPException) as error:
        return str(error)
    finally:
        connection.close()


def wait(supervisor: Supervisor, name: str, reason: Callable[[], str | None]) -> None:
    """Wait until there is no reason left why `name` is not ready."""
    deadline = time.monotonic() + START_S
    while (why := reason()) is not None:
        if time.monotonic() > deadline:
            raise Failure(f"{name} is not ready after {START_S} s: {why}")
        supervisor.step(0.05)


def serve(config: Config, supervisor: Supervisor) -> None:
    """Start everything and keep it alive until Stop or Failure."""
    env = environment(config)
    migration = Program("migration", (sys.executable, "-m", "scripts.migrate"), env, ROOT)
    if config.embedded_valkey:
        folder, path = config.data / "valkey", config.valkey_socket
        valkey.prepare(folder, path)
        line, log = valkey.command(folder, path), folder / "valkey.log"
        supervisor.start(Program("Valkey", line, env, ROOT, last=True, log=log))
        wait(supervisor, "Valkey", lambda: None if valkey.answers(path) else "no answer")
    supervisor.call(migration)
    for program in programs(config):
        supervisor.start(program)
    wait(supervisor, "web", lambda: healthy(config))
    print(f"Proofsheet runs at {reach.address(config)} (Ctrl-C stops it).", flush=True)
    if reach.needs_accounts(config):
        line = (sys.executable, "-m", "scripts.accounts")
        supervisor.call(Program("first run", line, env, ROOT))
    while True:
        supervisor.step(60.0)


def say(line: str) -> None:
    """One line for the person at the terminal."""
    print(f"proofsheet: {line}", file=sys.stderr, flush=True)


def main(argv: Sequence[str] | None = None) -> int:
    """Run until asked to stop: 0; 1 where it cannot run, 2 for a wrong setting."""
    words = sys.argv[1:] if argv is None else argv
    if words[:1] == ["user"]:
        from scripts import accounts

        return accounts.main(words[1:])
    if words[:1] in (["backup"], ["restore"]):
        from scripts import backup

        return backup.main(words)
    try:
        config = Config.from_env(os.environ, **options(argv))
        reach.check(config)
        with lock(config):
            check_port(config)
            config.secret_key()
            with Supervisor(say, config.restarts) as supervisor:
                serve(config, supervisor)
    except (Stop, KeyboardInterrupt):
        return 0
    except ConfigError as error:
        say(str(error))
        return 2
    except (Failure, OSError) as error:
        say(str(error))
    return 1


if __name__ == "__main__":
    sys.exit(main())
