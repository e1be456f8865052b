"""The journal: every published event as it came, and whom each object now concerns."""

import importlib
import json
from typing import Any

from sqlalchemy import select, text

from services.notification import commands
from services.notification.models import Journal, JournalSubject
from shared.bus import Message
from shared.ids import uuid7
from tests.services.notification.conftest import House
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


async def test_positions_are_given_in_the_order_of_arrival_and_never_again(house: House) -> None:
    await house.publish(*(declared(number) for number in range(20)))
    async with house.database.reading() as session:
        before = (await session.execute(select(Journal.id, Journal.position).order_by(Journal.id))).all()

    await house.publish(declared())
    async with house.database.reading() as session:
        after = (await session.execute(select(Journal.id, Journal.position).order_by(Journal.id))).all()

    assert [row.position for row in after] == list(range(1, len(after) + 1))
    assert after[: len(before)] == before
