"""Waiting for the feed: woken by what one may be told, held by nothing, answered in time."""

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from services.notification.models import JOURNAL_GREW
from shared.runtime.app import serve
from shared.runtime.platform import PLATFORM
from shared.runtime.server import HttpServer
from shared.security.request_state import VERIFIER
from shared.settings import Settings
from shared.storage import listener
from shared.storage.listener import MAX_WAITING_OF_CLIENT, Listener
from tests.services.notification.conftest import CALLERS, PARTNER, House, service
from tests.services.notification.facts import declared, submitted
from tests.support.harness import NATIONAL, TEAM
from tests.support.serving import address, at_work, listening
from tests.support.waiting import until


async def test_who_waits_is_woken_by_the_event(house: House) -> None:
    _, end = await house.feed(TEAM)
    waiting = asyncio.create_task(house.get("/v1/events", TEAM, after=end, wait=20))
    await asyncio.sleep(0.3)
    assert not waiting.done()
    started = time.perf_counter()

    [sent] = await house.publish(declared())
    page = await waiting

    assert [item["event"]["id"] for item in page["items"]] == [sent.event_id]
    assert time.perf_counter() - started < 18, "nobody woke it: it would have waited for twenty"


async def test_who_waits_sleeps_through_what_it_may_not_receive(house: House) -> None:
    _, end = await house.feed(PARTNER)
    waiting = asyncio.create_task(house.get("/v1/events", PARTNER, after=end, wait=20))
    await asyncio.sleep(0.1)

    await house.publish(submitted())
    await asyncio.sleep(0.1)
    assert not waiting.done()
    [public] = await house.publish(declared())

    assert [item["event"]["id"] for item in (await waiting)["items"]] == [public.event_id]


async def test_who_waits_in_vain_gets_an_empty_page_and_its_cursor(house: House) -> None:
    _, end = await house.feed(TEAM)

    page = await house.get("/v1/events", TEAM, after=end, wait=1)

    assert page == {"items": [], "next": end, "has_more": False}


AT_WORK = 2
"""Connections that the sequencer and the dispatcher may hold at any moment."""


async def test_many_who_wait_hold_no_connection(house: House) -> None:
    clients = [f"{PARTNER};client={number}" for number in range(60)]
    ends = [(await house.feed(client))[1] for client in clients]
    waiting = [
        asyncio.create_task(house.get("/v1/events", client, after=end, wait=20))
        for client, end in zip(clients, ends, strict=True)
    ]
    listening_tasks, pool = house.database.listener(JOURNAL_GREW), house.database.engine.pool
    async with asyncio.timeout(19):
        while listening_tasks.count < len(waiting) or pool.checkedout() > AT_WORK:  # type: ignore[attr-defined]  # noqa: ASYNC110
            await asyncio.sleep(0.05)

    [sent] = await house.publish(declared())
    pages = await asyncio.gather(*waiting)

    assert {page["items"][0]["event"]["id"] for page in pages} == {sent.event_id}


async def test_beyond_those_who_may_wait_one_is_answered_at_once(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listener, "MAX_WAITING", 0)
    _, end = await house.feed(TEAM)
    started = time.perf_counter()

    page = await house.get("/v1/events", TEAM, after=end, wait=20)

    assert page["items"] == []
    assert time.perf_counter() - started < 18


async def test_one_client_does_not_take_every_place(house: House) -> None:
    _, end = await house.feed(TEAM)
    places = house.database.listener(JOURNAL_GREW)
    waiting = [
        asyncio.create_task(house.get("/v1/events", TEAM, after=end, wait=20)) for _ in range(MAX_WAITING_OF_CLIENT)
    ]
    await taken(places, MAX_WAITING_OF_CLIENT)

    refused = await house.send("GET", "/v1/events", TEAM, params={"after": end, "wait": 20})
    without_waiting = await house.get("/v1/events", TEAM, after=end)
    another = asyncio.create_task(house.get("/v1/events", f"{TEAM};client=another", wait=20))
    answered = await another
    await house.publish(declared())
    await asyncio.gather(*waiting)

    assert (refused.status_code, refused.json()["code"]) == (429, "too-many-waiting")
    assert refused.headers["retry-after"] == "1"
    assert without_waiting["items"] == []
    assert answered["items"]


async def taken(places: Listener, count: int) -> None:
    """Wait until so many places are taken."""

    async def read() -> int:
        return places.count

    await until(read, lambda found: found == count)


@asynccontextmanager
async def at_the_end(settings: Settings) -> AsyncIterator[tuple[HttpServer, FastAPI, httpx.AsyncClient, str]]:
    """The service behind its own server, a client of it, and the cursor of the end of the feed."""
    app, sock = serve(service, settings=settings, complete=True), listening()
    async with (
        at_work(app, sock) as server,
        httpx.AsyncClient(
            base_url=address(sock), timeout=30, headers={"Authorization": f"Bearer {NATIONAL}"}
        ) as client,
    ):
        VERIFIER.set(app, CALLERS)
        cursor = ""
        while (page := (await read(client, cursor)).json())["next"] != cursor:
            cursor = page["next"]
        yield server, app, client, cursor


async def read(client: httpx.AsyncClient, after: str, **params: Any) -> httpx.Response:
    """Read a page of the feed."""
    return await client.get("/v1/events", params={**({"after": after} if after else {}), **params})


def places_of(app: FastAPI) -> Listener:
    """The places of the waiting readers."""
    return PLATFORM.of(app).running[0].database.listener(JOURNAL_GREW)


async def readers(client: httpx.AsyncClient, cursor: str, app: FastAPI, count: int) -> Sequence[asyncio.Task[Any]]:
    """So many readers that wait."""
    waiting = [asyncio.create_task(read(client, cursor, wait=20)) for _ in range(count)]
    await taken(places_of(app), count)
    return waiting


async def test_a_stop_answers_each_waiting_reader_with_an_empty_page_and_its_cursor(settings: Settings) -> None:
    async with at_the_end(settings) as (server, app, client, cursor):
        waiting = await readers(client, cursor, app, 20)

        server.should_exit = True
        answers = await asyncio.gather(*waiting)

    assert {answer.status_code for answer in answers} == {200}
    assert {(answer.json()["next"], len(answer.json()["items"])) for answer in answers} == {(cursor, 0)}
    assert {answer.headers["connection"] for answer in answers} == {"close"}


async def test_the_place_of_a_client_that_hangs_up_is_free_at_once(settings: Settings) -> None:
    async with at_the_end(settings) as (_, app, client, cursor):
        waiting = await readers(client, cursor, app, 20)
        for task in waiting:
            task.cancel()

        async with asyncio.timeout(15):
            await taken(places_of(app), 0)

    assert all(task.cancelled() for task in waiting)
