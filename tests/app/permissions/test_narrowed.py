"""Claims narrow every operation: with a token for elsewhere, a caller does nothing and reads what everybody reads."""

import json
from io import BytesIO
from typing import Any, Final
from zipfile import ZipFile

import pytest

from services.notification.rules.catalogue import published
from shared.events import Audience
from shared.security.roles import Role
from tests.app.permissions.callers import ANONYMOUS, CALLERS, LACQ, NATIONAL, TEAM, synthetic
from tests.app.permissions.test_table import CASES, CHANGES, OPERATIONS, access_of, call, outcome, shared
from tests.app.permissions.world import DAY, World, number, somebody

pytestmark = pytest.mark.asyncio(loop_scope="session")

ELSEWHERE: Final[tuple[dict[str, Any], ...]] = ({"territories": ["2018-ti-0101"]}, {"regions": ["53"]}, {"regions": []})
OF_ONESELF: Final = {
    name for name, route in OPERATIONS.items() if route.path.startswith("/v1/subscriptions") and CASES[name].owner
} | {"create_subscription"}
"""A client keeps its subscriptions: what they deliver is narrowed as its token is."""
WITH_ANY_TOKEN: Final = {"list_mailboxes", "list_mailbox_changes", "read_mailbox", "read_mailbox_history"}
"""Offices of the whole programme: every token reads them, and nobody without one."""
OUTSIDE: Final = "200023307"
"""CA du Grand Villeneuvois: in no territory, so that it lies outside every token that is narrowed to some."""
PUBLIC_EVENTS: Final = {event.event_name for event in published().values() if event.audience is Audience.PUBLIC}


@pytest.mark.parametrize("name", [name for name in OPERATIONS if name in CHANGES - OF_ONESELF])
async def test_a_token_for_elsewhere_changes_nothing(world: World, name: str) -> None:
    route, case = OPERATIONS[name], CASES[name]
    wrong = []
    for who in (who for who in CALLERS if outcome(route, case, who) < 300):
        for claims in ELSEWHERE:
            answer = await call(world, route, case, who, await shared(world, name), **claims)
            if answer.status_code not in (403, 404):
                wrong.append(f"{who} {claims}: {answer.status_code} {answer.text[:200]}")

    assert wrong == []


@pytest.mark.parametrize("name", [name for name in OPERATIONS if name not in CHANGES | OF_ONESELF | WITH_ANY_TOKEN])
async def test_a_token_for_elsewhere_reads_what_everybody_reads(world: World, name: str) -> None:
    route, case = OPERATIONS[name], CASES[name]
    target = await shared(world, name)
    await world.settled()
    public = await call(world, route, case, ANONYMOUS, target) if access_of(route).public else None
    wrong = []
    for who in (who for who in CALLERS if who.role and outcome(route, case, who) < 300):
        for claims in ELSEWHERE:
            answer = await call(world, route, case, who, target, **claims)
            if public is None:
                right = answer.status_code in (403, 404) or all(
                    map(is_public, answer.json().get("items", [answer.json()]))
                )
            else:
                right = (answer.status_code, shown(answer)) == (public.status_code, shown(public))
            if not right:
                wrong.append(f"{who} {claims}: {answer.status_code} {answer.text[:200]}")

    assert wrong == []


@pytest.mark.parametrize("name", sorted(WITH_ANY_TOKEN))
async def test_a_narrowed_token_reads_the_mailboxes_of_offices(world: World, name: str) -> None:
    target = await shared(world, name)
    answer = await call(world, OPERATIONS[name], CASES[name], TEAM, target, territories=[LACQ])
    without = await call(world, OPERATIONS[name], CASES[name], ANONYMOUS, target)

    assert (answer.status_code, without.status_code) == (200, 401)


async def test_a_narrowed_token_does_not_read_the_journal(world: World) -> None:
    machine = next(who for who in CALLERS if who.role is Role.PLATFORM)

    answer = await world.client.get("/v1/journal", headers=machine.headers(territories=[LACQ]))

    assert answer.status_code == 403


async def test_what_a_narrowed_token_registers_lies_where_the_token_says(world: World) -> None:
    siren = synthetic(25000 + number())
    body = {"siren": siren, "name": f"Préfecture {siren} (synthétique)", "kind": "state", "synthetic": True}

    for region, status in (("76", 403), ("75", 201)):
        answer = await world.client.post(
            "/v1/organisations", json={**body, "region": region}, headers=NATIONAL.headers(regions=["75"])
        )
        assert answer.status_code == status, answer.text


async def test_a_body_that_lies_in_no_territory_is_named_in_an_act_that_lies_in_one_of_the_token(world: World) -> None:
    mandate = {"capacity": "project_manager", "person_id": somebody(), "organisation": OUTSIDE, "since": DAY}

    answer = await world.client.post(
        f"/v1/territories/{LACQ}/pilots", json=mandate, headers=TEAM.headers(territories=[LACQ])
    )

    assert answer.status_code == 201, answer.text


def is_public(item: dict[str, Any]) -> bool:
    """Is it an event that everybody receives?"""
    if "event" not in item:
        return False
    # A proof has it as text.
    event = json.loads(item["event"]) if isinstance(item["event"], str) else item["event"]
    return event["type"].split(".")[-2] in PUBLIC_EVENTS


def shown(answer: Any) -> Any:
    """Return the content of an answer, without its cursor, which is bound to the client.

    An archive is dated: what it holds is compared.
    """
    if answer.content.startswith(b"PK"):
        with ZipFile(BytesIO(answer.content)) as archive:
            return {name: archive.read(name) for name in archive.namelist() if not name.startswith("manifest")}
    if answer.content.startswith(b"%PDF"):
        return answer.content
    body = answer.json()
    return body.get("items", body if answer.is_success else None)
