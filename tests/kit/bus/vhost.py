"""A virtual host of the private broker for one test, holding the platform's topology."""

from collections.abc import Collection, Mapping

from deploy.servers import RabbitMQ
from shared.bus import topology
from tests.support import vhosts
from tests.support.vhosts import PASSWORD


class Vhost:
    """A test's view of the broker."""

    def __init__(self, rabbitmq: RabbitMQ, name: str | None = None) -> None:
        self.rabbitmq = rabbitmq
        self.name = name or vhosts.name()

    def define(self, listeners: Mapping[str, Collection[str]], *, queues: bool = True, passwords: bool = True) -> None:
        """Load the topology of these listeners; or the accounts alone, or nobody's password."""
        definitions = topology.definitions(listeners, vhost=self.name)
        if passwords:
            definitions = topology.with_passwords(definitions, dict.fromkeys(listeners, PASSWORD))
        if not queues:
            definitions |= {"exchanges": [], "queues": [], "bindings": []}
        self.rabbitmq.load(definitions)

    def url(self, service: str, password: str = PASSWORD) -> str:
        """A service's way in."""
        return self.rabbitmq.url_as(service, password, self.name)

    def delete(self, queue: str) -> None:
        """Delete a queue, as an operator might."""
        self.rabbitmq.ctl("delete_queue", "-p", self.name, queue)

    def cut(self, name: str) -> None:
        """Close the connections that gave themselves this name."""
        lines = self.rabbitmq.ctl("list_connections", "--no-table-headers", "pid", "client_properties")
        for pid, properties in (line.split(maxsplit=1) for line in lines.splitlines()):
            if f'"{name}"' in properties:
                self.rabbitmq.ctl("close_connection", pid, "cut by a test")
