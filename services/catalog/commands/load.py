"""Load the reference data: each version once, and only its differences from the version before.

Operators change their services after a load. So a version is compared with the former version, not with the services.
Changes by operators stay. Each change of the reference data makes a new version of the service, and is published.
"""

from collections.abc import Callable, Iterable
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from services.catalog.commands.services import store_new, store_next
from services.catalog.models import OfferedService, Operator, ReferenceVersion, Shipped
from services.catalog.reference import SHIPPED, CatalogReference
from services.catalog.rules import services as rules
from shared.clock import now, today
from shared.storage.database import Database
from shared.storage.reference_data import LOADER, REASON, Difference, differences, is_loaded, lacking
from shared.storage.unit_of_work import WriteSession


async def load(database: Database, say: Callable[[str], None], reference: CatalogReference = SHIPPED) -> None:
    """Load a version of the reference data. A second run changes nothing."""
    version = reference.version()
    if await is_loaded(database, ReferenceVersion, version):
        say("catalog: the reference data is loaded already")
        return
    async with database.writing(by=LOADER, reason=REASON) as session:
        operators = await differences(session, Shipped, "operators", reference.operators(), key="siren")
        await _apply_operators(session, operators)
        say(f"catalog: operators: {len(operators):,} rows written")
        services = await differences(session, Shipped, "services", reference.services(), key="code")
        written = await _apply_services(session, services)
        say(f"catalog: services: {len(services):,} rows written, {written:,} events")
        session.add(ReferenceVersion(loaded_at=now(), sha256=version))


async def lacks(session: AsyncSession) -> str | None:
    """Return why the service is not ready: its reference data is missing; None if it is loaded."""
    return await lacking(session, ReferenceVersion, "catalog")


async def _apply_operators(session: WriteSession, differences: Iterable[Difference]) -> None:
    for difference in differences:
        operator = await session.get(Operator, difference.code)
        if operator is None:
            operator = Operator(siren=difference.code)
            session.add(operator)
        for name, value in difference.changed.items():
            setattr(operator, name, value)
    await session.flush()


async def _apply_services(session: WriteSession, differences: Iterable[Difference]) -> int:
    written = 0
    for difference in differences:
        service = await session.get(OfferedService, difference.code, with_for_update=True)
        content: dict[str, Any] = {name: value for name, value in difference.changed.items() if name != "code"}
        if service is None:
            await store_new(session, rules.publish(difference.code, content, day=today(), at=now()))
        elif service.withdrawn_on is not None or not rules.change(service, content, day=today(), at=now()):
            # Withdrawn by its operator, or its operator already made the same change.
            continue
        else:
            await store_next(session, service)
        written += 1
    return written
