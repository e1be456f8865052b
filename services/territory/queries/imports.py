"""Imports of values of indicators."""

from collections.abc import Collection
from typing import Final
from uuid import UUID

from sqlalchemy import and_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from services.territory.errors.indicators import IndicatorImportNotFound
from services.territory.models import IndicatorImport, IndicatorImportRow, IndicatorValue
from services.territory.queries.indicators import get_indicator
from services.territory.queries.territories import access_scope_of
from services.territory.rules.imports import LaterRow
from services.territory.rules.indicators import Key
from shared.events.indicators import IndicatorLevel
from shared.http.collection import PublicCollection
from shared.http.pagination import PageRequest, Slice

_imports: Final = PublicCollection(IndicatorImport, "import", access_scope_of, order=(IndicatorImport.id,))


async def list_imports(session: AsyncSession, code: str, pagination: PageRequest) -> Slice[IndicatorImport]:
    """One page of the imports of an indicator, the first one first."""
    await get_indicator(session, code)
    statement = select(IndicatorImport).where(IndicatorImport.indicator_code == code)
    return await _imports.page(session, statement, pagination)


async def get_import(session: AsyncSession, code: str, import_id: UUID, *, lock: bool = False) -> IndicatorImport:
    """Return an import of an indicator."""
    statement = select(IndicatorImport).where(IndicatorImport.id == import_id, IndicatorImport.indicator_code == code)
    found = (await session.scalars(statement.with_for_update() if lock else statement)).one_or_none()
    if found is None:
        raise IndicatorImportNotFound(
            f"{code} has no import {import_id}: GET /v1/indicators/{code}/imports lists them."
        )
    return found


async def import_of(session: AsyncSession, identities: Collection[str]) -> IndicatorImport | None:
    """Return the first import of some identities that was not taken back."""
    statement = select(IndicatorImport).where(IndicatorImport.identity.in_(identities)).order_by(IndicatorImport.id)
    return (await session.scalars(statement)).first()


async def stored_values(
    session: AsyncSession, code: str, levels: Collection[IndicatorLevel], years: Collection[int]
) -> dict[Key, tuple[str, UUID | None]]:
    """Return the values of an indicator for some levels and years, each with the import that it is of."""
    value = IndicatorValue
    statement = select(value.level, value.geography, value.year, value.value_decimal, value.import_id).where(
        value.indicator_code == code, value.level.in_(levels), value.year.in_(years)
    )
    return {(row[0], row[1], row[2]): (row[3], row[4]) for row in await session.execute(statement)}


async def rows_of(session: AsyncSession, found: IndicatorImport) -> dict[Key, tuple[str | None, UUID | None]]:
    """Return what stood before an import, by the places and years of its rows."""
    row = IndicatorImportRow
    statement = select(row.level, row.geography, row.year, row.former_decimal, row.former_import_id).where(
        row.import_id == found.id
    )
    return {(each[0], each[1], each[2]): (each[3], each[4]) for each in await session.execute(statement)}


async def later_rows(session: AsyncSession, found: IndicatorImport) -> list[LaterRow]:
    """Return the rows of later imports for the places and years of an import, the first import first."""
    own, row = aliased(IndicatorImportRow), IndicatorImportRow
    same = and_(own.level == row.level, own.geography == row.geography, own.year == row.year)
    statement = (
        select(row.level, row.geography, row.year, row.import_id, row.value_decimal, row.former_decimal)
        .join(own, same)
        .join(IndicatorImport, IndicatorImport.id == row.import_id)
        .where(
            own.import_id == found.id,
            IndicatorImport.indicator_code == found.indicator_code,
            IndicatorImport.reverted_at.is_(None),
            # Ids grow with time.
            IndicatorImport.id > found.id,
        )
        .order_by(row.import_id)
    )
    return [LaterRow((each[0], each[1], each[2]), *each[3:]) for each in await session.execute(statement)]
