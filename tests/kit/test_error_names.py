"""Errors in the log: classes and codes; no text of a library, and no secret of an address."""

import asyncio
import errno
import re
import socket
from contextlib import closing
from pathlib import Path

import httpx
import pytest
from pydantic import BaseModel, ValidationError
from sqlalchemy import insert
from sqlalchemy.exc import IntegrityError
from structlog.testing import capture_logs

from shared.bus import BusUnavailable
from shared.bus.rabbitmq import RabbitBus
from shared.clock import now
from shared.messaging import journal_client
from shared.messaging.journal_client import JournalNotRead
from shared.security.keys import RemoteKeys
from shared.settings import SettingRefused, Settings
from shared.storage.database import Database
from shared.storage.tables import idempotency
from shared.telemetry.error_names import error_name, error_text, error_trace, without_secrets
from tests.kit.bus.conftest import make_messages
from tests.kit.conftest import Lines

SECRET = "geheim"


def test_an_error_is_named_by_its_classes_and_codes() -> None:
    cause = OSError(errno.ECONNREFUSED, f"refused by {SECRET}")
    error = httpx.ConnectError(SECRET)
    error.__cause__ = cause

    assert error_name(error) == "ConnectError: ConnectionRefusedError ECONNREFUSED"
    assert error_name(socket.gaierror(socket.EAI_NONAME, SECRET)) == f"gaierror {socket.EAI_NONAME}"
    assert error_name(ValueError(SECRET)) == "ValueError"


def test_a_status_is_named_and_not_its_address() -> None:
    request = httpx.Request("GET", f"https://example.org/?token={SECRET}")
    with pytest.raises(httpx.HTTPStatusError) as refused:
        httpx.Response(401, request=request).raise_for_status()

    assert error_name(refused.value) == "HTTPStatusError 401"


class Words(BaseModel):
    """A body with two fields."""

    first: int
    second: list[int]


def test_an_error_of_ours_keeps_its_text_and_another_has_its_place() -> None:
    with pytest.raises(ValidationError) as invalid:
        Words.model_validate({"first": SECRET, "second": [SECRET]})
    with pytest.raises(SettingRefused) as refused:
        Settings(data_dir=Path("/dev/null/data")).make_data_dir()
    with pytest.raises(ValueError, match="IPv6") as wrong:
        without_secrets(f"http://[{SECRET}")

    assert error_text(ValueError(SECRET)) == "ValueError"
    assert error_text(BusUnavailable("not now")) == "BusUnavailable: not now"
    assert error_text(invalid.value) == "ValidationError (first int_parsing, second.0 int_parsing)"
    assert error_text(refused.value).startswith("SettingRefused: TERRITORIES_DATA_DIR: ")
    assert len(error_text(BusUnavailable("x" * 9999))) == 2000
    assert re.fullmatch(r"\w+ in shared\.telemetry\.error_names:\d+", error_text(wrong.value))


async def test_an_error_of_a_database_is_named_without_its_values_and_query(database: Database) -> None:
    row = {"client_id": SECRET, "method": "POST", "path": "/", "key": SECRET, "request_sha256": "", "status": 204}
    statement = insert(idempotency).values(**row, headers={}, body=b"", created_at=now())
    async with database.writing() as session:
        await session.execute(statement)
    with pytest.raises(IntegrityError) as failure:
        async with database.writing() as session:
            await session.execute(statement)

    text, trace = error_text(failure.value), error_trace(failure.value)
    assert text.startswith("IntegrityError")
    assert re.search(r" (23505|SQLITE_CONSTRAINT\w+)", text)
    assert __file__ in trace
    assert SECRET not in text + trace
    assert "INSERT INTO" not in text + trace


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        (f"https://user:{SECRET}@example.org:8443/a?token={SECRET}#{SECRET}", "https://example.org:8443/a"),
        (f"amqp://user:{SECRET}@[::1]:5672/%2f", "amqp://[::1]:5672/%2f"),
        ("http://127.0.0.1:8000", "http://127.0.0.1:8000"),
    ],
)
def test_an_address_is_shown_without_its_secrets(url: str, shown: str) -> None:
    assert without_secrets(url) == shown


@pytest.fixture
def nowhere() -> str:
    """An address with secrets, where nobody listens."""
    with closing(socket.socket()) as unheard:
        unheard.bind(("127.0.0.1", 0))
        return f"//user:{SECRET}@127.0.0.1:{unheard.getsockname()[1]}/?token={SECRET}"


async def test_keys_that_are_not_fetched_are_logged_without_secrets(nowhere: str) -> None:
    with capture_logs() as lines:
        async with httpx.AsyncClient() as http:
            keys = RemoteKeys(http, Settings(issuer_url=f"http:{nowhere}"))
            with pytest.raises(Exception, match="cannot be reached"):
                await keys.find("k1")
            await keys.close()

    (line,) = lines
    assert line["event"] == "issuer_keys_not_fetched"
    assert line["error"].endswith("ECONNREFUSED")
    assert SECRET not in str(line)


async def test_a_broker_that_is_away_is_logged_without_secrets(nowhere: str) -> None:
    bus = RabbitBus(f"amqp:{nowhere}", timeout=1)
    with capture_logs() as lines:
        await bus.start()
        outcomes = await bus.publish(make_messages(1))
        await bus.close()

    assert {line["event"] for line in lines} == {"broker away"}
    assert SECRET not in str(lines)
    assert SECRET not in str(outcomes)


async def test_a_journal_that_is_not_read_is_named_without_secrets(nowhere: str) -> None:
    settings = Settings(issuer_url=f"http:{nowhere}", client_id="platform")
    with pytest.raises(JournalNotRead) as refused:
        await anext(journal_client.read(settings))

    assert "ECONNREFUSED" in str(refused.value)
    assert SECRET not in str(refused.value)


async def test_a_task_whose_error_nobody_takes_is_logged_without_the_text_of_it(lines: Lines) -> None:
    async def fail(secret: str) -> None:
        raise ValueError(secret)

    def handle(task: asyncio.Task[None]) -> None:
        context = {"message": "Task exception was never retrieved", "exception": task.exception(), "future": task}
        asyncio.get_running_loop().default_exception_handler(context)

    task = asyncio.create_task(fail(SECRET))
    await asyncio.wait([task])
    handle(task)

    [line] = lines.of("Task exception was never retrieved")
    assert "ValueError" in line["exception"]
    assert SECRET not in lines.text
