"""Checklist of the governance of a territory: the same facts as its other answers, as of any day."""

from typing import Any

from tests.services.territory.api import NATIONAL, SOMEBODY, SOMEBODY_ELSE, TEAM, Api
from tests.services.territory.places import (
    COMPANY,
    LACQ_PAU_TARBES,
    LACQ_PAU_TARBES_AGAIN,
    NOUVELLE_AQUITAINE,
    PACA,
    PAU_BEARN,
    PREFECTURE,
    RHONE_LEZ,
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


async def establish_project(api: Api, *seats: tuple[str, str], chair: str = PAU_BEARN) -> Any:
    """The project committee, chaired since 2019-04-01 by the élu or another, with members since a day."""
    body = {
        "level": "project", "name": "Comité de projet", "territory": LACQ_PAU_TARBES, "chair": chair,
        "established_on": "2019-04-01",
    }  # fmt: skip
    committee = await api.post("/v1/committees", body, by=TEAM)
    for siren, since in seats:
        seat = {"organisation": siren, "capacity": "member", "since": since}
        await api.post(f"/v1/committees/{committee['id']}/seats", seat, by=TEAM)
    return committee


async def enter(api: Api, siren: str, on: str) -> None:
    """Record that a body is a member since a day."""
    members = [{"siren": siren, "memberships": [{"entered_on": on, "left_on": None}]}]
    path = f"/v1/territories/{LACQ_PAU_TARBES}/perimeter/corrections"
    await api.post(path, {"members": members, "reason": "Entrée (synthétique)"}, by=NATIONAL, status=200)


async def test_the_checklist_of_a_day_asks_the_regions_of_the_members_of_that_day(api: Api) -> None:
    await enter(api, RHONE_LEZ, "2020-09-24")
    await api.establish_regional(by=f"region:{PACA}", region="93", chair=PACA)
    await api.appoint()
    await establish_project(api, (PACA, "2019-05-01"))

    before, after = [await items(api, f"?as_of={day}") for day in ("2020-09-23", "2020-09-24")]

    assert "regional_committee93" not in before
    assert after["regional_committee93"]["state"] == "stands"
    assert before["region_seated"]["state"] == "lacks"
    assert after["region_seated"]["since"] == "2020-09-24"


async def test_a_body_that_sits_and_enters_later_counts_from_its_entry(api: Api) -> None:
    await api.register_company()
    await api.appoint("industriel", organisation=COMPANY)
    await establish_project(api, (RHONE_LEZ, "2019-05-01"), chair=COMPANY)
    await enter(api, RHONE_LEZ, "2020-09-24")

    days = {day: (await items(api, f"?as_of={day}"))["epci_seated"] for day in ("2020-09-23", "2020-09-24")}

    assert days["2020-09-23"]["state"] == "lacks"
    assert days["2020-09-24"]["since"] == "2020-09-24"
    assert (await items(api))["epci_seated"]["since"] == "2020-09-24"


async def test_a_committee_whose_chair_left_the_pair_lacks_its_chair(api: Api) -> None:
    await api.register_company()
    elu = await api.appoint()
    committee = await establish_project(api)
    pilots = f"/v1/territories/{LACQ_PAU_TARBES}/pilots"
    # Another élu of the same body: it presides without a break.
    replacement = {"person_id": SOMEBODY_ELSE, "organisation": PAU_BEARN, "on": "2020-01-01"}
    successor = await api.post(f"{pilots}/{elu['id']}/replace", replacement, by=TEAM)
    await api.post(f"{pilots}/{successor['id']}/end", {"on": "2021-01-01"}, by=TEAM, status=200)
    industriel = {
        "capacity": "industriel", "person_id": SOMEBODY, "organisation": COMPANY, "since": "2021-06-01"
    }  # fmt: skip
    await api.post(pilots, industriel, by=TEAM)

    seen = {day: (await items(api, f"?as_of={day}"))["project_committee"] for day in ("2020-12-31", "2021-01-01")}
    body = {"chair": COMPANY, "on": "2021-07-01"}
    await api.post(f"/v1/committees/{committee['id']}/chair", body, by=TEAM, status=200)
    now = (await items(api))["project_committee"]

    assert (seen["2020-12-31"]["state"], seen["2020-12-31"]["since"]) == ("stands", "2019-04-01")
    assert (seen["2021-01-01"]["state"], seen["2021-01-01"]["since"]) == ("lacks", None)
    assert "présidence" in seen["2021-01-01"]["to_do"]
    assert (now["state"], now["since"]) == ("stands", "2021-07-01")


async def test_the_checklist_of_a_closed_territory_says_that_it_is_closed(api: Api) -> None:
    await api.appoint()
    closing = {"on": "2020-12-01", "reason": "Fin (synthétique)"}
    await api.post(f"/v1/territories/{LACQ_PAU_TARBES}/close", closing, by=NATIONAL, status=200)

    last, first, now = [await api.get(f"{GOVERNANCE}{day}") for day in ("?as_of=2020-11-30", "?as_of=2020-12-01", "")]

    assert (last["status"], last["items"][0]["state"]) == ("open", "stands")
    for answer in (first, now):
        assert (answer["status"], answer["percentage"], answer["items"]) == ("closed", 0, [])
