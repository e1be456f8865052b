"""Renamed and former organisations: drafts name those of today, the past keeps its names, a successor goes on."""

from datetime import timedelta
from typing import Any, Final

import pytest

from shared.clock import today
from shared.events.territory import FormerNameState, OrganisationRegistered
from tests.services.contract.conftest import COMPANY, PILOT, REGION, House, member, perimeter
from tests.services.contract.places import ATELIERS, FORGES, LACQ_ORTHEZ, NOUVELLE_AQUITAINE, ORGANISATIONS, PAU, TARBES
from tests.services.contract.stories import (
    SHEET,
    SIGNATURE,
    contract_to_sign,
    drafted_contract,
    signed_contract,
    submitted_action,
    submitted_contract,
)
from tests.support.harness import NATIONAL, ON_SQLITE, TEAM

HEIR: Final = "000000133"
HEIR_NAME: Final = "CA du Béarn (EPCI synthétique)"
BY_HEIR: Final = f"party:{HEIR}"
RENAMED: Final = "Forges et Ateliers (entreprise synthétique)"


def registered(siren: str, **more: Any) -> OrganisationRegistered:
    """An organisation of the tests, with another name or a successor."""
    body = ORGANISATIONS[siren]
    usual = {"name": body.name, "kind": body.kind, "region": body.region, "successor": None}
    return OrganisationRegistered(
        **{"siren": siren, "aliases": [], "synthetic": body.synthetic, "organisations": [siren], **usual, **more}
    )


def renamed(siren: str, name: str = RENAMED) -> OrganisationRegistered:
    """An organisation that has another name from today on."""
    last_day = today() - timedelta(days=1)
    former = FormerNameState(name=ORGANISATIONS[siren].name, valid_from=None, valid_to=last_day)
    return registered(siren, name=name, names=[former])


def heir(siren: str = HEIR, kind: str = "epci") -> OrganisationRegistered:
    """A new body."""
    return OrganisationRegistered(
        siren=siren, name=HEIR_NAME, kind=kind, aliases=[], region=None, successor=None, synthetic=True,
        organisations=[siren],
    )  # fmt: skip


def taken_over(siren: str, by: str = HEIR) -> OrganisationRegistered:
    """An organisation that ended yesterday, with its successor."""
    return registered(siren, valid_to=(today() - timedelta(days=1)).isoformat(), successor=by)


async def carried(house: House, siren: str) -> list[str]:
    """Return the sheets that the filter by carrier finds."""
    return [sheet["id"] for sheet in (await house.get("/v1/actions", by=NATIONAL, carrier=siren))["items"]]


async def test_a_draft_shows_the_present_name_and_a_submitted_sheet_that_of_its_submission(house: House) -> None:
    draft = await house.post("/v1/actions", {**SHEET, "carriers": [ATELIERS]}, expect=201)
    sent = await submitted_action(house, carriers=[ATELIERS])

    await house.publish(renamed(ATELIERS))
    names = [(await house.get(f"/v1/actions/{each['id']}"))["carriers"][0]["name"] for each in (draft, sent)]
    returned = await house.post(f"/v1/actions/{sent['id']}/return", {"reason": "À revoir (synthétique)."}, by=REGION)

    assert names == [RENAMED, ORGANISATIONS[ATELIERS].name]
    assert returned["carriers"] == [{"siren": ATELIERS, "name": RENAMED}]
    lines = (await house.get(f"/v1/actions/{draft['id']}/history"))["items"]
    assert [line["reason"] for line in lines] == [
        None,
        "an organisation that it names was renamed or taken over, or is a duplicate",
    ]


async def test_a_draft_of_a_contract_shows_the_present_name_and_a_signed_one_keeps_its_own(house: House) -> None:
    signed = await signed_contract(house)
    draft = await drafted_contract(house, complements=signed["id"])
    before = await house.send("GET", f"/v1/contracts/{signed['id']}/content", by=TEAM)

    await house.publish(renamed(NOUVELLE_AQUITAINE, "Région du Sud-Ouest (nom synthétique)"))
    after = await house.send("GET", f"/v1/contracts/{signed['id']}/content", by=TEAM)
    names = [
        {party["organisation"]: party["name"] for party in (await house.get(f"/v1/contracts/{each['id']}"))["parties"]}
        for each in (draft, signed)
    ]

    assert [found[NOUVELLE_AQUITAINE] for found in names] == [
        "Région du Sud-Ouest (nom synthétique)",
        "Région Nouvelle-Aquitaine",
    ]
    assert after.content == before.content


@ON_SQLITE
async def test_the_successor_goes_on_with_the_sheets_of_those_that_it_took_over(house: House) -> None:
    draft = await house.post("/v1/actions", {**SHEET, "carriers": [ATELIERS, FORGES]}, expect=201)
    sent = await submitted_action(house, carriers=[ATELIERS])
    await house.publish(heir(kind="company"))
    await house.get(f"/v1/actions/{sent['id']}", by=BY_HEIR, expect=404)

    await house.publish(taken_over(ATELIERS), taken_over(FORGES))
    drafted = await house.get(f"/v1/actions/{draft['id']}", by=BY_HEIR)
    read = await house.get(f"/v1/actions/{sent['id']}", by=BY_HEIR)
    changed = await house.patch(f"/v1/actions/{draft['id']}", {"title": "Titre du successeur"}, by=BY_HEIR)

    assert drafted["carriers"] == [{"siren": HEIR, "name": HEIR_NAME}]
    assert read["carriers"] == [{"siren": ATELIERS, "name": ORGANISATIONS[ATELIERS].name}]
    assert changed["title"] == "Titre du successeur"
    assert (await carried(house, HEIR), await carried(house, ATELIERS)) == ([draft["id"]], [sent["id"]])
    assert await carried(house, FORGES) == []
    mine = (await house.get("/v1/actions", by=BY_HEIR))["items"]
    assert [each["id"] for each in mine] == [draft["id"], sent["id"]]


async def test_a_returned_sheet_is_handed_to_the_successor_of_the_successor(house: House) -> None:
    sent = await submitted_action(house, carriers=[ATELIERS, PAU])
    await house.publish(heir(kind="company"), taken_over(ATELIERS, by=FORGES), taken_over(FORGES))

    await house.post(f"/v1/actions/{sent['id']}/return", {"reason": "À revoir (synthétique)."}, by=REGION)
    changed = await house.patch(f"/v1/actions/{sent['id']}", {"title": "Titre du successeur"}, by=BY_HEIR)

    assert [carrier["siren"] for carrier in changed["carriers"]] == [HEIR, PAU]


@ON_SQLITE
async def test_an_end_that_was_recorded_wrongly_gives_the_successor_nothing(house: House) -> None:
    sent = await submitted_action(house, carriers=[ATELIERS])
    await house.publish(heir(kind="company"), taken_over(ATELIERS))
    await house.get(f"/v1/actions/{sent['id']}", by=BY_HEIR)

    await house.publish(registered(ATELIERS))

    await house.get(f"/v1/actions/{sent['id']}", by=BY_HEIR, expect=404)
    await house.get(f"/v1/actions/{sent['id']}", by=COMPANY)


async def test_two_parties_of_a_draft_that_merged_are_one_and_sign_if_one_of_them_had_to(house: House) -> None:
    contract = await drafted_contract(house)
    tarbes = {
        "organisation": TARBES, "block": "territory", "kind": "intercommunality", "capacity": "Président",
        "role": "carrier", "required": False,
    }  # fmt: skip
    path = f"/v1/contracts/{contract['id']}"
    fields = ("organisation", "block", "kind", "capacity", "role", "required")
    parties = [{name: party[name] for name in fields} for party in contract["parties"]]
    before = await house.patch(path, {"parties": [*parties, tarbes]})

    await house.publish(heir(), taken_over(PAU), taken_over(TARBES))
    blocked = await house.get(f"{path}/readiness", by=NATIONAL)
    members = [member(LACQ_ORTHEZ), member(LACQ_ORTHEZ).model_copy(update={"siren": HEIR, "name": HEIR_NAME})]
    await house.publish(perimeter(members, ["75", "76"]))
    ready = await house.get(f"{path}/readiness", by=NATIONAL)
    after = await house.get(path, by=BY_HEIR)

    first = next(party for party in before["parties"] if party["organisation"] == PAU)
    merged = [party for party in after["parties"] if party["organisation"] == HEIR]
    assert [(party["id"], party["name"], party["required"]) for party in merged] == [(first["id"], HEIR_NAME, True)]
    assert len(after["parties"]) == len(before["parties"]) - 1
    assert "party-not-fitting" in [blocker["code"] for blocker in blocked["blocking"]]
    assert "party-not-fitting" not in [blocker["code"] for blocker in ready["blocking"]]


async def test_a_successor_that_is_a_party_already_stays_one_party(house: House) -> None:
    contract = await drafted_contract(house)

    await house.publish(taken_over(FORGES, by=ATELIERS), taken_over(PAU, by=TARBES))
    after = await house.get(f"/v1/contracts/{contract['id']}", by=NATIONAL)

    sirens = [party["organisation"] for party in after["parties"]]
    assert (len(sirens), len(set(sirens))) == (len(contract["parties"]), len(contract["parties"]))
    assert TARBES in sirens
    assert PAU not in sirens


@ON_SQLITE
async def test_the_successor_signs_in_place_of_the_party_that_has_ended(house: House) -> None:
    contract = await contract_to_sign(house)
    path = f"/v1/contracts/{contract['id']}"
    await house.publish(heir(kind="company"), taken_over(ATELIERS))

    signed = await house.post(f"{path}/sign", SIGNATURE, by=BY_HEIR)
    again = await house.post(f"{path}/sign", SIGNATURE, by=BY_HEIR, expect=409)

    parties = {party["organisation"]: party for party in signed["parties"]}
    assert (parties[ATELIERS]["signed_on"], parties[ATELIERS]["signed_by"]) == (SIGNATURE["signed_on"], HEIR)
    assert (parties[PAU]["signed_by"], HEIR in parties) == (None, False)
    assert again["code"] == "already-signed"
    [line] = [line for line in (await house.get(f"{path}/history"))["items"] if line["by"]["org"] == HEIR]
    assert line["changed"]


@pytest.mark.parametrize("by", [PILOT, REGION])
async def test_a_contract_under_review_keeps_the_parties_of_its_text(house: House, by: str) -> None:
    contract = await submitted_contract(house)

    await house.publish(heir(kind="company"), taken_over(ATELIERS))
    read = await house.get(f"/v1/contracts/{contract['id']}", by=by)
    by_heir = await house.get(f"/v1/contracts/{contract['id']}", by=BY_HEIR)

    assert ATELIERS in [party["organisation"] for party in read["parties"]]
    assert by_heir["id"] == contract["id"]
