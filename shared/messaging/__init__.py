"""Events between outbox, bus and handlers."""
