"""Matchings through the events and the API: made at each submission, read by those concerned, told to operators."""

import json
from typing import Any

import pytest

from shared.events.contract import ActionChanged, ActionRejected, ActionReturned, ActionValidated
from tests.services.catalog.conftest import (
    Clock,
    House,
    after,
    submitted,
)
from tests.services.catalog.places import (
    ATELIERS,
    BANK,
    BPI,
    BPIFRANCE,
    CAISSE_DES_DEPOTS,
    COEUR,
    COMPANY,
    ELSEWHERE,
    EMPLOYMENT,
    FRANCE_TRAVAIL,
    LACQ,
    NATIONAL,
    OTHER_REGION,
    PARTNER,
    PAU,
    PLATFORM,
    REGION,
    SERVICE,
    STATE,
    TEAM,
)
from tests.services.contract.places import NOUVELLE_AQUITAINE
from tests.services.contract.test_ended_organisations import ended
from tests.services.contract.test_service_requests import HELPER as FRANCE_TRAVAIL_REGISTERED
from tests.support.harness import ON_SQLITE, message


async def test_a_submitted_action_is_matched_and_the_operators_are_notified(house: House) -> None:
    action = submitted()
    await house.publish(action)

    [event] = await house.published()
    assert (event["fact"], event["action_id"], event["title"]) == (
        "ServicesMatched",
        str(action.action_id),
        action.title,
    )
    assert (event["territories"], event["regions"], event["phase"], event["axes"]) == (
        [LACQ],
        ["75", "76"],
        "2018",
        ["recruter", "attirer"],
    )
    assert len(event["matches"]) == 10
    assert event["matches"][0] == {"service": "ETAT-03", "operator": None, "score": 95, "known": 95, "possible": 100}
    assert event["matches"][1] == {
        "service": "PE-04",
        "operator": FRANCE_TRAVAIL,
        "score": 95,
        "known": 95,
        "possible": 100,
    }
    scores = [match["score"] for match in event["matches"]]
    assert scores == sorted(scores, reverse=True)
    operators = {match["operator"] for match in event["matches"]} - {None}
    assert event["organisations"] == [PAU, ATELIERS]
    assert set(event["operators"]) == operators >= {FRANCE_TRAVAIL, CAISSE_DES_DEPOTS}


async def test_every_criterion_is_explained(house: House) -> None:
    action = submitted()
    await house.publish(action)

    found = await house.get(f"/v1/matchings/{action.action_id}")

    assert (found["floor"], found["day"], found["version"]) == (60, "2021-06-15", 1)
    assert [match["service"] for match in found["matches"]][:2] == ["ETAT-03", "PE-04"]
    for match in [*found["matches"], *found["others"]]:
        assert [each["code"] for each in match["criteria"]] == [
            "axis", "beneficiaries", "main_axis", "on_offer", "phase", "openness", "cost",
        ]  # fmt: skip
        assert sum(each["weight"] for each in match["criteria"]) == match["possible"] == 100
        assert match["score"] == sum(each["weight"] for each in match["criteria"] if each["verdict"] == "true")
        for each in match["criteria"]:
            assert each["because"]
            assert (each["would_change"] is None) == (each["verdict"] == "true")
    temporary_transaction = {match["service"]: match for match in found["others"]}
    axis = temporary_transaction["ADEME-01"]["criteria"][0]
    assert (axis["verdict"], axis["because"]) == (
        "false",
        "Aucun axe de l'action (recruter, attirer) n'est celui du service (« innover »).",
    )
    assert axis["would_change"] == {
        "sentence": "Porter l'axe « innover ».",
        "field": "axes",
        "one_of": ["innover"],
        "at_least": None,
    }


async def test_a_resubmitted_action_is_matched_again_under_the_same_subject(house: House, clock: Clock) -> None:
    action = submitted(axes=["simplifier"], main_axis="simplifier")
    await house.publish(action)
    await house.publish(after(action, ActionReturned, "returned", "returned_at"))
    clock.pass_days(20)
    await house.publish(submitted(action.action_id))

    first, second = await house.published(f"matching/{action.action_id}")
    assert first["matches"][0]["service"] == "ETAT-02"
    assert second["matches"][0]["service"] == "ETAT-03"
    found = await house.get(f"/v1/matchings/{action.action_id}")
    assert (found["version"], found["day"]) == (2, "2021-07-05")
    lines = (await house.get(f"/v1/matchings/{action.action_id}/history"))["items"]
    assert [line["version"] for line in lines] == [1, 2]
    assert lines[1]["changed"]["axes"] == {"before": ["simplifier"], "after": ["recruter", "attirer"]}


async def test_only_a_submission_is_matched(house: House) -> None:
    action = submitted()

    await house.publish(after(action, ActionValidated, "validated", "validated_at"))
    await house.publish(after(action, ActionRejected, "rejected", "rejected_at"))

    assert await house.facts() == []
    await house.get(f"/v1/matchings/{action.action_id}", expect=404)


async def test_a_matching_follows_those_whom_its_action_concerns(house: House) -> None:
    action = submitted()
    await house.publish(action)
    path = f"/v1/matchings/{action.action_id}"
    await house.get(path, by=COMPANY)

    await house.publish(after(submitted(action.action_id, carriers=[PAU]), ActionChanged, "returned", "changed_at"))

    await house.get(path, by=COMPANY, expect=404)
    first, second = await house.published(f"matching/{action.action_id}")
    assert (ATELIERS in first["organisations"], ATELIERS in second["organisations"]) == (True, False)
    assert (second["matches"], second["matched_at"]) == (first["matches"], first["matched_at"])


async def test_a_change_that_concerns_the_same_is_no_news_of_the_matching(house: House) -> None:
    action = submitted()
    await house.publish(action)

    changed = after(action, ActionChanged, "returned", "changed_at")
    await house.publish(changed.model_copy(update={"main_axis": None, "title": "Autre titre"}))

    assert await house.facts() == ["ServicesMatched"]


async def test_a_cost_that_a_sheet_withholds_is_not_known_in_its_matching_either(house: House) -> None:
    reached = {"words": "au moins 1 M€", "least_cents": 100_000_000, "surely_cents": 100_000_000}
    missed = {"words": "au moins 9 M€", "least_cents": 900_000_000, "surely_cents": 900_000_000}
    offers = {
        name: (await house.post("/v1/services", {**SERVICE, "threshold": threshold}, by=BANK, expect=201))["code"]
        for name, threshold in (("reached", reached), ("missed", missed))
    }
    action = submitted(axes=["innover"], main_axis="innover", cost_cents=777_777_700)
    await house.publish(action)
    path = f"/v1/matchings/{action.action_id}"
    known = await house.get(path, by=BPI)
    assert "7\u202f777\u202f777" in json.dumps(known, ensure_ascii=False)

    await house.publish(after(action, ActionChanged, "returned", "changed_at").model_copy(update={"cost_cents": None}))

    for by in (BPI, TEAM):
        found = await house.get(path, by=by)
        assert "777" not in json.dumps([found["matches"], found["others"]], ensure_ascii=False)
        compared = {match["service"]: match for match in [*found["matches"], *found["others"]]}
        for code in offers.values():
            [cost] = [each for each in compared[code]["criteria"] if each["code"] == "cost"]
            assert (cost["verdict"], cost["because"][:37]) == ("unknown", "Le coût de l'action n'est pas connu ;")
    before = {match["service"]: match for match in [*known["matches"], *known["others"]]}
    assert compared.keys() == before.keys()
    assert (compared[offers["reached"]]["score"], compared[offers["missed"]]["score"]) == (
        before[offers["reached"]]["score"] - 5,
        before[offers["missed"]]["score"],
    )
    # What the cost alone had ruled out is possible again.
    assert (before[offers["missed"]]["retained"], compared[offers["missed"]]["retained"]) == (False, True)
    assert [match["score"] for match in found["matches"]] == sorted(
        (match["score"] for match in found["matches"]), reverse=True
    )
    events = await house.published(f"matching/{action.action_id}")
    assert [event["matched_at"] for event in events] == [events[0]["matched_at"]] * 2
    last = (await house.get(f"{path}/history"))["items"][-1]
    assert (last["version"], last["reason"]) == (2, "the cost of the action is not known any longer")


async def test_a_cost_that_was_withheld_before_is_no_news_of_the_matching(house: House) -> None:
    action = submitted(axes=["simplifier"], main_axis="simplifier")
    await house.publish(action)

    hidden = after(action, ActionChanged, "returned", "changed_at").model_copy(update={"cost_cents": None})
    await house.publish(hidden, hidden.model_copy(update={"title": "Autre titre"}))

    assert len(await house.facts(f"matching/{action.action_id}")) == 2


async def test_the_matching_looks_at_what_was_on_offer_that_day(house: House) -> None:
    await house.post("/v1/services/PE-04/withdraw", {}, by=EMPLOYMENT)
    action = submitted()

    await house.publish(action)

    found = await house.get(f"/v1/matchings/{action.action_id}")
    assert "PE-04" not in {match["service"] for match in [*found["matches"], *found["others"]]}


async def test_who_may_read_a_matching(house: House) -> None:
    action = submitted()
    await house.publish(FRANCE_TRAVAIL_REGISTERED, action)

    # No service of Bpifrance is among the best: it reads the matching as an operator of the programme.
    for by in (TEAM, REGION, OTHER_REGION, STATE, NATIONAL, COMPANY, BANK, EMPLOYMENT, BPI):
        await house.get(f"/v1/matchings/{action.action_id}", by=by)
        assert len((await house.get("/v1/matchings", by=by))["items"]) == 1, by
    # A role alone makes no operator of the programme.
    for by in ("operator:241500230", f"party:{BPIFRANCE}", ELSEWHERE, PARTNER):
        refused = await house.get(f"/v1/matchings/{action.action_id}", by=by, expect=404)
        assert refused["code"] == "matching-not-found"
        assert (await house.get("/v1/matchings", by=by))["items"] == []
    await house.get("/v1/matchings", by=PLATFORM, expect=403)
    await house.get("/v1/matchings", by=None, expect=401)


@pytest.mark.parametrize("role", ["party", "region", "state", "territory"])
async def test_an_operator_of_a_match_reads_the_matching_as_it_reads_the_sheet(house: House, role: str) -> None:
    action = submitted()
    await house.publish(action)
    path = f"/v1/matchings/{action.action_id}"
    by = f"{role}:{CAISSE_DES_DEPOTS}"
    await house.numbered()

    await house.get(path, by=by, expect=404)
    for way in ("/v1/matchings", "/v1/matchings/changes"):
        assert (await house.get(way, by=by))["items"] == []
        assert [row.get("id", row.get("action_id")) for row in (await house.get(way, by=BANK))["items"]] == [
            str(action.action_id)
        ]
    listed = (await house.get("/v1/matchings", by=TEAM, operator=CAISSE_DES_DEPOTS))["items"]
    assert [row["action_id"] for row in listed] == [str(action.action_id)]


async def test_an_operator_that_has_ended_reads_no_matching_that_does_not_name_it(house: House) -> None:
    action = submitted()
    await house.publish(action)
    path = f"/v1/matchings/{action.action_id}"

    await house.publish(ended(BPIFRANCE, "2021-06-15"), ended(NOUVELLE_AQUITAINE, "2021-06-14"))
    await house.get(path, by=BPI)
    await house.publish(ended(BPIFRANCE, "2021-06-14"))

    for by in (BPI, REGION):
        await house.get(path, by=by, expect=404)
        assert (await house.get("/v1/matchings", by=by))["items"] == []


async def test_matchings_are_listed_as_asked(house: House) -> None:
    here, there = submitted(), submitted(territories=[COEUR], regions=["76", "84"], carriers=["241500230"])
    await house.publish(here, there)

    async def ids(by: str = NATIONAL, **filters: Any) -> set[str]:
        return {one["action_id"] for one in (await house.get("/v1/matchings", by=by, **filters))["items"]}

    assert await ids() == {str(here.action_id), str(there.action_id)}
    assert await ids(territory=COEUR) == {str(there.action_id)}
    assert await ids(territory="ti-7601", phase="2018") == {str(there.action_id)}
    assert await ids(region="75") == {str(here.action_id)}
    assert await ids(operator=BPIFRANCE) == set()
    assert await ids(by=TEAM) == {str(here.action_id)}
    listed = (await house.get("/v1/matchings"))["items"][0]
    assert "criteria" not in listed["matches"][0]
    await house.numbered()
    changes = await house.get("/v1/matchings/changes", by=TEAM)
    assert [one["id"] for one in changes["items"]] == [str(here.action_id)]


async def test_an_action_that_nothing_fits_is_published_with_nothing(house: House) -> None:
    action = submitted(axes=["installer"], main_axis="installer")

    await house.publish(action)

    [event] = await house.published()
    assert event["matches"] == []
    assert event["organisations"] == [PAU, ATELIERS]


@ON_SQLITE
async def test_a_commune_is_known_as_one_without_being_registered(house: House) -> None:
    action = submitted(carriers=["216401026"])

    await house.publish(action)

    matching = await house.get(f"/v1/matchings/{action.action_id}")
    assert not [
        each
        for service in (*matching["matches"], *matching["others"])
        for each in service["criteria"]
        if "La nature de" in each["because"]
    ]


@pytest.mark.parametrize("carrier", ["000000133"])
async def test_a_carrier_that_is_not_registered_yet_is_unknown_not_false(house: House, carrier: str) -> None:
    action = submitted(carriers=[carrier])

    await house.publish(action)

    found = await house.get(f"/v1/matchings/{action.action_id}")
    answers = {
        each["verdict"] for match in found["matches"] for each in match["criteria"] if each["code"] == "beneficiaries"
    }
    assert answers <= {"true", "unknown"}
    assert any(
        f"La nature de {carrier} n'est pas connue ici." == each["because"]
        for match in [*found["matches"], *found["others"]]
        for each in match["criteria"]
    )


async def test_the_same_event_twice_is_one_matching(house: House) -> None:
    action = submitted()
    once = message(action)

    for _ in range(2):
        await house.platform.bus.publish([once])
        await house.settled()

    assert await house.facts() == ["ServicesMatched"]
    assert (await house.get(f"/v1/matchings/{action.action_id}"))["version"] == 1


@ON_SQLITE
async def test_the_operators_of_the_demo_are_notified_when_a_service_of_theirs_fits(house: House) -> None:
    await house.publish(submitted(axes=["innover"], main_axis="innover"))

    [event] = await house.published()

    assert BPIFRANCE in event["operators"]
    assert FRANCE_TRAVAIL not in event["operators"]


@ON_SQLITE
@pytest.mark.parametrize(
    ("address", "filters", "code"),
    [
        ("matchings", {"territory": "2018-ti-9999"}, "territory-not-known"),
        ("matchings", {"phase": "2023", "territory": LACQ}, "territory-not-known"),
        ("matchings", {"operator": "000000133"}, "operator-not-listed"),
        ("requests", {"territory": "2018-ti-9999"}, "territory-not-known"),
        ("requests", {"phase": "2023", "territory": LACQ}, "territory-not-known"),
        ("requests", {"action": "0198f3a2-7b1c-7e44-9d55-2c1f0a9b8e01"}, "action-not-submitted"),
        ("requests", {"operator": "000000133"}, "operator-not-listed"),
        ("requests", {"service": "BDT-99"}, "service-not-known"),
        ("referents", {"territory": "2018-ti-9999"}, "territory-not-known"),
        ("referents", {"phase": "2023", "territory": LACQ}, "territory-not-known"),
        ("referents", {"operator": "000000133"}, "operator-not-listed"),
        ("services", {"operator": "000000133"}, "operator-not-listed"),
        ("services/facets", {"operator": "000000133"}, "operator-not-listed"),
        ("services", {"axis": "nimporte"}, "unprocessable"),
    ],
)
async def test_a_filter_that_names_nothing_is_refused_and_named(
    house: House, address: str, filters: dict[str, str], code: str
) -> None:
    refused = await house.get(f"/v1/{address}", by=NATIONAL, expect=422, **filters)

    assert refused["code"] == code
    assert [error["parameter"] for error in refused["errors"]] == [next(iter(filters))]
