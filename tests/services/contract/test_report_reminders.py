"""The clock opens the reports that contracts owe and publishes reminders: once each, in batches, whatever is killed."""

import asyncio
import itertools
import json
from collections import Counter
from collections.abc import Awaitable, Callable
from datetime import date
from typing import Any, Final, cast

import pytest
from sqlalchemy import Table, insert, select

from services.contract import commands, queries
from services.contract.jobs import reports as job
from services.contract.jobs.clock import CLOCK
from services.contract.models import Contract, ContractTag, TagKind
from services.contract.rules import reports as rules
from services.contract.rules import transitions
from shared.ids import uuid7
from shared.settings import Settings
from shared.storage.history import columns_of
from shared.storage.tables import outbox
from shared.storage.unit_of_work import WriteSession
from tests.services.contract.conftest import REGION, House, at_work
from tests.services.contract.places import LACQ, make_contract
from tests.services.contract.stories import signed_contract
from tests.services.contract.test_reports_api import WHY, begun, checked, lines, listed, submitted
from tests.support.harness import ON_SQLITE
from tests.support.waiting import until

Command = Callable[[WriteSession, date], Awaitable[int]]
FACTS: Final = ("ReportOpened", "ReportDue", "ReportOverdue", "ReportSubmitted", "ReportReopened", "ReportChecked")
_numbers: Final = itertools.count(9_000)


class Killed(Exception):
    """The process ends in the middle of a scan."""


async def facts(house: House) -> list[tuple[str, int]]:
    """Return the events of reports that were published, with the year of each."""
    async with house.database.reading() as session:
        bodies = [json.loads(body) for body in await session.scalars(select(outbox.c.body).order_by(outbox.c.id))]
    found = [(body["type"].split(".")[-2], body["data"]) for body in bodies]
    return [(fact, data["year"]) for fact, data in found if fact in FACTS]


async def scan(house: House, on: date) -> int:
    """Run the work of the clock on a day until nothing is left; return the number of batches that did something."""
    batches = 0
    for command in (commands.open_owed_reports, commands.publish_reminders):
        while True:
            async with house.database.writing(by=CLOCK, reason="test") as session:
                if not await command(session, on):
                    break
            batches += 1
    return batches


async def copies(house: House, number: int, **content: Any) -> None:
    """Store signed contracts of Lacq-Pau-Tarbes without sheets and parties."""
    contract = make_contract(status="signed", parties=[], **content)
    contract.signed_on, contract.content_sha256 = contract.starts_on, "0" * 64
    contract.expires_on = contract.in_force_until = contract.ends_on
    contract.plan, contract.version, contract.updated_at = [], 1, contract.created_at
    columns = {name: getattr(contract, name) for name in columns_of(contract)}
    rows = [{**columns, "id": uuid7(), "number": f"C-{next(_numbers)}"} for _ in range(number)]
    tags = [{"object_id": row["id"], "kind": TagKind.TERRITORY, "code": LACQ} for row in rows]
    async with house.database.writing() as session:
        await session.execute(insert(cast("Table", Contract.__table__)), rows)
        await session.execute(insert(cast("Table", ContractTag.__table__)), tags)


async def test_reports_are_opened_once_their_year_is_over(house: House) -> None:
    contract = await signed_contract(house)
    await scan(house, date(2019, 12, 31))
    assert await listed(house) == []
    await scan(house, date(2020, 1, 1))
    assert await listed(house) == [2019]
    await scan(house, date(2020, 1, 1))
    await scan(house, date(2021, 2, 1))

    [first, second] = (await house.get("/v1/reports", contract=contract["id"]))["items"]

    assert (first["year"], first["status"], first["due_on"]) == (2019, "due", "2020-03-31")
    assert (second["year"], second["status"]) == (2020, "due")
    assert await facts(house) == [("ReportDue", 2019), ("ReportDue", 2020), ("ReportOverdue", 2019)]
    history = (await house.get(f"/v1/reports/{first['id']}/history"))["items"]
    assert [line["by"]["client_id"] for line in history] == ["clock", "clock"]


async def test_every_owed_report_of_the_past_is_opened_and_none_after_the_end(house: House) -> None:
    await signed_contract(house)

    await scan(house, date(2026, 6, 1))

    assert await listed(house) == [2019, 2020, 2021, 2022]
    assert Counter(fact for fact, _ in await facts(house)) == {"ReportDue": 4, "ReportOverdue": 4}


async def test_two_scans_publish_each_reminder_once(house: House) -> None:
    await signed_contract(house)
    days = [date(2020, 1, 1), date(2020, 3, 31), date(2020, 4, 1), date(2020, 4, 2), date(2020, 12, 31)]

    for day in days:
        await scan(house, day)
        await scan(house, day)

    assert await facts(house) == [("ReportDue", 2019), ("ReportOverdue", 2019)]


async def test_what_is_submitted_in_time_is_not_reminded_of(house: House) -> None:
    contract = await signed_contract(house)
    await submitted(house, contract, 2019)
    await checked(house, contract, 2020)

    await scan(house, date(2021, 12, 31))

    assert [fact for fact, _ in await facts(house) if fact in ("ReportDue", "ReportOverdue")] == []


async def test_a_report_that_was_begun_early_is_reminded_of_when_its_year_is_over(house: House) -> None:
    contract = await signed_contract(house)
    report = await begun(house, contract, 2020)
    await scan(house, date(2020, 12, 31))
    assert ("ReportDue", 2020) not in await facts(house)

    await scan(house, date(2021, 1, 1))

    assert (await facts(house))[-1] == ("ReportDue", 2020)
    assert (await house.get(f"/v1/reports/{report['id']}"))["status"] == "draft"
    assert await listed(house) == [2019, 2020]


@ON_SQLITE
async def test_a_report_that_the_clock_opened_is_written_and_checked(house: House) -> None:
    contract = await signed_contract(house)
    await scan(house, date(2020, 1, 1))
    [report] = (await house.get("/v1/reports"))["items"]
    path = f"/v1/reports/{report['id']}"
    problem = await begun(house, contract, 2019, expect=409)
    assert problem["report_id"] == report["id"]
    await house.post(f"{path}/submit", expect=409)

    assert (await house.patch(path, {"summary": "Bilan.", "actions": lines(contract)}))["status"] == "draft"
    await house.post(f"{path}/submit")
    await house.post(f"{path}/reopen", WHY, by=REGION)
    await scan(house, date(2020, 12, 1))
    await house.post(f"{path}/submit")
    await house.post(f"{path}/check", by=REGION)

    assert await facts(house) == [
        (fact, 2019) for fact in ("ReportDue", "ReportSubmitted", "ReportReopened", "ReportSubmitted", "ReportChecked")
    ]


async def killed(house: House, command: Command, on: date) -> None:
    """End a batch before its commit."""
    async with house.database.writing(by=CLOCK) as session:
        assert await command(session, on) == 2
        await session.flush()
        raise Killed


async def test_a_killed_scan_loses_nothing_and_doubles_nothing(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.contract.commands.reports.BATCH", 2)
    await copies(house, 5, starts_on=date(2019, 1, 1), ends_on=date(2019, 12, 31))
    for command, day in (
        (commands.open_owed_reports, date(2020, 1, 1)),
        (commands.publish_reminders, date(2020, 5, 1)),
    ):
        async with house.database.writing(by=CLOCK) as session:
            assert await command(session, day) == 2
        with pytest.raises(Killed):
            await killed(house, command, day)

        await scan(house, day)
        await scan(house, day)

    assert Counter(fact for fact, _ in await facts(house)) == {"ReportDue": 5, "ReportOverdue": 5}
    assert len(await listed(house)) == 5


@ON_SQLITE
async def test_a_thousand_contracts_are_handled_in_batches(house: House) -> None:
    await copies(house, 1_000, starts_on=date(2019, 1, 1), ends_on=date(2019, 12, 31))

    batches = await scan(house, date(2020, 1, 1))

    assert batches == 1_000 // commands.reports.BATCH
    found = await facts(house)
    assert len(found) == 1_000
    assert set(found) == {("ReportDue", 2019)}


async def test_scans_at_once_open_each_report_once(house: House) -> None:
    await copies(house, 3, starts_on=date(2019, 1, 1), ends_on=date(2020, 12, 31))

    await asyncio.gather(*(scan(house, date(2022, 1, 1)) for _ in range(4)))

    assert Counter(await facts(house)) == dict.fromkeys(
        [(fact, year) for fact in ("ReportDue", "ReportOverdue") for year in (2019, 2020)], 3
    ) | {("ReportOverdue", 2020): 3}


@pytest.mark.parametrize("status", transitions.CONTRACT)
async def test_the_query_finds_the_contracts_that_the_rule_means(house: House, status: Any) -> None:
    for days in (("2019-01-01", "2019-12-31"), ("2019-06-01", "2022-03-31"), ("2021-05-01", "2021-05-31")):
        starts_on, ends_on = map(date.fromisoformat, days)
        await copies(house, 1, starts_on=starts_on, ends_on=ends_on)
    async with house.database.writing() as session:
        for contract in await session.scalars(select(Contract)):
            contract.status = status
    for day in (date(2019, 12, 31), date(2020, 1, 1), date(2021, 6, 1), date(2022, 1, 1), date(2030, 1, 1)):
        async with house.database.writing() as session:
            every = (await session.scalars(select(Contract))).all()
            meant = {each.id for each in every if rules.owed(each, [], on=day)}

            found = await queries.contracts_without_report(session, day, at_most=10)

            assert {each.id for each in found} == meant


async def test_a_service_that_was_away_opens_reports_at_its_start(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with at_work(settings) as house:
        await signed_contract(house)
    monkeypatch.setattr(job, "today", lambda: date(2023, 6, 1))

    async with at_work(settings) as house:

        async def all_reminded() -> bool:
            return Counter(fact for fact, _ in await facts(house)) == {"ReportDue": 4, "ReportOverdue": 4}

        await until(all_reminded)
        assert await job.open_owed(house.database) == await job.remind(house.database) == 0
