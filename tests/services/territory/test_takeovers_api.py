"""The communes of an intercommunality that was closed count under its successor: none is lost, none counts twice."""

from collections.abc import AsyncIterator
from datetime import date, timedelta
from typing import Any, Final

import pytest

from shared.clock import today
from shared.settings import Settings
from tests.services.territory.api import NATIONAL, SOMEBODY, TEAM, Api
from tests.services.territory.conftest import PublishedFacts, at_work
from tests.services.territory.places import LACQ_PAU_TARBES, LACQ_PAU_TARBES_AGAIN, PAU_BEARN, RHONE_LEZ

LACQ_ORTHEZ: Final = "200039204"
GAVES: Final = "200067288"
NORD_EST: Final = "200067296"
ORTHEZ: Final = "64430"
ORTHEZ_SIREN: Final = "216404301"
PLACES: Final = (LACQ_PAU_TARBES, LACQ_PAU_TARBES_AGAIN)
YOUNG: Final = "000000141"
WHY: Final = {"reason": "Fusion synthétique (démonstration)"}
NOW: Final = today()
YESTERDAY: Final = NOW - timedelta(days=1)
CREATED: Final = {
    "siren": YOUNG,
    "name": "CC des Gaves et de Lacq (synthétique)",
    "kind": "epci",
    "region": "75",
    "synthetic": True,
}


@pytest.fixture
async def on_both(settings: Settings) -> AsyncIterator[Api]:
    """The service at work, once on each kind of database."""
    async with at_work(settings) as api:
        yield api


Days = dict[str, tuple[str | None, str | None]]
"""SIREN of a member → its first day, and its first day out."""


async def correct(api: Api, key: str, days: Days, *, status: int = 200) -> Any:
    """Correct the days of members."""
    members = [
        {"siren": siren, "memberships": [{"entered_on": entered, "left_on": left}]}
        for siren, (entered, left) in days.items()
    ]
    path = f"/v1/territories/{key}/perimeter/corrections"
    return await api.post(path, {"members": members, **WHY}, by=NATIONAL, status=status)


async def close(api: Api, siren: str, successor: str, on: date, *, status: int = 200) -> Any:
    body = {"valid_to": on.isoformat(), "successor": successor, **WHY}
    return await api.post(f"/v1/organisations/{siren}/close", body, by=NATIONAL, status=status)


async def merge(api: Api, last_day: date = YESTERDAY) -> None:
    """Let the CC du Béarn des Gaves absorb the CC de Lacq-Orthez, and name no commune."""
    for key in PLACES:
        await correct(api, key, {LACQ_ORTHEZ: (None, NOW.isoformat())})
    await close(api, LACQ_ORTHEZ, GAVES, last_day)


async def counted(api: Api, key: str, as_of: str = "") -> dict[str, Any]:
    """Return all that is counted of a territory, today or on a day."""
    day = f"as_of={as_of}" if as_of else ""
    territory = await api.get(f"/v1/territories/{key}?{day}")
    names = ("population", "commune_count", "regions", "departements", "lon", "lat")
    zones = (await api.get(f"/v1/territories/{key}/employment-zones?{day}"))["items"]
    indicators = (await api.get(f"/v1/territories/{key}/indicators?{day}"))["items"]
    answer = await api.call("GET", f"/v1/territories/{key}?{day}", headers={"Accept": "application/geo+json"})
    outline = answer.json()
    found = {
        "zones": zones,
        "indicators": [{name: each[name] for name in ("indicator", "year", "value_decimal")} for each in indicators],
        "outline": outline["geometry"],
    }
    for path in (f"member={ORTHEZ}", "departement=64", "employment_zone=7515"):
        listed = await api.collect(f"/v1/territories?{path}&{day}" if day else f"/v1/territories?{path}")
        found[path] = [each["key"] for each in listed]
    return {name: territory[name] for name in names} | found


@pytest.mark.parametrize("last_day", [YESTERDAY, NOW])
async def test_nothing_is_lost_or_counted_twice_when_a_member_takes_over_another(on_both: Api, last_day: date) -> None:
    api = on_both
    before = {key: await counted(api, key) for key in PLACES}
    past = {key: await counted(api, key, "2026-06-30") for key in PLACES}

    await merge(api, last_day)

    for key in PLACES:
        assert before[key]["member=64430"] == list(PLACES)
        assert await counted(api, key) == before[key]
        for day in (YESTERDAY, NOW):
            assert await counted(api, key, day.isoformat()) == before[key]
        assert await counted(api, key, "2026-06-30") == past[key]
        members = {each["siren"] for each in (await api.get(f"/v1/territories/{key}"))["members"]}
        assert (LACQ_ORTHEZ in members, GAVES in members) == (False, True)
    assert (before[LACQ_PAU_TARBES]["population"], before[LACQ_PAU_TARBES]["commune_count"]) == (516_200, 489)


async def test_the_sums_move_from_the_former_body_to_its_successor(api: Api) -> None:
    await merge(api)
    gone: Days = {GAVES: (None, NOW.isoformat())}

    without = await correct(api, LACQ_PAU_TARBES, gone)

    both = sum([(await api.get(f"/v1/epcis/{siren}"))["population"] for siren in (LACQ_ORTHEZ, GAVES)])
    assert without["population"] == 516_200 - both
    earlier = await api.get(f"/v1/territories/{LACQ_PAU_TARBES}?as_of={YESTERDAY}")
    assert earlier["population"] == 516_200


async def test_a_successor_of_a_successor_counts_the_communes_of_both(api: Api, published: PublishedFacts) -> None:
    before = {key: await counted(api, key) for key in PLACES}
    for key in PLACES:
        await correct(api, key, {LACQ_ORTHEZ: (None, YESTERDAY.isoformat())})
        await correct(api, key, {GAVES: (None, NOW.isoformat())})
    await close(api, LACQ_ORTHEZ, GAVES, YESTERDAY - timedelta(days=1))
    await close(api, GAVES, NORD_EST, YESTERDAY)

    for key in PLACES:
        assert await counted(api, key) == before[key]
        for day in (YESTERDAY, YESTERDAY - timedelta(days=1)):
            assert (await counted(api, key, day.isoformat()))["population"] == before[key]["population"]
    line = (await api.get(f"/v1/territories/{LACQ_PAU_TARBES}/history"))["items"][-1]
    assert line["reason"] == WHY["reason"]


async def test_communes_that_entered_for_the_merger_count_once(api: Api) -> None:
    before = await counted(api, LACQ_PAU_TARBES)
    await correct(api, LACQ_PAU_TARBES_AGAIN, {LACQ_ORTHEZ: (None, NOW.isoformat())})
    await correct(
        api,
        LACQ_PAU_TARBES,
        {LACQ_ORTHEZ: (None, NOW.isoformat()), ORTHEZ_SIREN: (NOW.isoformat(), None)},
    )

    await close(api, LACQ_ORTHEZ, GAVES, YESTERDAY)

    assert await counted(api, LACQ_PAU_TARBES) == before


async def test_a_commune_does_not_count_in_two_territories_after_a_merger(api: Api) -> None:
    for key in PLACES:
        await correct(api, key, {LACQ_ORTHEZ: (None, NOW.isoformat())})
    designation = {
        "code": "ti-9901",
        "phase": "2018",
        "name": "Territoire d'essai (synthétique)",
        "lead_region": "75",
        "members": [ORTHEZ_SIREN],
        "reference": "DEC (synthétique)",
        "designated_on": NOW.isoformat(),
        "source": "Source synthétique",
    }
    await api.post("/v1/territories", designation, by=NATIONAL)

    problem = await close(api, LACQ_ORTHEZ, GAVES, YESTERDAY, status=409)

    assert (problem["code"], problem["holder"]) == ("perimeter-conflict", "2018-ti-9901")
    assert f"{ORTHEZ_SIREN}, which lies in {LACQ_ORTHEZ}" in problem["detail"]
    assert f"{ORTHEZ_SIREN} leaves 2018-ti-9901 first" in problem["detail"]
    assert (await api.get(f"/v1/organisations/{LACQ_ORTHEZ}"))["valid_to"] is None


async def test_a_commune_of_a_body_that_was_taken_over_enters_no_other_territory(api: Api) -> None:
    await merge(api)
    designation = {
        "code": "ti-9901",
        "phase": "2018",
        "name": "Territoire d'essai (synthétique)",
        "lead_region": "75",
        "members": [ORTHEZ_SIREN],
        "reference": "DEC (synthétique)",
        "designated_on": NOW.isoformat(),
        "source": "Source synthétique",
    }

    problem = await api.post("/v1/territories", designation, by=NATIONAL, status=409)

    assert problem["code"] == "perimeter-conflict"
    assert f"{GAVES} took over {LACQ_ORTHEZ}" in problem["detail"]


async def test_a_takeover_that_is_corrected_gives_the_communes_back(api: Api) -> None:
    await merge(api)

    await api.patch(f"/v1/organisations/{LACQ_ORTHEZ}", {"successor": RHONE_LEZ, **WHY}, by=NATIONAL)

    elsewhere = await api.get(f"/v1/territories/{LACQ_PAU_TARBES}")
    assert elsewhere["population"] == 516_200 - (await api.get(f"/v1/epcis/{LACQ_ORTHEZ}"))["population"]
    assert await api.collect(f"/v1/territories?member={ORTHEZ}") == []
    await api.patch(f"/v1/organisations/{LACQ_ORTHEZ}", {"valid_to": None, **WHY}, by=NATIONAL)
    again = await correct(api, LACQ_PAU_TARBES, {LACQ_ORTHEZ: (None, None)})
    assert (again["population"], again["commune_count"]) == (516_200, 489)


async def test_the_mandate_of_a_commune_goes_on_in_the_successor(api: Api) -> None:
    await merge(api)
    body = {"capacity": "elu", "person_id": SOMEBODY, "organisation": ORTHEZ_SIREN, "since": NOW.isoformat()}

    await api.post(f"/v1/territories/{LACQ_PAU_TARBES}/pilots", body, by=TEAM)

    problem = await correct(api, LACQ_PAU_TARBES, {GAVES: (None, NOW.isoformat())}, status=409)
    assert problem["code"] == "mandate-elsewhere"


async def test_a_new_intercommunality_counts_the_communes_of_those_that_merged_into_it(on_both: Api) -> None:
    api = on_both
    before = {key: await counted(api, key) for key in PLACES}
    created = await api.post("/v1/organisations", {**CREATED, "created_on": NOW.isoformat()}, by=NATIONAL)
    for key in PLACES:
        left: Days = {siren: (None, NOW.isoformat()) for siren in (LACQ_ORTHEZ, GAVES)}
        await correct(api, key, {YOUNG: (NOW.isoformat(), None), **left})

    for siren in (LACQ_ORTHEZ, GAVES):
        await close(api, siren, YOUNG, YESTERDAY)

    assert (created["kind"], created["valid_from"]) == ("epci", NOW.isoformat())
    for key in PLACES:
        assert await counted(api, key) == before[key]
        for day in (YESTERDAY, NOW):
            assert await counted(api, key, day.isoformat()) == before[key]
    assert [each["key"] for each in await api.collect(f"/v1/territories?member={YOUNG}")] == list(PLACES)
    assert YOUNG in {each["siren"] for each in (await api.get(f"/v1/territories/{LACQ_PAU_TARBES}"))["members"]}


async def test_a_refused_registration_says_how_a_young_intercommunality_is_registered(api: Api) -> None:
    for created_on in ({}, {"created_on": "2025-12-31"}):
        problem = await api.post("/v1/organisations", {**CREATED, **created_on}, by=NATIONAL, status=422)

        assert problem["code"] == "organisation-official"
        assert "created after 2026-01-01 is registered with `created_on`" in problem["detail"]
    listed = {"siren": PAU_BEARN, "name": "CA", "kind": "company", "created_on": NOW.isoformat()}
    problem = await api.post("/v1/organisations", listed, by=NATIONAL, status=422)
    assert problem["code"] == "organisation-official"
    late = (NOW + timedelta(days=400)).isoformat()
    problem = await api.post("/v1/organisations", {**CREATED, "created_on": late}, by=NATIONAL, status=422)
    assert problem["code"] == "day-not-plausible"


async def test_a_request_with_the_communes_of_a_large_body_says_that_they_need_not_be_named(api: Api) -> None:
    communes = await api.collect(f"/v1/communes?epci={LACQ_ORTHEZ}")
    enters = [each["siren"] for each in communes]

    problem = await api.request_perimeter(enters=enters, leaves=[LACQ_ORTHEZ], status=422)

    [error] = problem["errors"]
    assert error["pointer"] == "/enters"
    assert error["detail"].startswith("give at most 50 of them. The communes of an intercommunality that has merged")
