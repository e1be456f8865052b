"""Acts of the délégation on the register: designation, correction, closing, waves."""

from typing import Any

import pytest

from tests.services.territory.api import NATIONAL, REGION, TEAM, Api
from tests.services.territory.conftest import PublishedFacts
from tests.services.territory.places import (
    BPIFRANCE,
    CAP_EXCELLENCE,
    FAUCIGNY,
    HAUT_BEARN,
    LACQ_PAU_TARBES,
    NOUVELLE_AQUITAINE,
    PAU_BEARN,
    RHONE_LEZ,
)

NEW = "2018-ti-9901"
DESIGNATION: dict[str, Any] = {
    "code": "ti-9901",
    "phase": "2018",
    "name": "Rhône - Lez (synthétique)",
    "lead_region": "93",
    "members": [RHONE_LEZ],
    "reference": "DEC-2020-07-20/1 (synthétique)",
    "designated_on": "2020-07-20",
    "source": "Relevé de décisions (synthétique)",
    "criteria": "Part de l'emploi industriel (synthétique)",
    "wave": "deployment",
}
WAVE: dict[str, Any] = {
    "wave": "prefiguration",
    "keys": [LACQ_PAU_TARBES, CAP_EXCELLENCE],
    "on": "2019-03-05",
    "source": "Liste des préfigurateurs (synthétique)",
    "reason": "Liste reçue (synthétique)",
}
CLOSING = {"on": "2022-01-01", "reason": "Fusion (synthétique)"}


async def designate(api: Api, *, status: int = 201, by: str = NATIONAL, **change: Any) -> Any:
    """Designate a territory of one member, unless the test says otherwise."""
    return await api.post("/v1/territories", {**DESIGNATION, **change}, by=by, status=status)


async def correct(api: Api, key: str, *, status: int = 200, **facts: Any) -> Any:
    """Correct facts of a territory."""
    version = (await api.get(f"/v1/territories/{key}"))["version"]
    body = {"reason": "Erreur de saisie (synthétique)", **facts}
    headers = {"If-Match": f'"{version}"'}
    answer = await api.call("PATCH", f"/v1/territories/{key}", by=NATIONAL, status=status, headers=headers, json=body)
    return answer.json()


async def test_a_territory_is_designated_with_its_first_members(api: Api, published: PublishedFacts) -> None:
    territory = await designate(api)

    assert (territory["key"], territory["designated_on"], territory["designated_between"]) == (NEW, "2020-07-20", None)
    assert (territory["regions"], territory["wave"], territory["wave_from"]) == (["93"], "deployment", "2020-07-20")
    assert (territory["designation_reference"], territory["criteria"]) == (
        DESIGNATION["reference"],
        DESIGNATION["criteria"],
    )
    [member] = territory["members"]
    assert (member["siren"], member["entered_on"], member["membership"]) == (RHONE_LEZ, "2020-07-20", "known")
    assert await api.get(f"/v1/territories/{NEW}") == territory
    fact = (await published())[-1]
    assert (fact["fact"], fact["territory"], fact["wave"]) == ("TerritoryDesignated.v1", NEW, "deployment")
    problem = await api.get(f"/v1/territories/{NEW}?as_of=2020-07-19", status=404)
    assert "ask for 2020-07-20" in problem["detail"]
    assert NEW not in [each["key"] for each in await api.collect("/v1/territories?as_of=2020-07-19")]


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"code": "ti-7505"}, 409, "territory-key-taken"),
        ({"members": [PAU_BEARN], "lead_region": "75"}, 409, "perimeter-conflict"),
        ({"members": ["216404459"], "lead_region": "75"}, 409, "perimeter-conflict"),
        ({"members": [NOUVELLE_AQUITAINE]}, 409, "perimeter-conflict"),
        ({"members": [RHONE_LEZ, RHONE_LEZ]}, 422, "unprocessable"),
        ({"members": []}, 422, "unprocessable"),
        ({"members": ["732829320"]}, 422, "organisation-not-registered"),
        ({"designated_on": "2018-11-21"}, 422, "day-not-plausible"),
        ({"designated_on": "2999-01-01"}, 422, "day-not-plausible"),
        ({"lead_region": "75"}, 422, "lead-region-elsewhere"),
        ({"by": REGION}, 403, "forbidden"),
        ({"by": TEAM}, 403, "forbidden"),
    ],
    ids=str,
)
async def test_a_designation_that_cannot_be_is_refused(
    api: Api, change: dict[str, Any], status: int, code: str
) -> None:
    problem = await designate(api, status=status, **change)

    assert problem["code"] == code
    await api.get(f"/v1/territories/{NEW}", status=404)


async def test_each_member_that_is_not_registered_is_named(api: Api) -> None:
    problem = await designate(api, status=422, members=["732829320", RHONE_LEZ, "542051180"])

    assert [error["pointer"] for error in problem["errors"]] == ["/members/0", "/members/2"]
    assert "732829320, 542051180" in problem["detail"]


async def test_each_member_that_cannot_be_is_named(api: Api) -> None:
    misfits = await designate(api, status=409, members=[NOUVELLE_AQUITAINE, RHONE_LEZ, BPIFRANCE])
    elsewhere = await designate(api, status=409, members=[PAU_BEARN, RHONE_LEZ, HAUT_BEARN])

    assert sorted(error["pointer"] for error in misfits["errors"]) == ["/members/0", "/members/2"]
    assert sorted(error["pointer"] for error in elsewhere["errors"]) == ["/members/0", "/members/2"]
    assert elsewhere["holder"] == LACQ_PAU_TARBES


async def test_stated_facts_are_corrected_with_a_reason(api: Api, published: PublishedFacts) -> None:
    await designate(api)

    corrected = await correct(api, NEW, name="Rhône et Lez (synthétique)", designated_on="2020-09-01", reference="D-2")

    assert (corrected["name"], corrected["designated_on"], corrected["designation_reference"]) == (
        "Rhône et Lez (synthétique)",
        "2020-09-01",
        "D-2",
    )
    assert corrected["members"][0]["entered_on"] == "2020-09-01"
    assert (await api.get("/v1/territories?q=rhone et lez synthetique"))["items"][0]["key"] == NEW
    lines = (await api.get(f"/v1/territories/{NEW}/history"))["items"]
    assert [line["reason"] for line in lines] == ["designated", "Erreur de saisie (synthétique)"]
    fact = (await published())[-1]
    assert (fact["fact"], fact["designated_on"]) == ("TerritoryDesignated.v1", "2020-09-01")


@pytest.mark.parametrize(
    ("facts", "status", "code"),
    [
        ({"designated_on": "2018-11-21"}, 422, "day-not-plausible"),
        ({"designated_on": "2999-01-01"}, 422, "day-not-plausible"),
        ({"designated_on": "2020-01-01"}, 422, "day-not-plausible"),
        ({"lead_region": "93"}, 422, "lead-region-elsewhere"),
        ({"closed_on": None}, 409, "territory-closed"),
        ({"name": "Lacq-Pau - Tarbes"}, 422, "nothing-changes"),
        ({"members": []}, 422, "unprocessable"),
    ],
    ids=str,
)
async def test_a_correction_that_cannot_be_is_refused(api: Api, facts: dict[str, Any], status: int, code: str) -> None:
    # A pilot is in office since March 2019: the territory existed then.
    await api.appoint()

    problem = await correct(api, LACQ_PAU_TARBES, status=status, **facts)

    assert problem["code"] == code


async def test_a_closed_territory_says_so_and_takes_no_change(api: Api, published: PublishedFacts) -> None:
    await designate(api)

    closed = await api.post(f"/v1/territories/{NEW}/close", CLOSING, by=NATIONAL, status=200)

    assert (closed["status"], closed["closed_on"], closed["member_count"]) == ("closed", "2022-01-01", 1)
    assert (await published())[-1]["closed_on"] == "2022-01-01"
    for day, status in (("2021-12-31", "open"), ("2022-01-01", "closed")):
        assert (await api.get(f"/v1/territories/{NEW}?as_of={day}"))["status"] == status
        rows = await api.collect(f"/v1/territories?phase=2018&status=open&as_of={day}")
        assert (NEW in {row["key"] for row in rows}) is (status == "open")
    again = await api.post(f"/v1/territories/{NEW}/close", CLOSING, by=NATIONAL, status=409)
    asked = await api.request_perimeter(territory=NEW, leaves=[RHONE_LEZ], by=NATIONAL, status=409)
    assert {again["code"], asked["code"]} == {"territory-closed"}
    # Its member is free from that day on.
    await designate(api, code="ti-9902", designated_on="2021-12-31", status=409)
    await designate(api, code="ti-9902", designated_on="2022-01-01")
    reopened = await correct(api, NEW, closed_on=None, status=409)
    assert (reopened["code"], reopened["holder"]) == ("perimeter-conflict", "2018-ti-9902")


async def test_a_closing_is_corrected(api: Api) -> None:
    await designate(api)
    await api.post(f"/v1/territories/{NEW}/close", CLOSING, by=NATIONAL, status=200)

    assert (await correct(api, NEW, closed_on="2022-02-01"))["closed_on"] == "2022-02-01"
    assert (await correct(api, NEW, closed_on=None))["status"] == "open"


@pytest.mark.parametrize("day", ["2020-07-20", "2999-01-01"], ids=["its first day", "a future day"])
async def test_a_territory_is_not_closed_on(api: Api, day: str) -> None:
    await designate(api)

    problem = await api.post(f"/v1/territories/{NEW}/close", {**CLOSING, "on": day}, by=NATIONAL, status=422)

    assert problem["code"] == "day-not-plausible"


async def test_the_wave_of_many_territories_is_set_at_once(api: Api, published: PublishedFacts) -> None:
    items = (await api.post("/v1/waves", WAVE, by=NATIONAL, status=200))["items"]

    assert {(each["key"], each["wave"], each["wave_from"]) for each in items} == {
        (LACQ_PAU_TARBES, "prefiguration", "2019-03-05"),
        (CAP_EXCELLENCE, "prefiguration", "2019-03-05"),
    }
    facts = await published()
    set_waves = [(fact["fact"], fact["wave"], fact["waves"][-1]["since"]) for fact in facts]
    assert set_waves == [("TerritoryDesignated.v1", "prefiguration", "2019-03-05")] * 2
    for key in WAVE["keys"]:
        assert (await api.get(f"/v1/territories/{key}/history"))["items"][-1]["reason"] == "Liste reçue (synthétique)"
    found = await api.collect("/v1/territories?wave=prefiguration")
    assert [each["key"] for each in found] == sorted(WAVE["keys"])
    assert await api.collect("/v1/territories?wave=prefiguration&as_of=2019-03-04") == []
    assert len(await api.collect("/v1/territories?wave=pilot")) == 9, "Lacq-Pau-Tarbes was a pilot in the sources"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"keys": [LACQ_PAU_TARBES, "2018-ti-9999"]}, "wave-refused"),
        ({"on": "2018-11-21"}, "day-not-plausible"),
        ({"on": "2999-01-01"}, "day-not-plausible"),
        ({"wave": "autre"}, "unprocessable"),
        ({"keys": []}, "unprocessable"),
    ],
    ids=str,
)
async def test_a_wave_is_set_for_all_or_for_none(
    api: Api, published: PublishedFacts, change: dict[str, Any], code: str
) -> None:
    refused = await api.post("/v1/waves", {**WAVE, **change}, by=NATIONAL, status=422)

    assert refused["code"] == code
    assert await published() == []
    assert (await api.get(f"/v1/territories/{LACQ_PAU_TARBES}"))["wave"] == "pilot"


async def test_each_territory_that_cannot_have_the_wave_is_named(api: Api, published: PublishedFacts) -> None:
    await designate(api)
    await api.post(f"/v1/territories/{NEW}/close", CLOSING, by=NATIONAL, status=200)
    await designate(api, code="ti-9902", designated_on="2022-01-01")
    before = len(await published())
    keys = ["2018-ti-9999", LACQ_PAU_TARBES, NEW, "2018-ti-9902", "2018-ti-9998"]

    refused = await api.post("/v1/waves", {**WAVE, "keys": keys}, by=NATIONAL, status=422)

    assert refused["detail"].startswith("4 of 5 territories are refused, and nothing is changed")
    assert {error["pointer"]: error["detail"].split(":")[0] for error in refused["errors"]} == {
        "/keys/0": "There is no territory 2018-ti-9999",
        "/keys/2": f"{NEW} was closed on 2022-01-01",
        "/keys/3": "`on` is 2019-03-05, but 2018-ti-9902 exists since 2022-01-01",
        "/keys/4": "There is no territory 2018-ti-9998",
    }
    assert len(await published()) == before
    assert (await api.get(f"/v1/territories/{LACQ_PAU_TARBES}"))["wave"] == "pilot"


async def test_only_the_delegation_keeps_the_register(api: Api) -> None:
    for by in (REGION, TEAM, f"territory:{FAUCIGNY}"):
        await api.post("/v1/waves", WAVE, by=by, status=403)
        await api.post(f"/v1/territories/{LACQ_PAU_TARBES}/close", CLOSING, by=by, status=403)


async def test_a_pilot_is_in_office_in_the_life_of_the_territory(api: Api) -> None:
    await designate(api)
    await api.post(f"/v1/territories/{NEW}/close", CLOSING, by=NATIONAL, status=200)
    pilot = {"capacity": "elu", "person_id": "0198f3a2-7b1c-7e44-9d55-2c1f0a9b8e77", "organisation": RHONE_LEZ}

    for day in ("2020-07-19", "2022-01-01"):
        problem = await api.post(f"/v1/territories/{NEW}/pilots", {**pilot, "since": day}, by=NATIONAL, status=422)
        assert problem["code"] == "day-not-plausible"


@pytest.mark.parametrize("on", ["2022-01-01", "2021-06-01"])
async def test_a_territory_is_not_closed_before_what_begins_in_it(api: Api, on: str) -> None:
    await designate(api)
    pilot = {"capacity": "elu", "person_id": "0198f3a2-7b1c-7e44-9d55-2c1f0a9b8e77", "organisation": RHONE_LEZ}
    await api.post(f"/v1/territories/{NEW}/pilots", {**pilot, "since": "2022-01-01"}, by=NATIONAL)

    problem = await api.post(f"/v1/territories/{NEW}/close", {**CLOSING, "on": on}, by=NATIONAL, status=422)

    assert (problem["code"], problem["errors"][0]["pointer"]) == ("day-not-plausible", "/on")
    assert "a mandate of 2018-ti-9901 begins on 2022-01-01" in problem["detail"]
    await api.post(f"/v1/territories/{NEW}/close", {**CLOSING, "on": "2022-01-02"}, by=NATIONAL, status=200)
    corrected = await correct(api, NEW, status=422, closed_on=on)
    assert corrected["errors"][0]["pointer"] == "/closed_on"


async def test_a_wave_lies_in_the_life_of_its_territory(api: Api) -> None:
    await designate(api)
    assert (await correct(api, NEW, designated_on="2020-09-01"))["wave_from"] == "2020-09-01"
    await api.post("/v1/waves", {**WAVE, "keys": [NEW], "on": "2021-03-05"}, by=NATIONAL, status=200)

    early = await api.post(f"/v1/territories/{NEW}/close", {**CLOSING, "on": "2021-03-05"}, by=NATIONAL, status=422)
    late = await correct(api, NEW, status=422, designated_on="2021-03-06")

    assert {early["code"], late["code"]} == {"day-not-plausible"}
    assert "the wave begins on 2021-03-05" in late["detail"]


async def test_a_member_that_leaves_on_the_day_of_closing_is_one_of_the_last_members(api: Api) -> None:
    await designate(api, members=[RHONE_LEZ, "248400236"])
    members = [{"siren": RHONE_LEZ, "memberships": [{"entered_on": "2020-07-20", "left_on": CLOSING["on"]}]}]
    body = {"members": members, "reason": "Départ (synthétique)"}
    await api.post(f"/v1/territories/{NEW}/perimeter/corrections", body, by=NATIONAL, status=200)

    closed = await api.post(f"/v1/territories/{NEW}/close", CLOSING, by=NATIONAL, status=200)

    of_that_day = await api.get(f"/v1/territories/{NEW}?as_of={CLOSING['on']}")
    assert (closed["member_count"], closed["as_of"]) == (2, None)
    assert {**closed, "as_of": CLOSING["on"]} == of_that_day
    for day in ("", f"&as_of={CLOSING['on']}"):
        found = await api.collect(f"/v1/territories?phase=2018&member={RHONE_LEZ}{day}")
        assert [each["key"] for each in found] == [NEW]


async def test_no_member_enters_on_the_day_of_closing(api: Api) -> None:
    await designate(api)
    await api.post(f"/v1/territories/{NEW}/close", CLOSING, by=NATIONAL, status=200)
    body = {"members": [{"siren": "248400236", "memberships": [{"entered_on": CLOSING["on"]}]}], "reason": "Essai"}

    problem = await api.post(f"/v1/territories/{NEW}/perimeter/corrections", body, by=NATIONAL, status=409)

    assert (problem["code"], problem["day"]) == ("perimeter-conflict", CLOSING["on"])


async def test_an_intercommunality_in_no_territory_is_a_member_of_none(api: Api) -> None:
    assert (await api.get(f"/v1/territories?member={RHONE_LEZ}"))["items"] == []
    assert (await api.get("/v1/territories?member=999999998", status=422))["code"] == "code-not-known"
