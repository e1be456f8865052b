"""Choose the bus adapter by the scheme of the URL."""

from shared.bus import Bus


def connect(url: str) -> Bus:
    """The bus that a URL names. Each call is a connection of its own; `start` opens it."""
    # Imported here, so that the embedded form does not load a broker's client.
    scheme = url.partition(":")[0]
    if scheme == "memory":
        from shared.bus.memory import MemoryBus  # noqa: PLC0415

        return MemoryBus()
    if scheme in {"amqp", "amqps"}:
        from shared.bus.rabbitmq import RabbitBus  # noqa: PLC0415

        return RabbitBus(url)
    raise ValueError(f"{scheme!r} is no bus: use memory:, amqp:// or amqps://")
