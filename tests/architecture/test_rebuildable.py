"""Rebuilt tables follow from the events alone: which handlers fill them, and that nothing else writes them."""

import json
import re
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import event
from sqlalchemy.orm import DeclarativeBase

from app.embedded import SERVICES
from shared.events import SAMPLES
from shared.messaging.consumer import Consumer, call
from shared.messaging.rebuild import filled, rebuildable
from shared.runtime.platform import Service
from shared.settings import Settings
from shared.storage.database import Database
from shared.storage.history import Part, Recorded
from shared.storage.tables import service_metadata

WRITES = re.compile(r"\s*(?:INSERT INTO|UPDATE|DELETE FROM) \"?(\w+)")
LISTENERS = [(service, service.consumer) for service in SERVICES if service.consumer]
each_listener = pytest.mark.parametrize(("service", "consumer"), LISTENERS, ids=[each.name for each, _ in LISTENERS])


@pytest.fixture
async def database(service: Service, tmp_path: Path) -> AsyncIterator[Database]:
    """The tables of a service, empty."""
    database = Database(service.name, Settings(data_dir=tmp_path))
    async with database.engine.begin() as connection:
        await connection.run_sync(service.metadata.create_all)
    yield database
    await database.close()


class Writes:
    """The tables that statements write to."""

    def __init__(self, database: Database) -> None:
        self.tables: set[str] = set()
        event.listen(database.engine.sync_engine, "before_cursor_execute", self._note)

    def _note(self, _connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if found := WRITES.match(statement):
            self.tables.add(found[1])


async def written(database: Database, consumer: Consumer) -> dict[str, set[str]]:
    """Return the tables that each handler writes for the samples of its events; a projection must publish nothing."""
    found: dict[str, set[str]] = defaultdict(set)
    writes = Writes(database)
    for path in sorted(SAMPLES.glob("*.json")):
        body = path.read_text()
        envelope = json.loads(body)
        for handler in consumer.of_type(envelope["type"]):
            row: Any = SimpleNamespace(
                event_id=envelope["id"], handler=handler.name, type=envelope["type"], subject=envelope["subject"],
                body=body, sequence=1,
            )  # fmt: skip
            writes.tables.clear()
            if handler.rebuildable:
                async with database.writing() as session:
                    await call(consumer, session, [row])
                    assert session.transaction.pending_events == [], f"{handler.name} publishes: let it react"
            else:
                # It may lack what it is about; as far as it comes, it is seen.
                with suppress(Exception):
                    async with database.writing() as session:
                        await call(consumer, session, [row])
            found[handler.name] |= writes.tables
    return found


@each_listener
async def test_a_handler_that_can_run_again_writes_where_it_says_and_nobody_else_does(
    service: Service, consumer: Consumer, database: Database
) -> None:
    found = await written(database, consumer)
    says = {name: {table.name for table in each.fills} for name, each in rebuildable(consumer).handlers.items()}
    theirs = {table.name for table in filled(consumer)}

    assert {name: more for name in says if (more := found[name] - says[name])} == {}
    assert set().union(*(found[name] for name in says)) == theirs, "every table is filled by some sample"
    for name in consumer.handlers.keys() - says.keys():
        assert not found[name] & theirs, f"{name} has effects, and is left out of a rebuild"


@each_listener
def test_what_is_made_anew_has_no_history_no_drawn_number_and_nobody_who_refers_to_it(
    service: Service, consumer: Consumer
) -> None:
    tables = filled(consumer)

    assert not {table.name for table in tables} & set(service_metadata().tables)
    assert [table.name for table in tables if table.autoincrement_column is not None] == []
    assert [
        model for model in models(service) if model.__table__ in tables and issubclass(model, Recorded | Part)
    ] == []
    assert [
        f"{key.parent.table.name} refers to {key.column.table.name}"
        for table in service.metadata.tables.values()
        if table not in tables
        for key in table.foreign_keys
        if key.column.table in tables
    ] == []


def models(service: Service) -> list[Any]:
    """The mapped classes of a service."""
    bases = [base for base in DeclarativeBase.__subclasses__() if base.__dict__.get("metadata") is service.metadata]
    return [mapper.class_ for base in bases for mapper in base.registry.mappers]
