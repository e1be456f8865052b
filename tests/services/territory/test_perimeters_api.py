"""Perimeters: requests, the decision of each Region, the change that follows, corrections."""

import json
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from services.territory.models import Territory
from services.territory.rules.perimeters import holdings, require_sound
from shared.clock import today
from shared.settings import Settings
from shared.storage.database import Database
from tests.services.territory.api import NATIONAL, REGION, TEAM, Api
from tests.services.territory.conftest import PublishedFacts, at_work
from tests.services.territory.places import (
    BRETAGNE,
    FAUCIGNY,
    HAUT_BEARN,
    LACQ_PAU_TARBES,
    NOUVELLE_AQUITAINE,
    OCCITANIE,
    PAU_BEARN,
    RHONE_LEZ,
)

OTHER_REGION = f"region:{OCCITANIE}"
NOBODY = "00000000-0000-4000-8000-000000000000"
PERIMETER = f"/v1/territories/{LACQ_PAU_TARBES}/perimeter"
CORRECTIONS = f"{PERIMETER}/corrections"
TARBES = "200069300"
"""CA Tarbes-Lourdes-Pyrénées, a member in Occitanie."""
COMMUNE_OF_PAU = "216404459"


@pytest.fixture
async def on_both(settings: Settings) -> AsyncIterator[Api]:
    """The service at work, once on each kind of database."""
    async with at_work(settings) as api:
        yield api


async def members_on(api: Api, day: str, key: str = LACQ_PAU_TARBES) -> dict[str, Any]:
    """The members of a territory on a day, by SIREN."""
    return {each["siren"]: each for each in (await api.get(f"/v1/territories/{key}/members?as_of={day}"))["items"]}


async def correct(api: Api, siren: str, *days: tuple[str | None, str | None], status: int = 200, **other: Any) -> Any:
    """Correct the memberships of a body in Lacq-Pau-Tarbes."""
    memberships = [{"entered_on": entered, "left_on": left} for entered, left in days]
    body = {
        "members": [{"siren": siren, "memberships": memberships}],
        "reason": "Erreur de saisie (synthétique)",
        **other,
    }
    return await api.post(CORRECTIONS, body, by=NATIONAL, status=status)


async def test_a_member_enters_and_another_leaves_once_each_region_has_accepted(
    on_both: Api,
) -> None:
    api = on_both
    request = await api.request_perimeter(enters=[RHONE_LEZ], leaves=[HAUT_BEARN])
    assert (request["state"], request["outcome"], request["regions"]) == ("open", None, ["75", "76", "93"])
    decision = await api.accept(request)
    accepted = await api.get(f"/v1/perimeter-requests/{request['id']}", by=TEAM)
    assert (accepted["state"], accepted["outcome"]) == ("decided", "accepted")
    assert [each["region"] for each in accepted["decisions"]] == ["75", "76", "93"]

    territory = await api.post(PERIMETER, {"decision_id": decision["id"], "on": "2019-09-24"}, by=REGION, status=200)

    assert territory["regions"] == ["75", "76", "93"]
    assert RHONE_LEZ in {member["siren"] for member in territory["members"]}
    before, after = await members_on(api, "2019-09-23"), await members_on(api, "2019-09-24")
    assert HAUT_BEARN in before
    assert RHONE_LEZ not in before
    assert HAUT_BEARN not in after
    assert after[RHONE_LEZ]["membership"] == "known"
    done = await api.get(f"/v1/perimeter-requests/{request['id']}", by=TEAM)
    assert (done["state"], done["effective_on"]) == ("effective", "2019-09-24")
    history = await api.get(f"/v1/perimeter-requests/{request['id']}/history", by=TEAM)
    assert [line["operation"] for line in history["items"]] == ["created", *["updated"] * 4]
    for path in ("", f"?territory={LACQ_PAU_TARBES}&region=93&state=effective"):
        assert (await api.get(f"/v1/perimeter-requests{path}", by=OTHER_REGION))["items"] == [done]


async def test_a_request_and_its_change_are_published_for_those_concerned(api: Api, published: PublishedFacts) -> None:
    request = await api.request_perimeter(enters=[RHONE_LEZ], leaves=[HAUT_BEARN])
    decision = await api.accept(request)
    await api.post(PERIMETER, {"decision_id": decision["id"], "on": "2019-09-24"}, by=REGION, status=200)

    facts = [fact for fact in await published() if fact["fact"].startswith("Perimeter")]
    assert [(fact["fact"], fact.get("state"), fact.get("accepted_by")) for fact in facts] == [
        ("PerimeterRequested.v1", "open", []),
        ("PerimeterRequested.v1", "open", ["75"]),
        ("PerimeterRequested.v1", "open", ["75", "76"]),
        ("PerimeterRequested.v1", "decided", ["75", "76", "93"]),
        ("PerimeterChanged.v1", None, None),
        ("PerimeterRequested.v1", "effective", ["75", "76", "93"]),
    ]
    changed = facts[4]
    assert (changed["effective_on"], changed["decision_id"]) == ("2019-09-24", decision["id"])
    assert changed["regions"] == ["75", "76", "93"]
    assert HAUT_BEARN in changed["organisations"]


async def test_one_region_alone_changes_nothing(api: Api) -> None:
    request = await api.request_perimeter(leaves=[TARBES])
    decision = await api.decide_request(request, "75")

    problem = await api.post(PERIMETER, {"decision_id": decision["id"], "on": "2019-09-24"}, by=REGION, status=409)

    assert (problem["code"], problem["regions"]) == ("perimeter-request-not-accepted", ["76"])
    assert TARBES in await members_on(api, "2019-09-24")


async def test_a_region_that_is_not_concerned_does_not_decide(api: Api) -> None:
    request = await api.request_perimeter(leaves=[HAUT_BEARN])

    problem = await api.decide_request(request, "93", status=422)

    assert problem["code"] == "decides-not-fitting"
    assert "does not concern your Region" in problem["detail"]


async def test_a_region_does_not_decide_in_the_place_of_another(api: Api) -> None:
    request = await api.request_perimeter(enters=[RHONE_LEZ])
    committee = await api.committee_of("93")

    await api.decide(committee, by=REGION, decides=f"perimeter-request/{request['id']}", status=403)

    assert (await api.get(f"/v1/perimeter-requests/{request['id']}", by=TEAM))["decisions"] == []


async def test_a_region_that_refuses_ends_the_request(api: Api) -> None:
    request = await api.request_perimeter(leaves=[TARBES])
    await api.decide_request(request, "76", outcome="unfavourable")

    refused = await api.get(f"/v1/perimeter-requests/{request['id']}", by=TEAM)
    problem = await api.decide_request(request, "75", status=409)

    assert (refused["state"], refused["outcome"]) == ("decided", "refused")
    assert problem["code"] == "perimeter-request-not-open"


async def test_a_deferred_decision_is_followed_by_another(api: Api) -> None:
    request = await api.request_perimeter(leaves=[TARBES])
    await api.decide_request(request, "76", outcome="deferred")
    await api.accept(request)

    accepted = await api.get(f"/v1/perimeter-requests/{request['id']}", by=TEAM)

    assert (accepted["state"], accepted["outcome"]) == ("decided", "accepted")


@pytest.mark.parametrize("days", [("2019-09-02", "2019-08-01"), ("2019-08-01", "2019-09-02")], ids=str)
async def test_of_two_decisions_of_a_region_the_later_one_counts(
    api: Api, published: PublishedFacts, days: tuple[str, str]
) -> None:
    request = await api.request_perimeter(leaves=[TARBES])
    decisions = [
        await api.decide_request(request, "76", outcome=outcome, decided_on=day)
        for outcome, day in zip(("favourable", "deferred"), days, strict=True)
    ]

    later = max(decisions, key=lambda each: str(each["decided_on"]))
    [noted] = (await api.get(f"/v1/perimeter-requests/{request['id']}", by=TEAM))["decisions"]
    assert (noted["decision_id"], noted["decided_on"]) == (later["id"], "2019-09-02")
    facts = [fact for fact in await published() if fact["fact"] == "PerimeterRequested.v1"]
    assert facts[-1]["accepted_by"] == (["76"] if later["outcome"] == "favourable" else [])
    assert len(facts) == (2 if later is decisions[0] else 3), "a decision that does not count changes nothing"


async def test_an_older_decision_does_not_refuse_a_request_that_its_region_accepted(api: Api) -> None:
    request = await api.request_perimeter(leaves=[TARBES])
    await api.decide_request(request, "75", decided_on="2020-03-01")
    await api.decide_request(request, "75", decided_on="2019-12-01", outcome="unfavourable")
    await api.decide_request(request, "76", decided_on="2020-03-01")

    accepted = await api.get(f"/v1/perimeter-requests/{request['id']}", by=TEAM)

    assert (accepted["state"], accepted["outcome"]) == ("decided", "accepted")


async def test_a_request_is_applied_once(api: Api) -> None:
    decision = await api.accept(await api.request_perimeter())
    body = {"decision_id": decision["id"], "on": "2019-09-24"}
    await api.post(PERIMETER, body, by=REGION, status=200)

    problem = await api.post(PERIMETER, body, by=REGION, status=409)

    assert problem["code"] == "perimeter-request-not-open"


async def test_a_request_is_withdrawn_while_it_is_open(api: Api) -> None:
    request = await api.request_perimeter()
    address, body = f"/v1/perimeter-requests/{request['id']}/withdraw", {"reason": "Changement d'avis (synthétique)"}

    await api.post(address, body, by=f"territory:{FAUCIGNY}", status=404)
    withdrawn = await api.post(address, body, by=TEAM, status=200)
    again = await api.post(address, body, by=TEAM, status=409)

    assert withdrawn["state"] == "withdrawn"
    assert again["code"] == "perimeter-request-not-open"
    assert (await api.decide_request(request, "75", status=409))["code"] == "perimeter-request-not-open"


async def test_a_request_is_read_by_those_whom_it_concerns(api: Api) -> None:
    request = await api.request_perimeter(enters=[RHONE_LEZ])
    address = f"/v1/perimeter-requests/{request['id']}"

    for by in (NATIONAL, REGION, OTHER_REGION, TEAM, "region:231300021", f"territory:{RHONE_LEZ}"):
        assert await api.get(address, by=by) == request
        assert (await api.get("/v1/perimeter-requests", by=by))["items"] == [request]
    for by in (f"region:{BRETAGNE}", f"territory:{FAUCIGNY}"):
        await api.get(address, by=by, status=404)
        assert (await api.get("/v1/perimeter-requests", by=by))["items"] == []


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"leaves": []}, 422, "nothing-changes"),
        ({"enters": [PAU_BEARN]}, 422, "nothing-changes"),
        ({"leaves": [RHONE_LEZ]}, 422, "nothing-changes"),
        ({"enters": [NOUVELLE_AQUITAINE]}, 409, "perimeter-conflict"),
        ({"enters": [COMMUNE_OF_PAU]}, 409, "perimeter-conflict"),
        ({"enters": ["218400190", RHONE_LEZ]}, 409, "perimeter-conflict"),
        ({"enters": ["732829320"]}, 422, "organisation-not-registered"),
        ({"enters": [RHONE_LEZ, RHONE_LEZ]}, 422, "unprocessable"),
        ({"wished_on": "2018-11-21"}, 422, "day-not-plausible"),
        ({"wished_on": "9999-12-31"}, 422, "day-not-plausible"),
        ({"reason": " "}, 422, "unprocessable"),
        ({"territory": "2018-ti-9999"}, 404, "territory-not-found"),
        ({"by": f"territory:{FAUCIGNY}"}, 403, "forbidden"),
        ({"by": f"region:{BRETAGNE}"}, 403, "forbidden"),
    ],
    ids=str,
)
async def test_a_request_that_cannot_be_is_refused(api: Api, change: dict[str, Any], status: int, code: str) -> None:
    problem = await api.request_perimeter(status=status, **change)

    assert problem["code"] == code
    assert (await api.get("/v1/perimeter-requests", by=NATIONAL))["items"] == []


async def test_a_request_that_can_never_be_applied_is_refused_at_once(api: Api) -> None:
    members = [each["siren"] for each in (await api.get(f"/v1/territories/{LACQ_PAU_TARBES}"))["members"]]
    later = today() + timedelta(days=5 * 365)

    nobody = await api.request_perimeter(leaves=members, status=409)
    beside = await api.request_perimeter(enters=[RHONE_LEZ, COMMUNE_OF_PAU], status=409)
    far = await api.request_perimeter(wished_on=str(later + timedelta(days=1)), status=422)
    await api.request_perimeter(enters=[COMMUNE_OF_PAU], leaves=[PAU_BEARN], wished_on=str(later))

    assert "would have no member" in nobody["detail"]
    assert [each["pointer"] for each in beside["errors"]] == ["/enters/1"]
    assert (beside["holder"], beside["member"]) == (LACQ_PAU_TARBES, COMMUNE_OF_PAU)
    assert str(later) in far["detail"]
    assert [each["pointer"] for each in far["errors"]] == ["/wished_on"]


async def test_bad_bodies_of_a_request_are_named_together(api: Api) -> None:
    known = await api.request_perimeter(
        enters=[RHONE_LEZ, PAU_BEARN, TARBES], leaves=[HAUT_BEARN, FAUCIGNY], status=422
    )
    other = await api.request_perimeter(enters=[NOUVELLE_AQUITAINE, RHONE_LEZ, OCCITANIE], status=409)

    assert [each["pointer"] for each in known["errors"]] == ["/enters/1", "/enters/2", "/leaves/1"]
    assert [each["pointer"] for each in other["errors"]] == ["/enters/0", "/enters/2"]


async def test_the_public_history_of_a_territory_says_nothing_of_the_decision_but_its_id(api: Api) -> None:
    request = await api.request_perimeter(reason="CONFIDENTIEL")
    decision = await api.accept(request)

    await api.post(PERIMETER, {"decision_id": decision["id"], "on": "2019-09-24"}, by=REGION, status=200)

    lines = (await api.get(f"/v1/territories/{LACQ_PAU_TARBES}/history"))["items"]
    assert lines[-1]["reason"] == f"decision {decision['id']}"
    assert "CONFIDENTIEL" not in json.dumps(lines)


async def test_a_member_that_has_left_no_longer_acts_for_the_territory(api: Api) -> None:
    decision = await api.accept(await api.request_perimeter(leaves=[PAU_BEARN]))
    await api.post(PERIMETER, {"decision_id": decision["id"], "on": "2019-09-24"}, by=REGION, status=200)

    await api.request_perimeter(status=403)


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"enters": [RHONE_LEZ]}, 409, "decision-not-suitable"),
        ({"leaves": [PAU_BEARN]}, 409, "decision-not-suitable"),
        ({"on": "2999-01-01"}, 422, "day-not-plausible"),
        ({"on": "2019-09-01"}, 422, "day-not-plausible"),
        ({"decision_id": NOBODY}, 404, "decision-not-found"),
    ],
    ids=str,
)
async def test_a_change_that_does_not_fit_is_refused_whole(
    api: Api, published: PublishedFacts, change: dict[str, Any], status: int, code: str
) -> None:
    decision = await api.accept(await api.request_perimeter())
    known = len(await published())
    body = {"decision_id": decision["id"], "on": "2019-09-24", "enters": [], "leaves": [HAUT_BEARN], **change}

    problem = await api.post(PERIMETER, body, by=REGION, status=status)

    assert problem["code"] == code
    assert len(await published()) == known
    assert (await api.get(f"/v1/territories/{LACQ_PAU_TARBES}"))["member_count"] == 10


async def test_a_decision_on_something_else_changes_no_perimeter(api: Api) -> None:
    other = await api.decide(await api.committee_of("75"), kind="contract_approval", decides=f"contract/{NOBODY}")

    problem = await api.post(PERIMETER, {"decision_id": other["id"], "on": "2019-09-24"}, by=REGION, status=409)

    assert problem["code"] == "decision-not-suitable"


async def test_a_region_that_the_territory_does_not_lie_in_changes_nothing(api: Api) -> None:
    decision = await api.accept(await api.request_perimeter())
    body = {"decision_id": decision["id"], "on": "2019-09-24"}

    await api.post(PERIMETER, body, by=f"region:{BRETAGNE}", status=403)
    await api.post(PERIMETER, body, by=TEAM, status=403)
    await api.post(PERIMETER, body, by=OTHER_REGION, status=200)


async def test_a_member_of_another_territory_leaves_it_first(api: Api) -> None:
    other = {
        "code": "ti-9901", "phase": "2018", "name": "Rhône - Lez (synthétique)", "lead_region": "93",
        "members": [RHONE_LEZ], "reference": "DEC (synthétique)", "designated_on": "2019-06-01", "source": "D",
    }  # fmt: skip
    await api.post("/v1/territories", other, by=NATIONAL)
    decision = await api.accept(await api.request_perimeter(enters=[RHONE_LEZ]))

    problem = await api.post(PERIMETER, {"decision_id": decision["id"], "on": "2019-09-24"}, by=REGION, status=409)

    assert (problem["code"], problem["holder"], problem["day"]) == ("perimeter-conflict", "2018-ti-9901", "2019-09-24")
    assert (await api.get(f"/v1/territories/{LACQ_PAU_TARBES}"))["population"] == 516200


async def test_a_member_does_not_come_back_before_it_left(api: Api) -> None:
    decision = await api.accept(await api.request_perimeter())
    await api.post(PERIMETER, {"decision_id": decision["id"], "on": "2020-01-01"}, by=REGION, status=200)
    back = await api.accept(await api.request_perimeter(enters=[HAUT_BEARN]))

    problem = await api.post(PERIMETER, {"decision_id": back["id"], "on": "2019-10-01"}, by=REGION, status=409)

    assert (problem["day"], problem["holder"]) == ("2019-10-01", LACQ_PAU_TARBES)
    assert "2020-01-01 or a later day" in problem["detail"]


async def test_a_correction_is_an_act_of_the_delegation_with_a_reason(on_both: Api) -> None:
    api = on_both

    territory = await correct(api, HAUT_BEARN, (None, "2019-06-01"), ("2020-01-01", None))

    assert territory["member_count"] == 10
    assert HAUT_BEARN in await members_on(api, "2019-05-31")
    assert HAUT_BEARN not in await members_on(api, "2019-06-01")
    assert HAUT_BEARN in await members_on(api, "2020-01-01")
    lines = (await api.get(f"/v1/territories/{LACQ_PAU_TARBES}/history"))["items"]
    assert lines[-1]["reason"] == "Erreur de saisie (synthétique)"
    body = {"members": [{"siren": HAUT_BEARN, "memberships": []}], "reason": "Erreur (synthétique)"}
    for by in (REGION, TEAM):
        await api.post(CORRECTIONS, body, by=by, status=403)
    await api.post(CORRECTIONS, {"members": body["members"]}, by=NATIONAL, status=422)


@pytest.mark.parametrize(
    ("siren", "days", "status", "code"),
    [
        (FAUCIGNY, [("2019-06-01", None)], 409, "perimeter-conflict"),
        (HAUT_BEARN, [("2018-11-21", None)], 409, "perimeter-conflict"),
        (HAUT_BEARN, [("2019-06-01", "2019-06-01")], 409, "perimeter-conflict"),
        (HAUT_BEARN, [(None, "2019-06-01"), ("2019-05-01", None)], 409, "perimeter-conflict"),
        (COMMUNE_OF_PAU, [("2019-06-01", None)], 409, "perimeter-conflict"),
        (HAUT_BEARN, [(None, None)], 422, "nothing-changes"),
        (HAUT_BEARN, [(None, "2999-01-01")], 422, "day-not-plausible"),
        ("732829320", [("2019-06-01", None)], 422, "organisation-not-registered"),
    ],
    ids=str,
)
async def test_a_correction_breaks_no_rule_on_any_day(
    api: Api, siren: str, days: list[tuple[str | None, str | None]], status: int, code: str
) -> None:
    before = await api.get(f"/v1/territories/{LACQ_PAU_TARBES}/members")

    problem = await correct(api, siren, *days, status=status)

    assert problem["code"] == code
    assert await api.get(f"/v1/territories/{LACQ_PAU_TARBES}/members") == before


async def test_a_correction_names_each_bad_row(api: Api) -> None:
    def members(**days: str) -> list[dict[str, Any]]:
        first = {"entered_on": None, "left_on": "2019-06-01"}
        return [{"siren": siren, "memberships": [first, days]} for siren in (HAUT_BEARN, TARBES)]

    before = await api.get(f"/v1/territories/{LACQ_PAU_TARBES}/members")
    late = await correct(api, HAUT_BEARN, status=422, members=members(entered_on="2019-07-01", left_on="2999-01-01"))
    early = await correct(api, HAUT_BEARN, status=409, members=members(entered_on="2017-07-01", left_on="2018-01-01"))
    twice = await correct(api, HAUT_BEARN, status=409, members=members(entered_on="2019-05-01"))
    misfits: list[dict[str, Any]] = [
        {"siren": siren, "memberships": []} for siren in (HAUT_BEARN, NOUVELLE_AQUITAINE, OCCITANIE)
    ]
    kinds = await correct(api, HAUT_BEARN, status=409, members=misfits)

    assert [each["pointer"] for each in late["errors"]] == [f"/members/{row}/memberships/1/left_on" for row in (0, 1)]
    for problem in (early, twice):
        assert sorted(each["pointer"] for each in problem["errors"]) == ["/members/0", "/members/1"]
        assert "In all 2 conflicts" in problem["detail"]
    assert {each["detail"].split(" ")[0] for each in early["errors"]} == {HAUT_BEARN, TARBES}
    assert [each["pointer"] for each in kinds["errors"]] == ["/members/1", "/members/2"]
    assert await api.get(f"/v1/territories/{LACQ_PAU_TARBES}/members") == before


async def test_a_correction_gives_all_memberships_of_a_body_at_once(api: Api) -> None:
    before = await api.get(f"/v1/territories/{LACQ_PAU_TARBES}/members")
    twice = [{"siren": HAUT_BEARN, "memberships": [{"entered_on": day}]} for day in ("2019-06-01", "2020-06-01")]

    problem = await correct(api, HAUT_BEARN, status=422, members=twice)

    assert problem["errors"][0]["pointer"] == "/members/1"
    assert await api.get(f"/v1/territories/{LACQ_PAU_TARBES}/members") == before


async def test_the_shipped_lists_keep_the_rules_of_perimeters(database: Database) -> None:
    async with database.reading() as session:
        territories = (await session.scalars(select(Territory))).all()
    of_phase = {
        phase: [holding for each in territories if each.phase == phase for holding in holdings(each)]
        for phase in ("2018", "2023")
    }

    for territory in territories:
        require_sound(territory, [each for each in of_phase[territory.phase] if each.territory != territory.key])

    assert [len(each) for each in of_phase.values()] == [588, 641]
