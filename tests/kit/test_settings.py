"""A wrong setting ends in one sentence that names its variable."""

import os
from pathlib import Path

import pytest

from shared.settings import SettingRefused, Settings, read_settings


@pytest.fixture(autouse=True)
def _no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [each for each in os.environ if each.startswith("TERRITORIES_") or each in ("PORT", "DATA_DIR")]:
        monkeypatch.delenv(name)


@pytest.mark.parametrize(
    ("variable", "value", "sentence"),
    [
        ("PORT", "abc", "PORT: write a whole number."),
        ("PORT", "", "PORT: write a whole number."),
        ("TERRITORIES_PORT", "8000.5", "TERRITORIES_PORT: write a whole number."),
        ("PORT", "70000", "PORT: it should be less than or equal to 65535."),
        ("PORT", "-1", "PORT: it should be greater than or equal to 0."),
        ("TERRITORIES_DATABASE_POOL", "0", "TERRITORIES_DATABASE_POOL: it should be greater than or equal to 1."),
        ("TERRITORIES_DATABASE_POOL", "", "TERRITORIES_DATABASE_POOL: write a whole number."),
        ("TERRITORIES_WEBHOOK_TIMEOUT", "soon", "TERRITORIES_WEBHOOK_TIMEOUT: write a number."),
        ("TERRITORIES_WEBHOOK_TIMEOUT", "0", "TERRITORIES_WEBHOOK_TIMEOUT: it should be greater than 0."),
        ("TERRITORIES_LOAD_REFERENCE_DATA", "maybe", "TERRITORIES_LOAD_REFERENCE_DATA: write true or false."),
        ("TERRITORIES_RETRY_DELAYS", "1, 5", "TERRITORIES_RETRY_DELAYS: write a list in JSON, such as [1, 5, 30]."),
        ("TERRITORIES_RETRY_DELAYS", '["x"]', "TERRITORIES_RETRY_DELAYS: write a number."),
        *(
            (
                "TERRITORIES_WEBHOOK_NETWORKS",
                f'["{network}"]',
                (
                    "TERRITORIES_WEBHOOK_NETWORKS: write networks within 10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16, "
                    'fc00::/7, such as ["10.20.0.0/16"].'
                ),
            )
            for network in (
                "0.0.0.0/0",
                "::/0",
                "8.8.8.0/24",
                "127.0.0.0/8",
                "169.254.0.0/16",
                "10.0.0.1/8",
                "8.0.0.0/6",
                "x",
            )
        ),
        *(
            (
                "TERRITORIES_WEBHOOK_PROXY",
                proxy,
                "TERRITORIES_WEBHOOK_PROXY: write http://host:port, or http://user:password@host:port.",
            )
            for proxy in (
                "proxy.example:3128",
                "https://proxy.example:3128",
                "socks5://proxy.example:1080",
                "http://proxy.example",
                "http://proxy.example:0",
                "http://proxy.example:65536",
                "http://proxy.example:3128/path",
                "http://user:confidential@proxy.example",
                "http://user:confiden@tial@proxy.example:3128",
                "http://user:confidential\r\nx@proxy.example:3128",
                "http://:confidential@proxy.example:3128",
                "http://proxy..example:3128",
            )
        ),
        (
            "TERRITORIES_OTLP_URL",
            "collector:4318",
            "TERRITORIES_OTLP_URL: write an address that begins with https:// or http://.",
        ),
        (
            "TERRITORIES_ISSUER_URL",
            "issuer.example",
            "TERRITORIES_ISSUER_URL: write an address that begins with https:// or http://.",
        ),
        (
            "TERRITORIES_BUS_URL",
            "rabbit:5672",
            "TERRITORIES_BUS_URL: write memory:, or an address that begins with amqp:// or amqps://.",
        ),
        (
            "TERRITORIES_DATABASE_URL",
            "postgresql://127.0.0.1/territory",
            "TERRITORIES_DATABASE_URL: begin with sqlite+aiosqlite:// or postgresql+asyncpg://.",
        ),
        (
            "TERRITORIES_WEBHOOK_TIMOUT",
            "5",
            "TERRITORIES_WEBHOOK_TIMOUT: there is no such setting; did you mean TERRITORIES_WEBHOOK_TIMEOUT?",
        ),
        ("territories_prot", "1", "territories_prot: there is no such setting; did you mean TERRITORIES_PORT?"),
        ("TERRITORIES_QQQQQQQQQQQQ", "1", "TERRITORIES_QQQQQQQQQQQQ: there is no such setting."),
    ],
)
def test_what_cannot_be_used_is_named(
    monkeypatch: pytest.MonkeyPatch, variable: str, value: str, sentence: str
) -> None:
    monkeypatch.setenv(variable, value)

    with pytest.raises(SettingRefused) as refused:
        read_settings()

    assert str(refused.value) == sentence


def test_all_that_is_wrong_is_said_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    for variable, value in (("PORT", "x"), ("TERRITORIES_TRACE_SAMPLE", "2"), ("TERRITORIES_PRT", "1")):
        monkeypatch.setenv(variable, value)

    with pytest.raises(SettingRefused) as refused:
        read_settings()

    assert [line.partition(":")[0] for line in str(refused.value).splitlines()] == [
        "PORT",
        "TERRITORIES_TRACE_SAMPLE",
        "TERRITORIES_PRT",
    ]


def test_no_secret_stands_in_the_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERRITORIES_DATABASE_URL", "mysql://user:confidential@127.0.0.1/territory")

    with pytest.raises(SettingRefused) as refused:
        read_settings()

    assert "confidential" not in str(refused.value)
    assert refused.value.__suppress_context__ or "confidential" not in repr(refused.value.__context__)


def test_every_setting_is_read_from_its_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    for variable, value in (("PORT", "8001"), ("TERRITORIES_RETRY_DELAYS", "[1, 2]"), ("TERRITORIES_AUDIENCE", "a")):
        monkeypatch.setenv(variable, value)

    settings = read_settings()

    assert (settings.port, settings.retry_delays, settings.audience) == (8001, (1, 2), "a")


@pytest.mark.parametrize("name", ["file", "file/data"])
def test_a_data_folder_that_cannot_be_made_is_named(tmp_path: Path, name: str) -> None:
    (tmp_path / "file").touch()

    with pytest.raises(SettingRefused, match=r"^TERRITORIES_DATA_DIR: .*/file.* cannot be made a folder \("):
        Settings(data_dir=tmp_path / name).make_data_dir()


def test_a_data_folder_that_may_not_be_written_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "access", lambda *_: False)

    with pytest.raises(SettingRefused, match="may not write"):
        Settings(data_dir=tmp_path).make_data_dir()


def test_a_brace_in_a_password_stays_as_it_is() -> None:
    settings = Settings(database_url="postgresql+asyncpg://u:{x}%7B@127.0.0.1/{service}")

    assert settings.url_of("catalog") == "postgresql+asyncpg://u:{x}%7B@127.0.0.1/catalog"
