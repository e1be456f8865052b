"""Checklist of the governance of a territory: the same facts as its other answers, as of any day."""

from typing import Any

from tests.services.territory.api import NATIONAL, SOMEBODY, SOMEBODY_ELSE, TEAM, Api
from tests.services.territory.places import (
    COMPANY,
    LACQ_PAU_TARBES,
    LACQ_PAU_TARBES_AGAIN,
    NOUVELLE_AQUITAINE,
    PAU_BEARN,
    PREFECTURE,
)

GOVERNANCE = f"/v1/territories/{LACQ_PAU_TARBES}/governance"


async def items(api: Api, query: str = "") -> dict[str, Any]:
    """The items, by code; those of a Region with its code."""
    answer = await api.get(f"{GOVERNANCE}{query}")
    return {f"{item['code']}{item['region'] or ''}": item for item in answer["items"]}


async def test_the_checklist_of_a_territory_without_governance_says_what_to_do(api: Api) -> None:
    answer = await api.get(GOVERNANCE)

    assert answer["percentage"] == 0
    assert {item["state"] for item in answer["items"]} == {"lacks"}
    assert all(item["to_do"] for item in answer["items"])
    assert [item["region"] for item in answer["items"]][-2:] == ["75", "76"]


async def test_the_checklist_of_each_day_follows_from_what_was_recorded(api: Api) -> None:
    await api.register_company()
    prefecture = {
        "siren": PREFECTURE, "name": "Préfecture (synthétique)", "kind": "state", "region": "75", "synthetic": True
    }  # fmt: skip
    await api.post("/v1/organisations", prefecture, by=NATIONAL)
    await api.appoint()
    await api.post(
        f"/v1/territories/{LACQ_PAU_TARBES}/pilots",
        {"capacity": "industriel", "person_id": SOMEBODY_ELSE, "organisation": COMPANY, "since": "2019-04-15"},
        by=TEAM,
    )
    referent = {"person_id": SOMEBODY, "organisation": PREFECTURE, "since": "2019-05-01"}
    await api.post(f"/v1/territories/{LACQ_PAU_TARBES}/state-referents", referent, by=TEAM)
    await api.establish_regional()
    committee = await api.post(
        "/v1/committees",
        {
            "level": "project", "name": "Comité de projet", "territory": LACQ_PAU_TARBES, "chair": PAU_BEARN,
            "established_on": "2019-05-15",
        },
        by=TEAM,
    )  # fmt: skip
    for siren in (NOUVELLE_AQUITAINE, PREFECTURE):
        seat = {"organisation": siren, "capacity": "member", "since": "2019-06-01"}
        await api.post(f"/v1/committees/{committee['id']}/seats", seat, by=TEAM)

    now = await items(api)
    lacking = {code for code, item in now.items() if item["state"] != "stands"}

    assert lacking == {"project_manager", "last_meeting", "regional_committee76"}
    assert (now["pair"]["since"], now["region_seated"]["since"]) == ("2019-04-15", "2019-06-01")
    assert (await api.get(GOVERNANCE))["percentage"] == 100 * 9 // 12
    then = await items(api, "?as_of=2019-05-20")
    assert {code for code, item in then.items() if item["state"] == "stands"} == {
        "elu", "industriel", "pair", "state_referent", "project_committee", "regional_committee75",
    }  # fmt: skip
    # Nobody knows when Pau entered the territory.
    assert (then["epci_seated"]["state"], now["epci_seated"]["state"]) == ("unknown", "stands")
    assert [item["state"] for item in (await items(api, "?as_of=2019-01-20")).values()] == ["lacks"] * 12


async def test_a_day_on_which_the_territory_did_not_exist_has_no_checklist(api: Api) -> None:
    await api.get(f"/v1/territories/{LACQ_PAU_TARBES_AGAIN}/governance?as_of=2019-01-01", status=404)
    await api.get(f"{GOVERNANCE}?as_of=2999-01-01", status=422)
