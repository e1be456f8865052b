"""The end of contracts through the real application: by the clock, declared, taken back, replaced."""

import asyncio
import json
from datetime import date, timedelta
from typing import Any, Final

import pytest
from sqlalchemy import select

from services.contract import commands
from services.contract.commands import ends as end_commands
from services.contract.jobs import ends as job
from services.contract.jobs.clock import CLOCK
from shared.clock import today
from shared.settings import Settings
from shared.storage.tables import outbox
from tests.services.contract.conftest import BANK, COMPANY, ELSEWHERE, OTHER_REGION, PILOT, REGION, STATE, House
from tests.services.contract.places import ATELIERS, COEUR, NOUVELLE_AQUITAINE, PAU
from tests.services.contract.stories import (
    contract_to_sign,
    drafted_contract,
    signed_by_everyone,
    signed_contract,
    signed_draft,
    signed_protocol,
    validated_action,
)
from tests.services.contract.test_circuits_api import OPTIONAL_BANK
from tests.services.contract.test_contract_api import published
from tests.support.harness import NATIONAL, ON_SQLITE, TEAM
from tests.support.waiting import until

WHY: Final = {"reason": "Motif synthétique."}
LATE_SIGNATURES: Final = ("delegate", "revoke-delegation", "sign")
"""Transitions of a party whose signature was not needed."""
LATER: Final = {"ends_on": f"{today().year + 2}-12-31", "starts_on": f"{today().year - 2}-01-01"}
"""A period that is not over."""


def on(day: date, **more: Any) -> dict[str, Any]:
    """The body that declares an end."""
    return {**WHY, "effective_on": day.isoformat(), **more}


def kept(day: date) -> dict[str, Any]:
    """The body of a termination that leaves the sheets as they are."""
    return on(day, actions="kept")


async def tick(house: House, day: date) -> int:
    """The clock ends what is over on a day; return the number of contracts."""
    async with house.database.writing(by=CLOCK, reason="test") as session:
        return await commands.end_due_contracts(session, day)


async def killed_tick(house: House) -> None:
    """The process of the clock is killed in the middle of its scan."""
    async with house.database.writing(by=CLOCK) as session:
        assert await commands.end_due_contracts(session, today())
        raise RuntimeError("killed")


async def ended_events(house: House) -> list[tuple[str, str, str]]:
    """The number, outcome and day of each end that was published."""
    async with house.database.reading() as session:
        bodies = [json.loads(body) for body in await session.scalars(select(outbox.c.body).order_by(outbox.c.id))]
    found = [body["data"] for body in bodies if ".ContractEnded." in body["type"]]
    assert "Motif" not in json.dumps(found, ensure_ascii=False)
    return [(data["number"], data["outcome"], data["ended_on"]) for data in found]


async def test_a_contract_that_is_over_ends_on_its_own_day_whenever_the_clock_looks(house: House) -> None:
    contract = await signed_contract(house)
    path = f"/v1/contracts/{contract['id']}"
    assert (contract["status"], contract["in_force_until"]) == ("signed", "2022-12-31")

    assert await tick(house, date(2022, 12, 31)) == 0
    assert await tick(house, date(2026, 3, 1)) == 1
    assert await tick(house, date(2026, 3, 1)) == 0

    ended = await house.get(path, by=None)
    assert (ended["status"], ended["end_outcome"], ended["ended_on"]) == ("ended", "expired", "2023-01-01")
    assert (ended["ended_by"], ended["end_reason"], ended["allowed_transitions"]) == (None, None, [])
    assert ended["in_force_until"] == "2022-12-31"
    assert await ended_events(house) == [("C-0001", "expired", "2023-01-01")]
    assert (await house.get(f"{path}/history"))["items"][-1]["reason"] == "its last day is over"


async def test_progress_counts_an_end_from_its_own_day(house: House) -> None:
    await signed_contract(house)
    await tick(house, today())
    await house.settled()

    async def counted(day: str) -> dict[str, int]:
        found = (await house.get("/v1/progress", as_of=day, phase="2018"))["total"]
        return {**found["contracts"], "stage": found["territories"]["by_stage"]["signed"]}

    before, after = await counted("2022-12-31"), await counted("2023-01-01")

    assert (before["signed"], before["ended"], before["stage"]) == (1, 0, 1)
    assert (after["signed"], after["ended"], after["stage"]) == (0, 1, 1)


async def test_a_protocol_ends_with_its_own_period(house: House) -> None:
    protocol = await signed_protocol(house)

    assert await tick(house, date(2020, 1, 1)) == 1

    found = await house.get(f"/v1/contracts/{protocol['id']}", by=None)
    assert (found["status"], found["ended_on"]) == ("ended", "2020-01-01")


@ON_SQLITE
async def test_the_clock_ends_contracts_in_batches_and_a_killed_scan_loses_none(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    for year in (2020, 2021, 2022):
        await signed_contract(house, starts_on=f"{year}-01-01", ends_on=f"{year}-12-31")
    monkeypatch.setattr(end_commands, "BATCH", 2)

    with pytest.raises(RuntimeError, match="killed"):
        await killed_tick(house)
    assert await ended_events(house) == []
    assert [await tick(house, today()) for _ in range(3)] == [2, 1, 0]

    assert sorted(await ended_events(house)) == [
        ("C-0001", "expired", "2021-01-01"),
        ("C-0002", "expired", "2022-01-01"),
        ("C-0003", "expired", "2023-01-01"),
    ]


@ON_SQLITE
async def test_the_task_of_the_leader_ends_contracts_at_its_start(
    house: House, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    contract = await signed_contract(house)
    monkeypatch.setattr(job, "today", today)
    run = job.end_contracts(house.database, settings, pause=0.01).run
    task = asyncio.ensure_future(run(asyncio.Event()))

    async def ended() -> bool:
        return bool((await house.get(f"/v1/contracts/{contract['id']}"))["status"] == "ended")

    try:
        await until(ended)
    finally:
        task.cancel()
    assert await ended_events(house) == [("C-0001", "expired", "2023-01-01")]


@pytest.mark.parametrize(("by", "organisation"), [(TEAM, PAU), (REGION, NOUVELLE_AQUITAINE)])
async def test_the_territory_or_a_region_terminates_a_contract(house: House, by: str, organisation: str) -> None:
    contract = await signed_contract(house)
    path = f"/v1/contracts/{contract['id']}"
    assert contract["allowed_transitions"] == sorted({*LATE_SIGNATURES, "denounce", "terminate"})

    ended = await house.post(f"{path}/terminate", kept(date(2021, 3, 1)), by=by)

    assert (ended["status"], ended["end_outcome"], ended["ended_on"]) == ("ended", "terminated", "2021-03-01")
    assert (ended["ended_by"], ended["end_reason"]) == (organisation, WHY["reason"])
    assert (ended["in_force_until"], ended["ends_on"]) == ("2021-02-28", "2022-12-31")
    assert await ended_events(house) == [("C-0001", "terminated", "2021-03-01")]
    assert (await house.get(f"{path}/history"))["items"][-1]["reason"] == WHY["reason"]


async def test_a_party_that_had_to_sign_denounces_a_contract(house: House) -> None:
    contract = await signed_contract(house)

    ended = await house.post(f"/v1/contracts/{contract['id']}/denounce", on(date(2021, 3, 1)), by=COMPANY)

    assert (ended["status"], ended["end_outcome"], ended["ended_by"]) == ("ended", "denounced", ATELIERS)
    assert await ended_events(house) == [("C-0001", "denounced", "2021-03-01")]


@ON_SQLITE
async def test_an_end_to_come_is_taken_back_by_who_declared_it_until_its_day(house: House) -> None:
    contract = await signed_contract(house, **LATER)
    path = f"/v1/contracts/{contract['id']}"
    day = today() + timedelta(30)

    planned = await house.post(f"{path}/denounce", on(day), by=COMPANY)
    again = await house.post(f"{path}/terminate", kept(day), expect=409)
    await house.post(f"{path}/revoke-end", WHY, by=TEAM, expect=403)
    standing = await house.post(f"{path}/revoke-end", WHY, by=COMPANY)
    nothing = await house.post(f"{path}/revoke-end", WHY, by=COMPANY, expect=409)

    assert (planned["status"], planned["ends_early_on"], planned["ended_on"]) == ("signed", day.isoformat(), None)
    assert planned["allowed_transitions"] == sorted({*LATE_SIGNATURES, "revoke-end"})
    assert again["allowed_transitions"] == sorted({*LATE_SIGNATURES, "revoke-end"})
    assert (standing["ends_early_on"], standing["end_outcome"], standing["ended_by"]) == (None, None, None)
    assert nothing["allowed_transitions"] == sorted({*LATE_SIGNATURES, "denounce", "terminate"})
    assert await tick(house, day) == 0

    await house.post(f"{path}/terminate", kept(day))
    assert await tick(house, day - timedelta(1)) == 0
    assert await tick(house, day) == 1
    assert await ended_events(house) == [("C-0001", "terminated", day.isoformat())]


async def test_a_termination_abandons_sheets_except_those_of_another_contract(house: House) -> None:
    shared = await validated_action(house, title="Partagée", territories=["2018-ti-7505", COEUR])
    contract = await drafted_contract(house)
    plan = [*contract["plan"], {"action_id": shared["id"]}]
    await house.patch(f"/v1/contracts/{contract['id']}", {"plan": plan})
    sheet = contract["plan"][0]["action_id"]
    await signed_draft(house, contract["id"])

    ended = await house.post(
        f"/v1/contracts/{contract['id']}/terminate", on(date(2021, 3, 1), actions="abandoned"), by=REGION
    )

    found = {each: (await house.get(f"/v1/actions/{each}"))["status"] for each in (sheet, shared["id"])}
    assert found == {sheet: "abandoned", shared["id"]: "abandoned"}
    assert ended["kept_actions"] == []
    line = (await house.get(f"/v1/actions/{sheet}/history"))["items"][-1]
    assert line["reason"] == "contract C-0001 was terminated: Motif synthétique."
    assert (await published(house, f"action/{sheet}"))[-1] == "ActionAbandoned"
    await house.settled()
    total = (await house.get("/v1/progress", as_of="2021-03-01", phase="2018"))["total"]["actions"]
    assert (total["sent_up"], total["validated"], total["abandoned"]) == (2, 0, 2)


async def test_a_sheet_that_another_contract_holds_is_kept(house: House) -> None:
    contract = await signed_contract(house)
    plan = contract["plan"]
    new = await drafted_contract(
        house, plan=plan, replaces=contract["id"], starts_on="2022-01-01", ends_on="2025-12-31"
    )
    await house.post(f"/v1/contracts/{new['id']}/submit")

    ended = await house.post(f"/v1/contracts/{contract['id']}/terminate", on(date(2021, 3, 1), actions="abandoned"))

    assert ended["kept_actions"] == [plan[0]["action_id"]]
    assert (await house.get(f"/v1/actions/{plan[0]['action_id']}"))["status"] == "validated"


async def test_the_sheets_of_a_terminated_contract_are_free_for_another_one(house: House) -> None:
    contract = await signed_contract(house)
    plan = contract["plan"]
    await house.post(f"/v1/contracts/{contract['id']}/terminate", kept(date(2021, 3, 1)))

    new = await drafted_contract(house, plan=plan, starts_on="2021-03-01", ends_on="2025-12-31")

    assert (await house.get(f"/v1/contracts/{new['id']}/readiness"))["ready"] is True


async def test_a_contract_that_replaces_another_ends_it_at_its_signature(house: House) -> None:
    former = await signed_contract(house)
    new = await drafted_contract(house, replaces=former["id"], starts_on="2019-06-01", ends_on="2025-12-31")
    await signed_draft(house, new["id"])

    found = await house.get(f"/v1/contracts/{former['id']}")

    assert (found["status"], found["end_outcome"], found["ended_on"]) == ("ended", "replaced", "2019-07-15")
    assert found["end_reason"] == "contract C-0002 replaces it"
    assert await ended_events(house) == [("C-0001", "replaced", "2019-07-15")]


@ON_SQLITE
async def test_a_contract_that_will_replace_another_ends_it_when_it_begins(house: House) -> None:
    former = await signed_contract(house, **LATER)
    starts = today() + timedelta(40)
    period = {"starts_on": starts.isoformat(), "ends_on": f"{starts.year + 3}-12-31"}
    new = await drafted_contract(house, replaces=former["id"], **period)
    await signed_draft(house, new["id"])

    found = await house.get(f"/v1/contracts/{former['id']}")

    assert (found["status"], found["ends_early_on"], found["end_outcome"]) == ("signed", starts.isoformat(), "replaced")
    assert found["allowed_transitions"] == sorted(LATE_SIGNATURES)
    await house.post(f"/v1/contracts/{former['id']}/revoke-end", WHY, by=TEAM, expect=409)
    assert await tick(house, starts) == 1
    assert await ended_events(house) == [("C-0001", "replaced", starts.isoformat())]


@ON_SQLITE
@pytest.mark.parametrize(
    ("by", "act", "status"),
    [
        (STATE, "terminate", 403),
        (BANK, "terminate", 403),
        (COMPANY, "terminate", 403),
        (ELSEWHERE, "terminate", 403),
        (NATIONAL, "terminate", 403),
        (ELSEWHERE, "denounce", 403),
        (PILOT, "denounce", 403),
        (NATIONAL, "denounce", 403),
        (PILOT, "terminate", 200),
        (STATE, "denounce", 200),
        (OTHER_REGION, "denounce", 200),
    ],
)
async def test_who_may_end_a_contract(house: House, by: str, act: str, status: int) -> None:
    contract = await signed_contract(house)
    body = kept(date(2021, 3, 1)) if act == "terminate" else on(date(2021, 3, 1))

    await house.post(f"/v1/contracts/{contract['id']}/{act}", body, by=by, expect=status)


@ON_SQLITE
@pytest.mark.parametrize(
    ("body", "code"),
    [
        (kept(date(2019, 7, 14)), "end-not-fitting"),
        (kept(date(2023, 1, 1)), "end-not-fitting"),
        ({**kept(date(2021, 1, 1)), "reason": ""}, "unprocessable"),
        ({**kept(date(2021, 1, 1)), "actions": "forgotten"}, "unprocessable"),
        (on(date(2021, 1, 1)), "unprocessable"),
    ],
)
async def test_an_end_that_does_not_fit_is_refused(house: House, body: Any, code: str) -> None:
    contract = await signed_contract(house)

    refused = await house.post(f"/v1/contracts/{contract['id']}/terminate", body, expect=422)

    assert refused["code"] == code
    assert (await house.get(f"/v1/contracts/{contract['id']}"))["status"] == "signed"


@ON_SQLITE
async def test_a_contract_that_is_not_signed_or_has_ended_does_not_end(house: House) -> None:
    contract = await contract_to_sign(house)
    path = f"/v1/contracts/{contract['id']}"
    for act, body in (("terminate", kept(today())), ("denounce", on(today())), ("revoke-end", WHY)):
        refused = await house.post(f"{path}/{act}", body, by=TEAM, expect=409)
        assert refused["allowed_transitions"] == contract["allowed_transitions"]
    other = await signed_contract(house, complements=contract["id"])
    await house.post(f"/v1/contracts/{other['id']}/terminate", kept(date(2021, 3, 1)))
    for act, body in (("terminate", kept(today())), ("denounce", on(today())), ("revoke-end", WHY)):
        refused = await house.post(f"/v1/contracts/{other['id']}/{act}", body, by=TEAM, expect=409)
        assert refused["allowed_transitions"] == []


@ON_SQLITE
async def test_a_party_that_need_not_sign_is_refused_by_the_state_before_itself(house: House) -> None:
    contract = await contract_to_sign(house, parties=OPTIONAL_BANK)
    path = f"/v1/contracts/{contract['id']}"
    allowed = (await house.get(path, by=BANK))["allowed_transitions"]

    refused = await house.post(f"{path}/denounce", on(today()), by=BANK, expect=409)
    assert (refused["code"], refused["allowed_transitions"]) == ("transition-refused", allowed)

    await signed_by_everyone(house, contract)
    refused = await house.post(f"{path}/denounce", on(today()), by=BANK, expect=403)
    assert refused["code"] == "not-a-signatory"


@ON_SQLITE
async def test_writers_at_the_same_time_end_a_contract_once(house: House) -> None:
    contract = await signed_contract(house)
    path = f"/v1/contracts/{contract['id']}"

    answers = await asyncio.gather(
        *(house.send("POST", f"{path}/terminate", by, json=kept(date(2021, 3, 1))) for by in (TEAM, REGION)),
        *(house.send("POST", f"{path}/denounce", by, json=on(date(2021, 3, 1))) for by in (COMPANY, BANK)),
    )

    assert sorted(answer.status_code for answer in answers) == [200, 409, 409, 409]
    assert len(await ended_events(house)) == 1


@ON_SQLITE
async def test_a_contract_that_was_replaced_before_its_signature_ends_at_its_signature(house: House) -> None:
    former = await drafted_contract(house)
    new = await drafted_contract(house, replaces=former["id"])
    await signed_draft(house, new["id"])

    found = await signed_draft(house, former["id"])

    assert (found["status"], found["end_outcome"], found["ended_on"]) == ("ended", "replaced", "2019-07-15")
    assert await ended_events(house) == [("C-0001", "replaced", "2019-07-15")]


@ON_SQLITE
async def test_two_contracts_do_not_replace_each_other(house: House) -> None:
    former = await drafted_contract(house)
    new = await drafted_contract(house, replaces=former["id"])

    refused = await house.patch(f"/v1/contracts/{former['id']}", {"replaces": new["id"]}, expect=422)

    assert (refused["code"], refused["errors"][0]["pointer"]) == ("related-contract-not-fitting", "/replaces")
