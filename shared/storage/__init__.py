"""Database, tables of the kit, outbox, history."""
