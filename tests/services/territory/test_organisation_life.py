"""Organisations act on the days of their life alone; a wrong end, successor or name is corrected."""

from typing import Any

import pytest

from tests.services.territory.api import NATIONAL, PILOTS, REGION, SOMEBODY, SOMEBODY_ELSE, TEAM, Api
from tests.services.territory.conftest import PublishedFacts
from tests.services.territory.places import (
    BPIFRANCE_HEAD,
    COMPANY,
    DELEGATION,
    HAUT_BEARN,
    LACQ_PAU_TARBES,
    PAU_BEARN,
    RHONE_LEZ,
)

WHY = {"reason": "Motif synthétique"}
TERRITORY = f"/v1/territories/{LACQ_PAU_TARBES}"
CEA = "200094332"
"""Collectivité européenne d'Alsace, since 2021-01-01."""
BAS_RHIN = "226700011"
"""Département that ended on 2020-12-31; the CEA took over."""
FRANCE_INDUSTRIE = "840718597"
"""Since 2018: the day is not known."""
HEIR = "000000125"
DESIGNATION = {
    "code": "ti-9901",
    "phase": "2018",
    "name": "Territoire d'essai (synthétique)",
    "lead_region": "93",
    "members": [RHONE_LEZ],
    "reference": "DEC (synthétique)",
    "designated_on": "2020-01-01",
    "source": "Source synthétique",
}


def address(siren: str) -> str:
    return f"/v1/organisations/{siren}"


async def close(api: Api, siren: str, valid_to: str, *, status: int = 200, **other: Any) -> Any:
    """Record the end of an organisation."""
    body = {"valid_to": valid_to, **other, **WHY}
    return await api.post(f"{address(siren)}/close", body, by=NATIONAL, status=status)


async def change(api: Api, siren: str, *, status: int = 200, **body: Any) -> Any:
    """Change an organisation at its present version."""
    return await api.patch(address(siren), {**body, **WHY}, by=NATIONAL, status=status)


async def register_heir(api: Api) -> None:
    body = {"siren": HEIR, "name": "Forges (synthétique)", "kind": "company", "synthetic": True}
    await api.post("/v1/organisations", body, by=NATIONAL)


async def test_an_organisation_does_not_act_before_it_exists(api: Api) -> None:
    elu = {"capacity": "elu", "person_id": SOMEBODY, "organisation": CEA, "since": "2020-12-31"}
    problem = await api.post("/v1/territories/2018-ti-4401/pilots", elu, by=NATIONAL, status=409)

    assert (problem["code"], problem["errors"][0]["pointer"]) == ("organisation-closed", "/organisation")
    assert "2021-01-01" in problem["detail"]
    industriel = {"capacity": "industriel", "person_id": SOMEBODY, "organisation": FRANCE_INDUSTRIE}
    await api.post(PILOTS, {**industriel, "since": "2018-11-22"}, by=TEAM)


async def test_an_organisation_that_ended_does_not_enter_a_territory(api: Api) -> None:
    await api.post("/v1/territories", DESIGNATION, by=NATIONAL)
    member = {"siren": RHONE_LEZ, "memberships": [{"entered_on": "2020-01-01", "left_on": "2020-02-01"}]}
    staying = {"siren": PAU_BEARN, "memberships": [{"entered_on": "2020-01-01"}]}
    corrections = "/v1/territories/2018-ti-9901/perimeter/corrections"
    await api.post(corrections, {"members": [member], **WHY}, by=NATIONAL, status=409)
    closing = {"on": "2020-02-01", **WHY}
    await api.post("/v1/territories/2018-ti-9901/close", closing, by=NATIONAL, status=200)
    await close(api, RHONE_LEZ, "2020-06-30")

    late = await api.request_perimeter(enters=[RHONE_LEZ], wished_on="2020-07-01", status=409)
    fitting = await api.request_perimeter(enters=[RHONE_LEZ], wished_on="2020-06-30")
    decision = await api.accept(fitting)
    applied = {"decision_id": decision["id"], "on": "2020-07-01"}
    refused = [
        late,
        await api.post(f"{TERRITORY}/perimeter", applied, by=REGION, status=409),
        await api.post(
            "/v1/territories",
            {**DESIGNATION, "code": "ti-9902", "designated_on": "2020-07-01"},
            by=NATIONAL,
            status=409,
        ),
        await api.post(
            f"{TERRITORY}/perimeter/corrections",
            {"members": [staying, {**member, "memberships": [{"entered_on": "2020-03-01"}]}], **WHY},
            by=NATIONAL,
            status=409,
        ),
    ]

    assert {problem["code"] for problem in refused} == {"organisation-closed"}
    assert [problem["errors"][0]["pointer"] for problem in refused] == [
        "/enters/0",
        "/enters/0",
        "/members/0",
        "/members/1",
    ]
    assert all("2020-06-30" in problem["detail"] for problem in refused)
    days = [{"entered_on": "2020-03-01", "left_on": "2020-07-01"}]
    body = {"members": [{**member, "memberships": days}], **WHY}
    await api.post(f"{TERRITORY}/perimeter/corrections", body, by=NATIONAL, status=200)


async def test_an_organisation_ends_after_its_memberships_mandates_and_seats(api: Api) -> None:
    territory = (await api.post("/v1/territories", DESIGNATION, by=NATIONAL))["key"]
    path, team = f"/v1/territories/{territory}", f"territory:{RHONE_LEZ}"
    elu = {"capacity": "elu", "person_id": SOMEBODY, "organisation": RHONE_LEZ, "since": "2020-01-01"}
    elu = await api.post(f"{path}/pilots", elu, by=team)
    committee = {"level": "project", "name": "Comité de projet", "territory": territory, "chair": RHONE_LEZ}
    committee = await api.post("/v1/committees", {**committee, "established_on": "2020-04-01"}, by=team)

    problem = await close(api, RHONE_LEZ, "2020-12-31", status=409)

    assert problem["code"] == "organisation-still-active"
    member, mandate, seat = [error["detail"] for error in problem["errors"]]
    assert member.startswith(f"member of {territory}")
    assert f"{path}/pilots/{elu['id']}" in mandate
    assert f"/v1/committees/{committee['id']}/chair" in seat
    await api.post(f"/v1/committees/{committee['id']}/dissolve", {"on": "2021-01-01"}, by=team, status=200)
    assert len((await close(api, RHONE_LEZ, "2020-12-31", status=409))["errors"]) == 2
    await api.post(f"{path}/close", {"on": "2021-01-02", **WHY}, by=NATIONAL, status=200)
    assert len((await close(api, RHONE_LEZ, "2020-12-31", status=409))["errors"]) == 2
    await close(api, RHONE_LEZ, "2021-01-01")


async def test_a_successor_acts_on_the_day_after(api: Api) -> None:
    await api.register_company()
    await register_heir(api)
    await close(api, COMPANY, "2020-12-31", successor=HEIR)

    early = await close(api, HEIR, "2020-12-31", successor=COMPANY, status=409)
    ring = await close(api, HEIR, "2019-12-31", status=409)
    unborn = await change(api, BAS_RHIN, valid_to="2020-12-30", status=409)

    assert COMPANY in early["detail"]
    assert "took over" in ring["detail"]
    assert "2021-01-01" in unborn["detail"]
    await close(api, HEIR, "2021-01-01")


async def test_a_wrong_end_or_successor_is_corrected(api: Api, published: PublishedFacts) -> None:
    await api.register_company()
    await register_heir(api)
    await change(api, COMPANY, valid_to="2020-12-31", status=409)
    await close(api, COMPANY, "2020-12-31", successor=HEIR)

    corrected = [
        await change(api, COMPANY, valid_to="2021-06-30"),
        await change(api, COMPANY, successor=None),
        await change(api, COMPANY, valid_to="2021-12-31", successor=HEIR),
        await change(api, COMPANY, valid_to=None),
    ]

    days = [("2021-06-30", HEIR), ("2021-06-30", None), ("2021-12-31", HEIR), (None, None)]
    assert [(each["valid_to"], each["successor"]) for each in corrected] == days
    assert [(fact["valid_to"], fact["successor"]) for fact in (await published())[-4:]] == days
    pilot = {"capacity": "industriel", "person_id": SOMEBODY, "organisation": COMPANY, "since": "2022-01-01"}
    await api.post(PILOTS, pilot, by=TEAM)
    await close(api, COMPANY, "2021-12-31", status=409)


async def test_a_successor_is_corrected_while_the_end_stays_as_precise_as_it_is_known(api: Api) -> None:
    await change(api, BPIFRANCE_HEAD, valid_to=None, successor=DELEGATION, status=409)

    corrected = await change(api, BPIFRANCE_HEAD, successor=None)

    assert (corrected["valid_to"], corrected["successor"]) == ("2020-12", None)
    assert (await change(api, BPIFRANCE_HEAD, valid_to="2020-12-31"))["valid_to"] == "2020-12-31"


async def test_a_wrong_day_of_a_renaming_is_corrected(api: Api, published: PublishedFacts) -> None:
    await api.register_company()
    former, name = "Ateliers du Gave (synthétique)", "Forges du Gave (synthétique)"
    await change(api, COMPANY, name=name, renamed_on="2020-01-01")

    corrected = await change(api, COMPANY, names=[{"name": former, "valid_to": "2019-06-30"}])

    assert corrected["names"] == [{"name": former, "valid_from": None, "valid_to": "2019-06-30"}]
    assert (await published())[-1]["names"] == corrected["names"]
    for day, expected in (("2019-06-30", former), ("2019-07-01", name)):
        assert (await api.get(f"{address(COMPANY)}?as_of={day}"))["name"] == expected
    older = [{"name": "Gave (synthétique)", "valid_to": "2018-12-31"}, {"name": former, "valid_to": "2019-06-30"}]
    found = await change(api, COMPANY, names=older)
    assert [each["valid_from"] for each in found["names"]] == [None, "2019-01-01"]
    assert (await change(api, COMPANY, names=[]))["names"] == []


@pytest.mark.parametrize(
    ("body", "bounds"),
    [
        ({"name": "Gave (synthétique)", "renamed_on": "2020-01-01"}, ("2020-01-02", "2021-12-31")),
        ({"name": "Gave (synthétique)", "renamed_on": "2022-01-01"}, ("2020-01-02", "2021-12-31")),
        ({"names": [{"name": "Gave (synthétique)", "valid_to": "1600-01-01"}]}, ("1900-01-01", "2021-12-30")),
        ({"names": [{"name": "Gave (synthétique)", "valid_to": "2021-12-31"}]}, ("1900-01-01", "2021-12-30")),
        ({"valid_to": "2019-12-31"}, ("2020-01-01",)),
    ],
    ids=str,
)
async def test_a_name_is_of_the_life_of_its_organisation_and_the_refusal_names_the_bounds(
    api: Api, body: dict[str, Any], bounds: tuple[str, ...]
) -> None:
    await api.register_company()
    early = await change(api, COMPANY, name="Forges (synthétique)", renamed_on="1600-01-01", status=422)
    await change(api, COMPANY, name="Forges (synthétique)", renamed_on="2020-01-01")
    before = await close(api, COMPANY, "2021-12-31")

    problem = await change(api, COMPANY, **body, status=422)

    assert "1900-01-01" in early["detail"]
    assert problem["code"] == "day-not-plausible"
    assert all(day in problem["detail"] for day in bounds)
    assert await api.get(address(COMPANY)) == before


async def test_an_organisation_does_not_end_before_its_name_begins(api: Api) -> None:
    await api.register_company()
    await change(api, COMPANY, name="Forges (synthétique)", renamed_on="2022-01-01")

    problem = await close(api, COMPANY, "2021-12-31", status=422)

    assert "2022-01-01" in problem["detail"]
    await close(api, COMPANY, "2022-01-01")


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"renamed_on": "2020-01-01"},
        {"name": "Ateliers du Gave (synthétique)", "renamed_on": "2020-01-01"},
        {"name": "Ateliers du Gave (synthétique)", "kind": "company", "aliases": [], "names": []},
    ],
    ids=str,
)
async def test_a_change_of_nothing_is_refused(api: Api, published: PublishedFacts, body: dict[str, Any]) -> None:
    await api.register_company()
    number = len(await published())

    problem = await change(api, COMPANY, **body, status=422)

    assert problem["code"] == "nothing-changes"
    assert len(await published()) == number


async def test_a_correction_of_a_mandate_that_changes_nothing_is_refused(api: Api) -> None:
    elu = await api.appoint()

    for body in ({}, {"since": elu["since"]}, {"organisation": PAU_BEARN, "until": None}):
        problem = await api.post(f"{PILOTS}/{elu['id']}/correct", {**body, **WHY}, by=NATIONAL, status=422)
        assert problem["code"] == "nothing-changes"


async def test_a_kind_or_region_with_which_a_mandate_in_office_does_not_fit_is_refused(api: Api) -> None:
    await api.register_company()
    industriel = await api.appoint("industriel", organisation=COMPANY)
    service = {"siren": "000000018", "name": "Préfecture (synthétique)", "kind": "state", "region": "75"}
    await api.post("/v1/organisations", {**service, "synthetic": True}, by=NATIONAL)
    body = {"person_id": SOMEBODY_ELSE, "organisation": "000000018", "since": "2019-03-25"}
    referent = await api.post(f"{TERRITORY}/state-referents", body, by=TEAM)

    refused = [
        (industriel, await change(api, COMPANY, kind="state", status=409)),
        (industriel, await change(api, COMPANY, region="53", status=409)),
        (referent, await change(api, "000000018", kind="operator", status=409)),
        (referent, await change(api, "000000018", region="53", status=409)),
    ]

    for mandate, problem in refused:
        assert problem["code"] == "organisation-still-active"
        assert mandate["id"] in problem["errors"][0]["detail"]
    await change(api, COMPANY, region="76")
    await change(api, COMPANY, kind="association")
    await api.post(f"{PILOTS}/{industriel['id']}/end", {"on": "2020-01-01"}, by=TEAM, status=200)
    await change(api, COMPANY, kind="operator")


async def test_a_member_of_today_does_not_end_before_it_entered(api: Api) -> None:
    problem = await close(api, HAUT_BEARN, "2018-12-31", status=409)

    assert LACQ_PAU_TARBES in problem["errors"][0]["detail"]
