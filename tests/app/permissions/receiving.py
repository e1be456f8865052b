"""One call of each operation of the feed and of subscriptions."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from services.notification import commands
from services.notification.jobs.proofs import hash_next
from services.notification.models import Delivery, DeliveryState, Subscription
from services.notification.queries import PLANNING_WAITS
from services.notification.rules import subscriptions as rules
from services.notification.rules.catalogue import published
from services.notification.rules.challenges import LIFETIME, digest_of
from shared.clock import now, today
from shared.events import Audience
from shared.storage.chain import Chainer
from shared.storage.database import Database
from shared.storage.history_events import HistoryPublisher
from tests.app.permissions.callers import BANK, CALLERS
from tests.app.permissions.cases import Case, Make, always
from tests.app.permissions.world import World
from tests.support.waiting import until

EVERYBODY: Final = frozenset(map(str, CALLERS))
SUBSCRIPTION: Final = {"url": "https://recevoir.invalid/territoires", "types": ["contract.ContractEnded.v1"]}
"""An address that no machine has, and a fact that hardly happens."""
CHALLENGE: Final = "what a receiver was sent"
CLOSED: Final = [name for name, event in published().items() if event.audience is Audience.CONCERNED]
"""Types of events that not everybody receives."""


async def _pending(world: World) -> str:
    return str((await world.post(BANK, "/v1/subscriptions", SUBSCRIPTION))["id"])


async def _challenged(world: World) -> str:
    body = {**SUBSCRIPTION, "proof": "challenge"}
    key = str((await world.post(BANK, "/v1/subscriptions", body))["id"])

    async def is_sent() -> bool:
        async with database(world).reading() as session:
            return (await session.get_one(Subscription, UUID(key))).handshake_error is not None

    # Afterwards no other one takes its place.
    await until(is_sent)
    async with database(world).writing() as session:
        found = await session.get_one(Subscription, UUID(key))
        found.handshake_due_at = None
        found.challenge_digest, found.challenge_expires_at = digest_of(CHALLENGE), now() + LIFETIME
    return key


async def _active(world: World) -> str:
    key = await _pending(world)
    await consent(world, key)
    return key


async def consent(world: World, key: str) -> None:
    """The receiver of a subscription has consented."""
    async with database(world).writing() as session:
        found = await session.get_one(Subscription, UUID(key))
        rules.consent(found, at=now())


async def _disabled(world: World) -> str:
    key = await _active(world)
    await world.post(BANK, f"/v1/subscriptions/{key}/disable")
    return key


async def _delivery(world: World) -> str:
    key = await _active(world)
    made = await world.post(BANK, f"/v1/subscriptions/{key}/test")
    return f"{key}/{made['id']}"


async def _delivered(world: World) -> str:
    target = await _delivery(world)
    async with database(world).writing() as session:
        found = await session.get_one(Delivery, int(target.partition("/")[2]))
        found.state, found.closed_at = DeliveryState.DELIVERED, now()
    return target


def database(world: World) -> Database:
    """Return the database of the journal and of its planned deliveries."""
    [found] = [each.database for each in world.platform.running if each.service.name == "notification"]
    return found


async def feed(world: World, headers: Mapping[str, str], types: Sequence[str] = CLOSED) -> list[dict[str, Any]]:
    """All that somebody is told, of closed things unless the types say otherwise."""
    events: list[dict[str, Any]] = []
    params: dict[str, Any] = {"limit": 200, "type": types}
    while True:
        answer = await world.client.get("/v1/events", params=params, headers=headers)
        assert answer.is_success, answer.text
        page = answer.json()
        events += [item["event"] for item in page["items"]]
        if page["next"] == params.get("after"):
            return events
        params["after"] = page["next"]


async def journaled(world: World) -> None:
    """Everything that was told has its place in the journal, and is planned."""
    await world.settled()

    async def nothing_waits() -> bool:
        async with database(world).reading() as session:
            return not await session.scalar(PLANNING_WAITS)

    await until(nothing_waits)


async def _event(world: World) -> str:
    """One that everybody may be told."""
    page = await world.get("/v1/events?type=territory.TerritoryDesignated.v1&limit=1")
    return str(page["items"][0]["event"]["id"])


async def publish_histories(world: World) -> None:
    """Publish the history of each service, and the head of the journal with a time stamp."""
    await world.settled()
    for running in world.platform.running:
        while await running.sequencer.number():
            pass
        while await Chainer(running.database).extend():
            pass
        while await HistoryPublisher(running.database, pause=1).publish():
            pass
    await world.settled()
    while await hash_next(database(world)):
        pass
    async with database(world).writing() as session:
        head = await commands.close_day(session, at=now() + timedelta(days=1))
    if head:
        async with database(world).writing() as session:
            await commands.keep_time_stamp(session, head, b"a time stamp (synthetic)", stamped_at=now())
    await world.settled()


async def _day(world: World) -> str:
    """A day with a head."""
    await publish_histories(world)
    heads = (await world.get("/v1/journal-heads"))["items"]
    return str(heads[-1]["day"])


async def _history(world: World) -> str:
    await publish_histories(world)
    return "territory"


async def _proven(world: World) -> str:
    event = await _event(world)
    await _day(world)
    return event


def subscription(make: Make = _pending, **more: Any) -> Case:
    """One operator's own."""
    return Case(make=make, owner=BANK, **more)


CASES: Final[dict[str, Case]] = {
    "read_events": Case(),
    "read_event": Case(make=_event),
    "list_event_types": always(),
    "read_event_type": always(event_type="contract.ContractSigned.v1"),
    "read_journal": Case(),
    "list_journal_heads": always(),
    "read_journal_head": Case(make=_day),
    "prove_consistency": Case(make=_day, query=f"since={today()}"),
    "prove_inclusion": Case(make=_proven),
    "read_history_head": Case(make=_history),
    "list_audit_entries": Case(),
    "list_subscriptions": subscription(),
    "list_subscription_changes": subscription(),
    "create_subscription": Case(body=SUBSCRIPTION, also=EVERYBODY),
    "read_subscription": subscription(),
    "change_subscription": subscription(body={"description": "autre"}),
    "delete_subscription": subscription(),
    "enable_subscription": subscription(_disabled),
    "disable_subscription": subscription(),
    "verify_subscription": subscription(),
    "confirm_subscription": subscription(_challenged, body={"challenge": CHALLENGE}),
    "rotate_secret": subscription(body={}),
    "read_subscription_history": subscription(),
    "list_deliveries": subscription(_active),
    "read_delivery": subscription(_delivery),
    "replay_delivery": subscription(_delivered),
    "send_test_event": subscription(_active),
    "replay_events": subscription(_active, body={"since": 0, "dry_run": True}),
    "list_replays": subscription(_active),
}
