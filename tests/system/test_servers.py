"""The private servers start, answer, survive a kill with what they confirmed, and leave nothing."""

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import aio_pika
import asyncpg
import pytest

from deploy import binaries, keeper, servers
from deploy.binaries import ServerUnavailable
from deploy.servers import Postgres, RabbitMQ


def is_alive(pid: int) -> bool:
    """A process that is there and not a zombie."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def is_free(port: int) -> bool:
    """A port on which nobody answers."""
    with socket.socket() as probe:
        return probe.connect_ex((servers.HOST, port)) != 0


async def count_rows(url: str) -> int:
    """Return the number of rows that survived."""
    connection = await asyncpg.connect(url.replace("+asyncpg", ""))
    try:
        return int(await connection.fetchval("SELECT count(*) FROM territory"))
    finally:
        await connection.close()


async def test_postgres_answers_with_the_version_that_the_run_will_name(postgres: Postgres) -> None:
    connection = await asyncpg.connect(postgres.url().replace("+asyncpg", ""))
    version = await connection.fetchval("SELECT version()")
    await connection.close()

    assert f"PostgreSQL {servers.used['PostgreSQL']} " in version
    assert connection.get_server_version().major >= 15


async def test_a_database_is_a_copy_of_its_template(postgres: Postgres) -> None:
    postgres.create_database("aunis")
    postgres.sql("CREATE TABLE territory AS SELECT 'Rochefort' AS name", "aunis")

    copy = postgres.create_database("saintonge", template="aunis")

    assert await count_rows(copy) == 1


async def test_a_killed_postgres_keeps_what_was_committed() -> None:
    with Postgres() as server:
        url = server.create_database("aunis")
        connection = await asyncpg.connect(url.replace("+asyncpg", ""))
        await connection.execute("CREATE TABLE territory (name text)")
        await connection.execute("INSERT INTO territory VALUES ('Rochefort')")
        pid = server.pid
        server.kill()
        connection.terminate()

        assert not is_alive(pid)
        assert is_free(server.port)

        server.start()

        assert await count_rows(url) == 1


async def test_a_killed_broker_keeps_what_it_confirmed() -> None:
    with RabbitMQ() as server:
        server.load({"queues": [make_quorum_queue("signatures")]})
        async with await aio_pika.connect(server.url) as connection:
            channel = await connection.channel(on_return_raises=True)
            message = aio_pika.Message(b"signed", delivery_mode=aio_pika.DeliveryMode.PERSISTENT)
            await channel.default_exchange.publish(message, "signatures")
        pid = server.pid
        server.kill()

        assert not is_alive(pid)
        assert is_free(server.port)

        server.start()

        async with await aio_pika.connect(server.url) as connection:
            channel = await connection.channel()
            queue = await channel.get_queue("signatures")
            kept = await queue.get(timeout=10)
            assert kept.body == b"signed"
            await kept.ack()


def make_quorum_queue(name: str) -> dict[str, object]:
    """A durable queue of the kind that survives a kill."""
    arguments = {"x-queue-type": "quorum"}
    return {"name": name, "vhost": "/", "durable": True, "auto_delete": False, "arguments": arguments}


def test_an_account_logs_in_with_the_password_it_was_given(rabbitmq: RabbitMQ) -> None:
    rabbitmq.load({"users": [{"name": "aunis", "password_hash": "", "tags": ""}]})
    rabbitmq.set_password("aunis", "a word with / and é")

    assert servers.amqp_login(rabbitmq.port, "aunis", "a word with / and é") == servers.used["RabbitMQ"]
    with pytest.raises(OSError, match=r"reset|hangs up|refuses"):
        servers.amqp_login(rabbitmq.port, "aunis", "another")


@pytest.mark.parametrize("make", [Postgres, RabbitMQ])
def test_a_stopped_server_leaves_nothing(make: type[Postgres | RabbitMQ]) -> None:
    server = make()
    server.start()
    family = keeper.family(server.pid)
    server.stop()

    assert not [pid for pid in family if is_alive(pid)]
    assert is_free(server.port)
    assert not server.folder.exists()


def test_no_server_outlives_a_run_that_is_killed() -> None:
    program = (
        "import time; from deploy.servers import Postgres\n"
        "server = Postgres(); server.start(); print(server.pid, server.folder, flush=True); time.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True) as run:
        assert run.stdout
        pid, folder = run.stdout.readline().split()
        family = keeper.family(int(pid))
        run.send_signal(signal.SIGKILL)

    deadline = time.monotonic() + 10
    while Path(folder).parent.exists() and time.monotonic() < deadline:
        time.sleep(0.05)

    assert not Path(folder).parent.exists()
    assert not [member for member in family if is_alive(member)]


def test_a_missing_server_is_named_with_the_command_that_installs_it(monkeypatch: pytest.MonkeyPatch) -> None:
    found: dict[str, Any] = {"postgresql": lambda: None, "rabbitmq-server": lambda: Path("/"), "chromium": lambda: None}
    monkeypatch.setattr(binaries, "_FINDERS", found)
    monkeypatch.setattr(os, "geteuid", lambda: 1000)

    with pytest.raises(ServerUnavailable, match=r"sudo apt-get install postgresql$"):
        binaries.ensure("postgresql", "rabbitmq-server")
    assert binaries.ensure("rabbitmq-server") == {"rabbitmq-server": Path("/")}
