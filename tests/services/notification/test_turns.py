"""A replay goes before what is new; a new receiver begins without the failures of the one before."""

from typing import Any, Final
from uuid import UUID

import pytest
from sqlalchemy import insert

from services.notification import commands
from services.notification.commands import planning
from services.notification.models import Journal, JournalSubject, Subscription
from shared.clock import now
from shared.security.access import ANONYMOUS, Caller
from tests.services.notification.conftest import PARTNER, RECEIVER, House
from tests.services.notification.engine import PUBLIC, event
from tests.services.notification.facts import declared

NOBODY: Final[dict[str, Any]] = {"territories": [], "regions": [], "organisations": []}


async def test_a_replay_goes_before_what_is_new(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """The older event of an object is planned before the newer one, however long the replay is."""
    await house.publish(*(declared() for _ in range(6)))
    made = await house.subscribe(PARTNER)
    start = await house.last()
    monkeypatch.setattr(planning, "WINDOW", 2)

    async with house.database.writing() as session:
        # Within one transaction, so that the job does not take part.
        await commands.replay(session, UUID(made["id"]), since=start - 6, by=await owner(house, made))
        await session.execute(insert(JournalSubject), {"subject": "figure/1", "sequence": 3, **NOBODY})
        new = [event("figure/1", PUBLIC, start + number, NOBODY) for number in (1, 2, 3)]
        await session.execute(insert(Journal), new)
        while await commands.plan(session):
            pass

    planned = [each.position for each in await house.deliveries(made)]
    assert planned == [*range(start - 5, start + 1), start + 1, start + 2, start + 3]


async def owner(house: House, made: dict[str, Any]) -> Caller:
    """Return the owner of a subscription."""
    async with house.database.reading() as session:
        return (await session.get_one(Subscription, UUID(made["id"]))).owner


async def test_another_receiver_begins_without_the_failures_of_the_one_before(house: House) -> None:
    made = await house.subscribe(PARTNER)
    async with house.database.writing(by=ANONYMOUS) as session:
        (await session.get_one(Subscription, UUID(made["id"]))).failing_since = now()

    await house.patch(f"/v1/subscriptions/{made['id']}", {"url": RECEIVER + "/ailleurs"}, PARTNER)

    async with house.database.reading() as session:
        assert (await session.get_one(Subscription, UUID(made["id"]))).failing_since is None
