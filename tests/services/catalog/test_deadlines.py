"""Deadlines that pass: told once each, at the end of the Paris day, by whatever process the clock runs in."""

import asyncio
from datetime import UTC, datetime

import pytest

from services.catalog.commands.requests import publish_overdue
from services.catalog.jobs import CLOCK, deadlines, scan
from shared.clock import today
from shared.settings import Settings
from shared.storage.wakeups import BackgroundTask
from tests.services.catalog.conftest import (
    Clock,
    House,
    at_work,
)
from tests.services.catalog.places import BANK, CAISSE_DES_DEPOTS, NATIONAL, PAU, REQUEST
from tests.services.catalog.test_requests_api import requested
from tests.support.harness import ON_SQLITE
from tests.support.waiting import until


async def looked(house: House) -> int:
    """Return the number of deadlines that the clock finds now."""
    count = 0
    while found := await scan(house.database):
        count += found
    return count


async def overdue(house: House) -> list[str]:
    """The deadlines that were told."""
    return [event["deadline"] for event in await house.published() if event["fact"] == "ServiceRequestOverdue"]


async def test_each_deadline_is_published_once_ever(house: House, clock: Clock) -> None:
    found = await requested(house)
    seen = {}
    for day in (9, 10, 10, 21, 22, 45, 46, 400):
        clock.pass_days(day)
        await looked(house)
        seen[day] = await overdue(house)

    assert seen == {
        9: [],
        10: ["acknowledge"],
        21: ["acknowledge"],
        22: ["acknowledge", "answer"],
        45: ["acknowledge", "answer"],
        46: ["acknowledge", "answer", "conclude"],
        400: ["acknowledge", "answer", "conclude"],
    }
    event = (await house.published(f"request/{found['id']}"))[1]
    assert (event["due_on"], event["status"], event["organisations"]) == (
        "2021-06-24",
        "sent",
        [CAISSE_DES_DEPOTS, PAU],
    )
    lines = (await house.get(f"/v1/requests/{found['id']}/history"))["items"]
    assert [(line["by"]["client_id"], line["reason"]) for line in lines[1:]] == [("clock", "a deadline has passed")] * 3


async def test_a_day_ends_in_paris(house: House, clock: Clock) -> None:
    await requested(house)

    clock.move_to(datetime(2021, 6, 24, 21, 59, tzinfo=UTC))
    assert await looked(house) == 0
    clock.move_to(datetime(2021, 6, 24, 22, 1, tzinfo=UTC))
    assert await looked(house) == 1


async def test_what_was_done_in_time_is_not_late(house: House, clock: Clock) -> None:
    found = await requested(house)
    path = f"/v1/requests/{found['id']}"
    clock.pass_days(9)
    await house.post(f"{path}/acknowledge", by=BANK)
    clock.pass_days(21)
    assert await looked(house) == 0
    await house.post(f"{path}/accept", {}, by=BANK)
    clock.pass_days(45)
    await house.post(f"{path}/done", {}, by=BANK)
    clock.pass_days(500)

    assert await looked(house) == 0
    assert await overdue(house) == []


async def test_a_closed_request_is_no_longer_watched(house: House, clock: Clock) -> None:
    await requested(house, "declined")
    await requested(house, "redirected")
    clock.pass_days(100)

    await looked(house)

    # The one that went on at the other operator.
    assert {event["reference"] for event in await house.published() if event["fact"] == "ServiceRequestOverdue"} == {
        "BPI-2021-00001"
    }


async def test_the_clock_door_is_a_command_with_the_day_as_its_argument(house: House) -> None:
    await requested(house)

    async with house.database.writing(by=CLOCK) as session:
        assert await publish_overdue(session, today()) == 0
    async with house.database.writing(by=CLOCK) as session:
        assert await publish_overdue(session, datetime(2021, 6, 25, tzinfo=UTC).date()) == 1

    assert await overdue(house) == ["acknowledge"]


async def test_a_service_that_was_away_publishes_at_its_start(settings: Settings, clock: Clock) -> None:
    async with at_work(settings) as house:
        await requested(house)
    clock.pass_days(30)

    async with at_work(settings) as house:
        found = await until(lambda: overdue(house))
        assert found == ["acknowledge", "answer"]
        assert await looked(house) == 0


async def test_the_loop_looks_again_after_its_pause(house: House, clock: Clock, settings: Settings) -> None:
    await requested(house)
    task = asyncio.create_task(_run(deadlines(house.database, settings, pause=0.01)))
    try:
        clock.pass_days(10)
        await until(lambda: overdue(house))
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    assert await overdue(house) == ["acknowledge"]


async def test_two_who_look_at_once_publish_it_once(house: House, clock: Clock) -> None:
    for _ in range(3):
        await requested(house)
    clock.pass_days(10)

    await asyncio.gather(*(looked(house) for _ in range(5)))

    assert await overdue(house) == ["acknowledge"] * 3


@ON_SQLITE
async def test_more_than_one_batch_is_published(house: House, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.catalog.commands.requests.BATCH", 2)
    for _ in range(5):
        await requested(house)
    clock.pass_days(10)

    assert await looked(house) == 5
    assert await overdue(house) == ["acknowledge"] * 5


async def test_an_operator_that_promises_other_delays_is_measured_by_them(house: House, clock: Clock) -> None:
    before = await requested(house)
    operator = await house.patch(
        f"/v1/operators/{CAISSE_DES_DEPOTS}",
        {"delays": {"acknowledge": 2, "answer": 5, "conclude": 10}},
        by=BANK,
    )
    after = await house.post("/v1/requests", REQUEST, expect=201)

    assert operator["delays"] == {"acknowledge": 2, "answer": 5, "conclude": 10}
    assert before["due"]["acknowledge"] == "2021-06-24"
    assert after["due"] == {"acknowledge": "2021-06-17", "answer": "2021-06-20", "conclude": "2021-06-25"}
    clock.pass_days(6)
    await looked(house)
    assert await overdue(house) == ["acknowledge", "answer"]
    assert [one["reference"] for one in (await house.get("/v1/requests", by=NATIONAL, overdue="true"))["items"]] == [
        after["reference"]
    ]


async def _run(work: BackgroundTask) -> None:
    await work.run(asyncio.Event())
