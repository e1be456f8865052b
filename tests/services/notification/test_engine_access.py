"""Deliveries in memory: access that ends is noticed before they are sent."""

import asyncio

import pytest

from services.notification.models import ClientRights, DeliveryState
from shared.security.roles import Role
from shared.settings import Settings
from tests.services.notification.engine import CONCERNED, SECRET, bench
from tests.services.notification.receiver import after, receiver, status
from tests.support.waiting import until


@pytest.mark.parametrize("role", [Role.PARTY, Role.TERRITORY])
async def test_what_is_in_memory_is_dropped_too_once_the_journal_says_so(settings: Settings, role: Role) -> None:
    release = asyncio.Event()
    hanging, subjects = after(release, status(204)), [f"action/{number}" for number in range(1, 5)]
    stakeholders = {"organisations": ["200067254"]} if role is Role.PARTY else {"territories": ["2018-ti-7505"]}
    async with bench(settings) as place, receiver(SECRET, always=hanging) as one:
        subscription = await place.subscribe(one, role=role, org="200067254")
        await place.plan(subscription, subjects=subjects, of=CONCERNED, **stakeholders)
        async with place.running():
            await one.has(2)
            if role is Role.PARTY:
                await place.plan(subjects=subjects[1:], of=CONCERNED, organisations=["000000125"])
            else:
                await place.belongs_no_more("200067254")
            await until(
                lambda: place.deliveries(subscription),
                lambda rows: [row.state for row in rows[2:]] == [DeliveryState.DROPPED] * 2,
            )
            release.set()
            await place.closed(subscription)

    assert [received.subject for received in one.received] == subjects[:2]


async def test_what_a_client_with_fewer_rights_may_no_longer_read_is_dropped(settings: Settings) -> None:
    async with bench(settings) as place, receiver(SECRET) as one:
        subscription = await place.subscribe(one, role=Role.PARTY, org="000000117")
        await place.plan(subscription, subjects=["action/1"], of=CONCERNED, organisations=["000000117"])
        async with place.database.writing() as session:
            session.add(ClientRights(client_id="tests", sub="tests", role=Role.PARTNER))
        async with place.running():
            [[delivery]] = await place.closed(subscription)

    assert (delivery.state, one.received) == (DeliveryState.DROPPED, [])
