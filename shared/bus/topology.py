"""Generate the definitions of the RabbitMQ broker from the types that services listen to.

Services declare nothing: their accounts have no such permission. The broker loads the definitions at its start, from
`deploy/rabbitmq/definitions.json`, which `python -m services topology` writes.
"""

import base64
import hashlib
import json
import re
import secrets
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any, Final

from shared.events import routing_key

EXCHANGE: Final = "ti.events"
DEAD_LETTERS: Final = "ti.dlx"
DEAD_QUEUE: Final = "ti.dead"
VHOST: Final = "ti"

# Each connection lost while a message is in hand counts as a delivery, so a limit that could be reached would drop
# events that nobody refused; a failing handler is the inbox's business. It is stated because RabbitMQ 4 has 20 by
# default, and because without a limit a quorum queue puts a returned message at its end, out of order.
DELIVERY_LIMIT: Final = 1_000_000

Definitions = dict[str, Any]


def queue_of(service: str) -> str:
    """The queue of a service that listens."""
    return f"ti.{service}"


def definitions(listeners: Mapping[str, Collection[str]], *, vhost: str = VHOST) -> Definitions:
    """Exchanges, queues, bindings and accounts for these services and the event types that each listens to.

    A service that listens to nothing has an account, to publish, and no queue. No account has a password: see
    `with_passwords`.
    """
    services = sorted(listeners)
    listening = [service for service in services if listeners[service]]
    return {
        "vhosts": [{"name": vhost}],
        "users": [_user(service) for service in services],
        "permissions": [_permission(service, vhost, listens=service in listening) for service in services],
        "topic_permissions": [_topic_permission(service, vhost) for service in services],
        "exchanges": [_exchange(name, vhost) for name in (EXCHANGE, DEAD_LETTERS)],
        "queues": [*(_service_queue(service, vhost) for service in listening), _dead_queue(vhost)],
        "bindings": [
            *(
                _binding(EXCHANGE, queue_of(service), routing_key(event_type), vhost)
                for service in listening
                for event_type in sorted(listeners[service])
            ),
            _binding(DEAD_LETTERS, DEAD_QUEUE, "#", vhost),
        ],
    }


def with_passwords(plain: Definitions, passwords: Mapping[str, str]) -> Definitions:
    """The same definitions with these accounts' passwords, salted and hashed as RabbitMQ stores them."""
    unknown = passwords.keys() - {user["name"] for user in plain["users"]}
    if unknown:
        raise ValueError(f"no such account: {', '.join(sorted(unknown))}")
    users = [
        user | {"password_hash": _hash(passwords[user["name"]])} if user["name"] in passwords else user
        for user in plain["users"]
    ]
    return plain | {"users": users}


def write(path: Path, listeners: Mapping[str, Collection[str]], passwords: Mapping[str, str] | None = None) -> None:
    """Write the definitions: those that stand in the repository, or with passwords, for a broker."""
    path.write_text(_rendered(with_passwords(definitions(listeners), passwords or {})), encoding="utf-8")


def render(listeners: Mapping[str, Collection[str]]) -> str:
    """The definitions as the file holds them: stable, so that a difference is a difference of meaning."""
    return _rendered(definitions(listeners))


def _rendered(plain: Definitions) -> str:
    return json.dumps(plain, indent=2, sort_keys=True) + "\n"


def _user(service: str) -> dict[str, Any]:
    # No password equals an empty hash: the account is there, and nobody gets in until it is given one.
    return {
        "name": service,
        "password_hash": "",
        "hashing_algorithm": "rabbit_password_hashing_sha256",
        "tags": [],
        "limits": {},
    }


def _permission(service: str, vhost: str, *, listens: bool) -> dict[str, str]:
    return {
        "user": service,
        "vhost": vhost,
        "configure": "^$",
        "write": _only(EXCHANGE),
        "read": _only(queue_of(service)) if listens else "^$",
    }


def _topic_permission(service: str, vhost: str) -> dict[str, str]:
    """A service tells its own facts alone."""
    return {
        "user": service,
        "vhost": vhost,
        "exchange": EXCHANGE,
        "write": rf"^{re.escape(service)}\.",
        "read": "^$",
    }


def _exchange(name: str, vhost: str) -> dict[str, Any]:
    return {
        "name": name,
        "vhost": vhost,
        "type": "topic",
        "durable": True,
        "auto_delete": False,
        "internal": False,
        "arguments": {},
    }


def _service_queue(service: str, vhost: str) -> dict[str, Any]:
    return _queue(
        queue_of(service),
        vhost,
        {
            # One replica consumes, the others stand by: two would break the order.
            "x-single-active-consumer": True,
            # What ever is dead-lettered leaves this queue only once the dead queue holds it; RabbitMQ asks for
            # reject-publish with it. There is no length: a full queue would refuse every publisher of its types.
            "x-dead-letter-exchange": DEAD_LETTERS,
            "x-dead-letter-strategy": "at-least-once",
            "x-overflow": "reject-publish",
        },
    )


def _dead_queue(vhost: str) -> dict[str, Any]:
    return _queue(DEAD_QUEUE, vhost, {"x-overflow": "reject-publish"})


def _queue(name: str, vhost: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "name": name,
        "vhost": vhost,
        "durable": True,
        "auto_delete": False,
        "arguments": {"x-queue-type": "quorum", "x-delivery-limit": DELIVERY_LIMIT, **arguments},
    }


def _binding(source: str, queue: str, key: str, vhost: str) -> dict[str, Any]:
    return {
        "source": source,
        "vhost": vhost,
        "destination": queue,
        "destination_type": "queue",
        "routing_key": key,
        "arguments": {},
    }


def _only(name: str) -> str:
    return f"^{re.escape(name)}$"


def _hash(password: str) -> str:
    """RabbitMQ's own form: base64 of a salt of four bytes and the SHA-256 of salt and password."""
    salt = secrets.token_bytes(4)
    return base64.b64encode(salt + hashlib.sha256(salt + password.encode()).digest()).decode()
