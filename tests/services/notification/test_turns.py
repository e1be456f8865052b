"""Numbering and planning take turns, and what was asked to be told again goes before what is new."""

from typing import Any, Final
from uuid import UUID

import pytest
from sqlalchemy import insert, select

from services.notification import commands
from services.notification.commands import planning
from services.notification.models import Journal, JournalSubject, Subscription
from shared.clock import now
from shared.ids import uuid7
from shared.security.access import ANONYMOUS, Caller
from tests.services.notification.conftest import PARTNER, RECEIVER, House
from tests.services.notification.engine import PUBLIC, event
from tests.services.notification.facts import declared

NOBODY: Final[dict[str, Any]] = {"territories": [], "regions": [], "organisations": []}


async def test_a_long_planning_keeps_no_event_from_its_position(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each time that planning takes its turn, what was written down before its last turn has been numbered."""
    await house.publish(*(declared() for _ in range(8)))
    monkeypatch.setattr(planning, "WINDOW", 1)
    plan, written, unnumbered = commands.plan, list[str](), list[str]()

    async def plan_and_write(session: Any) -> bool:
        found = await session.scalars(
            select(Journal.event_id).where(Journal.event_id.in_(written), Journal.position.is_(None))
        )
        unnumbered.extend(found)
        planned = await plan(session)
        if planned and len(written) < 5:
            one = event(f"figure/{uuid7()}", PUBLIC, 1, NOBODY)
            await session.execute(insert(Journal), {**one, "position": None})
            written.append(one["event_id"])
        return planned

    monkeypatch.setattr(commands, "plan", plan_and_write)
    await house.subscribe(PARTNER, start=0)

    assert len(written) == 5
    assert unnumbered == []


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
