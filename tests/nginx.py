"""A real nginx on loopback before the app, as docs/accounts.md has it."""

import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from tests.conftest import lacking, tool, until
from tests.servers import free_port, reachable

PREFIX = "/photos"
# `user` only counts for root, who would hand the work to an account that cannot read this folder.
MAIN = """
daemon off; user root; worker_processes 1; pid {folder}/pid; error_log {folder}/error.log;
events {{ worker_connections 64; }}
http {{
    access_log off;
    client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/f; uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;
    {servers}
}}
"""
SERVER = """
    server {{
        listen 127.0.0.1:{port};
        client_max_body_size 64m;
        location {prefix}/ {{
            proxy_pass {app};
            proxy_http_version 1.1;
            proxy_request_buffering off;
            proxy_buffering off;
            proxy_set_header Host $http_host;
            proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
            proxy_set_header X-Forwarded-Proto {scheme};
            proxy_set_header X-Forwarded-Host $http_host;
        }}
    }}
"""


@contextmanager
def nginx(app: str, http: int, https: int) -> Iterator[None]:
    """Start nginx before `app`; the port `https` speaks http, and says that it was https."""
    program = next((Path(p) for p in ("/usr/sbin/nginx",) if Path(p).exists()), None)
    program = program or tool("nginx")
    with tempfile.TemporaryDirectory(prefix="proofsheet-nginx-") as name:
        servers = "".join(
            SERVER.format(port=port, prefix=PREFIX, app=app, scheme=scheme)
            for port, scheme in ((http, "$scheme"), (https, "https"))
        )
        config = Path(name) / "nginx.conf"
        config.write_text(MAIN.format(folder=name, servers=servers))
        line = [program, "-p", name, "-c", config, "-e", f"{name}/error.log"]
        server = subprocess.Popen(line, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            until(lambda: reachable(http) or server.poll() is not None, "nginx")
            if server.poll() is not None:
                lacking("nginx does not start: " + (Path(name) / "error.log").read_text())
            yield
        finally:
            server.terminate()
            server.wait(20)


def ports() -> tuple[int, int]:
    """Two free ports."""
    return free_port(), free_port()


def origin(url: str) -> str:
    """Scheme and host of an address."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"
