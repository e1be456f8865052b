"""The embedded form as a person meets it: it starts, says where to go, stops when told, and remembers."""

import asyncio
import os
import re
import socket
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from app.demo.checks import ok
from deploy.processes import ROOT, Process
from deploy.servers import free_port
from shared.runtime.server import listening, welcome
from shared.settings import Settings
from tests.support import platforms
from tests.support.forked import Command
from tests.support.processes import Form
from tests.support.waiting import until
from tests.system.crashes import audit

pytestmark = pytest.mark.usefixtures("interpreters")

COUNTS = {"regions": 18, "departements": 101, "epcis": 1255, "territories": 149 + 183}


def platform(folder: Path, **environment: str) -> Process:
    """The platform on a folder."""
    return Process((), {"TERRITORIES_DATA_DIR": str(folder), **environment}, folder / "out.txt")


async def counts(form: Form) -> dict[str, int]:
    """Count the objects of each list, page by page."""
    found = {}
    async with form.client() as anybody:
        for collection in COUNTS:
            path: str | None = f"/v1/{collection}?limit=200"
            found[collection] = 0
            while path:
                answer = await anybody.get(path)
                found[collection] += len(ok(answer)["items"])
                path = answer.links["next"]["url"] if "next" in answer.links else None
    return found


async def test_the_first_start_answers_the_counts_and_the_curl_that_it_prints(tmp_path: Path) -> None:
    async with platforms.embedded(tmp_path) as form:
        found = await counts(form)
        async with form.client() as anybody:
            communes = ok(await anybody.get("/v1/communes?q=pau&departement=64"))
        said = (tmp_path / "out.txt").read_text()
        curl = re.search(r"curl '([^']+)'", said)
        answer = await asyncio.to_thread(httpx.get, curl[1] if curl else "")

    assert said.index("Not ready yet: ") < said.index("Territoires d'industrie is ready")
    assert found == COUNTS
    assert "64445" in [commune["code"] for commune in communes["items"]]
    assert answer.json()["items"][0]["key"] == "2018-ti-7505"


async def test_each_part_of_an_answer_is_sent_at_once(tmp_path: Path) -> None:
    at_once: asyncio.Future[int] = asyncio.get_running_loop().create_future()

    async def answer(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        at_once.set_result(writer.get_extra_info("socket").getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))
        writer.close()

    port = free_port()
    server = await asyncio.start_server(answer, sock=listening(Settings(data_dir=tmp_path, port=port)))
    async with server:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
        assert await at_once
        writer.close()
        await writer.wait_closed()


def test_make_run_alone_lets_webhooks_go_to_this_machine_unless_set_otherwise() -> None:
    assert set_by_make_run() == "True"
    assert set_by_make_run(TERRITORIES_DANGEROUS_LOOPBACK_WEBHOOKS="false") == "False"
    assert Settings.model_fields["dangerous_loopback_webhooks"].default is False


def set_by_make_run(**environment: str) -> str:
    """The setting, as what `make run` starts has it."""
    shown = "from shared.settings import Settings; print(Settings().dangerous_loopback_webhooks)"
    process = subprocess.run(
        ["make", "--old-file=.venv/.run", "run", f"VENV={sys.executable} -c '{shown}'"],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], **environment},
        capture_output=True,
        text=True,
        check=True,
    )
    return process.stdout.strip()


def test_the_greeting_says_when_webhooks_go_to_this_machine() -> None:
    assert "go to this machine too" in welcome(Settings(dangerous_loopback_webhooks=True))
    assert "webhooks" not in welcome(Settings(dangerous_loopback_webhooks=False))


async def test_it_stops_on_a_signal_and_remembers_and_loads_nothing_twice(
    loaded: Callable[[Path], None], tmp_path: Path
) -> None:
    await asyncio.to_thread(loaded, tmp_path)
    async with platforms.embedded(tmp_path) as form:
        async with form.client("delegation") as client:
            figure = {"metric": "essai", "value": 1, "day": "2020-01-01", "source": "essai (synthétique)"}
            ok(await client.post("/v1/figures", json=figure))
        before = await audit.settled(form)
        process = form.processes["embedded"]
        await asyncio.to_thread(process.stop)

        process.start()
        await process.ready()
        after = await audit.settled(form)
        async with form.client() as anybody:
            kept = ok(await anybody.get("/v1/figures?metric=essai"))

    assert process.status == 0
    assert len(after.outbox) == len(before.outbox)
    assert len(kept["items"]) == 1


async def test_a_stop_ends_a_start_at_once_and_the_next_start_goes_on(tmp_path: Path) -> None:
    process = platform(tmp_path)

    async def is_loading() -> bool:
        return "territory: regions" in process.tail()

    process.start()
    try:
        await until(is_loading)
    finally:
        await asyncio.to_thread(process.stop)
    said = process.tail()
    async with platforms.embedded(tmp_path) as form:
        found = await counts(form)

    assert process.status == 0
    assert said.endswith("Stopped before the start was finished.\n")
    assert "catalog: services" not in said
    assert found == COUNTS


async def test_a_second_platform_on_the_same_folder_is_refused(loaded: Callable[[Path], None], tmp_path: Path) -> None:
    await asyncio.to_thread(loaded, tmp_path)
    async with platforms.embedded(tmp_path):
        second = platform(tmp_path)
        second.log = tmp_path / "second.txt"
        second.start()
        await asyncio.to_thread(second.running.wait if second.running else print, 30)

    assert second.status == 1
    assert "set DATA_DIR to another folder" in second.tail()


@pytest.mark.parametrize(
    ("environment", "sentence"),
    [
        ({"TERRITORIES_PORT": "abc"}, "TERRITORIES_PORT: write a whole number."),
        (
            {"TERRITORIES_DATA_DIR": "/dev/null"},
            "TERRITORIES_DATA_DIR: /dev/null cannot be made a folder (File exists).",
        ),
        ({"TERRITORIES_OTLP": "http://127.0.0.1:4318"}, "TERRITORIES_OTLP: there is no such setting"),
    ],
)
async def test_a_wrong_setting_ends_in_one_sentence(tmp_path: Path, environment: dict[str, str], sentence: str) -> None:
    command = Command(environment={"TERRITORIES_DATA_DIR": str(tmp_path), **environment})

    output = await asyncio.to_thread(command.finish)

    assert command.process.returncode == 1
    assert output.startswith(sentence)
    assert output.count("\n") == 1


async def test_one_service_without_a_broker_says_what_it_needs(tmp_path: Path) -> None:
    command = Command("territory", environment={"TERRITORIES_DATA_DIR": str(tmp_path)})

    output = await asyncio.to_thread(command.finish)

    assert command.process.returncode == 1
    assert output == "TERRITORIES_BUS_URL: one service alone needs a broker, such as amqp://127.0.0.1.\n"


async def test_a_port_that_is_taken_is_named(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        process = platform(tmp_path)
        process.port = taken.getsockname()[1]
        process.start()
        await asyncio.to_thread(process.running.wait if process.running else print, 30)

    assert process.status == 1
    assert f"Port {process.port} is not available" in process.tail()
    assert "set PORT" in process.tail()


async def test_what_is_secret_is_closed_to_others_and_in_no_log(loaded: Callable[[Path], None], tmp_path: Path) -> None:
    await asyncio.to_thread(loaded, tmp_path)
    async with platforms.embedded(tmp_path) as form, form.client("region") as client:
        ok(await client.get("/v1/actions"))
        secrets = [word for name, word in form.secrets().items() if name.endswith("_SECRET")]
        token = client.http.headers["Authorization"].removeprefix("Bearer ")

    logs = "".join(path.read_text() for path in (tmp_path / "log.jsonl", tmp_path / "out.txt"))

    assert len(secrets) == 11
    assert not [word for word in [*secrets, token] if word in logs]
    assert modes_of_secrets(tmp_path) == {0o600}


async def test_a_log_that_cannot_be_written_stops_nothing(loaded: Callable[[Path], None], tmp_path: Path) -> None:
    await asyncio.to_thread(loaded, tmp_path)
    (tmp_path / "log.jsonl").unlink()
    (tmp_path / "log.jsonl").symlink_to("/dev/full")
    async with platforms.embedded(tmp_path) as form, form.client("delegation") as client:
        figure = {"metric": "essai", "value": 1, "day": "2020-01-01", "source": "essai (synthétique)"}
        ok(await client.post("/v1/figures", json=figure))
        books = await audit.settled(form)
        metrics = (await client.get("/metrics")).text

    assert {row["state"] for row in books.inbox if row["type"].endswith("FigureDeclared.v1")} == {"applied"}
    assert books.violations() == []
    assert "ti_log_lines_dropped_total" in metrics


def modes_of_secrets(folder: Path) -> set[int]:
    """Return the file modes of the keys and of the clients' secrets."""
    kept = [*folder.rglob("*.key"), folder / "clients.env", folder / "issuer" / "keys.json"]
    return {stat.S_IMODE(path.stat().st_mode) for path in kept}


def test_help_names_every_command() -> None:
    said = subprocess.run(["make", "help"], capture_output=True, text=True, check=True).stdout

    assert {line.split()[1] for line in said.splitlines()} >= {"run", "test", "check", "help"}
