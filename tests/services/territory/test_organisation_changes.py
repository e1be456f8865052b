"""Organisations are renamed, corrected, merged and closed; their names are those of each day."""

import csv
import io
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import pytest

from services.territory.schemas import EpciOut
from shared.clock import today
from tests.services.territory.api import NATIONAL, PILOTS, REGION, SOMEBODY, TEAM, Api
from tests.services.territory.conftest import PublishedFacts
from tests.services.territory.places import (
    COMPANY,
    FRANCE_TRAVAIL,
    LACQ_PAU_TARBES,
    NOUVELLE_AQUITAINE,
    PAU_BEARN,
)

WHY = {"reason": "Motif synthétique"}
ADDRESS = f"/v1/organisations/{COMPANY}"


async def change(
    api: Api, body: dict[str, Any], *, address: str = ADDRESS, status: int = 200, by: str = NATIONAL
) -> Any:
    """Change an organisation at its present version."""
    etag = (await api.call("GET", address)).headers["etag"]
    return (await api.call("PATCH", address, by=by, json=body, headers={"If-Match": etag}, status=status)).json()


async def test_an_organisation_has_on_each_day_the_name_of_that_day(api: Api) -> None:
    address = f"/v1/organisations/{FRANCE_TRAVAIL}"
    names = {
        day: (await api.get(f"{address}?as_of={day}"))["name"] for day in ("2019-03-05", "2023-12-31", "2024-01-01")
    }

    assert names == {"2019-03-05": "Pôle emploi", "2023-12-31": "Pôle emploi", "2024-01-01": "France Travail"}
    assert (await api.get(address))["name"] == "France Travail"
    await api.get(f"{address}?as_of=2999-01-01", status=422)


async def test_a_renamed_organisation_keeps_its_former_name_with_its_days(api: Api, published: PublishedFacts) -> None:
    await api.register_company()

    await change(api, {"name": "Forges du Gave (synthétique)", "renamed_on": "2020-01-01", **WHY})
    renamed = await change(api, {"name": "Forges de Pau (synthétique)", "renamed_on": "2022-01-01", **WHY})

    assert renamed["names"] == [
        {"name": "Ateliers du Gave (synthétique)", "valid_from": None, "valid_to": "2019-12-31"},
        {"name": "Forges du Gave (synthétique)", "valid_from": "2020-01-01", "valid_to": "2021-12-31"},
    ]
    assert (await api.get(f"{ADDRESS}?as_of=2021-06-01"))["name"] == "Forges du Gave (synthétique)"
    assert [one["siren"] for one in (await api.get("/v1/organisations?q=ateliers du gave"))["items"]] == [COMPANY]
    fact = (await published())[-1]
    assert (fact["fact"], fact["name"], len(fact["names"])) == (
        "OrganisationRegistered.v1",
        "Forges de Pau (synthétique)",
        2,
    )
    history = (await api.get(f"{ADDRESS}/history"))["items"]
    assert history[-1]["reason"] == WHY["reason"]


async def test_members_are_shown_on_each_day_under_the_name_of_that_day(api: Api) -> None:
    now = (await api.get(f"/v1/organisations/{PAU_BEARN}"))["name"]
    territory = f"/v1/territories/{LACQ_PAU_TARBES}"
    later = {"name": "CU Pau Béarn Pyrénées (nom fictif)", "renamed_on": "2024-07-01", **WHY}
    await change(api, later, address=f"/v1/organisations/{PAU_BEARN}")

    async def names(query: str) -> set[str]:
        detail, members = await api.get(f"{territory}{query}"), await api.get(f"{territory}/members{query}")
        table = await api.call("GET", f"{territory}/members{query}", headers={"Accept": "text/csv"})
        rows = csv.DictReader(io.StringIO(table.text))
        series = await api.get(f"{territory}/indicators/population{query}")
        parts = [part for value in series["values"] for part in value["parts"]]
        of_all = (detail["members"], members["items"], rows, parts)
        return {one["name"] for found in of_all for one in of_pau(found)}

    assert await names("") == await names("?as_of=2024-07-01") == {later["name"]}
    assert await names("?as_of=2024-06-30") == {now}


def of_pau(members: Iterable[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    """Yield what is said of the agglomeration of Pau."""
    return (one for one in members if PAU_BEARN in (one.get("siren"), one.get("code")))


async def test_a_wrong_name_is_corrected_without_a_former_one(api: Api) -> None:
    await api.register_company()

    corrected = await change(api, {"name": "Atelier du Gave (synthétique)", "aliases": ["ADG"], "region": "75", **WHY})

    assert (corrected["name"], corrected["names"], corrected["region"]) == ("Atelier du Gave (synthétique)", [], "75")
    assert corrected["aliases"] == [{"name": "ADG", "note": None}]


@pytest.mark.parametrize(
    "body",
    [
        {"name": "Atelier du Gave", **WHY},
        {"name": "Forges (synthétique)", "renamed_on": "2999-01-01", **WHY},
        {"kind": "epci", **WHY},
        {"kind": "region", **WHY},
        {"region": "73", **WHY},
        {"name": "Forges (synthétique)"},
        {"siren": "000000018", **WHY},
        {"valid_to": "2999-01-01", "successor": COMPANY, "names": [{"name": "Forges (synthétique)"}], **WHY},
    ],
    ids=str,
)
async def test_a_change_that_cannot_be_is_refused(api: Api, body: dict[str, Any]) -> None:
    await api.register_company()
    before = await api.get(ADDRESS)

    problem = await change(api, body, status=422)

    assert problem["errors"]
    assert await api.get(ADDRESS) == before


async def test_the_kind_of_an_official_body_is_not_changed(api: Api) -> None:
    problem = await change(api, {"kind": "other", **WHY}, address=f"/v1/organisations/{PAU_BEARN}", status=422)

    assert problem["code"] == "organisation-official"


async def test_only_the_delegation_changes_organisations_at_the_version_that_it_read(api: Api) -> None:
    await api.register_company()

    await change(api, {"name": "Forges (synthétique)", **WHY}, by=TEAM, status=403)
    await api.call("PATCH", ADDRESS, by=NATIONAL, json={"aliases": [], **WHY}, status=428)
    stale = {"If-Match": '"7"'}
    await api.call("PATCH", ADDRESS, by=NATIONAL, json={"aliases": [], **WHY}, headers=stale, status=412)
    await api.post(f"{ADDRESS}/close", {"valid_to": "2020-12-31", **WHY}, by=TEAM, status=403)


async def test_an_organisation_that_ended_acts_no_more_and_names_its_successor(
    api: Api, published: PublishedFacts
) -> None:
    await api.register_company()
    heir = {"siren": "000000125", "name": "Forges (synthétique)", "kind": "company", "synthetic": True}
    await api.post("/v1/organisations", heir, by=NATIONAL)
    body = {"valid_to": "2020-12-31", "successor": heir["siren"], **WHY}

    closed = await api.post(f"{ADDRESS}/close", body, by=NATIONAL, status=200)
    twice = await api.post(f"{ADDRESS}/close", body, by=NATIONAL, status=409)

    fact = (await published())[-1]
    assert (
        (closed["valid_to"], closed["successor"])
        == (fact["valid_to"], fact["successor"])
        == (
            "2020-12-31",
            heir["siren"],
        )
    )
    pilot = {"capacity": "industriel", "person_id": SOMEBODY, "organisation": COMPANY, "since": "2021-01-01"}
    late = await api.post(PILOTS, pilot, by=TEAM, status=409)
    assert (late["code"], late["successor"], twice["code"]) == (
        "organisation-closed",
        heir["siren"],
        "organisation-closed",
    )
    for until in (None, "2021-01-02"):
        await api.post(PILOTS, {**pilot, "since": "2020-12-31", "until": until}, by=TEAM, status=409)
    await api.post(PILOTS, {**pilot, "since": "2020-12-31", "until": "2021-01-01"}, by=TEAM)


@pytest.mark.parametrize(("last_day", "status"), [("2020-12-31", 403), (None, 201)])
async def test_nobody_acts_for_an_organisation_from_the_day_after_its_end(
    api: Api, last_day: str | None, status: int
) -> None:
    body = {"valid_to": last_day or today().isoformat(), **WHY}
    await api.post(f"/v1/organisations/{NOUVELLE_AQUITAINE}/close", body, by=NATIONAL, status=200)

    committee = {
        "level": "regional",
        "name": "Comité de pilotage régional",
        "region": "75",
        "chair": NOUVELLE_AQUITAINE,
        "established_on": "2019-01-21",
    }
    await api.post("/v1/committees", committee, by=REGION, status=status)


@pytest.mark.parametrize(
    ("change", "status"),
    [({"valid_to": "2999-01-01"}, 422), ({"successor": COMPANY}, 409), ({"successor": "732829320"}, 422)],
    ids=str,
)
async def test_an_end_that_cannot_be_is_refused(api: Api, change: dict[str, Any], status: int) -> None:
    await api.register_company()

    await api.post(f"{ADDRESS}/close", {"valid_to": "2020-12-31", **WHY, **change}, by=NATIONAL, status=status)

    assert (await api.get(ADDRESS))["valid_to"] is None


async def test_real_state_services_and_departements_are_registered(api: Api) -> None:
    services = await api.collect("/v1/organisations?kind=state")
    departements = await api.collect("/v1/organisations?kind=departement")
    bas_rhin = await api.get("/v1/organisations/226700011")

    assert (len(services), len(departements)) == (119, 98)
    assert (bas_rhin["successor"], bas_rhin["valid_to"]) == ("200094332", "2020-12-31")


async def test_no_history_shows_the_text_of_search(api: Api) -> None:
    await api.patch(
        f"/v1/organisations/{PAU_BEARN}", {"name": "Grand Pau", "renamed_on": "2020-01-01", **WHY}, by=NATIONAL
    )
    territory = f"/v1/territories/{LACQ_PAU_TARBES}"
    await api.patch(territory, {"name": "Lacq", **WHY}, by=NATIONAL)

    for path in (f"/v1/organisations/{PAU_BEARN}", territory):
        lines = (await api.get(f"{path}/history"))["items"]
        assert {"name"} <= set(lines[-1]["changed"])
        assert [line for line in lines if "search" in line["changed"]] == []


async def test_a_renamed_place_is_found_under_both_names(api: Api) -> None:
    renamed = {"name": "CA du Grand Pau", "renamed_on": "2026-01-02", **WHY}
    await api.patch(f"/v1/organisations/{PAU_BEARN}", renamed, by=NATIONAL)
    commune = (await api.get("/v1/communes/64445"))["siren"]
    await api.patch(f"/v1/organisations/{commune}", {**renamed, "name": "Pau-les-Pyrénées"}, by=NATIONAL)

    for path, q, found in (
        ("epcis", "grand pau", PAU_BEARN),
        ("epcis", "pau béarn pyrénées", PAU_BEARN),
        ("communes", "pau les pyrénées", commune),
    ):
        assert found in [each["siren"] for each in (await api.get(f"/v1/{path}?q={q}"))["items"]], q
    assert (await api.get(f"/v1/epcis/{PAU_BEARN}"))["name"] == "CA Pau Béarn Pyrénées"
    assert "official geography" in str(EpciOut.model_fields["name"].description)
