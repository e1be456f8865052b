"""Amendments through the real application: from the clone to the signature, and the text of any day."""

import asyncio
import hashlib
import json
from datetime import date, timedelta
from typing import Any, Final

import pytest

from services.contract import commands
from services.contract.jobs.clock import CLOCK
from shared.clock import today
from tests.services.contract.conftest import BANK, COMPANY, ELSEWHERE, EVERYONE, PILOT, REGION, STATE, House
from tests.services.contract.places import CAISSE_DES_DEPOTS
from tests.services.contract.stories import (
    CONTRACT,
    SIGNATURE,
    approved,
    contract_to_sign,
    drafted_contract,
    signed_by_everyone,
    signed_contract,
    signed_draft,
    signed_protocol,
    validated_action,
)
from tests.services.contract.test_contract_api import published
from tests.services.contract.test_ends_api import LATE_SIGNATURES, LATER, WHY, kept
from tests.support.harness import NATIONAL, ON_SQLITE, TEAM

PROLONGED: Final = f"{today().year + 4}-12-31"
NOW: Final = {"signed_on": today().isoformat()}


async def opened(house: House, contract: dict[str, Any], *subjects: str, by: str = TEAM) -> dict[str, Any]:
    """The draft of an amendment of a contract."""
    path = f"/v1/contracts/{contract['id']}/amendments"
    return await house.post(path, {"subjects": list(subjects), **WHY}, by=by, expect=201)


async def amended(house: House, contract: dict[str, Any], signed_on: date | None = None, **content: Any) -> Any:
    """A signed amendment that gives fields of a contract other values."""
    subjects = {"ends_on": "period"}
    draft = await opened(house, contract, *(subjects.get(name, name) for name in content))
    await house.patch(f"/v1/contracts/{draft['id']}", content)
    return await signed_draft(house, draft["id"], signed_on=(signed_on or today()).isoformat())


async def text(house: House, contract: dict[str, Any], **params: Any) -> dict[str, Any]:
    """The consolidated text, whose digest is right."""
    answer = await house.send("GET", f"/v1/contracts/{contract['id']}/text", by=None, params=params)
    assert answer.status_code == 200, answer.text
    assert answer.headers["etag"] == f'"{hashlib.sha256(answer.content).hexdigest()}"'
    found: dict[str, Any] = json.loads(answer.content)
    return found


async def test_an_amendment_clones_the_contract_and_goes_the_same_way(house: House) -> None:
    contract = await signed_contract(house, **LATER)

    draft = await opened(house, contract, "title", "period")
    unchanged = ("title", "starts_on", "ends_on", "project", "themes", "priorities", "commitments", "links", "plan")
    assert {name: draft[name] for name in unchanged} == {name: contract[name] for name in unchanged}
    assert [each["organisation"] for each in draft["parties"]] == [each["organisation"] for each in contract["parties"]]
    assert {each["signed_on"] for each in draft["parties"]} == {None}
    assert (draft["kind"], draft["number"], draft["amends"]) == ("amendment", "C-0001-1", contract["id"])
    assert (draft["amendment_number"], draft["subjects"]) == (1, ["period", "title"])
    assert draft["amendment_reason"] == WHY["reason"]

    await house.patch(f"/v1/contracts/{draft['id']}", {"title": "Contrat prolongé", "ends_on": PROLONGED})
    signed = await signed_draft(house, draft["id"], **NOW)

    assert (signed["status"], signed["allowed_transitions"]) == ("signed", sorted(LATE_SIGNATURES))
    assert (await published(house, f"contract/{draft['id']}"))[-1] == "ContractAmended"
    assert "ContractSigned" not in await published(house, f"contract/{draft['id']}")
    found = await house.get(f"/v1/contracts/{contract['id']}", by=None)
    assert (found["in_force_until"], found["ends_on"], found["title"]) == (
        PROLONGED,
        contract["ends_on"],
        contract["title"],
    )
    assert found["amendments"] == [draft["id"]]
    assert found["content_sha256"] == contract["content_sha256"]


@ON_SQLITE
async def test_the_differences_of_an_amendment_are_listed_field_by_field(house: House) -> None:
    contract = await signed_contract(house, **LATER)
    draft = await opened(house, contract, "period", "commitments", "parties")
    path = f"/v1/contracts/{draft['id']}"
    without = {
        name: [each for each in CONTRACT[name] if each["organisation"] != CAISSE_DES_DEPOTS]
        for name in ("commitments", "parties")
    }

    assert (await house.get(f"{path}/differences"))["differences"] == []
    await house.patch(path, {"ends_on": PROLONGED, **without})
    found = (await house.get(f"{path}/differences"))["differences"]

    assert [(each["change"], each["earlier_pointer"]) for each in found] == [
        ("removed", "/commitments/4"),
        ("changed", "/ends_on"),
        ("removed", "/parties/4"),
    ]
    assert (found[1]["before"], found[1]["after"]) == (LATER["ends_on"], PROLONGED)
    await approved(house, await house.post(f"{path}/submit"))
    await house.post(f"{path}/request-signatures")
    for by in EVERYONE:
        if by != BANK:
            await house.post(f"{path}/sign", {**SIGNATURE, **NOW}, by=by)
    assert (await house.get(f"{path}/differences", by=None))["differences"] == found
    refused = await house.get(f"/v1/contracts/{contract['id']}/differences", expect=422)
    assert refused["code"] == "not-amended"


async def test_the_consolidated_text_of_a_day_has_the_amendments_signed_by_then(house: House) -> None:
    contract = await signed_contract(house, **LATER)
    first, second = date(2020, 2, 1), date(2020, 9, 1)
    one = await amended(house, contract, first, title="Premier avenant")
    before = {day: await text(house, contract, as_of=day.isoformat()) for day in (date(2020, 1, 31), first)}
    two = await amended(house, contract, second, ends_on=PROLONGED)

    after = await text(house, contract, as_of=second.isoformat())
    now = await text(house, contract)

    assert [before[day]["text"]["title"] for day in before] == [CONTRACT["title"], "Premier avenant"]
    assert {day: await text(house, contract, as_of=day.isoformat()) for day in before} == before
    assert after == now == await text(house, two)
    assert (now["text"]["title"], now["text"]["ends_on"]) == ("Premier avenant", PROLONGED)
    assert [(each["number"], each["signed_on"], each["content_sha256"]) for each in now["documents"]] == [
        (each["number"], each["signed_on"], each["content_sha256"]) for each in (contract, one, two)
    ]


@ON_SQLITE
async def test_a_text_is_there_from_the_signature_on_and_not_in_the_future(house: House) -> None:
    contract = await contract_to_sign(house)
    path = f"/v1/contracts/{contract['id']}/text"

    assert (await house.get(path, expect=409))["code"] == "content-not-frozen"
    await house.get(path, by=None, expect=404)
    await signed_by_everyone(house, contract)
    assert (await house.get(path, as_of="2019-07-14", expect=409))["code"] == "content-not-frozen"
    assert (await house.get(path, as_of="2999-01-01", expect=422))["code"] == "day-not-plausible"
    assert (await text(house, contract, as_of="2019-07-15"))["number"] == "C-0001"


@ON_SQLITE
async def test_only_the_fields_of_its_subjects_change(house: House) -> None:
    contract = await signed_contract(house, **LATER)
    draft = await opened(house, contract, "title")
    path = f"/v1/contracts/{draft['id']}"

    refused = await house.patch(path, {"title": "Autre", "ends_on": PROLONGED}, expect=422)
    changed = await house.patch(path, {"subjects": ["title", "period"], "title": "Autre", "ends_on": PROLONGED})
    restored = await house.patch(path, {"subjects": ["period"]})
    not_amended = await house.patch(
        f"/v1/contracts/{(await drafted_contract(house, complements=contract['id']))['id']}",
        {"subjects": ["title"]},
        expect=422,
    )

    assert (refused["code"], refused["errors"][0]["pointer"]) == ("outside-subjects", "/ends_on")
    assert (changed["title"], changed["ends_on"]) == ("Autre", PROLONGED)
    assert (restored["title"], restored["ends_on"], restored["subjects"]) == (contract["title"], PROLONGED, ["period"])
    assert not_amended["code"] == "not-amended"


async def test_parties_of_an_amendment_are_restored_too(house: House) -> None:
    contract = await signed_contract(house, **LATER)
    draft = await opened(house, contract, "title", "parties")
    path = f"/v1/contracts/{draft['id']}"
    without = [party for party in CONTRACT["parties"] if party["organisation"] != CAISSE_DES_DEPOTS]

    changed = await house.patch(path, {"parties": without})
    restored = await house.patch(path, {"subjects": ["title"]})

    assert CAISSE_DES_DEPOTS not in [each["organisation"] for each in changed["parties"]]
    named = [(each["organisation"], each["kind"], each["role"], each["required"]) for each in restored["parties"]]
    assert named == [
        (each["organisation"], each["kind"], each["role"], each["required"]) for each in contract["parties"]
    ]


@ON_SQLITE
async def test_the_parties_of_the_amended_text_sign_it(house: House) -> None:
    contract = await signed_contract(house, **LATER)
    draft = await opened(house, contract, "parties", "commitments")
    path = f"/v1/contracts/{draft['id']}"
    await house.patch(
        path,
        {
            "parties": [each for each in CONTRACT["parties"] if each["organisation"] != CAISSE_DES_DEPOTS],
            "commitments": [each for each in CONTRACT["commitments"] if each["organisation"] != CAISSE_DES_DEPOTS],
        },
    )
    await approved(house, await house.post(f"{path}/submit"))
    await house.post(f"{path}/request-signatures")

    await house.post(f"{path}/sign", {**SIGNATURE, **NOW}, by=BANK, expect=404)
    for by in EVERYONE:
        if by != BANK:
            found = await house.post(f"{path}/sign", {**SIGNATURE, **NOW}, by=by)

    assert found["status"] == "signed"
    body = {**WHY, "effective_on": (today() + timedelta(5)).isoformat()}
    await house.post(f"/v1/contracts/{contract['id']}/denounce", body, by=BANK, expect=403)
    await house.post(f"/v1/contracts/{contract['id']}/denounce", body, by=COMPANY)


async def test_one_amendment_at_a_time_is_under_way(house: House) -> None:
    contract = await signed_contract(house, **LATER)
    path = f"/v1/contracts/{contract['id']}/amendments"
    body = {"subjects": ["title"], **WHY}

    answers = await asyncio.gather(*(house.send("POST", path, TEAM, json=body) for _ in range(4)))

    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409]
    [made] = [answer.json() for answer in answers if answer.status_code == 201]
    [refused, *_] = [answer.json() for answer in answers if answer.status_code == 409]
    assert (refused["code"], refused["contract_id"]) == ("amendment-under-way", made["id"])
    await house.post(f"/v1/contracts/{made['id']}/cancel", WHY)
    assert (await opened(house, contract, "title"))["number"] == "C-0001-2"


@ON_SQLITE
async def test_an_amendment_needs_what_the_contract_needs_and_a_difference(house: House) -> None:
    contract = await signed_contract(house, **LATER)
    draft = await opened(house, contract, "period", "links", "plan")
    path = f"/v1/contracts/{draft['id']}"

    nothing = await house.get(f"{path}/readiness")
    await house.patch(path, {"ends_on": today().isoformat(), "links": None, "plan": []})
    missing = await house.get(f"{path}/readiness")
    refused = await house.post(f"{path}/submit", expect=409)

    assert [each["code"] for each in nothing["blocking"]] == ["nothing-amended"]
    codes = [each["code"] for each in missing["blocking"]]
    assert codes == ["action-missing", "links-unanswered", "end-in-the-past"]
    assert refused["blocking"] == codes


async def test_a_new_sheet_is_validated_and_those_of_before_need_no_validation_again(house: House) -> None:
    contract = await signed_contract(house, **LATER)
    draft = await opened(house, contract, "plan")
    path = f"/v1/contracts/{draft['id']}"
    new = await validated_action(house, title="Nouvelle fiche")

    await house.patch(path, {"plan": [*contract["plan"], {"action_id": new["id"]}]})
    assert (await house.get(f"{path}/readiness"))["ready"] is True
    await signed_draft(house, draft["id"], **NOW)
    found = await text(house, contract)
    assert [each["action_id"] for each in found["text"]["actions"]] == [contract["plan"][0]["action_id"], new["id"]]

    other = await drafted_contract(house, plan=[{"action_id": new["id"]}], complements=contract["id"])
    readiness = await house.get(f"/v1/contracts/{other['id']}/readiness")
    assert [each["code"] for each in readiness["blocking"]] == ["action-in-other-contract"]
    body = {**kept(today()), "actions": "abandoned"}
    await house.post(f"/v1/contracts/{contract['id']}/terminate", body)
    assert (await house.get(f"/v1/actions/{new['id']}"))["status"] == "abandoned"


@ON_SQLITE
async def test_a_prolongation_keeps_within_ten_years(house: House) -> None:
    contract = await signed_contract(house, **LATER)
    draft = await opened(house, contract, "period")

    refused = await house.patch(f"/v1/contracts/{draft['id']}", {"ends_on": f"{today().year + 9}-01-01"}, expect=422)

    assert refused["code"] == "day-not-plausible"


@ON_SQLITE
async def test_a_prolongation_keeps_off_the_days_of_another_contract(house: House) -> None:
    first, last = today() + timedelta(20), today() + timedelta(300)
    contract = await signed_contract(house, starts_on="2020-01-01", ends_on=(first - timedelta(1)).isoformat())
    await drafted_contract(house, starts_on=first.isoformat(), ends_on=last.isoformat())
    draft = await opened(house, contract, "period")

    refused = await house.patch(f"/v1/contracts/{draft['id']}", {"ends_on": first.isoformat()}, expect=409)

    assert refused["code"] == "contract-overlaps"


@ON_SQLITE
async def test_a_contract_that_ends_while_its_prolongation_is_signed_stays_ended(house: House) -> None:
    contract = await signed_contract(house, **LATER)
    draft = await opened(house, contract, "period")
    path = f"/v1/contracts/{draft['id']}"
    await house.patch(path, {"ends_on": PROLONGED})
    await approved(house, await house.post(f"{path}/submit"))
    await house.post(f"{path}/request-signatures")
    async with house.database.writing(by=CLOCK) as session:
        assert await commands.end_due_contracts(session, date.fromisoformat(LATER["ends_on"]) + timedelta(1)) == 1

    refused = await house.post(f"{path}/sign", {**SIGNATURE, **NOW}, expect=409)

    assert refused["code"] == "amended-contract-ended"
    assert (await house.post(f"{path}/cancel", WHY))["status"] == "cancelled"
    again = {"subjects": ["period"], **WHY}
    assert (await house.post(f"/v1/contracts/{contract['id']}/amendments", again, expect=409))["code"] == (
        "amended-contract-ended"
    )


async def test_a_prolonged_contract_expires_on_its_new_day(house: House) -> None:
    contract = await signed_contract(house, **LATER)
    await amended(house, contract, ends_on=PROLONGED)
    last = date.fromisoformat(PROLONGED)

    async with house.database.writing(by=CLOCK) as session:
        assert await commands.end_due_contracts(session, last) == 0
        assert await commands.end_due_contracts(session, last + timedelta(1)) == 1

    found = await house.get(f"/v1/contracts/{contract['id']}")
    assert (found["ended_on"], found["in_force_until"]) == ((last + timedelta(1)).isoformat(), PROLONGED)


@ON_SQLITE
async def test_amendments_are_listed_and_counted_by_themselves(house: House) -> None:
    contract = await signed_contract(house, **LATER)
    await amended(house, contract, title="Premier avenant")
    draft = await opened(house, contract, "title")
    await house.settled()

    every = await house.get("/v1/contracts", kind="amendment", amends=contract["id"])
    public = await house.get("/v1/contracts", by=None, amends=contract["id"])
    unknown = await house.get("/v1/contracts", amends="00000000-0000-4000-8000-000000000000", expect=422)
    counted = (await house.get("/v1/progress", phase="2018"))["total"]

    assert [each["number"] for each in every["items"]] == ["C-0001-1", "C-0001-2"]
    assert [each["number"] for each in public["items"]] == ["C-0001-1"]
    assert unknown["code"] == "contract-not-known"
    assert (counted["amendments"]["signed"], counted["amendments"]["draft"], counted["contracts"]["signed"]) == (
        1,
        1,
        1,
    )
    await house.get(f"/v1/contracts/{draft['id']}", by=None, expect=404)


@ON_SQLITE
@pytest.mark.parametrize(
    ("by", "status"),
    [(TEAM, 201), (PILOT, 201), (REGION, 403), (STATE, 403), (COMPANY, 403), (ELSEWHERE, 403), (NATIONAL, 403)],
)
async def test_who_may_begin_an_amendment(house: House, by: str, status: int) -> None:
    contract = await signed_contract(house, **LATER)

    await house.post(f"/v1/contracts/{contract['id']}/amendments", {"subjects": ["title"], **WHY}, by=by, expect=status)


@ON_SQLITE
@pytest.mark.parametrize("subjects", [[], ["territory"], ["title", "title"], "title", None])
async def test_subjects_are_parts_of_the_text_each_once(house: House, subjects: Any) -> None:
    contract = await signed_contract(house, **LATER)
    body = {"subjects": subjects, **WHY}

    refused = await house.post(f"/v1/contracts/{contract['id']}/amendments", body, expect=422)

    assert refused["code"] == "unprocessable"


@ON_SQLITE
async def test_only_a_signed_contract_in_force_is_amended(house: House) -> None:
    body = {"subjects": ["title"], **WHY}
    draft = await drafted_contract(house, **LATER)
    over = await signed_contract(house, starts_on="2019-07-15", ends_on="2020-12-31")
    protocol = await signed_protocol(house)

    codes = [
        (await house.post(f"/v1/contracts/{each['id']}/amendments", body, expect=409))["code"]
        for each in (draft, over, protocol)
    ]

    assert codes == ["amended-contract-ended", "amended-contract-ended", "not-amendable"]


async def test_an_amendment_signed_on_paper_is_entered_with_its_day(house: House) -> None:
    contract = await signed_contract(house, **LATER)
    draft = await opened(house, contract, "period")
    await house.patch(f"/v1/contracts/{draft['id']}", {"ends_on": PROLONGED})

    body = {"signed_on": "2020-02-01", "signatures": [], "source": "Avenant papier (exemple synthétique)"}
    entered = await house.post(f"/v1/contracts/{draft['id']}/enter-signed", body, by=REGION)

    assert (entered["status"], entered["signed_on"], entered["origin"]) == ("signed", "2020-02-01", "paper")
    assert (await published(house, f"contract/{draft['id']}"))[-1] == "ContractAmended"
    assert (await text(house, contract, as_of="2020-02-01"))["text"]["ends_on"] == PROLONGED
    assert (await house.get(f"/v1/contracts/{contract['id']}"))["in_force_until"] == PROLONGED
