"""From where the app can be reached, by which names, and whether that asks for accounts."""

from __future__ import annotations

import ipaddress
import re
import socket
from pathlib import Path
from urllib.parse import urlsplit

from app.config import Config, ConfigError

IN_CONTAINER = (Path("/.dockerenv"), Path("/run/.containerenv"))  # Docker, Podman
LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})


def is_loopback(host: str) -> bool:
    """Tell whether an address or name is this machine's own."""
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def is_exposed(config: Config) -> bool:
    """Tell whether others than this machine's own programs can reach the app."""
    contained = config.container and any(mark.exists() for mark in IN_CONTAINER)
    alone = is_loopback(config.host) or contained
    return not alone or config.proxies > 0 or bool(config.base_url)


def needs_accounts(config: Config) -> bool | None:
    """Tell whether people sign in; None: as soon as the owner has a password."""
    if config.accounts == "auto":
        return True if is_exposed(config) or config.public_lab else None
    return config.accounts == "on"


def check(config: Config) -> None:
    """ConfigError where others could reach the app and nobody would have to sign in."""
    if config.accounts == "off" and config.public_lab:
        raise ConfigError(
            "PROOFSHEET_PUBLIC_LAB opens the lab to anyone, and PROOFSHEET_ACCOUNTS is off: "
            "everybody would have the whole library. Leave accounts on."
        )
    if config.accounts == "off" and is_exposed(config):
        raise ConfigError(
            "PROOFSHEET_ACCOUNTS is off, but the app can be reached by others: it listens on "
            f"{config.host}, or a proxy stands before it. Leave accounts on, or listen on "
            "127.0.0.1 without a proxy."
        )


def prefix(config: Config) -> str:
    """Return the path below which the app lies, such as /photos, or ""."""
    return urlsplit(config.base_url).path


def knows(config: Config, host: str) -> bool:
    """Tell whether a Host header names this app: a page elsewhere may point its name at us.

    Beyond loopback every plain address is ours: such an attack needs a name.
    """
    name = re.sub(r":[0-9]{1,5}$", "", host).lower().removeprefix("[").removesuffix("]")
    if name in LOOPBACK or name == config.host.lower() or name in config.names:
        return True
    if not is_exposed(config):
        return False
    if name in {urlsplit(config.base_url).hostname, socket.gethostname().lower()}:
        return True
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def address(config: Config) -> str:
    """Return the address at which a browser finds the app, without a last slash."""
    if config.base_url:
        return config.base_url
    host = config.host
    if host in ("0.0.0.0", "::"):  # noqa: S104  (compared, not bound)
        host = "127.0.0.1" if config.container else socket.gethostname()
    return f"http://[{host}]:{config.port}" if ":" in host else f"http://{host}:{config.port}"
