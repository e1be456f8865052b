"""Claims narrow; a right that our own data takes away is gone at once; a stored answer is no way round it."""

from typing import Any

import pytest

from shared.ids import uuid7
from shared.security.roles import Role
from tests.app.permissions import callers
from tests.app.permissions.callers import ARVE, COMPANY, LACQ, NATIONAL, REGION, SECOND_REGION, TEAM, Who, bearer
from tests.app.permissions.world import DAY, SHEET, SIGNATURE, World, number, somebody

pytestmark = pytest.mark.asyncio(loop_scope="session")

ELSEWHERE: Any = {"territories": [ARVE]}
NOWHERE: Any = {"regions": []}
GUEST = Who("own", Role.TERRITORY, "200029734")
"""CC des 4B Sud Charente: in no territory, so it reaches only what it pilots or enters."""


@pytest.mark.parametrize(
    ("who", "claims"),
    [
        (NATIONAL, {"territories": ["2018-ti-0101"]}),
        (NATIONAL, {"regions": ["53"]}),
        (TEAM, {"territories": ["2023-ti-7510"]}),
        (TEAM, {"territories": []}),
        (TEAM, NOWHERE),
        (REGION, NOWHERE),
        (REGION, {"regions": ["53"]}),
        (REGION, {"territories": ["2018-ti-0101"]}),
        (callers.STATE, NOWHERE),
        (COMPANY, {"territories": ["2018-ti-0101"]}),
        (callers.BANK, {"regions": ["53"]}),
    ],
    ids=str,
)
async def test_a_token_narrowed_to_elsewhere_opens_nothing(world: World, who: Who, claims: dict[str, Any]) -> None:
    sheet, contract = await world.drafted_sheet(), await world.contract_to_sign()
    await world.settled()
    narrowed = who.headers(**claims)

    for path in (f"/v1/actions/{sheet}", f"/v1/contracts/{contract}", f"/v1/decisions/{world.decisions['75']}"):
        assert (await world.client.get(path, headers=who.headers())).status_code == (
            404 if who.role in (Role.PARTY, Role.OPERATOR) and "decisions" in path else 200
        )
        assert (await world.client.get(path, headers=narrowed)).status_code == 404
    for path in ("/v1/actions", "/v1/decisions", "/v1/actions/changes", "/v1/decisions/changes"):
        assert (await world.client.get(path, headers=narrowed)).json()["items"] == []
    signed = await world.client.post(f"/v1/contracts/{contract}/sign", json=SIGNATURE, headers=narrowed)
    assert signed.status_code == (403 if who is NATIONAL else 404)


async def test_a_token_narrowed_to_its_own_still_opens_it(world: World) -> None:
    sheet = await world.drafted_sheet()

    for who, claims in (
        (TEAM, {"territories": [LACQ]}),
        (REGION, {"regions": ["75"], "territories": [LACQ]}),
        (COMPANY, {"regions": ["76"]}),
        (NATIONAL, {"territories": [ARVE]}),
    ):
        answer = await world.client.get(f"/v1/actions/{sheet}", headers=who.headers(**claims))
        listed = await world.client.get("/v1/actions?limit=200", headers=who.headers(**claims))
        assert answer.status_code == 200
        assert sheet in {row["id"] for row in listed.json()["items"]}


async def test_a_claim_never_widens(world: World) -> None:
    sheet = await world.drafted_sheet()

    for who in (
        Who("other", Role.REGION, callers.BRETAGNE),
        Who("other", Role.TERRITORY, callers.CAP_EXCELLENCE),
        Who("other", Role.PARTNER, callers.PAU),
    ):
        headers = who.headers(territories=[LACQ], regions=["75"])
        assert (await world.client.get(f"/v1/actions/{sheet}", headers=headers)).status_code == 404


async def test_a_body_that_is_no_region_does_not_act_as_one(world: World) -> None:
    """An intercommunality, an operator or a company lies in a région; no token lets it govern the région."""
    sheet = await world.drafted_sheet()

    for role, org in ((Role.REGION, callers.PAU), (Role.STATE, callers.PAU), (Role.STATE, callers.NOUVELLE_AQUITAINE)):
        stranger = Who("other", role, org)
        assert (await world.send(stranger, "GET", f"/v1/decisions/{world.decisions['75']}")).status_code == 404
        listed = await world.get("/v1/actions?limit=200", stranger)
        assert {sheet} & {row["id"] for row in listed["items"]} == ({sheet} if org == callers.PAU else set())


async def test_a_region_that_a_territory_leaves_no_longer_reads_its_decisions_in_the_feed(world: World) -> None:
    """Nothing of the decision itself has changed: whom it concerns follows from where its territories lie."""
    lodevois, brive = "200017341", "2023-ti-7505"

    async def shown(decision: str) -> list[bool]:
        await world.settled()
        feed = await world.get("/v1/decisions/changes?limit=200", SECOND_REGION)
        return [row["object"] is not None for row in feed["items"] if row["id"] == decision]

    await world.change_perimeter(brive, enters=[lodevois])
    body = {
        "committee_id": world.committee, "kind": "other", "outcome": "deferred", "title": "Décision (synthétique)",
        "reference": f"SYNTH-{number()}", "decided_on": "2023-12-01", "territories": [brive],
    }  # fmt: skip
    decision = str((await world.post(REGION, "/v1/decisions", body))["id"])
    assert await shown(decision) == [True]

    await world.change_perimeter(brive, leaves=[lodevois])

    assert (await world.send(SECOND_REGION, "GET", f"/v1/decisions/{decision}")).status_code == 404
    assert await shown(decision) == [False]


async def test_narrowing_also_binds_who_may_do_something_anywhere(world: World) -> None:
    body = {"capacity": "project_manager", "person_id": somebody(), "organisation": callers.PAU, "since": DAY}

    answer = await world.client.post(
        f"/v1/territories/{LACQ}/pilots", json=body, headers=NATIONAL.headers(territories=["2018-ti-0101"])
    )

    assert answer.status_code == 403


async def test_who_is_no_longer_a_pilot_is_no_editor_at_once(world: World) -> None:
    pilot = await world.appoint(organisation=GUEST.org or "")
    await world.settled()
    sheet = (await world.post(GUEST, "/v1/actions", SHEET))["id"]
    end = f"/v1/territories/{LACQ}/pilots/{pilot}/replace"
    body = {"person_id": somebody(), "organisation": callers.PAU, "on": DAY}

    await world.post(GUEST, end, body)

    mandate = {"capacity": "project_manager", "person_id": somebody(), "organisation": GUEST.org, "since": DAY}
    refused = await world.send(GUEST, "POST", f"/v1/territories/{LACQ}/pilots", mandate)
    await world.settled()
    submitted = await world.send(GUEST, "POST", f"/v1/actions/{sheet}/submit")
    drafted = await world.send(GUEST, "POST", "/v1/actions", SHEET)
    assert (refused.status_code, submitted.status_code, drafted.status_code) == (403, 404, 403)


async def test_who_is_no_longer_a_member_is_no_editor_at_once(world: World) -> None:
    await world.change_perimeter(enters=[GUEST.org or ""])
    sheet = (await world.post(GUEST, "/v1/actions", SHEET))["id"]

    await world.change_perimeter(leaves=[GUEST.org or ""])

    mandate = {"capacity": "project_manager", "person_id": somebody(), "organisation": GUEST.org, "since": DAY}
    refused = await world.send(GUEST, "POST", f"/v1/territories/{LACQ}/pilots", mandate)
    submitted = await world.send(GUEST, "POST", f"/v1/actions/{sheet}/submit")
    assert (refused.status_code, submitted.status_code) == (403, 404)


async def test_a_stored_answer_is_not_given_to_who_may_no_longer_ask(world: World) -> None:
    key = {"Idempotency-Key": f"key-{number()}"}
    client = {"client_id": "one-client"}

    first = await world.client.post("/v1/actions", json=SHEET, headers=TEAM.headers(**client) | key)
    again = await world.client.post("/v1/actions", json=SHEET, headers=TEAM.headers(**client) | key)
    without_scope = bearer(Role.TERRITORY, callers.PAU, scope="actions:read", **client)
    without_role = bearer(Role.PARTNER, None, **client)

    assert (first.status_code, again.status_code) == (201, 201)
    assert again.headers["idempotent-replayed"] == "true"
    for headers in (without_scope, without_role):
        answer = await world.client.post("/v1/actions", json=SHEET, headers=headers | key)
        assert answer.status_code == 403


async def test_a_stored_answer_is_not_given_to_a_token_that_is_narrowed_to_elsewhere(world: World) -> None:
    key, client = {"Idempotency-Key": f"key-{number()}"}, {"client_id": "another-client"}
    await world.client.post("/v1/actions", json=SHEET, headers=TEAM.headers(**client) | key)

    narrowed = TEAM.headers(territories=["2023-ti-7510"], **client) | key
    answer = await world.client.post("/v1/actions", json=SHEET, headers=narrowed)

    assert (answer.status_code, answer.json()["code"]) == (422, "idempotency-key-reused")


async def test_who_may_not_ask_gets_no_transaction(world: World) -> None:
    """The one writer of SQLite is not held by strangers: refused while another writes, not after it."""
    database = world.platform.running[1].database

    async with database.writing():
        anonymous = await world.client.post("/v1/actions", json=SHEET)
        partner = await world.client.post("/v1/actions", json=SHEET, headers=bearer(Role.PARTNER, None))

    assert (anonymous.status_code, partner.status_code) == (401, 403)


async def test_a_decision_that_one_may_not_read_looks_like_none(world: World) -> None:
    """The answer does not even show the reference of another Region's decision on other territories."""
    committees = await world.get("/v1/committees?region=76", SECOND_REGION)
    body = {
        "committee_id": committees["items"][0]["id"], "kind": "other", "outcome": "deferred", "title": "À huis clos",
        "reference": "CONFIDENTIEL", "decided_on": "2019-12-01", "territories": [],
    }  # fmt: skip
    unseen = (await world.post(SECOND_REGION, "/v1/decisions", body))["id"]
    contract = await world.contract_under_review()
    await world.settled()

    answers = [
        await world.send(REGION, "POST", f"/v1/contracts/{contract}/approve", {"decision_id": decision})
        for decision in (unseen, str(uuid7()))
    ]

    assert [(answer.status_code, answer.json()["code"]) for answer in answers] == [(409, "decision-not-known")] * 2
    assert "CONFIDENTIEL" not in answers[0].text
