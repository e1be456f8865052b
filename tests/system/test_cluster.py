"""`make cluster`, from nothing to its end: the demo passes through the edge, each role can do its work and no more."""

import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import pytest
from sqlalchemy import make_url

from app.demo.play import play
from deploy.cluster import started
from deploy.keeper import family, wait_until
from deploy.processes import ROOT
from deploy.servers import free_port
from services import NAMES
from tests.support.waiting import PATIENCE

pytestmark = pytest.mark.usefixtures("interpreters")

PAGES = ("/", "/docs", "/redoc", "/openapi.json", "/asyncapi.json", "/schemas", "/problems", "/problems/service-away")


async def test_the_demo_passes_through_the_edge_and_each_role_is_the_least(tmp_path: Path) -> None:
    loopback = {"TERRITORIES_DANGEROUS_LOOPBACK_WEBHOOKS": "true"}
    async with started(tmp_path, loopback) as cluster:
        ways = {name: cluster.processes[name].environment["TERRITORIES_DATABASE_URL"] for name in NAMES}
        published = sum([await count(ways[name], "outbox") for name in NAMES])
        in_the_feed = await count(ways["notification"], "journal WHERE position IS NOT NULL")
        pids = [cluster.edge.pid, *(process.pid for process in cluster.processes.values())]
        await play(tmp_path, cluster.edge.url)
        async with httpx.AsyncClient(base_url=cluster.edge.url, trust_env=False) as client:
            report = (await client.get("/v1/progress", params={"phase": "2018"})).json()
            pages = {path: (await client.get(path)).status_code for path in PAGES}
        refused = {name: await may_not(url, ways) for name, url in ways.items()}
        words = [str(make_url(url).password) for url in ways.values()]

    assert published == in_the_feed > 0
    assert report["total"]["contracts"]["signed"] == 1
    assert pages == dict.fromkeys(PAGES, 200)
    assert refused == {name: [] for name in NAMES}
    assert not found_in(tmp_path, words)
    assert set(cluster.processes) == {"issuer", *NAMES, "contract-2"}
    assert not alive(pids)


async def count(url: str, rows: str) -> int:
    """Count rows of a database, as the service reads it."""
    connection = await asyncpg.connect(make_url(url).set(drivername="postgresql").render_as_string(hide_password=False))
    try:
        return int(await connection.fetchval(f"SELECT count(*) FROM {rows}"))
    finally:
        await connection.close()


async def test_a_stop_answers_who_waits_through_the_gateway(tmp_path: Path) -> None:
    async with httpx.AsyncClient(timeout=40, trust_env=False) as client:
        async with started(tmp_path, {}) as cluster:
            client.base_url = httpx.URL(cluster.edge.url)
            client.headers["Authorization"] = f"Bearer {await token(client, tmp_path)}"
            cursor = await read_to_the_end(client)
            waiting = asyncio.create_task(client.get("/v1/events", params={"after": cursor, "wait": 20}))
            # It has come to the service, which has read what there is for it.
            await asyncio.sleep(2)
        answer = await waiting

    assert answer.status_code == 200
    assert answer.json() == {"items": [], "next": cursor, "has_more": False}
    assert not found_in(tmp_path, ["Traceback", "cut off by the stop", '"status":5'])


async def token(client: httpx.AsyncClient, folder: Path) -> str:
    """Ask for a token of the demo client of the délégation."""
    lines = (folder / "clients.env").read_text().splitlines()
    words = dict(line.split("=", 1) for line in lines if "=" in line)
    form = {"grant_type": "client_credentials"}
    answer = await client.post("/oauth/token", data=form, auth=(words["DELEGATION_ID"], words["DELEGATION_SECRET"]))
    return str(answer.json()["access_token"])


async def read_to_the_end(client: httpx.AsyncClient) -> str:
    """Read the whole feed; return its last cursor."""
    page: dict[str, Any] = {"has_more": True}
    while page["has_more"]:
        after = {"after": page["next"]} if "next" in page else {}
        page = (await client.get("/v1/events", params={"limit": 200, **after})).json()
    return str(page["next"])


def found_in(folder: Path, words: list[str]) -> list[str]:
    """Which logs hold one of these words."""
    return [path.name for path in folder.glob("*.txt") if any(word in path.read_text() for word in words)]


def alive(pids: list[int]) -> list[int]:
    """Which of these processes are still there."""
    return [pid for pid in pids if Path(f"/proc/{pid}").exists()]


async def may_not(url: str, ways: dict[str, str]) -> list[str]:
    """Return the statements, all forbidden, that a service's database role can run."""
    own = make_url(url)
    could = []
    connection = await asyncpg.connect(own.set(drivername="postgresql").render_as_string(hide_password=False))
    try:
        for statement in (
            "CREATE TABLE mine (id int)",
            "DROP TABLE outbox",
            "ALTER TABLE outbox ADD COLUMN mine int",
            "TRUNCATE outbox",
            "DELETE FROM history",
            "UPDATE history SET reason = NULL",
            "CREATE SCHEMA mine",
            "CREATE ROLE mine",
            "COPY (SELECT 1) TO PROGRAM 'true'",
            "SELECT pg_read_file('/etc/passwd')",
        ):
            try:
                await connection.execute(statement)
                could.append(statement)
            except (asyncpg.InsufficientPrivilegeError, asyncpg.UndefinedTableError):
                pass
    finally:
        await connection.close()
    for name in (*ways, "postgres", "template1"):
        if name != own.database:
            try:
                other = own.set(drivername="postgresql", database=name).render_as_string(hide_password=False)
                await (await asyncpg.connect(other)).close()
                could.append(f"connect to {name}")
            except asyncpg.InsufficientPrivilegeError:
                pass
    return could


def test_a_cluster_that_is_stopped_leaves_nothing_behind() -> None:
    run = subprocess.Popen(
        [sys.executable, "-m", "deploy.cluster"],
        cwd=ROOT,
        env={**os.environ, "PORT": str(free_port())},
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    with run:
        assert run.stdout
        lines = iter(run.stdout.readline, "")
        shown = next(line for line in lines if "PostgreSQL and RabbitMQ answer" in line)
        members = family(run.pid)
        run.send_signal(signal.SIGINT)
        rest = run.stdout.read()

    assert shown
    assert run.returncode == 0, rest
    assert len(members) > 2
    # The broker's own helpers notice a moment later that it has gone.
    assert wait_until(lambda: not alive(members), PATIENCE), alive(members)
