"""Pilots take office, are replaced, and lose their rights at once."""

from uuid import uuid4

import pytest

from tests.services.territory.api import NATIONAL, PILOTS, REGION, SOMEBODY, SOMEBODY_ELSE, TEAM, Api
from tests.services.territory.conftest import PublishedFacts
from tests.services.territory.places import (
    COMPANY,
    FAUCIGNY,
    LACQ_PAU_TARBES,
    LACQ_PAU_TARBES_AGAIN,
    NOUVELLE_AQUITAINE,
    PAU_BEARN,
    RHONE_LEZ,
)

ELU = {"capacity": "elu", "person_id": SOMEBODY, "organisation": PAU_BEARN, "since": "2019-03-25"}


async def test_the_pair_takes_office(api: Api, published: PublishedFacts) -> None:
    await api.register_company()
    elu = await api.appoint("elu")
    industriel = await api.appoint("industriel", person=SOMEBODY_ELSE, organisation=COMPANY)

    territory = await api.get(f"/v1/territories/{LACQ_PAU_TARBES}")
    facts = await published()
    assert [pilot["id"] for pilot in territory["pilots"]] == [elu["id"], industriel["id"]]
    assert [fact["fact"] for fact in facts] == ["OrganisationRegistered.v1", "PilotAppointed.v1", "PilotAppointed.v1"]
    assert [pilot["person_id"] for pilot in facts[-1]["in_office"]] == [SOMEBODY, SOMEBODY_ELSE]
    assert facts[-1]["regions"] == ["75", "76"]


async def test_a_seat_that_is_taken_is_a_conflict_that_says_to_replace(api: Api, published: PublishedFacts) -> None:
    first = await api.appoint()

    problem = await api.post(PILOTS, {**ELU, "person_id": SOMEBODY_ELSE}, by=TEAM, status=409)

    assert problem["code"] == "pilot-in-office"
    assert f"{first['id']}/replace" in problem["detail"]
    assert len(await published()) == 1


async def test_replacing_is_one_act_with_two_facts(api: Api, published: PublishedFacts) -> None:
    first = await api.appoint()
    body = {"person_id": SOMEBODY_ELSE, "organisation": PAU_BEARN, "on": "2020-07-15"}

    second = await api.post(f"{PILOTS}/{first['id']}/replace", body, by=TEAM)

    left, came = (await published())[-2:]
    assert (left["fact"], came["fact"]) == ("PilotReplaced.v1", "PilotAppointed.v1")
    assert left["successor_id"] == came["pilot_id"] == second["id"]
    assert left["in_office"] == came["in_office"]
    mandates = (await api.get(PILOTS))["items"]
    assert [(one["since"], one["until"]) for one in mandates] == [("2019-03-25", "2020-07-15"), ("2020-07-15", None)]
    assert [one["id"] for one in (await api.get(f"{PILOTS}?as_of=2020-07-14"))["items"]] == [first["id"]]
    assert [one["id"] for one in (await api.get(f"{PILOTS}?as_of=2020-07-15"))["items"]] == [second["id"]]
    await api.post(f"{PILOTS}/{first['id']}/replace", body, by=TEAM, status=409)


async def test_a_mandate_may_end_without_a_successor(api: Api, published: PublishedFacts) -> None:
    first = await api.appoint()

    ended = await api.post(f"{PILOTS}/{first['id']}/end", {"on": "2020-07-15"}, by=TEAM, status=200)

    assert ended["until"] == "2020-07-15"
    assert ((await published())[-1]["successor_id"], (await published())[-1]["in_office"]) == (None, [])
    history = (await api.get(f"/v1/territories/{LACQ_PAU_TARBES}/history"))["items"]
    assert (history[-1]["version"], history[-1]["reason"]) == (3, "mandate of the elu ended")


async def test_a_pilot_who_was_replaced_loses_the_right_at_once(api: Api) -> None:
    await api.register_company()
    industriel = await api.appoint("industriel", organisation=COMPANY, person=SOMEBODY_ELSE)
    company = f"territory:{COMPANY}"

    await api.post(PILOTS, ELU, by=company)
    await api.post(f"{PILOTS}/{industriel['id']}/end", {"on": "2020-07-15"}, by=TEAM, status=200)

    await api.post(PILOTS, {**ELU, "capacity": "project_manager"}, by=company, status=403)


@pytest.mark.parametrize("by", [f"territory:{FAUCIGNY}", REGION, "state:110020013", f"party:{PAU_BEARN}", "partner:"])
async def test_nobody_else_appoints(api: Api, published: PublishedFacts, by: str) -> None:
    await api.post(PILOTS, ELU, by=by, status=403)

    assert await published() == []


async def test_the_delegation_may_and_it_is_published(api: Api, published: PublishedFacts) -> None:
    await api.post(PILOTS, ELU, by=NATIONAL)

    history = (await api.get(f"/v1/territories/{LACQ_PAU_TARBES}/history"))["items"]
    assert [fact["fact"] for fact in await published()] == ["PilotAppointed.v1"]
    assert (history[-1]["version"], history[-1]["by"]["client_id"], history[-1]["reason"]) == (
        2,
        NATIONAL,
        "elu appointed",
    )


async def test_an_intercommunality_is_registered_when_it_is_first_named(api: Api, published: PublishedFacts) -> None:
    assert (await api.get(f"/v1/organisations/{RHONE_LEZ}/history"))["items"] == []

    await api.post(PILOTS, {**ELU, "organisation": RHONE_LEZ, "capacity": "project_manager"}, by=TEAM)

    assert [fact["fact"] for fact in await published()] == ["OrganisationRegistered.v1", "PilotAppointed.v1"]
    assert (await api.get(f"/v1/organisations/{RHONE_LEZ}"))["name"] == "CC Rhône Lez Provence"


@pytest.mark.parametrize(
    "change",
    [
        {"since": "2999-01-01"},
        {"since": "2018-11-21"},
        {"since": "0001-01-01"},
        {"since": 20190325},
        {"since": "25/03/2019"},
        {"capacity": "maire"},
        {"capacity": "industriel"},
        {"person_id": "Jeanne Dupont"},
        {"name": "Jeanne Dupont"},
        {"organisation": "200067255"},
        {"organisation": "732829320"},
        {"organisation": None},
        {"organisation": RHONE_LEZ},
        {"organisation": NOUVELLE_AQUITAINE, "capacity": "industriel"},
        {"until": "2019-03-25"},
        {"until": "2019-03-24"},
        {"until": "2999-01-01"},
    ],
    ids=str,
)
async def test_bad_input_changes_nothing(api: Api, published: PublishedFacts, change: dict[str, object]) -> None:
    problem = await api.post(PILOTS, {**ELU, **change}, by=TEAM, status=422)

    assert problem["errors"]
    assert await published() == []
    assert (await api.get(PILOTS))["items"] == []


async def test_what_is_not_there_is_404(api: Api) -> None:
    await api.post("/v1/territories/2018-ti-9999/pilots", ELU, by=TEAM, status=404)
    await api.post(f"{PILOTS}/{uuid4()}/end", {"on": "2020-07-15"}, by=TEAM, status=404)


async def test_the_same_post_twice_under_one_key_is_one_appointment(api: Api, published: PublishedFacts) -> None:
    headers = {"Idempotency-Key": "appoint-1"}

    first = await api.call("POST", PILOTS, by=TEAM, json=ELU, headers=headers, status=201)
    again = await api.call("POST", PILOTS, by=TEAM, json=ELU, headers=headers, status=201)

    assert again.content == first.content
    assert len(await published()) == 1


async def test_a_seat_is_free_or_taken_on_each_day(api: Api) -> None:
    first = await api.appoint()
    await api.post(f"{PILOTS}/{first['id']}/end", {"on": "2020-01-01"}, by=TEAM, status=200)

    again = {**ELU, "person_id": SOMEBODY_ELSE, "since": "2019-06-01"}
    problem = await api.post(PILOTS, again, by=TEAM, status=409)

    assert (problem["code"], problem["day"], problem["pilot_id"]) == ("pilot-in-office", "2019-06-01", first["id"])
    assert problem["organisation"] == PAU_BEARN
    assert f"{first['id']}/correct" in problem["detail"]
    assert SOMEBODY not in problem["detail"]
    assert len((await api.get(f"{PILOTS}?as_of=2019-06-01"))["items"]) == 1


async def test_nobody_holds_both_seats(api: Api) -> None:
    await api.register_company()
    await api.appoint()

    problem = await api.post(
        PILOTS, {**ELU, "capacity": "industriel", "organisation": COMPANY, "since": "2019-06-01"}, by=TEAM, status=409
    )

    assert (problem["code"], problem["day"]) == ("person-in-both-seats", "2019-06-01")


async def test_the_elu_of_pau_does_not_lead_a_territory_elsewhere_or_before_it_existed(api: Api) -> None:
    elsewhere = await api.post("/v1/territories/2018-ti-0201/pilots", ELU, by=NATIONAL, status=422)
    too_early = await api.post(f"/v1/territories/{LACQ_PAU_TARBES_AGAIN}/pilots", ELU, by=NATIONAL, status=422)
    commune = await api.post(PILOTS, {**ELU, "organisation": "216404459"}, by=TEAM)

    assert elsewhere["code"] == "organisation-elsewhere"
    assert (too_early["code"], too_early["errors"][0]["pointer"]) == ("day-not-plausible", "/since")
    assert commune["organisation"] == "216404459"


async def test_the_delegation_corrects_a_mandate_and_says_why(api: Api, published: PublishedFacts) -> None:
    pilot = await api.appoint()
    address = f"{PILOTS}/{pilot['id']}/correct"
    body = {"since": "2019-04-01", "until": "2019-12-01", "organisation": "216404459", "reason": "Date erronée"}

    await api.post(address, body, by=TEAM, status=403)
    await api.post(address, {**body, "until": "2019-04-01"}, by=NATIONAL, status=422)
    await api.post(address, {**body, "organisation": RHONE_LEZ}, by=NATIONAL, status=422)
    corrected = await api.post(address, body, by=NATIONAL, status=200)

    fact = (await published())[-1]
    assert (corrected["since"], corrected["until"], corrected["organisation"]) == (
        "2019-04-01",
        "2019-12-01",
        "216404459",
    )
    assert (fact["fact"], fact["is_cancelled"], fact["mandates"][0]["since"]) == (
        "MandateCorrected.v1",
        False,
        "2019-04-01",
    )
    assert sorted(fact["organisations"]) == sorted([PAU_BEARN, "216404459"])
    history = (await api.get(f"/v1/territories/{LACQ_PAU_TARBES}/history"))["items"]
    assert history[-1]["reason"] == "Date erronée"


async def test_a_cancelled_mandate_stays_in_the_history_alone(api: Api, published: PublishedFacts) -> None:
    pilot = await api.appoint()
    address = f"{PILOTS}/{pilot['id']}/cancel"

    await api.post(address, {"reason": "Saisi par erreur"}, by=TEAM, status=403)
    await api.post(address, {}, by=NATIONAL, status=422)
    await api.post(address, {"reason": "Saisi par erreur"}, by=NATIONAL, status=200)

    assert (await api.get(PILOTS))["items"] == (await api.get(f"{PILOTS}?as_of=2019-06-01"))["items"] == []
    fact = (await published())[-1]
    assert (fact["fact"], fact["is_cancelled"], fact["mandates"], fact["in_office"]) == (
        "MandateCorrected.v1",
        True,
        [],
        [],
    )
    history = (await api.get(f"/v1/territories/{LACQ_PAU_TARBES}/history"))["items"]
    assert history[-1]["reason"] == "Saisi par erreur"
    assert pilot["id"] in str(history)
    await api.post(address, {"reason": "Encore"}, by=NATIONAL, status=404)
    await api.appoint()
