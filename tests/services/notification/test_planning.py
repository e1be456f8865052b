"""Planning: each event becomes one delivery of each subscription that asks for it and may be told."""

from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import func, select

from services.notification import commands, queries
from services.notification.commands import planning
from services.notification.models import Delivery, Journal, Subscription
from services.notification.queries.due import events_at
from services.notification.rules.audience import may_receive
from shared.clock import now
from shared.ids import uuid7
from tests.services.notification.conftest import (
    COMPANY,
    ELSEWHERE,
    EVERYONE,
    PARTNER,
    REGION,
    House,
    address,
    planned_ids,
)
from tests.services.notification.facts import (
    ATELIERS,
    BRIVE,
    CAISSE_DES_DEPOTS,
    COEUR,
    FORGES,
    LACQ,
    declared,
    designated,
    opened,
    redrawn,
    rejected,
    signed,
    submitted,
)
from tests.support.harness import NATIONAL, TEAM, message
from tests.support.waiting import until

SUBMITTED = "fr.territoires-industrie.contract.ActionSubmitted.v1"


async def test_everybody_is_planned_what_the_feed_gives_them(house: House) -> None:
    made = {by: await house.subscribe(by) for by in EVERYONE}
    start = await house.last()
    contract = uuid7()

    await house.publish(submitted(), declared(), opened(contract), designated(BRIVE), signed(contract), rejected())

    for by, subscription in made.items():
        items, _ = await house.feed(by)
        expected = [(item["position"], item["event"]["id"]) for item in items if item["position"] > start]
        planned = await house.deliveries(subscription)
        assert [(each.position, each.event_id) for each in planned] == expected, by
        assert {(each.state, each.round, each.attempts) for each in planned} == {("waiting", 0, 0)}, by
    assert len(await planned_ids(house, made[PARTNER])) == 3
    assert len(await planned_ids(house, made[NATIONAL])) == 6


async def test_filters(house: House) -> None:
    wanted = {
        "all": await house.subscribe(NATIONAL),
        "types": await house.subscribe(NATIONAL, types=["contract.ActionSubmitted.v1"]),
        "territories": await house.subscribe(NATIONAL, territories=[BRIVE, LACQ]),
        "regions": await house.subscribe(NATIONAL, regions=["75"]),
        "operators": await house.subscribe(NATIONAL, operators=[CAISSE_DES_DEPOTS]),
        "both": await house.subscribe(NATIONAL, types=[SUBMITTED], regions=["75"]),
    }

    mine, bank, theirs, figure, refused = [
        message.event_id
        for message in await house.publish(
            submitted(),
            opened(),
            submitted(territories=[COEUR], regions=["76"], organisations=[CAISSE_DES_DEPOTS]),
            declared(),
            rejected(),
        )
    ]

    assert {name: await planned_ids(house, each) for name, each in wanted.items()} == {
        "all": [mine, bank, theirs, figure, refused],
        "types": [mine, theirs],
        "territories": [mine, bank, refused],
        "regions": [mine, bank, refused],
        "operators": [bank, theirs],
        "both": [mine],
    }


async def test_the_claims_of_the_token_that_made_it_keep_narrowing(house: House) -> None:
    narrow = await house.subscribe(f"{NATIONAL};client=n;regions=76")
    nothing = await house.subscribe(f"{TEAM};client=t;territories={BRIVE}")
    empty = await house.subscribe(f"{REGION};client=r;regions=")
    assert (narrow["only_regions"], empty["only_regions"], empty["only_territories"]) == (["76"], [], None)

    both, one = await house.publish(submitted(), submitted(regions=["75"]))

    assert await planned_ids(house, narrow) == [both.event_id]
    assert await planned_ids(house, nothing) == []
    assert await planned_ids(house, empty) == []
    # Whatever the token of the same client may now.
    await house.patch(address(narrow), {"description": "x"}, f"{NATIONAL};client=n")
    await house.publish(submitted(regions=["75"]))
    assert await planned_ids(house, narrow) == [both.event_id]
    assert one.event_id


async def test_what_is_planned_follows_what_we_know_now(house: House) -> None:
    team, newcomer = await house.subscribe(TEAM), await house.subscribe(ELSEWHERE)
    [before] = await house.publish(submitted())

    await house.publish(redrawn(LACQ, "241500230"))
    [after] = await house.publish(submitted())

    assert before.event_id in await planned_ids(house, team)
    assert after.event_id not in await planned_ids(house, team)
    assert after.event_id in await planned_ids(house, newcomer)
    assert before.event_id not in await planned_ids(house, newcomer)


async def test_whoever_was_removed_is_asked_about_again_at_the_delivery(house: House) -> None:
    forges, company = await house.subscribe(f"party:{FORGES}"), await house.subscribe(COMPANY)
    action = uuid7()
    [before] = await house.publish(submitted(action, organisations=[ATELIERS, FORGES]))
    assert await may_deliver(house, forges, before.event_id)

    await house.publish(rejected(action, organisations=[ATELIERS]))

    assert await planned_ids(house, forges) == [before.event_id]
    assert not await may_deliver(house, forges, before.event_id)
    assert await may_deliver(house, company, before.event_id)


async def test_whoever_has_left_its_territory_is_asked_about_again_at_the_delivery(house: House) -> None:
    team = await house.subscribe(TEAM)
    closed, public = await house.publish(submitted(), declared())
    assert await may_deliver(house, team, closed.event_id)

    await house.publish(redrawn(LACQ, "200069300"))

    assert not await may_deliver(house, team, closed.event_id)
    assert await may_deliver(house, team, public.event_id)


async def may_deliver(house: House, subscription: dict[str, Any], event_id: str) -> bool:
    async with house.database.reading() as session:
        position = await session.scalar(select(Journal.position).where(Journal.event_id == event_id))
        [(entry, _)] = (await events_at(session, [position or 0])).values()
        owner = (await session.get_one(Subscription, UUID(subscription["id"]))).owner
        return may_receive(await queries.access_scope_of(session, owner), entry)


async def test_what_happens_while_it_is_off_is_delivered_when_it_is_on_again(house: House) -> None:
    made = await house.subscribe()
    [first] = await house.publish(submitted())
    await house.post(address(made, "disable"))
    await house.settled()
    stopped = (await house.get(address(made)))["planned_to"]
    [second] = await house.publish(submitted())
    assert await planned_ids(house, made) == [first.event_id]
    assert (await house.get(address(made)))["planned_to"] == stopped

    await house.post(address(made, "enable"))
    await house.settled()

    submissions = [each.event_id for each in await house.deliveries(made) if each.type == SUBMITTED]
    assert submissions == [first.event_id, second.event_id]
    assert (await house.get(address(made)))["planned_to"] == await house.last()


async def test_what_happens_before_its_receiver_consents_is_delivered_after(house: House) -> None:
    made = await house.post("/v1/subscriptions", {"url": "https://exemple.fr/"}, expect=201)
    [before] = await house.publish(submitted())
    assert await planned_ids(house, made) == []

    async with house.database.writing() as session:
        await commands.record_handshake(session, UUID(made["id"]), url=made["url"], at=now(), error=None, retry_at=None)
    await house.settled()

    assert await planned_ids(house, made) == [before.event_id]


async def test_it_begins_where_it_was_asked_to(house: House) -> None:
    [first, second] = await house.publish(submitted(), submitted())
    last = await house.last()

    after, whole = await house.subscribe(start=last - 1), await house.subscribe(start="beginning")

    assert await planned_ids(house, after) == [second.event_id]
    assert (await planned_ids(house, whole))[-2:] == [first.event_id, second.event_id]
    assert len(await planned_ids(house, whole)) == last


async def test_those_who_lag_do_not_keep_the_others_waiting(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """One pass plans a window near the end and a window of the furthest behind."""
    await house.publish(*(declared() for _ in range(30)))
    monkeypatch.setattr(planning, "WINDOW", 4)
    quick = await house.subscribe(PARTNER)
    slow = await house.post("/v1/subscriptions", {"url": "https://exemple.fr/", "from": 0}, PARTNER, expect=201)

    passes = []
    async with house.database.writing() as session:
        # Within one transaction, so that the job does not take part.
        await commands.record_handshake(session, UUID(slow["id"]), url=slow["url"], at=now(), error=None, retry_at=None)
        await session.flush()
        while await commands.plan(session):
            passes.append(await session.scalar(select(func.count()).where(Delivery.position.is_not(None))))
    await house.settled()
    await house.publish(*(declared() for _ in range(9)))

    last = await house.last()
    assert passes[:3] == [4, 8, 12]
    assert [each.position for each in await house.deliveries(slow)] == list(range(1, last + 1))
    assert [each.position for each in await house.deliveries(quick)] == list(range(last - 8, last + 1))


async def test_a_pass_is_bounded_and_the_next_goes_on(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(planning, "MAX_DELIVERIES", 5)
    monkeypatch.setattr(planning, "GROUP", 2)
    made = [await house.subscribe(PARTNER) for _ in range(7)]

    messages = await house.publish(*(declared() for _ in range(4)))

    for each in made:
        assert await planned_ids(house, each) == [message.event_id for message in messages]


async def test_a_pass_that_fails_leaves_nothing_and_is_made_again(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = await house.subscribe(PARTNER)
    failures = iter([True, True, False])
    insert = planning._insert

    async def fail_first(*args: Any) -> None:
        """Fail once the deliveries are inserted: with their event, then when they are planned afterwards."""
        await insert(*args)
        if next(failures, False):
            raise OSError("the database has gone away")

    monkeypatch.setattr(planning, "_insert", fail_first)
    messages = await house.publish(declared(), declared())

    assert next(failures, None) is None
    assert await planned_ids(house, made) == [message.event_id for message in messages]


@pytest.mark.parametrize("settings", ["postgresql"], indirect=True)
async def test_one_that_somebody_changes_now_is_planned_in_a_moment(house: House) -> None:
    one, other = await house.subscribe(PARTNER), await house.subscribe(PARTNER)
    async with house.database.writing() as session:
        await session.scalar(select(Subscription).where(Subscription.id == UUID(one["id"])).with_for_update())
        event_id = await publish_without_waiting(house)
        await until(lambda: planned_ids(house, other), lambda found: found == [event_id])
        assert await planned_ids(house, one) == []
    await house.settled()

    assert await planned_ids(house, one) == [event_id]


async def publish_without_waiting(house: House) -> str:
    sent = message(declared())
    await house.platform.bus.publish([sent])
    return sent.event_id
