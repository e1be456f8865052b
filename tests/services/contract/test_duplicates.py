"""Duplicates of organisations: named nowhere anew; the original goes on with what names them."""

from tests.services.contract.conftest import REGION, House
from tests.services.contract.places import ATELIERS, FORGES, ORGANISATIONS
from tests.services.contract.stories import SHEET, SIGNATURE, contract_to_sign, drafted_contract, submitted_action
from tests.services.contract.test_succession import BY_HEIR, HEIR, HEIR_NAME, carried, heir, registered
from tests.support.harness import ON_SQLITE


@ON_SQLITE
async def test_a_duplicate_is_refused_with_the_organisation_to_name(house: House) -> None:
    await house.publish(heir(kind="company"), registered(ATELIERS, duplicate_of=HEIR))

    refused = await house.post("/v1/actions", {**SHEET, "carriers": [ATELIERS]}, expect=422)

    assert refused["code"] == "organisation-duplicate"
    assert f"is a duplicate of {HEIR}: name that one" in refused["detail"]
    assert refused["errors"][0]["pointer"] == "/carriers/0"

    await house.publish(registered(ATELIERS))
    await house.post("/v1/actions", {**SHEET, "carriers": [ATELIERS]}, expect=201)


@ON_SQLITE
async def test_a_draft_names_the_original_and_what_was_submitted_keeps_the_duplicate(house: House) -> None:
    draft = await house.post("/v1/actions", {**SHEET, "carriers": [ATELIERS, FORGES]}, expect=201)
    sent = await submitted_action(house, carriers=[ATELIERS])
    await house.publish(heir(kind="company"))
    await house.get(f"/v1/actions/{sent['id']}", by=BY_HEIR, expect=404)

    await house.publish(registered(ATELIERS, duplicate_of=HEIR))
    drafted = await house.get(f"/v1/actions/{draft['id']}", by=BY_HEIR)
    read = await house.get(f"/v1/actions/{sent['id']}", by=BY_HEIR)

    assert [carrier["siren"] for carrier in drafted["carriers"]] == [HEIR, FORGES]
    assert drafted["carriers"][0]["name"] == HEIR_NAME
    assert read["carriers"] == [{"siren": ATELIERS, "name": ORGANISATIONS[ATELIERS].name}]
    assert (await carried(house, HEIR), await carried(house, ATELIERS)) == ([draft["id"]], [sent["id"]])
    await house.post(f"/v1/actions/{sent['id']}/return", {"reason": "À revoir (synthétique)."}, by=REGION)

    await house.publish(registered(ATELIERS))

    await house.get(f"/v1/actions/{draft['id']}", by=BY_HEIR)
    lines = (await house.get(f"/v1/actions/{draft['id']}/history"))["items"]
    assert lines[-1]["reason"] == "an organisation that it names was renamed or taken over, or is a duplicate"


@ON_SQLITE
async def test_a_revoked_duplicate_gives_the_original_nothing(house: House) -> None:
    sent = await submitted_action(house, carriers=[ATELIERS])
    await house.publish(heir(kind="company"), registered(ATELIERS, duplicate_of=HEIR))
    await house.get(f"/v1/actions/{sent['id']}", by=BY_HEIR)

    await house.publish(registered(ATELIERS))

    await house.get(f"/v1/actions/{sent['id']}", by=BY_HEIR, expect=404)


async def test_the_original_is_the_party_of_a_draft_and_signs_for_the_duplicate(house: House) -> None:
    draft = await drafted_contract(house)
    ready = await contract_to_sign(house, complements=draft["id"])
    await house.publish(heir(kind="company"), registered(ATELIERS, duplicate_of=HEIR))

    signed = await house.post(f"/v1/contracts/{ready['id']}/sign", SIGNATURE, by=BY_HEIR)
    drafted = await house.get(f"/v1/contracts/{draft['id']}", by=BY_HEIR)

    assert HEIR in [party["organisation"] for party in drafted["parties"]]
    assert {party["organisation"]: party["signed_by"] for party in signed["parties"]}[ATELIERS] == HEIR
