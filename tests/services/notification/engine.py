"""The delivery engine at work on a database of its own, with deliveries planned by hand."""

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from functools import partial
from typing import Any, Final

from sqlalchemy import delete, func, insert, select, update

from services.notification.jobs.deliveries import deliver
from services.notification.models import (
    DELIVERIES_PENDING,
    JOURNAL_PENDING,
    Attempt,
    Delivery,
    DeliveryState,
    Journal,
    JournalSubject,
    KnownMember,
    Subscription,
    SubscriptionSecret,
    SubscriptionStatus,
)
from services.notification.rules.sealing import new_secret
from services.notification.settings import seal_of
from shared.clock import now
from shared.events.contract import ActionSubmitted
from shared.events.notification import SubscriptionDisabled
from shared.events.territory import FigureDeclared
from shared.ids import uuid7
from shared.security.access import ANONYMOUS
from shared.security.roles import Role
from shared.settings import Settings
from shared.storage.database import Database
from shared.storage.tables import outbox
from shared.storage.wakeups import request_wakeup
from tests.services.notification.receiver import Answering, Receiver, receiver
from tests.support.waiting import until

SECRET: Final = new_secret()
NEW_SECRET: Final = new_secret()
PUBLIC: Final = FigureDeclared.type
CONCERNED: Final = ActionSubmitted.type
COPIED: Final = ("position", "event_id", "type", "subject")
QUICK: Final = (0.05, 0.1, 0.1, 0.1)
"""A schedule that no test waits for."""


class Bench:
    """A database, the engine when it is started, and what tests plan, change and read."""

    def __init__(self, database: Database, settings: Settings) -> None:
        self.database = database
        self.settings = settings

    @asynccontextmanager
    async def running(self) -> AsyncIterator["asyncio.Task[None]"]:
        """The engine at work."""
        work = deliver(self.database, self.settings)
        wake = self.database.wakeups.add(work.on)

        async def run() -> None:
            await work.run(wake)

        task = asyncio.create_task(run())
        try:
            yield task
        finally:
            self.database.wakeups.remove(wake)
            task.cancel()
            ended = await asyncio.gather(task, return_exceptions=True)
        assert isinstance(ended[0], asyncio.CancelledError), ended

    async def subscribe(self, to: Receiver | str, *, pending: bool = False, **more: Any) -> Subscription:
        """A subscription, whose receiver has agreed unless it is pending."""
        at = now()
        made = Subscription(
            **{
                "id": uuid7(), "client_id": "tests", "org": None, "role": Role.PARTNER,
                "url": to if isinstance(to, str) else to.url,
                "description": "", "types": [], "territories": [], "regions": [], "operators": [],
                "status": SubscriptionStatus.PENDING if pending else SubscriptionStatus.ACTIVE,
                "verified_at": None if pending else at, "handshake_due_at": at if pending else None,
                "created_at": at, "planned_to": 0, "last_round": 0, **more,
            }
        )  # fmt: skip
        async with self.database.writing(by=ANONYMOUS) as session:
            session.add(made)
            session.add(self.secret(made, SECRET))
        return made

    def secret(self, subscription: Subscription, secret: str, **more: Any) -> SubscriptionSecret:
        """A secret of it, sealed."""
        sealed = seal_of(self.settings, self.database).close(secret, subscription.id)
        return SubscriptionSecret(subscription=subscription, sealed=sealed, created_at=now(), **more)

    async def plan(
        self,
        *subscriptions: Subscription,
        subjects: Sequence[str] = ("figure/1",),
        of: str = PUBLIC,
        **stakeholders: Any,
    ) -> list[str]:
        """An event of each of these subjects, to be delivered to each of these; their ids."""
        whom = {"territories": [], "regions": [], "organisations": [], **stakeholders}
        async with self.database.writing() as session:
            first = (await session.scalar(select(func.max(Journal.position))) or 0) + 1
            events = [event(subject, of, position, whom) for position, subject in enumerate(subjects, first)]
            await session.execute(insert(Journal), events)
            for subject in set(subjects):
                await session.merge(JournalSubject(subject=subject, sequence=1, **whom))
            rows = [planned(each, **{name: one[name] for name in COPIED}) for each in subscriptions for one in events]
            if rows:
                await session.execute(insert(Delivery), rows)
            request_wakeup(session, DELIVERIES_PENDING)
            request_wakeup(session, JOURNAL_PENDING)
        return [one["event_id"] for one in events]

    async def belongs_no_more(self, siren: str) -> None:
        """A body leaves its territory, and the journal has the event of it."""
        async with self.database.writing() as session:
            await session.execute(delete(KnownMember).where(KnownMember.siren == siren))
        await self.plan(subjects=["territory/2018-ti-7505"])

    async def body_of(self, event_id: str) -> bytes:
        """Return the body of an event in the journal."""
        async with self.database.reading() as session:
            body = await session.scalar(select(Journal.body).where(Journal.event_id == event_id))
        return (body or "").encode()

    async def deliveries(self, subscription: Subscription) -> list[Delivery]:
        """Its deliveries."""
        async with self.database.reading() as session:
            found = await session.scalars(
                select(Delivery).where(Delivery.subscription_id == subscription.id).order_by(Delivery.id)
            )
            return list(found)

    async def delivery(self, subscription: Subscription) -> Delivery:
        """Its one delivery."""
        (only,) = await self.deliveries(subscription)
        return only

    async def attempts(self, subscription: Subscription) -> list[Attempt]:
        """Every try of its deliveries, in the order in which they were written."""
        async with self.database.reading() as session:
            found = await session.scalars(
                select(Attempt)
                .join(Delivery, Delivery.id == Attempt.delivery_id)
                .where(Delivery.subscription_id == subscription.id)
                .order_by(Attempt.id)
            )
            return list(found)

    async def read(self, subscription: Subscription) -> Subscription:
        """The subscription as it now stands."""
        async with self.database.reading() as session:
            return await session.get_one(Subscription, subscription.id)

    async def change(self, subscription: Subscription, **values: Any) -> None:
        """Change it, as its owner would."""
        async with self.database.writing(by=ANONYMOUS) as session:
            found = await session.get_one(Subscription, subscription.id)
            for name, value in values.items():
                setattr(found, name, value)

    async def hasten(self, subscription: Subscription) -> None:
        """Let the time come for everything that waits."""
        async with self.database.writing() as session:
            table = Delivery.__table__
            await session.execute(
                update(Delivery)
                .where(Delivery.subscription_id == subscription.id, table.c.state == DeliveryState.WAITING)
                .values(next_try_at=now())
            )
            request_wakeup(session, DELIVERIES_PENDING)

    async def disablings(self) -> list[tuple[str, str]]:
        """Return the published events of disabled subscriptions: id and reason."""
        async with self.database.reading() as session:
            bodies = await session.scalars(select(outbox.c.body).where(outbox.c.type == SubscriptionDisabled.type))
            data = [json.loads(body)["data"] for body in bodies]
        return [(each["subscription_id"], each["reason"]) for each in data]

    async def rotate(self, subscription: Subscription, secret: str, *, overlap: timedelta) -> None:
        """A new secret, beside the old one for a while."""
        async with self.database.writing(by=ANONYMOUS) as session:
            found = await session.get_one(Subscription, subscription.id)
            old = await session.scalars(
                select(SubscriptionSecret).where(SubscriptionSecret.subscription_id == subscription.id)
            )
            for each in old:
                each.subscription, each.expires_at = found, now() + overlap
            session.add(self.secret(found, secret))

    async def tried(self, subscription: Subscription, count: int) -> list[Attempt]:
        """Wait until so many tries are written."""
        return await until(lambda: self.attempts(subscription), lambda found: len(found) >= count)

    async def closed(self, *subscriptions: Subscription) -> list[list[Delivery]]:
        """Wait until nothing of them is left to deliver."""

        def none_waits(rows: list[Delivery]) -> bool:
            return all(row.state != DeliveryState.WAITING for row in rows)

        return [await until(partial(self.deliveries, each), none_waits) for each in subscriptions]

    async def has_status(self, subscription: Subscription, status: SubscriptionStatus) -> Subscription:
        """Wait until it stands so."""
        return await until(lambda: self.read(subscription), lambda found: found.status == status)


def event(subject: str, of: str, position: int, whom: dict[str, Any]) -> dict[str, Any]:
    """A row of the journal."""
    event_id = str(uuid7())
    data = {"title": "Été – 工業", **whom}
    body = {"specversion": "1.0", "id": event_id, "type": of, "subject": subject, "data": data}
    return {
        "position": position, "event_id": event_id, "type": of, "subject": subject, "sequence": position,
        "body": json.dumps(body, ensure_ascii=False), "journaled_at": now(), **whom,
    }  # fmt: skip


def planned(subscription: Subscription, **event: Any) -> dict[str, Any]:
    """A delivery to be tried at once."""
    return {
        "subscription_id": subscription.id, "round": 0, "body": None, "state": DeliveryState.WAITING, "attempts": 0,
        "next_try_at": now(), "created_at": now(), "closed_at": None, **event,
    }  # fmt: skip


@asynccontextmanager
async def bench(settings: Settings, **more: Any) -> AsyncIterator[Bench]:
    """The engine's database; development's settings, and a quick schedule."""
    usual = {"dangerous_loopback_webhooks": True, "webhook_delays": QUICK, "webhook_timeout": 5.0}
    settings = settings.model_copy(update={**usual, **more})
    database = Database("notification", settings)
    try:
        yield Bench(database, settings)
    finally:
        await database.close()


@asynccontextmanager
async def scene(
    settings: Settings, *answers: Answering, always: Answering | None = None, **more: Any
) -> AsyncIterator[tuple[Bench, Receiver, Subscription]]:
    """A bench with the engine at work, a receiver, and a subscription of it."""
    async with bench(settings, **more) as place, receiver(SECRET, NEW_SECRET, answers=answers, always=always) as one:
        subscription = await place.subscribe(one)
        async with place.running():
            yield place, one, subscription
