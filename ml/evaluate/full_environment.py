"""The environment with torch, in which reference programs run beside ours."""

import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

from ml.errors import MLError

_ROOT = Path(__file__).resolve().parents[2]


def python(package: str) -> str | None:
    """Return a Python that has the package: this one, or .venv-full's; None without either."""
    if find_spec(package) is not None:
        return sys.executable
    full = _ROOT / ".venv-full" / "bin" / "python"
    if not full.exists():
        return None
    probe = f"import importlib.util, sys; sys.exit(importlib.util.find_spec({package!r}) is None)"
    found = subprocess.run([str(full), "-c", probe], check=False, capture_output=True)
    return str(full) if found.returncode == 0 else None


def run(program: str, module: str, *arguments: str, stdin: str = "", timeout_s: float) -> str:
    """Run a module of ours with that Python and return its stdout; stderr is passed through.

    Raises MLError when it fails or takes longer than `timeout_s` seconds.
    """
    command = [program, "-m", module, *arguments]
    try:
        done = subprocess.run(
            command,
            cwd=_ROOT,
            check=True,
            input=stdin,
            stdout=subprocess.PIPE,
            text=True,
            timeout=timeout_s,
        )
    except subprocess.SubprocessError as error:
        raise MLError(f"{module} failed in the environment with torch: {error}") from error
    return done.stdout
