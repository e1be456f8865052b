"""Waiting for the feed: woken by what one may be told, held by nothing, answered in time."""

import asyncio
import time

import pytest

from services.notification.models import JOURNAL_GREW
from shared.storage import listener
from tests.services.notification.conftest import (
    PARTNER,
    House,
)
from tests.services.notification.facts import declared, submitted
from tests.support.harness import TEAM


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

    assert page == {"items": [], "next": end}


AT_WORK = 2
"""Connections that the sequencer and the dispatcher may hold at any moment."""


async def test_many_who_wait_hold_no_connection(house: House) -> None:
    _, end = await house.feed(PARTNER)
    waiting = [asyncio.create_task(house.get("/v1/events", PARTNER, after=end, wait=20)) for _ in range(60)]
    place, pool = house.database.listener(JOURNAL_GREW), house.database.engine.pool
    async with asyncio.timeout(19):
        while place.count < len(waiting) or pool.checkedout() > AT_WORK:  # type: ignore[attr-defined]  # noqa: ASYNC110
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
