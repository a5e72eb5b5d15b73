"""The table of settings: every row has its default, its option, its words."""

import dataclasses
import stat
from pathlib import Path

import pytest

import main
from app.config import ROOT, SETTINGS, WORKER_MEMORY_MB, Config, ConfigError

CONTRACT = {
    "PROOFSHEET_HOST": "127.0.0.1",
    "PROOFSHEET_PORT": 8080,
    "PROOFSHEET_DATA": ROOT / "instance",
    "PROOFSHEET_PUBLIC_LAB": False,
    "DATABASE_URL": f"sqlite:///{ROOT}/instance/proofsheet.sqlite3",
}


def by_name(config: Config) -> dict[str, object]:
    return {row.metadata["name"]: getattr(config, row.name) for row in SETTINGS}


def test_defaults_are_those_of_the_contract():
    values = by_name(Config.from_env({}))
    assert {name: values[name] for name in CONTRACT} == CONTRACT
    assert Config.from_env({}).embedded_valkey


def test_every_setting_is_documented():
    page = (ROOT / "docs" / "settings.md").read_text()
    for row in SETTINGS:
        line = "| `{name}` | {shown} | {help} |".format(**row.metadata)
        assert line in page


def test_every_setting_is_an_option_of_main(capsys):
    with pytest.raises(SystemExit) as stopped:
        main.options(["--help"])
    assert stopped.value.code == 0
    told = capsys.readouterr().out
    for row in SETTINGS:
        assert "--" + row.name.replace("_", "-") in told
        assert row.metadata["name"] in told


def test_options_win_over_the_environment():
    given = main.options(["--port", "81", "--public-lab"])
    config = Config.from_env({"PROOFSHEET_PORT": "82", "PROOFSHEET_WORKERS": "3"}, **given)
    assert (config.port, config.workers, config.public_lab) == (81, 3, True)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("PROOFSHEET_PORT", "http"),
        ("PROOFSHEET_PORT", "0"),
        ("PROOFSHEET_PORT", "-1"),
        ("PROOFSHEET_PORT", "65536"),
        ("PROOFSHEET_PORT", "²"),
        ("PROOFSHEET_HOST", ""),
        ("PROOFSHEET_DATA", ""),
        ("PROOFSHEET_DATA", "a\0b"),
        ("PROOFSHEET_PUBLIC_LAB", "perhaps"),
        ("PROOFSHEET_WORKERS", "0"),
        ("PROOFSHEET_LOG_LEVEL", "loud"),
        ("DATABASE_URL", "mysql://somewhere"),
        ("REDIS_URL", "somewhere:6379"),
        ("PROOFSHEET_ACCOUNTS", "maybe"),
        ("PROOFSHEET_PROXIES", "-1"),
        ("PROOFSHEET_NAMES", "http://a"),
        ("PROOFSHEET_BASE_URL", "photos.example"),
        ("PROOFSHEET_BASE_URL", "https://photos.example/a?b"),
        ("PROOFSHEET_BASE_URL", "https://photos.example/../x"),
        ("PROOFSHEET_BASE_URL", "https://me@photos.example"),
    ],
)
def test_a_wrong_value_names_its_setting(name, text):
    with pytest.raises(ConfigError, match=name):
        Config.from_env({name: text})


def test_children_read_the_same_settings(tmp_path):
    config = Config.from_env({}, data=tmp_path, workers=3, public_lab=True, weights_dir=tmp_path)
    assert Config.from_env(config.environ()) == config


def test_the_default_workers_share_their_memory():
    for workers in range(1, 5):
        config = Config.from_env({"PROOFSHEET_WORKERS": str(workers)})
        assert config.workers * config.max_memory_mb <= WORKER_MEMORY_MB
    assert Config.from_env({}).workers <= 4


def test_the_socket_has_a_path_that_fits(tmp_path):
    short = Config(data=Path("/photos"))
    assert short.valkey_socket == Path("/photos/valkey/valkey.sock")
    for folder in (Path("/") / ("deep/" * 30), Path("/with a space")):
        path = Config(data=folder).valkey_socket
        assert len(str(path)) < 104
        assert " " not in str(path)
    assert (
        Config(data=Path("/" + "a" * 90)).valkey_socket
        != Config(data=Path("/" + "b" * 90)).valkey_socket
    )


def test_redis_py_gets_its_own_spelling():
    config = Config(data=Path("/photos"))
    assert config.redis_client_url == "unix:///photos/valkey/valkey.sock"
    assert Config(redis_url="redis://there:1/0").redis_client_url == "redis://there:1/0"
    assert not Config(redis_url="redis://there:1/0").embedded_valkey


def test_the_secret_is_made_once_and_kept_private(tmp_path):
    config = Config(data=tmp_path / "new")
    key = config.secret_key()
    file = tmp_path / "new" / "secret_key"
    assert len(key) == 64
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert config.secret_key() == key == dataclasses.replace(config, port=81).secret_key()
    file.write_text("")
    with pytest.raises(ConfigError, match="damaged"):
        config.secret_key()
