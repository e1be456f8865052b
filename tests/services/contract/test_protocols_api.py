"""Protocols: drafted without a review, signed in their own circuit, counted apart, linked to their contract."""

import asyncio
from typing import Any, Final
from uuid import UUID

import pytest

from services.contract.jobs.clock import CLOCK
from services.contract.models import Action
from services.contract.rules import transitions
from tests.services.contract.conftest import EVERYONE, REGION, House
from tests.services.contract.places import COEUR, LACQ
from tests.services.contract.stories import CONTRACT, SHEET, SIGNATURE, drafted_contract
from tests.support.harness import ON_POSTGRESQL, ON_SQLITE, TEAM

PROTOCOL: Final[dict[str, Any]] = {
    "kind": "protocol",
    "territory": CONTRACT["territory"],
    "title": "Protocole d'accord Lacq-Pau-Tarbes (synthétique)",
    "starts_on": "2019-03-25",
    "ends_on": "2019-12-31",
    "parties": CONTRACT["parties"],
}


async def signed_protocol(house: House) -> dict[str, Any]:
    """A protocol that all its parties have signed."""
    protocol = await house.post("/v1/contracts", PROTOCOL, expect=201)
    path = f"/v1/contracts/{protocol['id']}"
    await house.post(f"{path}/request-signatures")
    for by in EVERYONE:
        signature = SIGNATURE if by.startswith(("territory", "region")) else {**SIGNATURE, "deliberation": None}
        protocol = await house.post(f"{path}/sign", signature, by=by)
    return protocol


async def test_a_protocol_is_signed_without_a_review(house: House) -> None:
    protocol = await signed_protocol(house)

    assert (protocol["kind"], protocol["number"], protocol["status"]) == ("protocol", "P-0001", "signed")
    assert protocol["approvals"] == {}
    assert (await house.get(f"/v1/contracts/{protocol['id']}", by=None))["kind"] == "protocol"


async def test_protocols_are_counted_apart_and_give_no_stage(house: House) -> None:
    await signed_protocol(house)
    await house.settled()

    total = (await house.get("/v1/progress", phase="2018", as_of="2019-07-15"))["total"]

    assert total["protocols"]["signed"] == 1
    assert set(total["contracts"].values()) == {0}
    assert total["territories"]["by_stage"]["signed"] == 0


async def test_a_contract_names_the_protocol_that_announced_it(house: House) -> None:
    protocol = await signed_protocol(house)

    contract = await drafted_contract(house, protocol_id=protocol["id"])
    found = await house.get("/v1/contracts", kind="protocol")

    assert contract["protocol_id"] == protocol["id"]
    assert [each["id"] for each in found["items"]] == [protocol["id"]]


@ON_SQLITE
@pytest.mark.parametrize("act", sorted(set(transitions.CONTRACT["draft"]) - set(transitions.PROTOCOL["draft"])))
async def test_what_is_not_in_the_table_of_protocols_is_refused(house: House, act: str) -> None:
    protocol = await house.post("/v1/contracts", PROTOCOL, expect=201)

    refused = await house.post(f"/v1/contracts/{protocol['id']}/{act}", expect=409)

    assert refused["allowed_transitions"] == sorted(transitions.PROTOCOL["draft"])


@ON_SQLITE
async def test_a_protocol_without_its_parties_asks_for_no_signature(house: House) -> None:
    protocol = await house.post("/v1/contracts", {**PROTOCOL, "parties": []}, expect=201)

    refused = await house.post(f"/v1/contracts/{protocol['id']}/request-signatures", expect=409)

    assert refused["code"] == "contract-not-ready"
    assert "company-missing" in refused["blocking"]
    assert not any("theme" in code for code in refused["blocking"])


@ON_SQLITE
@pytest.mark.parametrize("field", ["protocol_id", "replaces", "complements"])
async def test_related_documents_are_of_the_same_territory(house: House, field: str) -> None:
    unknown = "0198f3a2-7b1c-7e44-9d55-2c1f0a9b8e99"

    refused = await house.post("/v1/contracts", {**CONTRACT, field: unknown}, expect=422)
    of_protocol = await house.post("/v1/contracts", {**PROTOCOL, field: unknown}, expect=422)

    for answer in (refused, of_protocol):
        assert answer["code"] == "related-contract-not-fitting"
        assert answer["errors"][0]["pointer"] == f"/{field}"


@ON_SQLITE
async def test_the_kind_of_a_draft_stays(house: House) -> None:
    protocol = await house.post("/v1/contracts", PROTOCOL, expect=201)

    refused = await house.patch(f"/v1/contracts/{protocol['id']}", {"kind": "contract"}, expect=422)

    assert refused["errors"][0]["pointer"] == "/kind"


@ON_SQLITE
async def test_a_region_does_not_approve_a_protocol(house: House) -> None:
    protocol = await house.post("/v1/contracts", PROTOCOL, expect=201)
    body = {"decision_id": "0198f3a2-7b1c-7e44-9d55-2c1f0a9b8e99"}

    refused = await house.post(f"/v1/contracts/{protocol['id']}/approve", body, by=REGION, expect=409)

    assert refused["code"] == "transition-refused"
    assert (await house.get(f"/v1/contracts/{protocol['id']}", by=TEAM))["status"] == "draft"


async def protocol_with_sheet(house: House) -> tuple[str, str]:
    """A protocol in signing that has a draft sheet; the paths of both."""
    sheet = await house.post("/v1/actions", SHEET, expect=201)
    protocol = await house.post("/v1/contracts", {**PROTOCOL, "plan": [{"action_id": sheet["id"]}]}, expect=201)
    await house.post(f"/v1/contracts/{protocol['id']}/request-signatures")
    return f"/v1/contracts/{protocol['id']}", f"/v1/actions/{sheet['id']}"


@ON_SQLITE
async def test_the_sheets_of_a_protocol_stay_as_they_are_while_it_is_signed(house: House) -> None:
    path, sheet = await protocol_with_sheet(house)
    protocol = await house.get(path)

    for method, body in (("PATCH", {"title": "Autre"}), ("PATCH", {"territories": [LACQ, COEUR]}), ("DELETE", None)):
        refused = await house.send(method, sheet, json=body, headers={"If-Match": '"1"'})
        assert (refused.status_code, refused.json()["code"]) == (409, "action-attached")
        assert refused.json()["contract_id"] == protocol["id"]

    await house.post(f"{path}/cancel", {"reason": "Abandon (synthétique)."})
    assert (await house.send("DELETE", sheet, headers={"If-Match": '"1"'})).status_code == 204


@ON_SQLITE
async def test_the_last_signature_of_a_protocol_that_lost_a_sheet_is_refused_in_words(house: House) -> None:
    path, sheet = await protocol_with_sheet(house)
    async with house.database.writing(by=CLOCK, reason="test") as session:
        await session.delete(await session.get_one(Action, UUID(sheet.rpartition("/")[2])))
    for by in EVERYONE[:-1]:
        await house.post(f"{path}/sign", SIGNATURE, by=by)

    refused = await house.post(f"{path}/sign", SIGNATURE, by=EVERYONE[-1], expect=409)

    assert (refused["code"], refused["blocking"]) == ("contract-not-ready", ["action-deleted"])
    assert refused["errors"][0]["pointer"] == "/plan/0/action_id"


@ON_POSTGRESQL
async def test_signatures_are_not_requested_while_somebody_writes_in_a_sheet(house: House) -> None:
    made = await house.post("/v1/actions", SHEET, expect=201)
    protocol = await house.post("/v1/contracts", {**PROTOCOL, "plan": [{"action_id": made["id"]}]}, expect=201)

    async with house.database.writing(by=CLOCK, reason="test") as session:
        sheet = await session.get_one(Action, UUID(made["id"]), with_for_update=True)
        requested = asyncio.create_task(house.post(f"/v1/contracts/{protocol['id']}/request-signatures"))
        done, _ = await asyncio.wait([requested], timeout=0.5)
        assert not done
        sheet.title = "Titre d'avant la demande (synthétique)"

    assert (await requested)["status"] == "signing"
