"""Virtual hosts of the private broker with the platform's topology, each for one test.

They are loaded several at once, because a call of `rabbitmqctl` takes most of a second. They end with the broker.
"""

import secrets
from collections.abc import Collection, Mapping
from typing import Any, Final

from deploy.servers import RabbitMQ
from shared.bus import topology

PASSWORD: Final = secrets.token_hex(12)
"""Password of each service on the broker."""
SEVERAL: Final = 8

Listeners = Mapping[str, Collection[str]]

_unused: Final[dict[tuple[int, str], list[str]]] = {}


def unused(rabbitmq: RabbitMQ, listeners: Listeners) -> str:
    """Return the name of a virtual host that nobody has used."""
    names = _unused.setdefault((rabbitmq.port, repr(listeners)), [])
    if not names:
        loaded = [name() for _ in range(SEVERAL)]
        rabbitmq.load(_together([definitions(listeners, each) for each in loaded]))
        names += loaded
    return names.pop()


def name() -> str:
    """Return a name for a virtual host."""
    return f"ti-{secrets.token_hex(4)}"


def definitions(listeners: Listeners, vhost: str) -> dict[str, Any]:
    """Return the topology of these listeners, with the password of each."""
    return topology.with_passwords(topology.definitions(listeners, vhost=vhost), dict.fromkeys(listeners, PASSWORD))


def _together(each: list[dict[str, Any]]) -> dict[str, Any]:
    """Return definitions of several virtual hosts as one. The accounts are the same in all: they are named once."""
    lists = {key for key, value in each[0].items() if isinstance(value, list)} - {"users"}
    return {**each[0], **{key: [item for one in each for item in one[key]] for key in lists}}
