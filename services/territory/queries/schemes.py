"""Other schemes of the State, their perimeters, and what they cover of a territory."""

from collections.abc import Collection, Sequence

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from services.territory.errors import CodeNotKnown, PlaceNotFound
from services.territory.models import Commune, Epci, Scheme, SchemePerimeter, Territory
from services.territory.queries.filters import PerimeterFilters
from services.territory.queries.geography import key_of, require_known
from services.territory.rules.overlaps import CoveredCommune, SchemeOverlap, overlaps_of
from services.territory.rules.places import TerritoryOnDay
from shared.clock import today
from shared.http.pagination import PageRequest, Slice, page
from shared.problem import FieldError
from shared.storage.search import Sought, searchable


async def list_schemes(session: AsyncSession) -> Sequence[Scheme]:
    """Return all schemes, by their codes."""
    return (await session.scalars(select(Scheme).order_by(Scheme.code))).all()


async def get_scheme(session: AsyncSession, code: str) -> Scheme:
    """Return a scheme. Raises PlaceNotFound."""
    found = await session.get(Scheme, code)
    if found is None:
        raise PlaceNotFound(f"{code} is none of the codes that GET /v1/schemes lists.")
    return found


async def list_scheme_perimeters(
    session: AsyncSession, code: str, filters: PerimeterFilters, pagination: PageRequest
) -> Slice[SchemePerimeter]:
    """Return one page of the perimeters of a scheme, by their codes."""
    await get_scheme(session, code)
    statement = select(SchemePerimeter).where(SchemePerimeter.scheme_code == code)
    for condition in await _places(session, filters):
        rows = await session.scalars(select(Commune.perimeters).where(condition))
        here = {each.partition("/")[2] for row in rows for each in row if each.startswith(f"{code}/")}
        statement = statement.where(SchemePerimeter.code.in_(here))
    if sought := Sought.of(filters.q):
        # Few enough to be read: no scheme has more than 2,500.
        named = await session.execute(statement.with_only_columns(SchemePerimeter.code, SchemePerimeter.name))
        texts = {code: searchable(name or "", texts=[code], stems=False) for code, name in named}
        statement = statement.where(SchemePerimeter.code.in_([code for code in texts if sought.fits(texts[code])]))
    return await page(session, statement, pagination, order=[SchemePerimeter.code])


async def overlaps(
    session: AsyncSession, state: TerritoryOnDay, *, scheme: str | None = None
) -> tuple[int, int, list[SchemeOverlap]]:
    """Return communes and population of a territory on a day, and what each scheme covers of it."""
    schemes = {each.code: each for each in await list_schemes(session)}
    if scheme is not None and scheme not in schemes:
        raise CodeNotKnown(
            f"There is no scheme {scheme}: GET /v1/schemes lists the codes.",
            errors=[FieldError(parameter="scheme", detail="is not known")],
        )
    communes = await _communes(session, state.sirens)
    references = {reference for commune in communes for reference in commune.perimeters}
    perimeters = {
        f"{each.scheme_code}/{each.code}": each
        for each in await session.scalars(
            select(SchemePerimeter).where(
                SchemePerimeter.scheme_code.in_({each.partition("/")[0] for each in references}),
                SchemePerimeter.code.in_({each.partition("/")[2] for each in references}),
            )
        )
    }
    found = overlaps_of(communes, schemes, perimeters)
    population = sum(commune.population for commune in communes)
    return len(communes), population, [each for each in found if scheme in (None, each.code)]


async def _communes(session: AsyncSession, sirens: Collection[str]) -> list[CoveredCommune]:
    """Return the communes of EPCIs, EPTs and communes, each once."""
    statement = select(Commune.code, Commune.population, Commune.perimeters).where(_within(sirens))
    rows = await session.execute(statement.order_by(Commune.code))
    return [CoveredCommune(code, population or 0, perimeters) for code, population, perimeters in rows]


def _within(sirens: Collection[str]) -> ColumnElement[bool]:
    return or_(*(column.in_(sirens) for column in (Commune.siren, Commune.epci_siren, Commune.ept_siren)))


async def _places(session: AsyncSession, filters: PerimeterFilters) -> list[ColumnElement[bool]]:
    """Return the conditions on communes that a perimeter must cover one of, for each filter."""
    conditions: list[ColumnElement[bool]] = []
    if filters.territory is not None:
        found = await session.get_one(Territory, await key_of(session, filters.territory))
        conditions.append(_within(TerritoryOnDay.of(found, today()).sirens))
    if filters.epci is not None:
        await require_known(session, Epci, filters.epci, parameter="epci")
        conditions.append(Commune.epci_siren == filters.epci)
    if filters.commune is not None:
        await require_known(session, Commune, filters.commune, parameter="commune")
        conditions.append(Commune.code == filters.commune)
    return conditions
