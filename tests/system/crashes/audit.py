"""The rules that hold after any crash: nothing committed is lost, nothing rolled back gets out, each effect is once."""

import asyncio
import json
import time
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import NullPool

from app.embedded import SERVICES
from tests.support.processes import Form
from tests.support.waiting import PATIENCE

CLOSED = {"applied", "superseded", "refused"}


@dataclass
class Books:
    """The outboxes and inboxes of all services, read from their databases."""

    outbox: list[dict[str, Any]] = field(default_factory=list)
    inbox: list[dict[str, Any]] = field(default_factory=list)

    def drained(self) -> bool:
        """Is everything published, and everything received applied?"""
        return all(row["published_at"] for row in self.outbox) and all(row["state"] in CLOSED for row in self.inbox)

    def violations(self) -> list[str]:
        """Every promise that does not hold; none, after a good run."""
        published = {row["event_id"]: row for row in self.outbox}
        seen = Counter((row["service"], row["handler"], row["event_id"]) for row in self.inbox)
        violations = [f"twice in an inbox: {key}" for key, count in seen.items() if count > 1]
        violations += [f"applied, but never published: {key}" for key in seen if key[2] not in published]
        violations += [f"published, but missing: {key}" for key in self._expected() - seen.keys()]
        violations += [
            f"not the bytes that were stored: {row['event_id']}" for row in self.inbox if not _same(row, published)
        ]
        for subject, numbers in self._sequences().items():
            if sorted(numbers) != list(range(1, len(numbers) + 1)):
                violations.append(f"holes in the sequence of {subject}: {sorted(numbers)}")
        return violations

    def once_signed(self, protocols: Collection[str], sirens: Collection[str]) -> bool:
        """Return True if each party was asked once and signed once, and each protocol was concluded once."""
        subjects = {f"contract/{each}" for each in protocols}
        found = Counter(
            (row["subject"], row["type"].split(".")[-2], data_of(row).get("signatory"))
            for row in self.outbox
            if row["subject"] in subjects and "ContractSealed" not in row["type"]
        )
        of_parties = [(name, siren) for name in ("SignatureRequested", "PartySigned") for siren in sirens]
        once = [*of_parties, ("ContractOpened", None), ("ProtocolSigned", None)]
        return found == Counter((subject, *each) for subject in subjects for each in once)

    def _expected(self) -> set[tuple[str, str, str]]:
        return {
            (service.name, handler.name, row["event_id"])
            for row in self.outbox
            for service in SERVICES
            if service.consumer
            for handler in service.consumer.of_type(row["type"])
        }

    def _sequences(self) -> dict[tuple[str, str], list[int]]:
        numbers: dict[tuple[str, str], list[int]] = {}
        for row in self.outbox:
            numbers.setdefault((row["service"], row["subject"]), []).append(row["sequence"])
        return numbers


def _same(row: dict[str, Any], published: dict[str, dict[str, Any]]) -> bool:
    return row["event_id"] not in published or row["body"] == published[row["event_id"]]["body"]


async def query(form: Form, service: str, statement: str, **values: Any) -> list[dict[str, Any]]:
    """Rows of a service's database."""
    async with _engine(form.database_url.format(service=service)).connect() as connection:
        found = await connection.execute(text(statement), values)
        # As `mappings()`, in a tenth of the time.
        names = tuple(found.keys())
        return [dict(zip(names, row, strict=True)) for row in found]


@lru_cache
def _engine(url: str) -> AsyncEngine:
    """Return the engine of a database. It keeps no connection, for the next loop or a server that was killed."""
    return create_async_engine(url, poolclass=NullPool)


async def books(form: Form) -> Books:
    """The books as they now stand."""
    found = Books()
    for service in SERVICES:
        for tables, rows in (("outbox", found.outbox), ("handlings JOIN inbox USING (event_id)", found.inbox)):
            rows += [
                {"service": service.name, **row} for row in await query(form, service.name, f"SELECT * FROM {tables}")
            ]
    return found


async def signatures(form: Form) -> dict[str, tuple[str, int]]:
    """Return the state of each contract or protocol whose signatures were requested, with the number of signatures."""
    rows = await query(
        form,
        "contract",
        "SELECT contracts.id, status, count(parties.signed_on) AS given FROM contracts "
        "JOIN parties ON parties.contract_id = contracts.id WHERE requested_at IS NOT NULL GROUP BY contracts.id",
    )
    return {str(row["id"]): (row["status"], row["given"]) for row in rows}


async def settled(form: Form, seconds: float = PATIENCE) -> Books:
    """Wait until everything is published and applied, then the books."""
    deadline = time.monotonic() + seconds
    while await _busy(form) or not (found := await books(form)).drained():
        if time.monotonic() > deadline:
            found = await books(form)
            waiting = [row for row in found.outbox if not row["published_at"]]
            open_ = [row for row in found.inbox if row["state"] not in CLOSED]
            raise AssertionError(f"not drained: {len(waiting)} unpublished, {len(open_)} open: {open_[:2]}")
        await asyncio.sleep(0.2)
    return found


async def _busy(form: Form) -> bool:
    """Return True while some service has work. To read all the books as often would slow the services down."""
    waiting = (
        "SELECT 1 FROM outbox WHERE published_at IS NULL UNION ALL SELECT 1 FROM handlings WHERE state = 'waiting'"
    )
    # A document that is still to be sealed publishes an event.
    own = {"contract": " UNION ALL SELECT 1 FROM seals WHERE next_try_at IS NOT NULL AND tries = 0"}
    for service in SERVICES:
        if await query(form, service.name, f"{waiting}{own.get(service.name, '')} LIMIT 1"):
            return True
    return False


async def complete(form: Form, seconds: float = PATIENCE) -> Books:
    """Wait until every published event is applied by everyone who listens; return the books.

    What is still on its way in the broker is in no inbox yet. If it does not come in time, the books say so.
    """
    deadline = time.monotonic() + seconds
    while (found := await settled(form, seconds)).violations() and time.monotonic() < deadline:  # noqa: ASYNC110 - other processes tell nobody
        await asyncio.sleep(0.2)
    return found


def data_of(row: dict[str, Any]) -> dict[str, Any]:
    """Read the data of an event."""
    data: dict[str, Any] = json.loads(row["body"])["data"]
    return data
