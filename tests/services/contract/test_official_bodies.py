"""A commune or an EPCI that no event has told of is named by its SIREN, as what it is."""

from typing import Any, Final

import pytest

from shared.events.territory import OrganisationRegistered
from tests.services.contract.conftest import House
from tests.services.contract.places import LACQ
from tests.services.contract.stories import CONTRACT, SHEET
from tests.support.harness import NATIONAL, ON_SQLITE, TEAM

BAYONNE: Final = "216401026"
COMMUNE_OF_PAU: Final = "216404459"
RHONE_LEZ: Final = "200000628"
PARTY: Final[dict[str, Any]] = {**CONTRACT["parties"][0], "organisation": COMMUNE_OF_PAU, "kind": "commune"}


async def test_a_commune_carries_a_sheet_without_being_registered(house: House) -> None:
    body = {**SHEET, "carriers": ["216 401 026"], "partners": [{"siren": f"{RHONE_LEZ}00012", "role": "Aide"}]}

    sheet = await house.post("/v1/actions", body, expect=201)

    assert sheet["carriers"] == [{"siren": BAYONNE, "name": "Bayonne"}]
    assert [(each["siren"], each["name"]) for each in sheet["partners"]] == [(RHONE_LEZ, "CC Rhône Lez Provence")]
    assert [each["id"] for each in (await house.get("/v1/actions", carrier="216 401 026"))["items"]] == [sheet["id"]]
    own = await house.get("/v1/actions", by=f"territory:{BAYONNE}")
    assert [each["id"] for each in own["items"]] == [sheet["id"]]


async def test_a_filter_by_an_official_body_that_nothing_names_is_empty(house: House) -> None:
    assert (await house.get("/v1/actions", carrier=BAYONNE))["items"] == []
    assert (await house.get("/v1/contracts", party=RHONE_LEZ))["items"] == []


@ON_SQLITE
async def test_a_commune_is_a_party_as_a_commune_and_as_nothing_else(house: House) -> None:
    contract = await house.post("/v1/contracts", {**CONTRACT, "parties": [PARTY]}, expect=201)
    misfit = {**CONTRACT, "parties": [{**PARTY, "kind": "intercommunality"}]}

    assert [(each["organisation"], each["name"], each["kind"]) for each in contract["parties"]] == [
        (COMMUNE_OF_PAU, "Pau", "commune")
    ]
    assert (await house.post("/v1/contracts", misfit, expect=422))["code"] == "party-not-fitting"
    outside = {**CONTRACT, "parties": [{**PARTY, "organisation": RHONE_LEZ, "kind": "intercommunality"}]}
    refused = await house.post("/v1/contracts", outside, expect=422)
    assert "CC Rhône Lez Provence is not a member of this territory today" in refused["detail"]
    elsewhere = {**CONTRACT, "parties": [{**PARTY, "organisation": BAYONNE}]}
    refused = await house.post("/v1/contracts", elsewhere, expect=422)
    assert (refused["code"], refused["errors"][0]["pointer"]) == ("party-not-fitting", "/parties/0")
    assert "Bayonne is not a commune of this territory today: name a member" in refused["detail"]


@ON_SQLITE
@pytest.mark.parametrize("successor", [None, RHONE_LEZ])
async def test_the_event_of_an_official_body_wins(house: House, successor: str | None) -> None:
    await house.publish(
        OrganisationRegistered(
            siren=BAYONNE, name="Baiona", kind="commune", aliases=[], region="75", successor=successor, synthetic=False
        )
    )

    sheet = await house.post("/v1/actions", {**SHEET, "carriers": [BAYONNE]}, expect=422 if successor else 201)

    if successor:
        assert sheet["code"] == "organisation-succeeded"
    else:
        assert sheet["carriers"] == [{"siren": BAYONNE, "name": "Baiona"}]


@ON_SQLITE
async def test_what_is_neither_registered_nor_official_is_refused_with_the_way_out(house: House) -> None:
    refused = await house.post("/v1/actions", {**SHEET, "carriers": ["000000133"]}, expect=422)

    assert "ask the délégation to register it" in refused["detail"]
    assert (await house.get("/v1/actions", by=NATIONAL, territory=LACQ))["items"] == []
    assert (await house.get("/v1/actions", by=TEAM))["items"] == []
