"""Loads the reference data that the service ships: once each edition, and of a new edition only what differs.

Operators change their services after they are loaded, so an edition is compared with the one before it and not with
them: what an operator has written stays, what the edition changed becomes a new version, and each is told.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from services.catalog.commands.services import store_new, store_next
from services.catalog.models import Edition, OfferedService, Operator, Shipped
from services.catalog.reference import SHIPPED, Reference, Row
from services.catalog.rules import services as rules
from shared.auth import Caller, Role
from shared.clock import now, today
from shared.db import Database

LOADER: Final = Caller(client_id="loader", sub="loader", role=Role.PLATFORM)
REASON: Final = "reference data"


@dataclass(frozen=True)
class Difference:
    """A row of the reference data that is new, or not as it was."""

    code: str
    before: Row
    after: Row

    @property
    def changed(self) -> Row:
        """The fields that differ."""
        return {name: value for name, value in self.after.items() if self.before.get(name, ...) != value}


async def load(database: Database, say: Callable[[str], None], reference: Reference = SHIPPED) -> None:
    """Bring the database to an edition of the reference data. Running it again changes nothing."""
    edition = reference.edition()
    if await _is_loaded(database, edition):
        say("catalog: the reference data is loaded already")
        return
    async with database.writing(by=LOADER, reason=REASON) as session:
        operators = await _differences(session, "operators", "siren", reference.operators())
        await _apply_operators(session, operators)
        say(f"catalog: operators: {len(operators):,} rows written")
        services = await _differences(session, "services", "code", reference.services())
        told = await _apply_services(session, services)
        say(f"catalog: services: {len(services):,} rows written, {told:,} events")
        session.add(Edition(loaded_at=now(), sha256=edition))


async def lacks(session: AsyncSession) -> str | None:
    """The service is not ready before it has its reference data."""
    if await session.scalar(select(Edition.sha256).limit(1)) is None:
        return "The reference data is not loaded: run `python -m services catalog load`."
    return None


async def _is_loaded(database: Database, edition: str) -> bool:
    async with database.reading() as session:
        last = await session.scalar(select(Edition.sha256).order_by(Edition.loaded_at.desc()).limit(1))
    return last == edition


async def _differences(session: AsyncSession, collection: str, key: str, rows: Iterable[Row]) -> list[Difference]:
    """What an edition changes in a collection, noted as loaded. A row that is no longer listed stays as it is."""
    held = await session.scalars(select(Shipped).where(Shipped.collection == collection))
    shipped = {one.code: one for one in held}
    found = []
    for row in rows:
        code = row[key]
        known = shipped.get(code)
        if known is None:
            session.add(Shipped(collection=collection, code=code, row=row))
            found.append(Difference(code, {}, row))
        elif known.row != row:
            found.append(Difference(code, dict(known.row), row))
            known.row = row
    return found


async def _apply_operators(session: AsyncSession, differences: Iterable[Difference]) -> None:
    for difference in differences:
        operator = await session.get(Operator, difference.code)
        if operator is None:
            operator = Operator(siren=difference.code)
            session.add(operator)
        for name, value in difference.changed.items():
            setattr(operator, name, value)
    await session.flush()


async def _apply_services(session: AsyncSession, differences: Iterable[Difference]) -> int:
    told = 0
    for difference in differences:
        service = await session.get(OfferedService, difference.code, with_for_update=True)
        content: dict[str, Any] = {name: value for name, value in difference.changed.items() if name != "code"}
        if service is None:
            await store_new(session, rules.publish(difference.code, content, day=today(), at=now()))
        elif service.withdrawn_on is not None or not rules.change(service, content, day=today(), at=now()):
            # Withdrawn by its operator, or already what its operator made of it.
            continue
        else:
            await store_next(session, service)
        told += 1
    return told
