"""Tests that need a real PostgreSQL: its dialect, and many callers at once."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator

import pytest

from shared.settings import Settings
from tests.services.territory.api import NATIONAL, PILOTS, REGION, SOMEBODY_ELSE, TEAM, Api
from tests.services.territory.conftest import at_work, moment
from tests.services.territory.places import (
    BOUCLE_NORD,
    COMPANY,
    HAUT_BEARN,
    LACQ_PAU_TARBES,
    LACQ_PAU_TARBES_AGAIN,
    NOUVELLE_AQUITAINE,
    PAU,
    PAU_BEARN,
    RHONE_LEZ,
)

CALLERS = 20
SOMEBODY_NEW = "0198f3a2-7b1c-7e44-9d55-2c1f0a9b8e79"


@pytest.fixture
async def api(on_postgresql: Settings) -> AsyncIterator[Api]:
    """The service at work on PostgreSQL, with the reference data."""
    async with at_work(on_postgresql) as api:
        yield api


async def test_reads_and_writes_are_alike(api: Api) -> None:
    for path, count in (("regions", 18), ("territories", 332), ("communes?departement=64", 545), ("figures", 61)):
        assert len(await api.collect(f"/v1/{path}")) == count
    found = await api.get(f"/v1/territories?q=béarn&member={PAU}&region=76&departement=64")
    assert [row["key"] for row in found["items"]] == [LACQ_PAU_TARBES, LACQ_PAU_TARBES_AGAIN]
    assert (await api.get("/v1/figures?metric=territories&as_of=2019-12-31"))["items"][0]["value"] == 146
    drawn = await api.get(f"/v1/territories/{BOUCLE_NORD}", accept="application/geo+json")
    assert drawn["properties"]["outline"] == "published"
    assert (await api.call("GET", "/v1/territories", headers={"accept": "text/csv"})).text.count("\r\n") == 333

    await api.register_company()
    elu = await api.appoint()
    await api.appoint("industriel", person=SOMEBODY_ELSE, organisation=COMPANY)
    body = {"person_id": SOMEBODY_NEW, "organisation": PAU_BEARN, "on": "2020-07-15"}
    await api.post(f"{PILOTS}/{elu['id']}/replace", body, by=TEAM)
    decision = await api.accept(await api.request_perimeter(enters=[RHONE_LEZ], leaves=[HAUT_BEARN]))
    found = (await api.get(f"/v1/decisions?territory={LACQ_PAU_TARBES}", by=TEAM))["items"]
    assert decision in found
    assert len(found) == 3
    change = {"decision_id": decision["id"], "on": "2019-09-24"}
    territory = await api.post(f"/v1/territories/{LACQ_PAU_TARBES}/perimeter", change, by=REGION, status=200)
    assert (territory["regions"], territory["member_count"]) == (["75", "76", "93"], 10)
    assert len((await api.get(f"/v1/territories/{LACQ_PAU_TARBES}/history"))["items"]) == 5


async def test_of_many_who_take_the_same_seat_at_once_one_gets_it(api: Api) -> None:
    body = {"capacity": "elu", "person_id": SOMEBODY_ELSE, "organisation": PAU_BEARN, "since": "2019-03-25"}
    headers = {"Authorization": f"Bearer {TEAM}"}

    answers = await asyncio.gather(*(api.client.post(PILOTS, json=body, headers=headers) for _ in range(CALLERS)))

    assert Counter(answer.status_code for answer in answers) == {201: 1, 409: CALLERS - 1}
    assert len((await api.get(PILOTS))["items"]) == 1


async def test_of_many_who_establish_the_committee_of_a_region_at_once_one_does(api: Api) -> None:
    body = {
        "level": "regional", "name": "Comité de pilotage régional", "region": "75", "chair": NOUVELLE_AQUITAINE,
        "established_on": "2019-01-21",
    }  # fmt: skip
    headers = {"Authorization": f"Bearer {REGION}"}

    answers = await asyncio.gather(
        *(api.client.post("/v1/committees", json=body, headers=headers) for _ in range(CALLERS))
    )

    assert Counter(answer.status_code for answer in answers) == {201: 1, 409: CALLERS - 1}


async def test_of_many_who_register_the_same_body_at_once_one_does(api: Api) -> None:
    body = {"siren": COMPANY, "name": "Ateliers du Gave (synthétique)", "kind": "company", "synthetic": True}
    headers = {"Authorization": f"Bearer {NATIONAL}"}

    answers = await asyncio.gather(
        *(api.client.post("/v1/organisations", json=body, headers=headers) for _ in range(CALLERS))
    )

    assert Counter(answer.status_code for answer in answers) == {201: 1, 409: CALLERS - 1}


async def test_an_organisation_does_not_end_at_once_with_a_new_mandate(api: Api) -> None:
    await api.register_company()
    mandate = {"capacity": "project_manager", "organisation": COMPANY, "since": "2021-01-01"}
    closing = {"valid_to": "2020-12-31", "reason": "Fin (synthétique)"}
    by = {"Authorization": f"Bearer {NATIONAL}"}
    keys = [each["key"] for each in (await api.get("/v1/territories?phase=2018&limit=20"))["items"]]

    async def appoint(key: str) -> None:
        await api.client.post(f"/v1/territories/{key}/pilots", json={**mandate, "person_id": SOMEBODY_NEW}, headers=by)

    async def close() -> None:
        await api.client.post(f"/v1/organisations/{COMPANY}/close", json=closing, headers=by)

    half = len(keys) // 2
    await asyncio.gather(*map(appoint, keys[:half]), close(), *map(appoint, keys[half:]))
    ended = (await api.get(f"/v1/organisations/{COMPANY}"))["valid_to"]
    pilots = [pilot for key in keys for pilot in (await api.get(f"/v1/territories/{key}/pilots"))["items"]]

    assert len(pilots) == (0 if ended else len(keys))


@pytest.mark.usefixtures("settled")
async def test_figures_are_corrected_and_read_alike(api: Api, on_postgresql: Settings) -> None:
    body = {"metric": "essai_pct", "value_decimal": "87.500001", "day": "2020-02-14", "source": "Synthétique"}
    wrong = await api.post("/v1/figures", body, by=NATIONAL)
    before = await moment(on_postgresql)
    correction = {**body, "value_decimal": "88", "corrects": wrong["id"]}
    headers = {"Authorization": f"Bearer {NATIONAL}"}

    answers = await asyncio.gather(
        *(api.client.post("/v1/figures", json=correction, headers=headers) for _ in range(CALLERS))
    )

    assert Counter(answer.status_code for answer in answers) == {201: 1, 409: CALLERS - 1}
    [now] = (await api.get("/v1/figures?metric=essai_pct&as_of=2020-02-14"))["items"]
    assert (now["value_decimal"], now["corrects"]) == ("88", wrong["id"])
    [then] = (await api.get(f"/v1/figures?metric=essai_pct&show=current&known_at={before}"))["items"]
    assert (then["value_decimal"], then["corrected_by"]) == ("87.500001", None)
