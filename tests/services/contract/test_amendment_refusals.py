"""Amendments that cannot be: days before their contract, sheets that are lost, ends before them."""

from datetime import date
from typing import Final

from tests.services.contract.conftest import REGION, House
from tests.services.contract.stories import (
    SHEET,
    SIGNATURE,
    approved,
    signed_contract,
)
from tests.services.contract.test_amendments_api import amended, opened
from tests.services.contract.test_ends_api import LATER, WHY, kept
from tests.support.harness import ON_SQLITE

SIGNED: Final = date(2020, 2, 1)


@ON_SQLITE
async def test_an_amendment_is_not_signed_before_its_contract(house: House) -> None:
    contract = await signed_contract(house, **LATER)
    draft = await opened(house, contract, "title")
    path = f"/v1/contracts/{draft['id']}"
    await house.patch(path, {"title": "Avenant"})

    body = {"signed_on": "2019-07-14", "signatures": [], "source": "Avenant papier (exemple synthétique)"}
    entered = await house.post(f"{path}/enter-signed", body, by=REGION, expect=422)
    await approved(house, await house.post(f"{path}/submit"))
    await house.post(f"{path}/request-signatures")
    signed = await house.post(f"{path}/sign", {**SIGNATURE, "signed_on": "2019-07-14"}, expect=422)

    assert (entered["code"], entered["errors"][0]["pointer"]) == ("day-not-plausible", "/signed_on")
    assert (signed["code"], signed["errors"][0]["pointer"]) == ("signed-too-early", "/signed_on")


@ON_SQLITE
async def test_the_differences_of_a_draft_that_lost_a_sheet_are_read(house: House) -> None:
    contract = await signed_contract(house, **LATER)
    draft = await opened(house, contract, "plan")
    sheet = await house.post("/v1/actions", SHEET, expect=201)
    await house.patch(f"/v1/contracts/{draft['id']}", {"plan": [*contract["plan"], {"action_id": sheet["id"]}]})
    await house.send("DELETE", f"/v1/actions/{sheet['id']}", headers={"If-Match": '"1"'})

    assert (await house.get(f"/v1/contracts/{draft['id']}/differences"))["differences"] == []
    assert "action-deleted" in [
        each["code"] for each in (await house.get(f"/v1/contracts/{draft['id']}/readiness"))["blocking"]
    ]


@ON_SQLITE
async def test_a_contract_does_not_end_before_its_last_amendment_was_signed(house: House) -> None:
    contract = await signed_contract(house, **LATER)
    await amended(house, contract, SIGNED, title="Avenant")
    path = f"/v1/contracts/{contract['id']}"

    terminated = await house.post(f"{path}/terminate", kept(date(2020, 1, 31)), expect=422)
    denounced = await house.post(f"{path}/denounce", {**WHY, "effective_on": "2020-01-31"}, by=REGION, expect=422)
    ended = await house.post(f"{path}/terminate", kept(SIGNED))

    assert {refused["code"] for refused in (terminated, denounced)} == {"end-not-fitting"}
    assert "C-0001-1" in terminated["detail"]
    assert ended["ended_on"] == SIGNED.isoformat()
