"""main.py as a person has it: started, killed, killed again, stopped. Real processes throughout."""

import contextlib
import os
import signal
import stat
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

from app.config import ROOT
from scripts.supervisor import Failure, Program, Stop, Supervisor

pytestmark = [pytest.mark.integration, pytest.mark.alone]
PARTS = ("gunicorn", "celery", "valkey-server")


def processes() -> dict[int, tuple[int, str]]:
    """Every process that is not a zombie: its parent and its command line."""
    line = ["ps", "-axww", "-o", "pid=,ppid=,stat=,command="]
    told = subprocess.run(line, capture_output=True, text=True, check=True).stdout
    rows = (row.split(None, 3) for row in told.splitlines())
    return {int(pid): (int(parent), words) for pid, parent, state, words in rows if state[0] != "Z"}


def family(pid: int) -> set[int]:
    """The descendants of a process."""
    table, found, new = processes(), set(), {pid}
    while new:
        new = {child for child, (parent, _) in table.items() if parent in new} - found
        found |= new
    return found


def child(pid: int, part: str) -> int | None:
    """The child of main.py whose command line has this word."""
    table = processes()
    return next((p for p, (up, words) in table.items() if up == pid and part in words), None)


def get(url: str) -> int:
    with contextlib.suppress(OSError), urllib.request.urlopen(url, timeout=5) as answer:
        return answer.status
    return 0


def wait_for(true, timeout_s=30.0):
    deadline = time.monotonic() + timeout_s
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.05)


@pytest.fixture(scope="module")
def app(launch):
    return launch(PROOFSHEET_WORKERS="1", PROOFSHEET_RESTARTS="50")


def test_everything_starts_and_is_private(app):
    assert get(app.url + "/healthz") == 200
    assert all(child(app.process.pid, part) for part in PARTS)
    for private in ("secret_key", "lock"):
        assert stat.S_IMODE((app.data / private).stat().st_mode) == 0o600
    assert stat.S_IMODE((app.data / "valkey").stat().st_mode) == 0o700


def test_a_second_start_says_who_has_the_folder(app, launch):
    second = launch(app.data, wait=False)
    assert second.process.wait(10) == 1
    assert f"process {app.process.pid}, {app.url}" in second.log.read_text()


def test_a_taken_port_is_told(app, launch):
    second = launch(wait=False, PROOFSHEET_PORT=app.url.rpartition(":")[2])
    assert second.process.wait(10) == 1
    assert "--port" in second.log.read_text()


@pytest.mark.parametrize("part", PARTS)
def test_what_is_killed_comes_back(app, part):
    first = child(app.process.pid, part)
    os.kill(first, signal.SIGKILL)
    wait_for(lambda: child(app.process.pid, part) not in (None, first))
    wait_for(lambda: get(app.url + "/healthz") == 200)
    assert "is started again" in app.log.read_text()


def test_a_killed_guard_comes_back(app):
    first = child(app.process.pid, "supervisor.py")
    os.kill(first, signal.SIGKILL)
    wait_for(lambda: child(app.process.pid, "supervisor.py") not in (None, first))


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_stops_on_request_and_starts_again_quickly(launch, tmp_path, number):
    first = launch(tmp_path, PROOFSHEET_WORKERS="1")
    everyone = family(first.process.pid)
    assert len(everyone) >= 5
    first.process.send_signal(number)
    assert first.process.wait(20) == 0
    assert not everyone & processes().keys()
    begin = time.monotonic()
    second = launch(tmp_path, PROOFSHEET_WORKERS="1")
    took = time.monotonic() - begin
    assert second.stop() == 0
    assert took < 15, "5 s is the aim on an idle machine; tests share theirs"


def test_killed_outright_it_leaves_nothing_behind(launch, tmp_path):
    app = launch(tmp_path, PROOFSHEET_WORKERS="1")
    everyone = family(app.process.pid)
    app.process.kill()
    app.process.wait()
    wait_for(lambda: not everyone & processes().keys(), 10)
    again = launch(tmp_path, PROOFSHEET_WORKERS="1")
    assert get(again.url + "/healthz") == 200
    assert again.stop() == 0


def test_a_redis_of_ones_own_is_used(launch, redis_url):
    app = launch(REDIS_URL=redis_url, PROOFSHEET_WORKERS="1")
    assert get(app.url + "/healthz") == 200
    assert child(app.process.pid, "valkey-server") is None
    assert app.stop() == 0


def test_a_postgresql_of_ones_own_is_used(launch, postgresql_url):
    app = launch(DATABASE_URL=postgresql_url, PROOFSHEET_WORKERS="1")
    assert get(app.url + "/healthz") == 200
    assert not list(app.data.glob("*.sqlite3"))
    assert app.stop() == 0


def test_a_deep_data_folder_works(launch, tmp_path):
    app = launch(tmp_path / ("deep " * 24), PROOFSHEET_WORKERS="1")
    assert get(app.url + "/healthz") == 200
    assert app.stop() == 0


def test_a_database_that_is_not_there_is_told_without_its_password(launch):
    url = "postgresql://me:hidden@127.0.0.1:9/none"
    app = launch(wait=False, DATABASE_URL=url)
    assert app.process.wait(30) == 1
    told = app.log.read_text()
    assert "me:***@127.0.0.1:9/none cannot be used" in told
    assert "hidden" not in told
    assert "Traceback" not in told


def python(name: str, code: str) -> Program:
    return Program(name, (sys.executable, "-c", code), dict(os.environ), ROOT)


def test_a_program_that_keeps_dying_stops_everything():
    said: list[str] = []
    with pytest.raises(Failure, match=r"worker died 3 times within a minute.*exit status 7"):  # noqa: PT012, SIM117
        with Supervisor(said.append, limit=3) as supervisor:
            supervisor.start(python("steady", "import time; time.sleep(60)"))
            supervisor.start(python("worker", "raise SystemExit(7)"))
            steady = supervisor.children["steady"].process
            while True:
                supervisor.step(1.0)
    assert said == ["worker died (exit status 7); it is started again."] * 2
    assert steady.returncode == -signal.SIGTERM


def test_one_that_does_not_listen_is_killed_with_its_children(tmp_path):
    note = tmp_path / "pid"
    code = (
        "import pathlib, signal, subprocess, time; signal.signal(signal.SIGTERM, signal.SIG_IGN);"
        "p = subprocess.Popen(['sleep', '60']);"
        f"pathlib.Path({str(note)!r}).write_text(str(p.pid));"
        "time.sleep(60)"
    )
    with Supervisor(print, limit=3, patience_s=0.5) as supervisor:
        supervisor.start(python("deaf", code))
        wait_for(lambda: note.exists() and note.read_text())
    wait_for(lambda: int(note.read_text()) not in processes())


def test_a_failing_call_and_a_signal_end_in_words():
    with Supervisor(print, limit=3) as supervisor:
        supervisor.call(python("fine", "pass"))
        with pytest.raises(Failure, match="migration failed"):
            supervisor.call(python("migration", "raise SystemExit(1)"))
        os.kill(os.getpid(), signal.SIGTERM)
        with pytest.raises(Stop):
            supervisor.step(5.0)


def test_stale_valkey_is_ended_before_another_writes_its_file(tmp_path):
    from scripts import valkey

    folder, path = tmp_path / "valkey", tmp_path / "valkey" / "valkey.sock"
    valkey.prepare(folder, path)
    stale = subprocess.Popen(valkey.command(folder, path))
    wait_for(lambda: valkey.answers(path))
    valkey.prepare(folder, path)
    assert stale.wait(10) == 0
    assert not path.exists()


def test_a_socket_folder_of_somebody_else_is_refused(tmp_path):
    from scripts import valkey

    real = tmp_path / "real"
    real.mkdir()
    (tmp_path / "link").symlink_to(real)
    with pytest.raises(PermissionError):
        valkey.prepare(tmp_path / "valkey", Path(tmp_path / "link" / "valkey.sock"))
