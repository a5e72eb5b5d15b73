"""Settings: one table of name, default and help; the environment or main.py's options fill it."""

from __future__ import annotations

import hashlib
import os
import secrets
import tempfile
from collections.abc import Mapping
from dataclasses import Field, dataclass, field, fields, replace
from pathlib import Path
from typing import Any

from app.values import (
    LEVELS,
    Parse,
    base_address,
    choice,
    folders,
    host_names,
    level,
    network,
    number,
    optional_path,
    path,
    spelt,
    switch,
    url,
    word,
)
from ml.weights.store import cache_folder

ROOT = Path(__file__).resolve().parent.parent
WORKER_MEMORY_MB = 3072  # of all worker processes; the other processes fit beside them in 4 GB
SOCKET_PATH_BYTES = 100  # a unix socket's path may have 107 bytes on Linux, 103 on macOS


class ConfigError(ValueError):
    """A setting has a value that cannot be used; the message names the setting."""


def cores() -> int:
    """The processor cores that this process may use."""
    usable = getattr(os, "sched_getaffinity", None)
    return len(usable(0)) if usable else os.cpu_count() or 1


def setting(
    name: str, parse: Parse, purpose: str, default: object, shown: str | None = None
) -> Any:
    """A row of the table; a callable default is computed, `shown` is how people read it."""
    shown = str(default) if shown is None else shown
    metadata = {"name": name, "parse": parse, "help": purpose, "shown": shown}
    if callable(default):
        return field(default_factory=default, metadata=metadata)
    return field(default=default, metadata=metadata)


@dataclass(frozen=True, kw_only=True)
class Config:
    """Every setting with its value; paths are absolute."""

    host: str = setting(
        "PROOFSHEET_HOST",
        word,
        "Address to listen on; beyond loopback everybody has to sign in.",
        "127.0.0.1",
    )
    port: int = setting("PROOFSHEET_PORT", number(1, 65535), "Port to listen on.", 8080)
    accounts: str = setting(
        "PROOFSHEET_ACCOUNTS",
        choice("auto", "on", "off"),
        "Whether people sign in: on, off (on loopback alone), or auto: beyond loopback, behind a "
        "proxy, and as soon as the owner has a password.",
        "auto",
    )
    base_url: str = setting(
        "PROOFSHEET_BASE_URL",
        base_address,
        "Address at which browsers find the app, where a proxy stands before it.",
        "",
        "none",
    )
    proxies: int = setting(
        "PROOFSHEET_PROXIES",
        number(0, 8),
        "Proxies in front whose X-Forwarded headers are believed.",
        0,
    )
    names: tuple[str, ...] = setting(
        "PROOFSHEET_NAMES",
        host_names,
        "Host names, parted by commas, by which browsers may also ask for the app.",
        (),
        "none",
    )
    rate: int = setting(
        "PROOFSHEET_RATE",
        number(0, 10**6),
        "Requests a minute of one account, key or address, ten times as many for uploads and "
        "pictures; 0: no limit. Where nobody signs in there is none.",
        3000,
    )
    data: Path = setting(
        "PROOFSHEET_DATA",
        path,
        "Folder of photos, database and queue.",
        lambda: ROOT / "instance",
        "instance/",
    )
    import_roots: tuple[Path, ...] = setting(
        "PROOFSHEET_IMPORT_ROOTS",
        folders,
        "Folders on this machine, parted by colons, whose photos the owner may import in place.",
        (),
        "none",
    )
    weights: Path = setting(
        "PROOFSHEET_WEIGHTS",
        path,
        "Folder where fetched weights are kept.",
        cache_folder,
        "~/.cache/proofsheet/weights",
    )
    weights_dir: Path | None = setting(
        "PROOFSHEET_WEIGHTS_DIR",
        optional_path,
        "Folder to take weights from before any download.",
        None,
        "none",
    )
    yolo: str = setting(
        "PROOFSHEET_YOLO",
        network,
        "Network that finds objects: yolo11n, yolo26n, yolo26s or the path of a .onnx or .pt file.",
        "yolo11n",
    )
    embedder: str = setting(
        "PROOFSHEET_EMBEDDER",
        choice("sface", "w600k_mbf"),
        "Network that tells faces apart: sface, or w600k_mbf, for non-commercial research alone.",
        "sface",
    )
    public_lab: bool = setting(
        "PROOFSHEET_PUBLIC_LAB",
        switch,
        "Open the lab, and nothing else, to people without an account; everybody else signs in.",
        False,
        "0",
    )
    database_url: str = setting(
        "DATABASE_URL",
        url("sqlite", "postgresql", "postgresql+psycopg"),
        "Database: SQLite or PostgreSQL.",
        "",
        "sqlite:///DATA/proofsheet.sqlite3",
    )
    redis_url: str = setting(
        "REDIS_URL",
        url("redis", "rediss", "redis+socket"),
        "Redis or Valkey server of the queue; without it main.py starts an embedded Valkey.",
        "",
        "embedded Valkey",
    )
    workers: int = setting(
        "PROOFSHEET_WORKERS",
        number(1, 64),
        "Worker processes that analyse photos.",
        lambda: min(cores(), 4),
        "the cores, at most 4",
    )
    threads: int = setting(
        "PROOFSHEET_THREADS", number(1, 64), "Threads of each worker process.", 1
    )
    max_memory_mb: int = setting(
        "PROOFSHEET_MAX_MEMORY_MB",
        number(0, 1 << 20),
        "Memory after which a worker process is replaced; 0: shared out among the workers.",
        0,
        f"{WORKER_MEMORY_MB} / workers",
    )
    max_pixels: int = setting(
        "PROOFSHEET_MAX_PIXELS",
        number(1, 1 << 31),
        "Pixels of the largest photo that is opened.",
        160_000_000,
    )
    max_file_mb: int = setting(
        "PROOFSHEET_MAX_FILE_MB", number(1, 1 << 20), "Size of the largest file taken in.", 1024
    )
    max_request_mb: int = setting(
        "PROOFSHEET_MAX_REQUEST_MB",
        number(1, 4096),
        "Size of the largest request; larger files come in parts.",
        50,
    )
    lease_s: int = setting(
        "PROOFSHEET_LEASE_S",
        number(10, 86_400),
        "Seconds after which a silent job is given to another worker.",
        300,
    )
    restarts: int = setting(
        "PROOFSHEET_RESTARTS",
        number(1, 100_000),
        "Deaths of one process within a minute that stop everything.",
        5,
    )
    container: bool = setting(
        "PROOFSHEET_CONTAINER",
        switch,
        "Set by compose.yaml: a container, published on the host's loopback address alone.",
        False,
        "0",
    )
    log_level: str = setting(
        "PROOFSHEET_LOG_LEVEL", level, "One of " + ", ".join(LEVELS) + ".", "warning"
    )

    def __post_init__(self) -> None:
        """Fill in what follows from other settings."""
        derived = {
            "database_url": self.database_url or f"sqlite:///{self.data / 'proofsheet.sqlite3'}",
            "redis_url": self.redis_url or f"redis+socket://{self.valkey_socket}",
            "max_memory_mb": self.max_memory_mb or max(256, WORKER_MEMORY_MB // self.workers),
        }
        for name, value in derived.items():
            object.__setattr__(self, name, value)

    @classmethod
    def from_env(cls, environ: Mapping[str, str] | None = None, **overrides: object) -> Config:
        """The settings of `environ` (the process's own by default); overrides win, None does not.

        Raises ConfigError with the name of the setting.
        """
        source = os.environ if environ is None else environ
        values: dict[str, Any] = {}
        for row in SETTINGS:
            given = overrides.pop(row.name, None)
            given = source.get(row.metadata["name"]) if given is None else given
            if given is not None:
                values[row.name] = parsed(row, given) if isinstance(given, str) else given
        if overrides:
            raise ConfigError("There is no setting " + ", ".join(sorted(overrides)) + ".")
        return cls(**values)

    def environ(self) -> dict[str, str]:
        """The same settings as environment variables, for a process that this one starts."""
        values = {row.metadata["name"]: getattr(self, row.name) for row in SETTINGS}
        return {name: spelt(value) for name, value in values.items() if value is not None}

    def replace(self, **changes: Any) -> Config:
        """The same settings with some changed."""
        return replace(self, **changes)

    @property
    def valkey_socket(self) -> Path:
        """Socket of the embedded Valkey: in the data folder, or in a private one for long paths."""
        socket = self.data / "valkey" / "valkey.sock"
        if len(os.fsencode(socket)) <= SOCKET_PATH_BYTES and not set(str(socket)) & set("%?#@ "):
            return socket
        name = hashlib.sha256(os.fsencode(self.data)).hexdigest()[:16]
        return Path(tempfile.gettempdir()) / f"proofsheet-{os.getuid()}-{name}" / "valkey.sock"

    @property
    def embedded_valkey(self) -> bool:
        """Whether the queue is the Valkey that main.py starts."""
        return self.redis_url == f"redis+socket://{self.valkey_socket}"

    @property
    def redis_client_url(self) -> str:
        """`redis_url` as redis-py spells it; Celery takes `redis_url` itself."""
        return self.redis_url.replace("redis+socket://", "unix://", 1)

    def secret_key(self) -> str:
        """The key that signs sessions: made once, kept in the data folder with mode 0600."""
        file = self.data / "secret_key"
        self.data.mkdir(parents=True, exist_ok=True)
        try:
            descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            key = file.read_text(encoding="ascii")
            if len(key) < 64:
                raise ConfigError(f"{file} is damaged; delete it and a new one is made.") from None
            return key
        with os.fdopen(descriptor, "w", encoding="ascii") as stream:
            stream.write(key := secrets.token_hex(32))
        return key


SETTINGS: tuple[Field[Any], ...] = fields(Config)


def parsed(row: Field[Any], text: str) -> object:
    """The value of a setting's text; raises ConfigError."""
    try:
        return row.metadata["parse"](text)
    except ValueError as error:
        raise ConfigError(f"{row.metadata['name']} must be {error}, not {text!r}.") from None
