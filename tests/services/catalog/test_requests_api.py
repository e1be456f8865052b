"""Requests through the API: asked by territories, answered by operators, read by those concerned."""

import json
from datetime import date
from itertools import product
from typing import Any, Final

import pytest

from shared.events.contract import ActionRejected
from tests.services.catalog.conftest import (
    Clock,
    House,
    after,
    submitted,
)
from tests.services.catalog.places import (
    ANCT,
    BANK,
    BPI,
    BPIFRANCE,
    CAISSE_DES_DEPOTS,
    COEUR,
    COMPANY,
    ELSEWHERE,
    LACQ,
    NATIONAL,
    OTHER_REGION,
    PARTNER,
    PAU,
    PLATFORM,
    REGION,
    REQUEST,
    STATE,
    STRANGER,
    TEAM,
)
from tests.services.catalog.test_request_rules import LEGAL, STATES, TRANSITIONS
from tests.services.contract.conftest import PILOT, closed
from tests.support.harness import ON_SQLITE

BODIES: Final[dict[str, Any]] = {
    "acknowledge": None,
    "accept": {"amount_cents": 2_500_000},
    "decline": {"reason": "Le site n'est pas dans un périmètre éligible."},
    "redirect": {"operator": BPIFRANCE, "service": "BPI-01", "reason": "Le besoin porte sur le recrutement."},
    "done": {},
}
WAYS: Final = {
    "sent": (),
    "acknowledged": ("acknowledge",),
    "accepted": ("acknowledge", "accept"),
    "declined": ("acknowledge", "decline"),
    "redirected": ("acknowledge", "redirect"),
    "done": ("acknowledge", "accept", "done"),
}


async def requested(house: House, status: str = "sent", **more: Any) -> dict[str, Any]:
    """A request of the Banque des Territoires that has come so far."""
    found = await house.post("/v1/requests", {**REQUEST, **more}, expect=201)
    for name in WAYS[status]:
        found = await house.post(f"/v1/requests/{found['id']}/{name}", BODIES[name], by=BANK)
    return found


async def test_the_reference_comes_back_at_once(house: House) -> None:
    found = await requested(house)

    assert found["reference"] == "BDT-2021-00001"
    assert (found["status"], found["allowed_transitions"]) == ("sent", ["acknowledge"])
    assert (found["operator"], found["requester"], found["service_version"]) == (CAISSE_DES_DEPOTS, PAU, 1)
    assert found["due"] == {"acknowledge": "2021-06-24", "answer": "2021-07-06", "conclude": "2021-07-30"}
    assert found["message"] == REQUEST["message"]
    [event] = await house.published()
    assert event == {
        "fact": "ServiceRequested",
        "territories": [LACQ],
        "regions": ["75", "76"],
        "organisations": [CAISSE_DES_DEPOTS, PAU],
        "request_id": found["id"],
        "reference": "BDT-2021-00001",
        "service": "BDT-05",
        "operator": CAISSE_DES_DEPOTS,
        "territory": LACQ,
        "action_id": None,
        "requester": PAU,
        "status": "sent",
        "sent_at": found["sent_at"],
        "due": found["due"],
    }


async def test_the_life_of_a_request(house: House, clock: Clock) -> None:
    found = await requested(house)
    path = f"/v1/requests/{found['id']}"
    clock.pass_days(3)
    acknowledged = await house.post(f"{path}/acknowledge", by=BANK)
    clock.pass_days(10)
    accepted = await house.post(f"{path}/accept", {"amount_cents": 2_500_000}, by=BANK)
    clock.pass_days(40)
    done = await house.post(f"{path}/done", {"amount_cents": 2_400_000}, by=BANK)

    assert (acknowledged["status"], acknowledged["allowed_transitions"]) == (
        "acknowledged",
        ["accept", "decline", "redirect"],
    )
    assert (accepted["status"], accepted["amount_cents"], accepted["allowed_transitions"]) == (
        "accepted",
        2_500_000,
        ["done"],
    )
    assert (done["status"], done["amount_cents"], done["allowed_transitions"], done["version"]) == (
        "done",
        2_400_000,
        [],
        4,
    )
    events = await house.published(f"request/{found['id']}")
    assert [(each["fact"], each["status"], each.get("amount_cents")) for each in events] == [
        ("ServiceRequested", "sent", None),
        ("ServiceRequestAnswered", "acknowledged", None),
        ("ServiceRequestAnswered", "accepted", 2_500_000),
        ("ServiceRequestAnswered", "done", 2_400_000),
    ]
    lines = (await house.get(f"{path}/history"))["items"]
    assert [line["by"]["org"] for line in lines] == [PAU, *[CAISSE_DES_DEPOTS] * 3]


@ON_SQLITE
@pytest.mark.parametrize(("status", "name"), list(product(STATES, TRANSITIONS)))
async def test_each_step_from_each_state(house: House, status: str, name: str) -> None:
    found = await requested(house, status)
    events = await house.published()
    legal = (status, name) in LEGAL

    answer = await house.post(f"/v1/requests/{found['id']}/{name}", BODIES[name], by=BANK, expect=200 if legal else 409)

    if legal:
        assert answer["status"] == LEGAL[status, name]
    else:
        assert (answer["code"], answer["state"]) == ("transition-refused", status)
        assert answer["allowed_transitions"] == found["allowed_transitions"]
        assert await house.get(f"/v1/requests/{found['id']}") == found
        assert await house.published() == events


async def test_a_refusal_says_why_and_the_reason_stays_here(house: House) -> None:
    found = await requested(house, "declined")

    assert found["reason"] == BODIES["decline"]["reason"]
    assert (await house.get(f"/v1/requests/{found['id']}/history"))["items"][-1]["reason"] == found["reason"]
    for event in await house.published():
        assert "périmètre" not in str(event)
        assert "friche" not in str(event)


async def test_a_redirected_request_goes_on_at_the_other_operator(house: House) -> None:
    found = await requested(house, "redirected")

    following = await house.get(f"/v1/requests/{found['redirected_as']}", by=BPI)
    assert (found["redirected_to"], found["reason"]) == (BPIFRANCE, BODIES["redirect"]["reason"])
    assert (following["reference"], following["status"], following["service"]) == ("BPI-2021-00001", "sent", "BPI-01")
    assert (following["redirected_from"], following["requester"], following["territory"]) == (found["id"], PAU, LACQ)
    assert following["message"] == REQUEST["message"]
    assert [(each["fact"], each["operator"]) for each in await house.published()] == [
        ("ServiceRequested", CAISSE_DES_DEPOTS),
        ("ServiceRequestAnswered", CAISSE_DES_DEPOTS),
        ("ServiceRequested", BPIFRANCE),
        ("ServiceRequestAnswered", CAISSE_DES_DEPOTS),
    ]
    last = (await house.published())[-1]
    assert (last["status"], last["redirected_to"]) == ("redirected", BPIFRANCE)
    # The other operator answers its own, and knows nothing of the first.
    assert (await house.post(f"/v1/requests/{following['id']}/acknowledge", by=BPI))["status"] == "acknowledged"
    await house.get(f"/v1/requests/{found['id']}", by=BPI, expect=404)


async def test_nothing_is_requested_for_a_closed_territory_and_what_was_requested_is_answered(house: House) -> None:
    found = await requested(house, "acknowledged")
    await house.publish(closed(LACQ, date(2021, 6, 15)))

    refused = [
        await house.post("/v1/requests", REQUEST, by=TEAM, expect=409),
        await house.post("/v1/requests", REQUEST, by=PILOT, expect=409),
        await house.post(f"/v1/requests/{found['id']}/redirect", BODIES["redirect"], by=BANK, expect=409),
    ]

    assert {(each["code"], each["closed_on"]) for each in refused} == {("territory-closed", "2021-06-15")}
    assert (await house.get(f"/v1/requests/{found['id']}", by=TEAM))["status"] == "acknowledged"
    assert (await house.post(f"/v1/requests/{found['id']}/accept", {}, by=BANK))["status"] == "accepted"


async def test_a_request_is_made_until_the_day_before_the_closing(house: House) -> None:
    await house.publish(closed(LACQ, date(2021, 6, 16)))

    await requested(house)


async def test_the_reason_of_a_redirection_is_for_the_requester_alone(house: House) -> None:
    found = await requested(house, "redirected")

    own = await house.get(f"/v1/requests/{found['id']}/history")
    others = await house.get(f"/v1/requests/{found['redirected_as']}/history", by=BPI)

    assert own["items"][-1]["reason"] == BODIES["redirect"]["reason"]
    assert BODIES["redirect"]["reason"] not in json.dumps(others, ensure_ascii=False)


@ON_SQLITE
@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"operator": BPIFRANCE, "service": "PE-04"}, 422, "service-of-another"),
        ({"operator": CAISSE_DES_DEPOTS, "service": "BDT-13"}, 422, "service-of-another"),
        ({"operator": BPIFRANCE, "service": "BPI-99"}, 422, "service-not-known"),
        ({"operator": BPIFRANCE, "service": "BPI-06"}, 409, "service-not-on-offer"),
        ({"operator": BPIFRANCE, "service": "ETAT-02"}, 409, "service-without-operator"),
        ({"operator": BPIFRANCE}, 422, None),
    ],
)
async def test_where_a_request_cannot_go_on(house: House, body: dict[str, Any], status: int, code: str | None) -> None:
    found = await requested(house, "acknowledged")

    answer = await house.post(f"/v1/requests/{found['id']}/redirect", body, by=BANK, expect=status)

    assert code is None or answer["code"] == code
    assert await house.get(f"/v1/requests/{found['id']}") == found


async def test_what_is_not_offered_is_not_requested(house: House) -> None:
    async def refused(service: str, expect: int) -> tuple[str, str]:
        answer = await house.post("/v1/requests", {**REQUEST, "service": service}, expect=expect)
        return answer["code"], answer["detail"]

    assert (await refused("BDT-99", 422))[0] == "service-not-known"
    code, detail = await refused("BPI-06", 409)
    assert (code, "ended on 2020-12-31" in detail) == ("service-not-on-offer", True)
    code, detail = await refused("ETAT-02", 409)
    assert (code, "préfet de région" in detail) == ("service-without-operator", True)
    code, detail = await refused("TOUS-01", 409)
    assert (code, "/v1/referents" in detail) == ("service-without-operator", True)
    await house.post("/v1/services/BDT-05/withdraw", {}, by=BANK)
    assert (await refused("BDT-05", 409))[0] == "service-already-withdrawn"
    assert await house.facts() == ["ServiceWithdrawn"]
    assert (await requested(house, service="BDT-13"))["reference"] == "BDT-2021-00001"


async def test_a_request_that_was_made_goes_on_after_the_service_was_withdrawn(house: House) -> None:
    found = await requested(house)
    await house.post("/v1/services/BDT-05/withdraw", {}, by=BANK)

    assert (await house.post(f"/v1/requests/{found['id']}/acknowledge", by=BANK))["status"] == "acknowledged"


async def test_a_former_body_of_the_state_is_answered_by_who_took_it_over(house: House) -> None:
    found = await requested(house, service="NUM-01")

    assert (found["operator"], found["reference"]) == (ANCT, "ANCT-2021-00001")
    assert (await house.post(f"/v1/requests/{found['id']}/acknowledge", by=f"operator:{ANCT}"))["status"]


async def test_a_request_for_an_action_of_the_territory(house: House) -> None:
    here, there = submitted(), submitted(territories=[COEUR], regions=["76", "84"])
    await house.publish(here, there)

    found = await requested(house, action_id=str(here.action_id))
    assert found["action_id"] == str(here.action_id)
    for action_id in (str(there.action_id), "0198f3a2-7b1c-7e44-9d55-2c1f0a9b8e77"):
        answer = await house.post("/v1/requests", {**REQUEST, "action_id": action_id}, expect=422)
        assert answer["code"] == "action-not-of-territory"
    assert len((await house.get("/v1/requests", action=str(here.action_id)))["items"]) == 1


async def test_nothing_is_requested_for_an_action_that_was_rejected(house: House) -> None:
    action = submitted()
    await house.publish(action, after(action, ActionRejected, "rejected", "rejected_at"))

    answer = await house.post("/v1/requests", {**REQUEST, "action_id": str(action.action_id)}, expect=409)

    assert answer["code"] == "action-was-rejected"
    assert await house.facts() == ["ServicesMatched"]


async def test_who_may_read_a_request(house: House) -> None:
    found = await requested(house)
    await house.numbered()

    for by in (TEAM, REGION, OTHER_REGION, STATE, NATIONAL, BANK):
        await house.get(f"/v1/requests/{found['id']}", by=by)
        assert len((await house.get("/v1/requests", by=by))["items"]) == 1, by
        assert len((await house.get("/v1/requests/changes", by=by))["items"]) == 1, by
    for by in (BPI, STRANGER, ELSEWHERE, COMPANY, PARTNER):
        await house.get(f"/v1/requests/{found['id']}", by=by, expect=404)
        assert (await house.get("/v1/requests", by=by))["items"] == [], by
        assert (await house.get("/v1/requests/changes", by=by))["items"] == [], by
    await house.get("/v1/requests", by=PLATFORM, expect=403)
    await house.get("/v1/requests", by=None, expect=401)


@ON_SQLITE
@pytest.mark.parametrize(
    ("by", "expected"),
    [(ELSEWHERE, 403), (BANK, 403), (REGION, 403), (STATE, 403), (NATIONAL, 403), (COMPANY, 403), (PARTNER, 403)],
)
async def test_only_the_territorys_own_people_request(house: House, by: str, expected: int) -> None:
    answer = await house.post("/v1/requests", REQUEST, by=by, expect=expected)

    assert answer["code"] == "forbidden"
    assert await house.facts() == []


@ON_SQLITE
@pytest.mark.parametrize("name", TRANSITIONS)
@pytest.mark.parametrize(
    ("by", "expected"),
    [(BPI, 404), (STRANGER, 404), (TEAM, 403), (REGION, 403), (STATE, 403), (NATIONAL, 403), (PARTNER, 403)],
)
async def test_only_the_operator_answers(house: House, name: str, by: str, expected: int) -> None:
    found = await requested(house)

    await house.post(f"/v1/requests/{found['id']}/{name}", BODIES[name], by=by, expect=expected)


async def test_requests_are_listed_as_asked(house: House, clock: Clock) -> None:
    first = await requested(house)
    second = await requested(house, "accepted", service="BDT-13")
    there = await house.post("/v1/requests", {**REQUEST, "territory": COEUR}, by=ELSEWHERE, expect=201)

    async def references(by: str = NATIONAL, **filters: Any) -> list[str]:
        return [one["reference"] for one in (await house.get("/v1/requests", by=by, **filters))["items"]]

    every = [first["reference"], second["reference"], there["reference"]]
    assert await references() == every
    assert await references(limit=2) == every[:2]
    assert await references(status="accepted") == every[1:2]
    assert await references(service="BDT-13") == every[1:2]
    assert await references(territory=COEUR) == every[2:]
    assert await references(territory="ti-7505", phase="2018") == every[:2]
    assert await references(region="75") == every[:2]
    assert await references(region="76") == every
    assert await references(operator=BPIFRANCE) == []
    assert await references(by=OTHER_REGION) == every
    assert await references(by=REGION) == every[:2]
    assert await references(overdue="true") == []
    clock.pass_days(10)
    assert await references(overdue="true") == [every[0], every[2]]
    assert await references(overdue="false") == every[1:2]
    assert (await house.get(f"/v1/requests/{first['id']}"))["late"] == ["acknowledge"]
    await house.get("/v1/requests", territory="ti-7505", expect=422)


async def test_changes_are_shown_to_those_concerned(house: House) -> None:
    found = await requested(house, "acknowledged")
    await house.numbered()

    changes = await house.get("/v1/requests/changes", by=BANK)
    assert [(one["id"], one["version"]) for one in changes["items"]] == [(found["id"], 1), (found["id"], 2)]
    assert (await house.get("/v1/requests/changes", by=BANK, after=changes["next"]))["items"] == []


async def test_the_same_request_sent_twice_is_one(house: House) -> None:
    async def send(body: dict[str, Any]) -> Any:
        return await house.send("POST", "/v1/requests", json=body, headers={"Idempotency-Key": "demande-1"})

    first, second = await send(REQUEST), await send(REQUEST)
    other = await send({**REQUEST, "message": "Autre chose"})

    assert (first.status_code, second.status_code) == (201, 201)
    assert first.content == second.content
    assert other.json()["code"] == "idempotency-key-reused"
    assert await house.facts() == ["ServiceRequested"]
    assert (await requested(house))["reference"] == "BDT-2021-00002"


async def test_a_refused_request_leaves_no_gap(house: House) -> None:
    await requested(house)
    await house.post("/v1/requests", {**REQUEST, "service": "BPI-06"}, expect=409)
    await house.post("/v1/requests", {**REQUEST, "territory": COEUR}, expect=403)

    assert (await requested(house))["reference"] == "BDT-2021-00002"


async def test_numbers_begin_anew_with_each_year(house: House, clock: Clock) -> None:
    await requested(house)
    clock.pass_days(199)
    assert (await requested(house))["reference"] == "BDT-2021-00002"
    clock.pass_days(200)

    assert (await requested(house))["reference"] == "BDT-2022-00001"


@ON_SQLITE
@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("service", "bdt-05"),
        ("service", 5),
        ("service", "BDT-05' OR 1=1"),
        ("territory", "ti-7505"),
        ("territory", "2018-ti-9999"),
        ("territory", None),
        ("action_id", "17"),
        ("message", ""),
        ("message", " "),
        ("message", "x" * 10_001),
        ("message", "a\u0000b"),
        ("message", {"html": "<script>"}),
        ("operator", CAISSE_DES_DEPOTS),
        ("requester", CAISSE_DES_DEPOTS),
    ],
)
async def test_a_request_that_is_not_understood_is_refused(house: House, field: str, value: Any) -> None:
    await house.post("/v1/requests", {**REQUEST, field: value}, expect=422)

    assert await house.facts() == []


@ON_SQLITE
@pytest.mark.parametrize("amount", [-1, 1.5, "100", True, 10**15])
async def test_an_amount_is_an_integer_of_cents(house: House, amount: Any) -> None:
    found = await requested(house, "acknowledged")

    await house.post(f"/v1/requests/{found['id']}/accept", {"amount_cents": amount}, by=BANK, expect=422)


@ON_SQLITE
@pytest.mark.parametrize("reason", ["", " ", None, 5, "x" * 2_001])
async def test_a_refusal_needs_a_reason(house: House, reason: Any) -> None:
    found = await requested(house, "acknowledged")

    await house.post(f"/v1/requests/{found['id']}/decline", {"reason": reason}, by=BANK, expect=422)


@ON_SQLITE
@pytest.mark.parametrize("path", ["/v1/requests/17", "/v1/requests/0198f3a2-7b1c-7e44-9d55-2c1f0a9b8e77"])
async def test_what_is_not_there(house: House, path: str) -> None:
    answer = await house.send("GET", path)

    assert answer.status_code == (422 if path.endswith("/17") else 404)
