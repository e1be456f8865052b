"""Duplicates of organisations: suggested, decided by the délégation, revocable."""

from typing import Any, Final

from tests.services.territory.api import NATIONAL, PILOTS, REGION, SOMEBODY, TEAM, Api
from tests.services.territory.conftest import PublishedFacts
from tests.services.territory.places import (
    BPIFRANCE,
    BPIFRANCE_HEAD,
    COMPANY,
    FRANCE_TRAVAIL,
    LACQ_PAU_TARBES,
    MINISTRY,
    PAU_BEARN,
    RHONE_LEZ,
)

WHY: Final = {"reason": "Enregistrée deux fois (synthétique)"}
AGAIN: Final = "000000125"
"""The company of the tests once more, under another SIREN."""
PAIRS: Final = "/v1/organisations/duplicates"


async def register(api: Api, siren: str = AGAIN, name: str = "Les Ateliers du Gave SAS (synthétique)") -> None:
    body = {"siren": siren, "name": name, "kind": "company", "synthetic": True}
    await api.post("/v1/organisations", body, by=NATIONAL)


async def decide(
    api: Api, siren: str = AGAIN, of: str = COMPANY, decision: str = "same", *, status: int = 200, by: str = NATIONAL
) -> Any:
    body = {"of": of, "decision": decision, **WHY}
    return await api.post(f"/v1/organisations/{siren}/duplicate", body, by=by, status=status)


async def revoke(api: Api, siren: str = AGAIN, of: str = COMPANY, *, status: int = 200) -> Any:
    return await api.post(f"/v1/organisations/{siren}/duplicate/revoke", {"of": of, **WHY}, by=NATIONAL, status=status)


async def suspected(api: Api, query: str = "") -> list[tuple[str, str]]:
    found = await api.collect(f"{PAIRS}{query}", by=NATIONAL)
    return [(pair["first"]["siren"], pair["second"]["siren"]) for pair in found]


async def test_the_reference_data_have_no_pair_of_official_bodies_or_successors(api: Api) -> None:
    found = await api.collect(PAIRS, by=NATIONAL)

    official = {"epci", "ept", "commune"}
    assert [pair for pair in found if {pair["first"]["kind"], pair["second"]["kind"]} <= official] == []
    assert (BPIFRANCE, BPIFRANCE_HEAD) not in await suspected(api)


async def test_a_company_that_is_registered_twice_is_suggested_until_a_person_decides(api: Api) -> None:
    await api.register_company()
    await register(api)
    [pair] = [each for each in await api.collect(PAIRS, by=NATIONAL) if each["first"]["siren"] == COMPANY]

    assert (pair["second"]["siren"], pair["reasons"]) == (AGAIN, ["same_name"])
    assert (pair["decision"], pair["duplicate"]) == (None, None)

    decided = await decide(api, decision="different")

    assert (decided["duplicate_of"], decided["distinct_from"]) == (None, [COMPANY])
    assert (await api.get(f"/v1/organisations/{COMPANY}"))["distinct_from"] == [AGAIN]
    assert (COMPANY, AGAIN) not in await suspected(api)
    assert await suspected(api, "?decision=different") == [(COMPANY, AGAIN)]
    assert (await revoke(api, COMPANY, AGAIN))["distinct_from"] == []
    assert (COMPANY, AGAIN) in await suspected(api)


async def test_suggestions_are_paged(api: Api) -> None:
    sirens = [f"0000001{number}{check}" for number, check in ((1, 7), (2, 5), (3, 3), (4, 1))]
    for siren in sirens:
        await register(api, siren)
    every = await suspected(api)
    found, cursor = [], ""
    while True:
        page = await api.get(f"{PAIRS}?limit=1{cursor}", by=NATIONAL)
        found += [(pair["first"]["siren"], pair["second"]["siren"]) for pair in page["items"]]
        if page["next"] is None:
            break
        cursor = f"&cursor={page['next']}"

    assert found == every
    assert len([pair for pair in found if pair[0] in sirens]) == 6


async def test_a_duplicate_is_shown_published_and_revoked(api: Api, published: PublishedFacts) -> None:
    await api.register_company()
    await register(api)

    named = await decide(api)

    assert named["duplicate_of"] == COMPANY
    assert (await api.get(f"/v1/organisations/{AGAIN}"))["duplicate_of"] == COMPANY
    listed = {each["siren"]: each["duplicate_of"] for each in await api.collect("/v1/organisations?q=ateliers gave")}
    assert listed == {COMPANY: None, AGAIN: COMPANY}
    [pair] = await api.collect(f"{PAIRS}?decision=same", by=NATIONAL)
    assert (pair["decision"], pair["duplicate"]) == ("same", AGAIN)
    fact = (await published())[-1]
    assert (fact["fact"], fact["siren"], fact["duplicate_of"]) == ("OrganisationRegistered.v1", AGAIN, COMPANY)

    assert (await revoke(api))["duplicate_of"] is None

    assert (await published())[-1]["duplicate_of"] is None
    history = (await api.get(f"/v1/organisations/{AGAIN}/history"))["items"]
    assert [line["reason"] for line in history] == [None, WHY["reason"], WHY["reason"]]
    assert [list(line["changed"]) for line in history[1:]] == [["duplicate_of_siren"], ["duplicate_of_siren"]]


async def test_a_duplicate_is_not_named_anew(api: Api) -> None:
    await api.register_company()
    await register(api)
    await decide(api)
    mandate = {"capacity": "industriel", "person_id": SOMEBODY, "organisation": AGAIN, "since": "2019-03-25"}

    refused = await api.post(PILOTS, mandate, by=TEAM, status=422)

    assert refused["code"] == "organisation-duplicate"
    assert f"a duplicate of {COMPANY}: name that one" in refused["detail"]
    assert refused["errors"][0]["pointer"] == "/organisation"
    end = {"valid_to": "2020-01-01", "successor": AGAIN, **WHY}
    await api.post(f"/v1/organisations/{FRANCE_TRAVAIL}/close", end, by=NATIONAL, status=422)
    seat = {"organisation": AGAIN, "capacity": "observer", "since": "2020-01-15"}
    committee = await api.establish_regional()
    await api.post(f"/v1/committees/{committee['id']}/seats", seat, by=REGION, status=422)


async def test_a_past_mandate_of_a_duplicate_is_still_corrected(api: Api) -> None:
    await api.register_company()
    await register(api)
    pilot = await api.appoint("project_manager", organisation=PAU_BEARN)
    mandate = {"capacity": "industriel", "person_id": SOMEBODY, "organisation": AGAIN, "since": "2019-03-25"}
    industriel = await api.post(PILOTS, mandate, by=TEAM)

    still = await decide(api, status=409)

    assert still["code"] == "organisation-still-active"
    assert f"industriel of {LACQ_PAU_TARBES}" in still["errors"][0]["detail"]
    await api.post(f"{PILOTS}/{industriel['id']}/end", {"on": "2020-01-01"}, by=TEAM, status=200)
    await decide(api)
    correction = {"since": "2019-04-01", **WHY}
    await api.post(f"{PILOTS}/{industriel['id']}/correct", correction, by=NATIONAL, status=200)
    other = {"organisation": AGAIN, **WHY}
    await api.post(f"{PILOTS}/{pilot['id']}/correct", other, by=NATIONAL, status=422)


async def test_a_decision_that_does_not_fit_is_refused(api: Api) -> None:
    await api.register_company()
    await register(api)

    assert (await decide(api, COMPANY, COMPANY, status=422))["code"] == "duplicate-not-fitting"
    assert (await decide(api, PAU_BEARN, COMPANY, status=422))["code"] == "duplicate-not-fitting"
    assert (await decide(api, BPIFRANCE_HEAD, BPIFRANCE, status=422))["code"] == "duplicate-not-fitting"
    assert (await decide(api, AGAIN, "000000133", status=422))["code"] == "organisation-not-registered"
    assert (await decide(api, "000000133", AGAIN, status=404))["code"] == "organisation-not-found"
    assert (await revoke(api, status=409))["code"] == "duplicate-not-decided"
    await decide(api)
    assert (await decide(api, status=409))["duplicate_of"] == COMPANY
    await decide(api, by=REGION, status=403)
    await api.get(PAIRS, by=REGION, status=403)
    await api.get(f"{PAIRS}?decision=perhaps", by=NATIONAL, status=422)


async def test_a_company_may_be_a_duplicate_of_a_body_that_nobody_has_registered(api: Api) -> None:
    await register(api, name="CC Rhône Lez Provence (synthétique)")

    assert (await decide(api, AGAIN, RHONE_LEZ))["duplicate_of"] == RHONE_LEZ
    await api.get(f"/v1/organisations/{RHONE_LEZ}/history")


async def test_a_decision_is_a_new_version_of_both_organisations(api: Api) -> None:
    await api.register_company()
    before = (await api.get(f"/v1/organisations/{MINISTRY}"))["version"]
    await decide(api, MINISTRY, COMPANY, "different")

    after = await api.get(f"/v1/organisations/{MINISTRY}")

    assert (after["version"], after["distinct_from"]) == (before + 1, [COMPANY])
