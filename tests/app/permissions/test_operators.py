"""Sheets for the operators of the programme and the industrial pilot: each state of a sheet × each way to read it."""

from collections.abc import Awaitable, Callable
from typing import Any, Final
from uuid import UUID

import pytest

from shared.security.roles import Role
from tests.app.permissions import callers, receiving
from tests.app.permissions.callers import (
    BANK,
    CAISSE,
    COMPANY,
    INVEST,
    LACQ,
    NATIONAL,
    PILOT,
    REGION,
    SECOND_REGION,
    TEAM,
    Who,
)
from tests.app.permissions.test_former_stakeholders import Subscriber, change, subscribe
from tests.app.permissions.test_table import listed
from tests.app.permissions.world import SHEET, World

pytestmark = pytest.mark.asyncio(loop_scope="session")

NO_OPERATOR: Final = Who("other", Role.OPERATOR, callers.FILATURES)
"""An operator by its token alone."""
OPERATOR_AS_PARTY: Final = Who("other", Role.PARTY, "130005481")
"""France Travail: a service of its is among the best for these sheets, which opens nothing to another role."""
MEMBER: Final = Who("member", Role.PARTY, callers.TARBES)
READERS: Final = (TEAM, PILOT, COMPANY, REGION, SECOND_REGION, callers.STATE, NATIONAL, BANK)
"""Callers that read all of a sheet, in any state: it names the Caisse des dépôts as a partner."""
STRANGERS: Final = (NO_OPERATOR, OPERATOR_AS_PARTY, MEMBER, Who("other", Role.PARTNER, callers.PAU))
WHY: Final = {"reason": "Motif synthétique."}
CONFIDENTIAL: Final = {"confidential": ["context", "cost_cents", "milestones"], "milestones": [
    {"title": "Jalon confidentiel (synthétique)", "due_on": "2021-01-01"}
]}  # fmt: skip


async def draft(world: World) -> str:
    return str((await world.post(TEAM, "/v1/actions", {**SHEET, **CONFIDENTIAL}))["id"])


async def submitted(world: World) -> str:
    sheet = await draft(world)
    await world.post(TEAM, f"/v1/actions/{sheet}/submit")
    return sheet


async def returned(world: World) -> str:
    sheet = await submitted(world)
    await world.post(REGION, f"/v1/actions/{sheet}/return", WHY)
    return sheet


async def changed(world: World) -> str:
    sheet = await returned(world)
    await change(world, f"/v1/actions/{sheet}", {"title": "Autre titre (synthétique)", "context": "Autre secret."})
    return sheet


async def validated(world: World) -> str:
    sheet = await submitted(world)
    for who in (REGION, SECOND_REGION):
        await world.post(who, f"/v1/actions/{sheet}/validate")
    return sheet


async def rejected(world: World) -> str:
    sheet = await submitted(world)
    await world.post(SECOND_REGION, f"/v1/actions/{sheet}/reject", WHY)
    return sheet


EVENTS: Final[dict[Callable[[World], Awaitable[str]], list[str]]] = {
    draft: [],
    submitted: ["ActionSubmitted"],
    returned: ["ActionSubmitted", "ActionReturned"],
    changed: ["ActionSubmitted", "ActionReturned", "ActionChanged"],
    validated: ["ActionSubmitted", "ActionValidated"],
    rejected: ["ActionSubmitted", "ActionRejected"],
}
"""State of a sheet → the events that it then has."""


def name_of(event_type: str) -> str:
    """The name of a type of event without its prefix, publisher and version."""
    return event_type.split(".")[-2]


async def ways(world: World, subscriber: Subscriber, sheet: str) -> dict[str, Any]:
    """Return the answer of each way to read a sheet."""
    who, path = subscriber.who, f"/v1/actions/{sheet}"

    async def reads(address: str) -> bool:
        return (await world.send(who, "GET", address)).is_success

    title = (await world.get(path))["number"]
    found = await world.send(who, "GET", f"/v1/actions?territory={LACQ}&q={title}")
    past = await world.send(who, "GET", f"{path}/history")
    fed = [event for event in await receiving.feed(world, who.headers()) if event["subject"] == f"action/{sheet}"]
    all_of_it = await receiving.feed(world, NATIONAL.headers())
    events = {name_of(event["type"]): event["id"] for event in all_of_it if event["subject"] == f"action/{sheet}"}
    return {
        "read": await reads(path),
        "list": sheet in await listed(world, who, "/v1/actions"),
        "search": sheet in {row["id"] for row in found.json().get("items", [])},
        "changes": sheet in await listed(world, who, "/v1/actions/changes"),
        "history": bool(past.is_success and past.json()["items"]),
        "feed": [name_of(event["type"]) for event in fed],
        "event": [name for name, key in events.items() if await reads(f"/v1/events/{key}")],
        "webhook": [name_of(each.type) for each in await subscriber.deliveries(f"action/{sheet}")],
        "matching": await reads(f"/v1/matchings/{sheet}"),
        "matchings": sheet in await listed(world, who, "/v1/matchings"),
    }


@pytest.mark.parametrize("make", EVENTS, ids=lambda make: make.__name__)
async def test_each_way_shows_a_sheet_to_the_same_callers(
    world: World, make: Callable[[World], Awaitable[str]]
) -> None:
    subscribers = [await subscribe(world, who) for who in (*READERS, INVEST, *STRANGERS)]
    sheet = await make(world)
    await receiving.journaled(world)
    is_draft = make is draft
    wrong = []
    for subscriber in subscribers:
        who = subscriber.who
        sees = who in READERS or (who is INVEST and not is_draft)
        expected = {
            **dict.fromkeys(("read", "list", "search", "changes", "history"), sees),
            **dict.fromkeys(("feed", "event", "webhook"), EVENTS[make] if sees else []),
            **dict.fromkeys(("matching", "matchings"), sees and not is_draft),
        }
        if (found := await ways(world, subscriber, sheet)) != expected:
            wrong.append(f"{who}: {found}")

    assert wrong == []


async def test_each_operator_of_the_catalogue_gets_a_submitted_sheet_by_feed_and_by_webhook(world: World) -> None:
    operators = [row["siren"] for row in (await world.get("/v1/operators?limit=200"))["items"]]
    subscribers = [await subscribe(world, Who("other", Role.OPERATOR, siren)) for siren in operators]
    assert {CAISSE, callers.BPIFRANCE} < set(operators)

    sheet = await submitted(world)
    await receiving.journaled(world)

    wrong = []
    for subscriber in subscribers:
        [event, *others] = [
            event
            for event in await receiving.feed(world, subscriber.who.headers())
            if event["subject"] == f"action/{sheet}"
        ]
        deliveries = await subscriber.deliveries(f"action/{sheet}")
        if (
            others
            or [each.event_id for each in deliveries] != [event["id"]]
            or not event["type"].endswith("contract.ActionSubmitted.v1")
        ):
            wrong.append(subscriber.who.org)
    assert wrong == []


async def test_what_is_confidential_is_for_those_whom_the_sheet_names_or_who_were_asked(world: World) -> None:
    sheet = await changed(world)
    await receiving.journaled(world)
    path = f"/v1/actions/{sheet}"
    whole = await shown(world, TEAM, sheet)

    for who in READERS:
        assert await shown(world, who, sheet) == whole, who
    assert {"Autre secret.", "Jalon confidentiel", "1000"} <= set(secrets_in(whole))
    bare = await shown(world, INVEST, sheet)
    read = await world.get(path, INVEST)
    assert secrets_in(bare) == []
    assert read["withheld"] == read["confidential"] == ["context", "cost_cents", "milestones"]
    assert (read["context"], read["cost_cents"], read["milestones"]) == (None, None, [])
    assert (await world.get(path))["withheld"] == []

    asked = {"service": "BPI-01", "territory": LACQ, "action_id": sheet}
    await world.post(PILOT, "/v1/requests", asked)
    await receiving.journaled(world)

    read = await world.get(path, INVEST)
    assert (read["withheld"], read["context"], read["cost_cents"]) == ([], "Autre secret.", 1000)
    assert secrets_in(await shown(world, INVEST, sheet)) == secrets_in(whole)


async def test_a_sheet_shows_each_reader_the_requests_that_it_may_read_at_their_address(world: World) -> None:
    sheet = await submitted(world)
    await receiving.journaled(world)
    asked = await world.post(TEAM, "/v1/requests", {"service": "BDT-05", "territory": LACQ, "action_id": sheet})
    await world.post(BANK, f"/v1/requests/{asked['id']}/acknowledge")
    await world.post(BANK, f"/v1/requests/{asked['id']}/accept", {"amount_cents": 4242})
    await receiving.journaled(world)
    readable = {}

    for who in (*READERS, INVEST):
        at_its_address = (await world.send(who, "GET", f"/v1/requests/{asked['id']}")).is_success
        in_the_sheet = (await world.get(f"/v1/actions/{sheet}", who))["service_requests"]
        readable[who] = at_its_address
        assert [each["amount_cents"] for each in in_the_sheet] == [4242] * at_its_address, who

    assert (readable[TEAM], readable[BANK], readable[INVEST], readable[COMPANY]) == (True, True, False, False)


def secrets_in(shown: dict[str, str]) -> list[str]:
    """The confidential values that some way shows."""
    text = "".join(shown.values())
    values = ("Situation synthétique.", "Autre secret.", "Jalon confidentiel", "1000")
    return [value for value in values if value in text.replace("10000", "")]


async def shown(world: World, who: Who, sheet: str) -> dict[str, str]:
    """The sheet as each way shows it, as text."""
    texts = {}
    for name, path in {
        "read": f"/v1/actions/{sheet}",
        "list": f"/v1/actions?territory={LACQ}&limit=200",
        "history": f"/v1/actions/{sheet}/history",
        "changes": "/v1/actions/changes?limit=200",
    }.items():
        page = await world.get(path, who)
        while page.get("next") and name == "changes" and page["has_more"]:
            last, page = page, await world.get(f"{path}&after={page['next']}", who)
            page["items"] = [*last["items"], *page["items"]]
        items = [row for row in page.get("items", [page]) if name == "history" or row.get("id") == sheet]
        kept = ("context", "cost_cents", "milestones")
        texts[name] = str([pick(row.get("object") or row.get("changed") or row, kept) for row in items])
    return texts


def pick(row: dict[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    return {name: row.get(name) for name in names}


async def test_no_event_carries_a_confidential_cost(world: World) -> None:
    sheet = await changed(world)
    open_sheet = await world.submitted_sheet()
    await receiving.journaled(world)

    events = await receiving.feed(world, TEAM.headers())
    costs = {
        subject: {event["data"]["cost_cents"] for event in events if event["subject"] == f"action/{subject}"}
        for subject in (sheet, open_sheet)
    }

    assert costs == {sheet: {None}, open_sheet: {1000}}


async def test_lines_from_before_the_submission_are_not_for_operators_that_the_sheet_does_not_name(
    world: World,
) -> None:
    sheet = await draft(world)
    await change(world, f"/v1/actions/{sheet}", {"objective": "Objectif d'avant l'envoi."})
    await world.post(TEAM, f"/v1/actions/{sheet}/submit")
    await world.settled()

    lines = (await world.get(f"/v1/actions/{sheet}/history", INVEST))["items"]
    named = (await world.get(f"/v1/actions/{sheet}/history", BANK))["items"]

    assert [line["version"] for line in lines] == [3]
    assert [line["version"] for line in named] == [1, 2, 3]
    assert lines[0]["changed"]["objective"] == {"before": None, "after": "Objectif d'avant l'envoi."}
    assert "context" not in lines[0]["changed"]


async def test_an_operator_that_was_asked_is_named_by_the_later_events(world: World) -> None:
    sheet = await submitted(world)
    await world.settled()
    await world.post(TEAM, "/v1/requests", {"service": "BPI-01", "territory": LACQ, "action_id": sheet})
    await world.settled()
    await world.post(REGION, f"/v1/actions/{sheet}/reject", WHY)
    await receiving.journaled(world)

    mine = f"/v1/events?operator={callers.BPIFRANCE}&limit=200"
    page = await world.get(mine, INVEST)
    while page["has_more"]:
        page = await world.get(f"{mine}&after={page['next']}", INVEST)
    about = [item["event"]["type"] for item in page["items"] if item["event"]["subject"] == f"action/{sheet}"]
    assert list(map(name_of, about)) == ["ActionChanged", "ActionRejected"]


async def test_the_pilot_works_on_the_plan_of_its_territory(world: World) -> None:
    body = {**SHEET, "territories": [LACQ], "carriers": [callers.PAU], "partners": []}
    sheet = await world.post(PILOT, "/v1/actions", body)
    path = f"/v1/actions/{sheet['id']}"
    edited = await world.send(PILOT, "PATCH", path, {"title": "Titre du binôme"}, **{"If-Match": '"1"'})
    await world.post(PILOT, f"{path}/submit")
    await world.settled()
    contract = await world.post(PILOT, "/v1/contracts", world.contract_body())
    await world.post(PILOT, f"/v1/contracts/{contract['id']}/cancel", WHY)

    assert edited.status_code == 200
    assert UUID(contract["id"])
    for who in (COMPANY, MEMBER, OPERATOR_AS_PARTY):
        assert (await world.send(who, "POST", "/v1/actions", body)).status_code == 403, who
    elsewhere = {**body, "territories": [callers.ARVE], "carriers": [callers.FAUCIGNY]}
    assert (await world.send(PILOT, "POST", "/v1/actions", elsewhere)).status_code == 403


async def test_a_carrier_edits_its_sheet_and_does_not_send_it(world: World) -> None:
    sheet = await world.drafted_sheet()
    path = f"/v1/actions/{sheet}"

    edited = await world.send(COMPANY, "PATCH", path, {"title": "Titre du porteur"}, **{"If-Match": '"1"'})

    assert edited.status_code == 200
    assert (await world.send(COMPANY, "POST", f"{path}/submit")).status_code == 403
    assert (await world.send(COMPANY, "DELETE", path, **{"If-Match": '"2"'})).status_code == 403
