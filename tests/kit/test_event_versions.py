"""An event changes: a new field is read by old readers, a new version is published beside the old one."""

import json
from typing import Any, Self
from uuid import UUID, uuid4

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from shared.bus import Message
from shared.events import Audience, Event, State
from shared.messaging.consumer import Consumer
from shared.messaging.dispatcher import Dispatcher
from shared.messaging.receiver import Receiver
from shared.security.access import Caller
from shared.storage import outbox as kit
from shared.storage.database import Database
from shared.storage.tables import handlings, outbox
from tests.kit.acts import rows_of
from tests.kit.conftest import OWNER

CLERK = Caller(client_id="clerk", sub="clerk")


class Place(State):
    """The counter where the amount was paid."""

    code: str


class Paid(Event, name="Paid", publisher="ledger", audience=Audience.CONCERNED):
    """The first version: whole euros."""

    account_id: UUID
    euros: int
    place: Place

    @property
    def subject(self) -> str:
        return f"account/{self.account_id}"


class PaidInCents(Event, name="Paid", version=2, publisher="ledger", audience=Audience.CONCERNED, replaces=Paid):
    """The second version: cents. Its class has another name, its type has the same."""

    account_id: UUID
    cents: int
    place: Place
    currency: str = "EUR"
    """Added later: it has a default, and so needs no third version."""

    @property
    def subject(self) -> str:
        return f"account/{self.account_id}"

    @classmethod
    def upcast(cls, earlier: Event) -> Self:
        """Convert euros to cents."""
        assert isinstance(earlier, Paid)
        return cls(
            account_id=earlier.account_id,
            cents=earlier.euros * 100,
            place=earlier.place,
            organisations=earlier.organisations,
        )

    def downcast(self) -> Paid:
        """Convert cents to euros, as long as the first version is published."""
        return Paid(
            account_id=self.account_id, euros=self.cents // 100, place=self.place, organisations=self.organisations
        )


def paid(cents: int = 2500) -> PaidInCents:
    """A payment."""
    return PaidInCents(account_id=uuid4(), cents=cents, place=Place(code="A"), organisations=[OWNER])


async def published(database: Database, event: Event) -> list[Message]:
    """Publish an event; return the messages of its versions, in order."""
    async with database.writing(by=CLERK) as session:
        kit.add(session, event)
    rows = await rows_of(database, outbox)
    return [Message(row.event_id, row.type, row.subject, row.body) for row in sorted(rows, key=lambda row: row.id)]


class Readers:
    """One service that reads the first version, one that reads the second and upcasts the first."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.old: list[Paid] = []
        self.new: list[PaidInCents] = []
        self.consumer = Consumer("readers")

        @self.consumer.on(Paid)
        async def read_old(_: AsyncSession, event: Paid) -> None:
            self.old.append(event)

        @self.consumer.on(PaidInCents)
        async def read_new(_: AsyncSession, event: PaidInCents) -> None:
            self.new.append(event)

    async def receive(self, *messages: Message) -> None:
        """Receive and apply."""
        await Receiver(self.database, self.consumer).receive(messages)
        await Dispatcher(self.database, self.consumer, delays=()).apply_all()
        assert {row.state for row in await rows_of(self.database, handlings)} <= {"applied"}


def edited(message: Message, **more: Any) -> Message:
    """The message as another release would write it."""
    envelope = json.loads(message.body)
    envelope["data"] |= more
    return Message(message.event_id, message.type, message.subject, json.dumps(envelope))


async def test_both_versions_are_published_in_order_and_the_old_one_names_the_new_one(database: Database) -> None:
    old, new = await published(database, paid())

    assert (old.type, new.type) == (Paid.type, PaidInCents.type)
    assert Paid.type == "fr.territoires-industrie.ledger.Paid.v1"
    assert PaidInCents.type == "fr.territoires-industrie.ledger.Paid.v2"
    assert json.loads(old.body)["supersededby"] == new.event_id
    assert "supersededby" not in json.loads(new.body)
    assert [json.loads(each.body)["sequence"] for each in (old, new)] == ["0000000001", "0000000002"]


async def test_each_reader_gets_the_version_that_it_asked_for_once(database: Database) -> None:
    readers, event = Readers(database), paid(cents=2550)

    await readers.receive(*await published(database, event))

    assert [each.euros for each in readers.old] == [25]
    assert readers.new == [event]


async def test_a_first_version_from_before_is_upcast(database: Database) -> None:
    readers, before = Readers(database), paid(cents=4200).downcast()

    await readers.receive(*await published(database, before))

    assert readers.old == [before]
    assert [(each.cents, each.currency, each.place.code) for each in readers.new] == [(4200, "EUR", "A")]


async def test_a_reader_ignores_fields_that_it_does_not_know(database: Database) -> None:
    readers = Readers(database)
    _, message = await published(database, paid(cents=100))

    await readers.receive(edited(message, clerk="X", place={"code": "B", "floor": 2}))

    assert [(each.cents, each.place.code) for each in readers.new] == [(100, "B")]


async def test_a_reader_of_today_reads_what_was_published_before_a_field_was_added(database: Database) -> None:
    readers = Readers(database)
    _, message = await published(database, paid(cents=100))
    envelope = json.loads(message.body)
    del envelope["data"]["currency"]

    await readers.receive(Message(message.event_id, message.type, message.subject, json.dumps(envelope)))

    assert readers.new[0].currency == "EUR"


def test_a_writer_is_strict() -> None:
    with pytest.raises(ValueError, match="extra_forbidden"):
        PaidInCents(account_id=uuid4(), cents=1, place=Place(code="A"), clerk="X")  # type: ignore[call-arg]
    with pytest.raises(ValueError, match="extra_forbidden"):
        Place(code="A", floor=2)  # type: ignore[call-arg]


def test_two_classes_of_one_type_are_refused() -> None:
    with pytest.raises(TypeError, match=r"ledger\.Paid\.v1 is already the type of"):

        class Again(Event, name="Paid", publisher="ledger", audience=Audience.CONCERNED):
            """Another class of the same type."""


def test_a_new_version_must_say_how_the_old_one_is_read() -> None:
    with pytest.raises(TypeError, match="upcast"):

        class PaidAgain(Event, name="Paid", version=3, publisher="ledger", audience=Audience.CONCERNED, replaces=Paid):
            """A version without an upcaster."""

    assert f"{PaidInCents.type.removesuffix('2')}3" not in Event.catalogue
