"""What main.py refuses before it starts anything."""

import pytest

import main
from app.config import Config, ConfigError


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.8.8", "::1", "localhost"])
def test_loopback_is_fine(host):
    main.check_host(Config(host=host))


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.2", "photos.example"])
@pytest.mark.parametrize("container", [False, True])
def test_any_other_address_is_refused(host, container, monkeypatch):
    monkeypatch.setattr(main, "IN_CONTAINER", ())
    with pytest.raises(ConfigError, match="no accounts"):
        main.check_host(Config(host=host, container=container))


def test_a_container_is_let_through_only_when_it_says_so(tmp_path, monkeypatch):
    monkeypatch.setattr(main, "IN_CONTAINER", (tmp_path,))
    main.check_host(Config(host="0.0.0.0", container=True))
    with pytest.raises(ConfigError):
        main.check_host(Config(host="0.0.0.0"))


def test_nothing_is_reported_to_anybody(tmp_path):
    for program in main.programs(Config(data=tmp_path)):
        assert program.env["ORT_DISABLE_TELEMETRY"] == "1"
        assert program.env["PROOFSHEET_DATA"] == str(tmp_path)


def test_addresses_are_those_of_a_browser():
    assert main.address(Config(host="::1", port=81)) == "http://[::1]:81"
    assert main.address(Config(host="0.0.0.0", container=True)) == "http://127.0.0.1:8080"


def test_wrong_settings_end_with_two_and_a_line(capsys):
    assert main.main(["--port", "none"]) == 2
    assert capsys.readouterr().err.startswith("proofsheet: PROOFSHEET_PORT must be")
    assert main.main(["--host", "0.0.0.0"]) == 2


def test_a_data_folder_that_cannot_be_used_is_told(capsys, tmp_path):
    (tmp_path / "file").write_text("")
    assert main.main(["--data", str(tmp_path / "file" / "data")]) == 2
    assert "PROOFSHEET_DATA" in capsys.readouterr().err
