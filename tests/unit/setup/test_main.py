"""What main.py refuses before it starts anything."""

import socket

import pytest

import main
from app import reach
from app.config import Config, ConfigError


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.8.8", "::1", "localhost"])
def test_on_loopback_accounts_begin_with_a_password(host):
    config = Config(host=host)
    reach.check(config)
    assert reach.needs_accounts(config) is None
    assert reach.needs_accounts(config.replace(accounts="on")) is True
    assert reach.needs_accounts(config.replace(accounts="off")) is False


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.2", "photos.example"])
@pytest.mark.parametrize("container", [False, True])
def test_any_other_address_has_accounts(host, container, monkeypatch):
    monkeypatch.setattr(reach, "IN_CONTAINER", ())
    config = Config(host=host, container=container)
    assert reach.needs_accounts(config) is True
    with pytest.raises(ConfigError, match="PROOFSHEET_ACCOUNTS"):
        reach.check(config.replace(accounts="off"))


@pytest.mark.parametrize("behind", [{"proxies": 1}, {"base_url": "https://photos.example"}])
def test_behind_a_proxy_there_are_accounts(behind):
    assert reach.needs_accounts(Config(**behind)) is True
    with pytest.raises(ConfigError):
        reach.check(Config(accounts="off", **behind))


def test_a_container_on_its_hosts_loopback_is_open_only_when_it_says_so(tmp_path, monkeypatch):
    monkeypatch.setattr(reach, "IN_CONTAINER", (tmp_path,))
    assert reach.needs_accounts(Config(host="0.0.0.0", container=True)) is None
    assert reach.needs_accounts(Config(host="0.0.0.0")) is True


def test_names():
    alone = Config(base_url="", host="127.0.0.2")
    assert all(reach.knows(alone, n) for n in ("127.0.0.2:80", "localhost", "[::1]:9", "127.0.0.1"))
    assert not any(
        reach.knows(alone, n) for n in ("10.0.0.1", "evil.example", "", socket.gethostname())
    )
    wide = Config(host="0.0.0.0", base_url="https://photos.example/x", names=("nas.local",))
    for name in (
        "10.0.0.1:8080",
        "[fe80::1]:80",
        "photos.example",
        "NAS.local:81",
        socket.gethostname(),
    ):
        assert reach.knows(wide, name), name
    assert not any(reach.knows(wide, n) for n in ("evil.example", "10.0.0.1.evil.example", ""))


def test_nothing_is_reported_to_anybody(tmp_path):
    for program in main.programs(Config(data=tmp_path)):
        assert program.env["ORT_DISABLE_TELEMETRY"] == "1"
        assert program.env["PROOFSHEET_DATA"] == str(tmp_path)


def test_addresses_are_those_of_a_browser():
    assert reach.address(Config(host="::1", port=81)) == "http://[::1]:81"
    assert reach.address(Config(host="0.0.0.0", container=True)) == "http://127.0.0.1:8080"
    assert reach.address(Config(base_url="https://a.example/b")) == "https://a.example/b"


def test_wrong_settings_end_with_two_and_a_line(capsys):
    assert main.main(["--port", "none"]) == 2
    assert capsys.readouterr().err.startswith("proofsheet: PROOFSHEET_PORT must be")
    assert main.main(["--host", "0.0.0.0", "--accounts", "off"]) == 2


def test_a_data_folder_that_cannot_be_used_is_told(capsys, tmp_path):
    (tmp_path / "file").write_text("")
    assert main.main(["--data", str(tmp_path / "file" / "data")]) == 2
    assert "PROOFSHEET_DATA" in capsys.readouterr().err
