"""A caller that an object no longer concerns receives nothing more of it: feed, replay, waiting delivery."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

import pytest
from sqlalchemy import func, select, update

from services.notification.models import DELIVERIES_PENDING, Delivery, DeliveryState, Journal
from shared.clock import now
from shared.events.subjects import address
from shared.security.roles import Role
from shared.storage.wakeups import request_wakeup
from tests.app.permissions import callers, offers, receiving
from tests.app.permissions.callers import BANK, LACQ, NATIONAL, REGION, SECOND_REGION, SECOND_STATE, TEAM, Who
from tests.app.permissions.cases import BRIVE
from tests.app.permissions.world import CONTRACT, DAY, SHEET, World, number, somebody

pytestmark = pytest.mark.asyncio(loop_scope="session")

FORGES: Final = Who("named", Role.PARTY, callers.FORGES)
FILATURES: Final = Who("other", Role.PARTY, callers.FILATURES)
OTHER_TEAM: Final = Who("named", Role.TERRITORY, callers.FAUCIGNY)
OTHER_TEAMS_REGION: Final = Who("named", Role.REGION, callers.RHONE_ALPES)
GUEST: Final = Who("own", Role.TERRITORY, "200029734")
"""CC des 4B Sud Charente: in no territory, so it reaches only what it pilots."""
LODEVOIS: Final = "200017341"
"""In Occitanie: with it, Brive lies in two régions."""

Subjects = Sequence[str]
End = Callable[[], Awaitable[Any]]


@dataclass
class Subscriber:
    """Somebody with a feed and a webhook, of what happens from now on."""

    world: World
    who: Who
    key: str

    async def received(self, subject: str) -> set[str]:
        """The events of an object that the feed has."""
        return {
            event["id"] for event in await receiving.feed(self.world, self.who.headers()) if event["subject"] == subject
        }

    async def deliveries(self, subject: str) -> Sequence[Delivery]:
        """Return the planned deliveries of an object."""
        async with receiving.database(self.world).reading() as session:
            wanted = select(Delivery).where(
                Delivery.subscription_id == UUID(self.key), Delivery.subject == subject, Delivery.body.is_(None)
            )
            return (await session.scalars(wanted.order_by(Delivery.id))).all()

    async def replay(self, since: int) -> None:
        """Have everything since a position told again."""
        await self.world.post(self.who, f"/v1/subscriptions/{self.key}/replay", {"since": since})
        await receiving.journaled(self.world)

    async def try_again(self) -> None:
        """Make waiting deliveries due now, so that each is tried or dropped."""
        async with receiving.database(self.world).writing() as session:
            mine = Delivery.subscription_id == UUID(self.key)
            await session.execute(update(Delivery).where(mine).values(next_try_at=now()))
            request_wakeup(session, DELIVERIES_PENDING)


async def subscribe(world: World, who: Who, **claims: Any) -> Subscriber:
    """A subscription of somebody to all that it may be told, whose receiver has consented."""
    await receiving.journaled(world)
    made = await world.client.post(
        "/v1/subscriptions", json={"url": receiving.SUBSCRIPTION["url"]}, headers=who.headers(**claims)
    )
    assert made.status_code == 201, made.text
    await receiving.consent(world, made.json()["id"])
    return Subscriber(world, who, made.json()["id"])


async def a_party_is_taken_out(world: World) -> tuple[Subjects, End]:
    party = {
        "organisation": callers.FORGES, "block": "economic", "kind": "company", "capacity": "Présidence",
        "role": "carrier", "required": False,
    }  # fmt: skip
    body = world.contract_body()
    whole = {**body, "parties": [*body["parties"], party], "plan": [{"action_id": world.sheet}]}
    contract = f"/v1/contracts/{(await world.post(TEAM, '/v1/contracts', whole))['id']}"

    async def end() -> None:
        await change(world, contract, {"parties": body["parties"]})

    return [f"contract/{contract.rpartition('/')[2]}"], end


async def a_partner_of_a_sheet_is_taken_out(world: World) -> tuple[Subjects, End]:
    sheet = await world.submitted_sheet()

    async def end() -> None:
        await submit_again(world, sheet, {"partners": SHEET["partners"][:1]})

    return [f"action/{sheet}", f"matching/{sheet}"], end


async def a_partner_of_a_returned_sheet_is_taken_out(world: World) -> tuple[Subjects, End]:
    return await returned_sheet(world, {"partners": SHEET["partners"][:1]})


async def a_territory_of_a_returned_sheet_is_taken_out(world: World) -> tuple[Subjects, End]:
    return await returned_sheet(world, {"territories": [LACQ]})


async def returned_sheet(world: World, body: Any) -> tuple[Subjects, End]:
    """A sheet that its team changes after a return, and does not submit again."""
    sheet = await world.submitted_sheet()
    await world.post(REGION, f"/v1/actions/{sheet}/return", {"reason": "Motif synthétique."})

    async def end() -> None:
        await change(world, f"/v1/actions/{sheet}", body)

    return [f"action/{sheet}", f"matching/{sheet}"], end


async def the_mandate_of_the_industrial_pilot_ends(world: World) -> tuple[Subjects, End]:
    pilots = f"/v1/territories/{BRIVE}/pilots"
    body = {"person_id": somebody(), "organisation": callers.FILATURES, "capacity": "industriel", "since": "2024-01-15"}
    of_brive = await team_of_brive(world)
    pilot = await world.post(of_brive, pilots, body)
    await world.settled()
    subjects = await objects_of_brive(world, of_brive)

    async def end() -> None:
        await world.post(of_brive, f"{pilots}/{pilot['id']}/end", {"on": "2024-02-15"})

    return subjects, end


async def a_pilot_is_replaced(world: World) -> tuple[Subjects, End]:
    pilot = await world.appoint(organisation=GUEST.org or "")
    await world.settled()
    sheet = await world.submitted_sheet()
    request = await world.post(TEAM, "/v1/requests", offers.REQUEST)

    async def end() -> None:
        body = {"person_id": somebody(), "organisation": callers.PAU, "on": DAY}
        await world.post(TEAM, f"/v1/territories/{LACQ}/pilots/{pilot}/replace", body)

    return [f"action/{sheet}", f"matching/{sheet}", f"request/{request['id']}"], end


async def a_territory_leaves_a_region(world: World) -> tuple[Subjects, End]:
    await world.change_perimeter(BRIVE, enters=[LODEVOIS])
    subjects = await objects_of_brive(world, await team_of_brive(world))

    async def end() -> None:
        await world.change_perimeter(BRIVE, leaves=[LODEVOIS])

    return subjects, end


async def team_of_brive(world: World) -> Who:
    """Return the caller of a member of Brive."""
    [team, *_] = (await world.get(f"/v1/territories/{BRIVE}"))["members"]
    return Who("own", Role.TERRITORY, team["siren"])


async def objects_of_brive(world: World, of_brive: Who) -> Subjects:
    """One closed object of each kind, all of Brive."""
    sheet = await world.post(of_brive, "/v1/actions", {
        **SHEET, "territories": [BRIVE], "carriers": [of_brive.org], "partners": [], "axes": ["transition"],
        "main_axis": "transition",
    })  # fmt: skip
    await world.post(of_brive, f"/v1/actions/{sheet['id']}/submit")
    contract = await world.post(of_brive, "/v1/contracts", {
        **CONTRACT, "kind": "protocol", "territory": BRIVE, "parties": [], "starts_on": "2024-01-15",
        "ends_on": "2026-12-31",
    })  # fmt: skip
    request = await world.post(of_brive, "/v1/requests", {**offers.REQUEST, "territory": BRIVE})
    referent = await world.post(BANK, "/v1/referents", {"territory": BRIVE, "name": "Camille Exemple (synthétique)"})
    decision = await decide(world)
    return [
        f"action/{sheet['id']}", f"matching/{sheet['id']}", f"contract/{contract['id']}", f"request/{request['id']}",
        f"referent/{referent['id']}", f"decision/{decision}",
    ]  # fmt: skip


async def decide(world: World) -> str:
    body = {
        "committee_id": world.committee, "kind": "other", "outcome": "deferred", "title": "Décision (synthétique)",
        "reference": f"SYNTH-{number()}", "decided_on": "2023-12-01", "territories": [BRIVE],
    }  # fmt: skip
    return str((await world.post(REGION, "/v1/decisions", body))["id"])


async def change(world: World, path: str, body: Any) -> None:
    """Change an object as its team would."""
    answer = await world.send(TEAM, "PATCH", path, body, **{"If-Match": f'"{(await world.get(path))["version"]}"'})
    assert answer.is_success, answer.text


async def submit_again(world: World, sheet: str, body: Any) -> None:
    """A sheet comes back, and goes to its Region otherwise than it was."""
    await world.post(REGION, f"/v1/actions/{sheet}/return", {"reason": "Motif synthétique."})
    await change(world, f"/v1/actions/{sheet}", body)
    await world.post(TEAM, f"/v1/actions/{sheet}/submit")


LEAVING: Final[Sequence[tuple[Who, Callable[[World], Awaitable[tuple[Subjects, End]]]]]] = (
    (FORGES, a_party_is_taken_out),
    (FORGES, a_partner_of_a_sheet_is_taken_out),
    (FORGES, a_partner_of_a_returned_sheet_is_taken_out),
    (OTHER_TEAM, a_territory_of_a_returned_sheet_is_taken_out),
    (OTHER_TEAMS_REGION, a_territory_of_a_returned_sheet_is_taken_out),
    (GUEST, a_pilot_is_replaced),
    (FILATURES, the_mandate_of_the_industrial_pilot_ends),
    (SECOND_REGION, a_territory_leaves_a_region),
    (SECOND_STATE, a_territory_leaves_a_region),
)


@pytest.mark.parametrize(("who", "story"), LEAVING, ids=lambda value: str(getattr(value, "__name__", value)))
async def test_who_may_no_longer_read_receives_nothing_more(
    world: World, who: Who, story: Callable[[World], Awaitable[tuple[Subjects, End]]]
) -> None:
    subscriber = await subscribe(world, who)
    async with receiving.database(world).reading() as session:
        since = await session.scalar(select(func.max(Journal.position))) or 0
    subjects, end = await story(world)
    await receiving.journaled(world)
    before = {subject: await subscriber.received(subject) for subject in subjects}
    for subject in subjects:
        assert (await world.send(who, "GET", address(subject))).status_code == 200, subject
        assert before[subject], subject
        assert {each.event_id for each in await subscriber.deliveries(subject)} == before[subject], subject

    await end()
    await receiving.journaled(world)
    await subscriber.replay(since)

    wrong = []
    everything = {event["id"] for event in await receiving.feed(world, NATIONAL.headers())}
    for subject in subjects:
        assert before[subject] <= everything
        read = (await world.send(who, "GET", address(subject))).status_code
        events = {(await world.send(who, "GET", f"/v1/events/{event}")).status_code for event in before[subject]}
        found = (read, events, await subscriber.received(subject), await ended(subscriber, subject))
        if found != (404, {404}, set(), {(0, DeliveryState.DROPPED)}):
            wrong.append(f"{subject}: {found}")
    assert wrong == []


async def ended(subscriber: Subscriber, subject: str) -> set[tuple[int, str]]:
    """The rounds and states of an object's deliveries, tried again until none waits."""
    for _ in range(100):
        found = await subscriber.deliveries(subject)
        if not any(each.state == DeliveryState.WAITING for each in found):
            break
        # Whom a subscriber reaches is asked anew each second: what fails until then waits for its next try.
        await subscriber.try_again()
        await asyncio.sleep(0.4)
    return {(each.round, each.state) for each in found}


@pytest.mark.parametrize(
    ("who", "elsewhere", "there"),
    [
        (NATIONAL, {"territories": ["2018-ti-0101"]}, {"territories": [LACQ]}),
        (NATIONAL, {"regions": ["53"]}, {"regions": ["75"]}),
        (TEAM, {"territories": []}, {"territories": [LACQ]}),
        (REGION, {"regions": ["53"]}, {"regions": ["75"], "territories": [LACQ]}),
        (callers.STATE, {"regions": []}, {"territories": [LACQ]}),
        (callers.COMPANY, {"territories": ["2018-ti-0101"]}, {"regions": ["76"]}),
        (BANK, {"regions": ["53"]}, {"territories": [LACQ]}),
    ],
    ids=str,
)
async def test_claims_narrow_the_feed_and_the_subscriptions_made_with_them(
    world: World, who: Who, elsewhere: dict[str, Any], there: dict[str, Any]
) -> None:
    nowhere, narrow = await subscribe(world, who, **elsewhere), await subscribe(world, who, **there)
    sheet = await world.submitted_sheet()
    request = await world.post(TEAM, "/v1/requests", offers.REQUEST)
    contract = await world.drafted_contract()
    await receiving.journaled(world)
    subjects = {f"action/{sheet}", f"matching/{sheet}", f"request/{request['id']}", f"contract/{contract}"}
    if who is callers.COMPANY:
        subjects -= {f"request/{request['id']}"}

    event_ids = {event["subject"]: event["id"] for event in await receiving.feed(world, who.headers(**there))}
    assert subjects <= event_ids.keys()
    assert not subjects & {event["subject"] for event in await receiving.feed(world, who.headers(**elsewhere))}
    for subject in subjects:
        refused = await world.client.get(f"/v1/events/{event_ids[subject]}", headers=who.headers(**elsewhere))
        assert refused.status_code == 404
        assert not await nowhere.deliveries(subject)
        assert await narrow.deliveries(subject), subject


async def test_a_subscription_made_with_a_narrow_token_stays_narrow_whoever_replays_it(world: World) -> None:
    """Another client of the organisation, whose token is not narrowed, has it told no more than it was made for."""
    narrow = await subscribe(world, TEAM, territories=["2023-ti-7510"])
    sheet = await world.submitted_sheet()
    await receiving.journaled(world)

    await narrow.replay(0)

    assert not await narrow.deliveries(f"action/{sheet}")
