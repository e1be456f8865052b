"""The journal: every published event as it came, and whom each object now concerns."""

import importlib
import json
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select, text

from services.notification import commands
from services.notification.commands import journal
from services.notification.models import Delivery, Journal, JournalSubject
from shared.bus import Message
from shared.ids import uuid7
from tests.services.notification.conftest import PARTNER, House
from tests.services.notification.facts import (
    ATELIERS,
    FORGES,
    declared,
    submitted,
)
from tests.support.harness import message


async def subjects(house: House) -> dict[str, tuple[int, list[str]]]:
    """The last sequence and the organisations of each object."""
    async with house.database.reading() as session:
        rows = (await session.scalars(select(JournalSubject))).all()
    return {row.subject: (row.sequence, row.organisations) for row in rows}


async def test_an_event_that_comes_twice_is_written_once(house: House) -> None:
    [published] = await house.publish(declared())

    await house.platform.bus.publish([published, published])
    await house.settled()

    async with house.database.reading() as session:
        rows = (await session.scalars(select(Journal).where(Journal.event_id == published.event_id))).all()
    assert [row.body for row in rows] == [published.body]


async def test_it_is_written_to_the_byte(house: House) -> None:
    """However its publisher has written it: spaces, order of the fields, escapes, names that we do not know."""
    sent = message(declared())
    odd = json.dumps({"more": "é\u2028", **json.loads(sent.body)}, indent=1).replace("CNI", "C\\u004eI")
    published = Message(sent.event_id, sent.type, sent.subject, odd)

    await house.platform.bus.publish([published])
    await house.settled()

    async with house.database.reading() as session:
        row = (await session.scalars(select(Journal).where(Journal.event_id == published.event_id))).one()
    assert row.body == odd


async def test_whom_an_object_concerns_is_what_its_last_event_says(house: House) -> None:
    action = uuid7()
    first, second = message(submitted(action, organisations=[FORGES])), message(submitted(action))

    async with house.database.writing() as session:
        for each in (second, first):
            await commands.record_events(session, [each])
    await house.settled()

    assert (await subjects(house))[f"action/{action}"] == (2, [ATELIERS])


async def test_the_migration_finds_the_last_event_of_each_object(house: House) -> None:
    action = uuid7()
    await house.publish(submitted(action, organisations=[FORGES]), submitted(action), declared())
    known = await subjects(house)
    migration: Any = importlib.import_module("services.notification.migrations.0002_subscriptions_and_deliveries")

    async with house.database.writing() as session:
        await session.execute(text("DELETE FROM journal_subjects"))
        await session.execute(text(migration.LAST_OF_EACH_SUBJECT))

    assert await subjects(house) == known


async def positions(house: House) -> list[tuple[int, str]]:
    async with house.database.reading() as session:
        rows = await session.execute(select(Journal.position, Journal.event_id).order_by(Journal.position))
        return [(row.position, row.event_id) for row in rows]


async def test_positions_are_given_in_the_order_of_arrival_and_never_again(house: House) -> None:
    sent = await house.publish(*(declared(number) for number in range(20)))
    before = await positions(house)
    [last] = await house.publish(declared())
    after = await positions(house)

    assert [position for position, _ in after] == list(range(1, len(after) + 1))
    assert [event_id for _, event_id in before[-20:]] == [each.event_id for each in sent]
    assert after == [*before, (len(after), last.event_id)]


async def test_what_is_rolled_back_takes_no_position(house: House) -> None:
    before = await positions(house)
    async with house.database.writing() as session:
        await commands.record_events(session, [message(declared()), message(declared())])
        await session.rollback()
    [sent] = await house.publish(declared())

    assert await positions(house) == [*before, (len(before) + 1, sent.event_id)]


async def test_an_event_keeps_its_position_though_its_deliveries_cannot_be_planned(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = await house.subscribe(PARTNER)

    async def broken(*_: Any) -> bool:
        raise OSError("planning")

    monkeypatch.setattr(journal, "plan_new", broken)
    [sent] = await house.publish(declared())

    assert (await positions(house))[-1][1] == sent.event_id
    assert [each.event_id for each in await house.deliveries(made)] == [sent.event_id]


async def test_an_event_and_its_deliveries_are_committed_together(house: House) -> None:
    made = await house.subscribe(PARTNER)
    sent = message(declared())
    async with house.database.writing() as session:
        await commands.record_events(session, [sent])
        found = await session.scalars(select(Delivery.event_id).where(Delivery.subscription_id == UUID(made["id"])))
        assert found.all() == [sent.event_id]
