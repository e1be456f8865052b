"""Choose the bus adapter by the scheme of the URL."""

from shared.bus import Bus


def connect(url: str) -> Bus:
    """Create the bus adapter of a URL. Each call makes its own connection; `start` opens it."""
    # Imported here: the embedded platform does not load a broker client.
    scheme = url.partition(":")[0]
    if scheme == "memory":
        from shared.bus.memory import MemoryBus  # noqa: PLC0415

        return MemoryBus()
    if scheme in {"amqp", "amqps"}:
        from shared.bus.rabbitmq import RabbitBus  # noqa: PLC0415

        return RabbitBus(url)
    raise ValueError(f"{scheme!r} is not a bus URL: use memory:, amqp:// or amqps://")
