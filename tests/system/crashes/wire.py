"""The messages on the wire: a queue of the administrator's own gets everything from now on."""

import json

import aio_pika

from deploy.servers import RabbitMQ
from shared.bus.topology import EXCHANGE
from tests.system.crashes.audit import Books

TAP = "tap"
WRITTEN = ("ActionSubmitted", "ActionReturned", "SignatureRequested", "PartySigned", "ProtocolSigned")
"""Types of events that only the writers make."""
Heard = list[tuple[str, str]]
"""Ids and bodies, in the order of arrival."""


def tap(rabbitmq: RabbitMQ, vhost: str) -> None:
    """Open the queue."""
    everything = {"configure": ".*", "write": ".*", "read": ".*"}
    rabbitmq.load(
        {
            "permissions": [{"user": rabbitmq.user, "vhost": vhost, **everything}],
            "queues": [
                {
                    "name": TAP,
                    "vhost": vhost,
                    "durable": True,
                    "auto_delete": False,
                    "arguments": {"x-queue-type": "quorum"},
                }
            ],
            "bindings": [
                {
                    "source": EXCHANGE,
                    "vhost": vhost,
                    "destination": TAP,
                    "destination_type": "queue",
                    "routing_key": "#",
                    "arguments": {},
                }
            ],
        }
    )


async def heard(rabbitmq: RabbitMQ, vhost: str) -> Heard:
    """Everything that came, repeats included."""
    found: Heard = []
    async with await aio_pika.connect(rabbitmq.url_as(rabbitmq.user, rabbitmq.password, vhost)) as connection:
        channel = await connection.channel()
        queue = await channel.get_queue(TAP)
        while message := await queue.get(fail=False, timeout=10):
            await message.ack()
            found.append((message.message_id or "", message.body.decode()))
    return found


def unheard(heard: Heard, books: Books) -> list[str]:
    """Committed events that never went over the wire, or not as they were stored; and strangers."""
    stored = {row["event_id"]: row["body"] for row in books.outbox if _new(row)}
    violations = [f"never on the wire: {event_id}" for event_id in stored.keys() - {one for one, _ in heard}]
    known = {row["event_id"]: row["body"] for row in books.outbox}
    return violations + [f"not as stored: {event_id}" for event_id, body in heard if known.get(event_id) != body]


def disordered(heard: Heard) -> list[str]:
    """Events whose first arrival came after that of a later event of the same subject."""
    last: dict[str, int] = {}
    seen: set[str] = set()
    violations = []
    for event_id, body in heard:
        if event_id in seen:
            continue
        seen.add(event_id)
        envelope = json.loads(body)
        subject, sequence = envelope["subject"], int(envelope["sequence"])
        if sequence < last.get(subject, 0):
            violations.append(f"{subject}: {sequence} after {last[subject]}")
        last[subject] = max(sequence, last.get(subject, 0))
    return violations


def _new(row: dict[str, object]) -> bool:
    """Told by the writers of this run, not by the loading before it."""
    return str(row["type"]).rpartition(".v")[0].endswith(WRITTEN) or "kill_test_" in str(row["body"])
