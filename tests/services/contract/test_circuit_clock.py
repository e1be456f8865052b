"""The clock of signing circuits: reminders and expiry, once each, whatever is killed."""

from collections import Counter
from datetime import date, timedelta
from typing import Any, Final
from uuid import UUID

import pytest

from services.contract import commands
from services.contract.jobs import signatures as job
from services.contract.jobs.clock import CLOCK
from services.contract.models import Contract
from services.contract.rules import circuits, reminders, signing
from shared.clock import today
from shared.storage.unit_of_work import WriteSession
from tests.services.contract.conftest import COMPANY, EVERYONE, OTHER_REGION, REGION, House
from tests.services.contract.places import ATELIERS, NOUVELLE_AQUITAINE, OCCITANIE, PAU
from tests.services.contract.stories import SIGNATURE, approved_contract, contract_in_circuit, contract_to_sign
from tests.services.contract.test_circuits_api import LOCAL, OTHERS, WHY, published_of, sign
from tests.support.harness import ON_SQLITE, TEAM

REMINDER: Final = timedelta(circuits.REMINDER_DAYS)
DUE: Final = timedelta(signing.DUE_DAYS)


class Killed(Exception):
    """The process ends in the middle of a scan."""


async def scan(house: House, on: date) -> int:
    """Run the work of the clock on a day until nothing is left; return the number of batches that did something."""
    batches = 0
    while True:
        async with house.database.writing(by=CLOCK, reason="test") as session:
            if not await commands.follow_signatures(session, on):
                return batches
        batches += 1


async def test_who_has_not_answered_is_reminded_every_fortnight_until_the_last_day(house: House) -> None:
    contract = await contract_in_circuit(house, LOCAL, OTHERS)
    await sign(house, contract, TEAM)
    await house.post(f"/v1/contracts/{contract['id']}/decline", WHY, by=REGION)

    for days in range(0, signing.DUE_DAYS + 1, 7):
        await scan(house, today() + timedelta(days))
        await scan(house, today() + timedelta(days))

    assert await published_of(house, contract, "SignatureReminded") == [("SignatureReminded", OCCITANIE)] * 6
    assert (await house.get(f"/v1/contracts/{contract['id']}"))["status"] == "signing"


async def test_the_turn_that_comes_late_is_reminded_from_its_own_day(house: House) -> None:
    contract = await contract_in_circuit(house, LOCAL, OTHERS)
    await sign(house, contract, TEAM, REGION, OTHER_REGION)

    await scan(house, today() + REMINDER - timedelta(1))
    early = await published_of(house, contract, "SignatureReminded")
    await scan(house, today() + REMINDER)

    assert early == []
    assert [siren for _, siren in await published_of(house, contract, "SignatureReminded")] == OTHERS["parties"]


@ON_SQLITE
async def test_a_request_expires_once_and_may_be_made_again(house: House) -> None:
    contract = await contract_in_circuit(house, LOCAL, OTHERS)
    path = f"/v1/contracts/{contract['id']}"
    await sign(house, contract, TEAM)
    await house.post(f"{path}/decline", WHY, by=REGION)
    await scan(house, today() + DUE)
    assert (await house.get(path))["status"] == "signing"

    await scan(house, today() + DUE + timedelta(1))
    await scan(house, today() + DUE + timedelta(9))

    expired = await house.get(path)
    assert (expired["status"], expired["allowed_transitions"]) == (
        "signatures_expired",
        ["cancel", "request-signatures"],
    )
    assert len(await published_of(house, contract, "SignatureExpired")) == 1
    states = [party["state"] for group in (await house.get(f"{path}/circuit"))["groups"] for party in group["parties"]]
    assert states == ["signed", "declined", "expired", "expired", "expired", "expired"]
    refused = await house.post(f"{path}/sign", SIGNATURE, by=OTHER_REGION, expect=409)
    assert (refused["code"], refused["state"]) == ("transition-refused", "signatures_expired")
    due_on = (today() + timedelta(30)).isoformat()
    again = await house.post(f"{path}/request-signatures", {"due_on": due_on})
    assert (again["status"], again["due_on"]) == ("signing", due_on)
    asked = [siren for _, siren in await published_of(house, contract, "SignatureRequested")]
    assert asked == [PAU, NOUVELLE_AQUITAINE, OCCITANIE, NOUVELLE_AQUITAINE, OCCITANIE]
    assert (await sign(house, contract, *EVERYONE[1:]))["status"] == "signed"


async def test_progress_counts_an_expired_request_and_the_new_one(house: House) -> None:
    contract = await contract_to_sign(house)

    async def counted() -> Any:
        await house.settled()
        return (await house.get("/v1/progress", phase="2018"))["total"]

    assert (await counted())["contracts"]["signing"] == 1
    async with house.database.writing(by=CLOCK) as session:
        row = await row_of(session, contract)
        row.due_on = today() - timedelta(1)
        row.watch_from = today()
    await scan(house, today())
    found = await counted()

    assert (found["contracts"]["signing"], found["contracts"]["signatures_expired"]) == (0, 1)
    assert found["territories"]["by_stage"]["approved"] == 1
    await house.post(f"/v1/contracts/{contract['id']}/request-signatures")
    assert (await counted())["contracts"]["signing"] == 1


async def row_of(session: WriteSession, contract: dict[str, Any]) -> Any:
    """The row of a contract."""
    return await session.get_one(Contract, UUID(contract["id"]))


async def test_an_expired_contract_may_be_cancelled(house: House) -> None:
    contract = await contract_to_sign(house)
    await scan(house, today() + DUE + timedelta(1))

    assert (await house.post(f"/v1/contracts/{contract['id']}/cancel", WHY))["status"] == "cancelled"


async def test_a_scan_that_is_killed_loses_and_repeats_nothing(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    contracts = [await contract_to_sign(house)]
    contracts.append(await contract_to_sign(house, complements=contracts[0]["id"]))
    monkeypatch.setattr("services.contract.commands.signatures.BATCH", 1)
    original, calls = reminders.follow, Counter[str]()

    def follow(contract: Any, *, on: date) -> Any:
        found = original(contract, on=on)
        calls["scan"] += 1
        if calls["scan"] == 2:
            raise Killed
        return found

    monkeypatch.setattr(reminders, "follow", follow)
    with pytest.raises(Killed):
        await scan(house, today() + REMINDER)

    await scan(house, today() + REMINDER)

    for contract in contracts:
        assert len(await published_of(house, contract, "SignatureReminded")) == len(EVERYONE)


async def test_the_background_task_scans_as_of_today(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    contract = await contract_to_sign(house)
    monkeypatch.setattr(job, "today", lambda: today() + REMINDER)

    assert await job.scan(house.database) == 1
    assert await job.scan(house.database) == 0
    assert len(await published_of(house, contract, "SignatureReminded")) == len(EVERYONE)


@ON_SQLITE
@pytest.mark.parametrize(("days", "status"), [(-1, 422), (0, 200), (365, 200), (366, 422)])
async def test_the_last_day_to_sign_is_within_a_year(house: House, days: int, status: int) -> None:
    contract = await approved_contract(house)
    due_on = (today() + timedelta(days)).isoformat()

    answer = await house.post(f"/v1/contracts/{contract['id']}/request-signatures", {"due_on": due_on}, expect=status)

    assert answer.get("due_on", answer.get("code")) == (due_on if status == 200 else "due-day-not-fitting")


async def test_who_withdraws_is_reminded_a_fortnight_later(house: House) -> None:
    contract = await contract_to_sign(house)
    await sign(house, contract, COMPANY)
    await house.post(f"/v1/contracts/{contract['id']}/withdraw-signature", WHY, by=COMPANY)

    await scan(house, today() + REMINDER)

    assert ("SignatureReminded", ATELIERS) in await published_of(house, contract)
