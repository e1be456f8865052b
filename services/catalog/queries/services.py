"""Services, read: as they are now, or as they were on a day."""

from collections import Counter
from collections.abc import Collection, Sequence
from datetime import date
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, cast, func, or_, select
from sqlalchemy import String as Text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import contains_eager

from services.catalog.errors import VersionNotFound
from services.catalog.models import Match, OfferedService, ServiceVersion
from services.catalog.queries.codes import require_operator
from services.catalog.queries.filters import ServiceFilters
from services.catalog.queries.projections import access_scope_of, organisations
from services.catalog.queries.search import Entity, ServiceSearch
from services.catalog.reference import name_in_use
from shared.clock import today
from shared.http.collection import PublicCollection
from shared.http.pagination import PageRequest, Slice, page, page_with_first
from shared.names import named_on
from shared.problem import NotFound
from shared.security.access import Caller

Service = OfferedService | ServiceVersion

FACETS: Final = ("axis", "kind", "operator", "openness", "basket")


def _missing(code: str) -> NotFound:
    return NotFound(f"There is no service {code}: find it by its words, /v1/services?q=…")


_services: Final = PublicCollection(
    OfferedService, "service", access_scope_of, order=(OfferedService.code,), missing=_missing
)
service_history: Final = _services.history


async def get_service(session: AsyncSession, code: str, *, lock: bool = False) -> OfferedService:
    """A service, as it now is."""
    found = await _services.get(session, code, lock=lock)
    await name_operators(session, [found], on=today())
    return found


async def service_changes(session: AsyncSession, pagination: PageRequest, *, by: Caller) -> dict[str, Any]:
    """Return a page of the changes of the catalogue."""
    found = await _services.changes(session, pagination, by=by)
    await name_operators(session, [item["object"] for item in found["items"] if item["object"]], on=today())
    return found


async def name_operators(session: AsyncSession, services: Collection[Service], *, on: date) -> None:
    """Show services under the names that their operators had on a day; former versions, at most on their last day."""
    operators = await organisations(session, (service.operator for service in services))
    for service in services:
        day, operator = min(on, service.valid_until or on), operators.get(service.operator)
        named = named_on(service.named, operator, day) if operator else service.named
        service.named_on_day = name_in_use(named, day)


async def get_service_on(session: AsyncSession, code: str, day: date) -> ServiceVersion:
    """The version of a service that spoke on a day."""
    await get_service(session, code)
    statement = select(ServiceVersion).where(ServiceVersion.code == code, *_speaking(day))
    found = await session.scalar(statement)
    if found is None:
        raise VersionNotFound(f"{code} was not in the catalogue on {day}: see /v1/services/{code}/versions.")
    await name_operators(session, [found], on=day)
    return found


async def get_version(session: AsyncSession, code: str, number: int) -> ServiceVersion:
    """One version of a service."""
    await get_service(session, code)
    found = await session.get(ServiceVersion, (code, number))
    if found is None:
        raise VersionNotFound(f"{code} has no version {number}: see /v1/services/{code}/versions.")
    await name_operators(session, [found], on=today())
    return found


async def list_versions(session: AsyncSession, code: str, pagination: PageRequest) -> Slice[ServiceVersion]:
    """Every version of a service, the first first."""
    await get_service(session, code)
    statement = select(ServiceVersion).where(ServiceVersion.code == code)
    found = await page(session, statement, pagination, order=(ServiceVersion.service_version,))
    await name_operators(session, found.items, on=today())
    return found


async def list_services(
    session: AsyncSession, filters: ServiceFilters, pagination: PageRequest
) -> Slice[OfferedService] | Slice[ServiceVersion]:
    """The services that are asked for, by code."""
    await _require_codes(session, filters)
    search = await ServiceSearch.of(session, filters.q)
    if filters.on is None:
        first = [search.first(OfferedService)] if search else []
        present = await _services.page(session, _now(filters, search), pagination, first=first)
        await name_operators(session, present.items, on=today())
        return present
    first = [search.first(ServiceVersion)] if search else []
    order = (ServiceVersion.code,)
    found = await page_with_first(session, _then(filters, search), pagination, order=order, first=first)
    await name_operators(session, found.items, on=filters.on)
    return found


async def offered_on(session: AsyncSession, day: date) -> Sequence[ServiceVersion]:
    """Every service that was on offer on a day, in the version of that day."""
    found = (await session.scalars(_then(ServiceFilters(on=day)).order_by(ServiceVersion.code))).unique().all()
    await name_operators(session, found, on=day)
    return found


async def get_compared(session: AsyncSession, matches: Collection[Match]) -> dict[tuple[str, int], ServiceVersion]:
    """Return the versions of services that were compared with an action, by code and number."""
    statement = select(ServiceVersion).where(ServiceVersion.code.in_({match["service"] for match in matches}))
    found = (await session.scalars(statement)).unique()
    return {(version.code, version.service_version): version for version in found}


async def count_services(session: AsyncSession, filters: ServiceFilters) -> dict[str, Any]:
    """Count the services by axis, kind, operator, openness and basket.

    Each facet ignores its own filter: it counts the other choices.
    """
    await _require_codes(session, filters)
    search = await ServiceSearch.of(session, filters.q)
    counted = {name: await _counts(session, name, filters.without(name), search) for name in FACETS}
    total = await session.scalar(select(func.count()).select_from(_chosen(filters, search).subquery()))
    return {"total": total, **counted}


async def _require_codes(session: AsyncSession, filters: ServiceFilters) -> None:
    if filters.operator != "none":
        await require_operator(session, filters.operator)


async def _counts(
    session: AsyncSession, name: str, filters: ServiceFilters, search: ServiceSearch | None
) -> list[dict[str, Any]]:
    chosen = _chosen(filters, search).subquery()
    columns = [chosen.c[name], *([chosen.c.named] if name == "operator" else [])]
    found = (await session.execute(select(*columns, func.count()).group_by(*columns))).all()
    operators = await organisations(session, (row[0] for row in found)) if name == "operator" else {}
    counts: Counter[tuple[str | None, str | None]] = Counter()
    for row in found:
        label = row[1] if name == "operator" else None
        if label:
            day, operator = filters.on or today(), operators.get(row[0])
            label = name_in_use(named_on(label, operator, day) if operator else label, day)
        counts[row[0], label] += row[-1]
    # An operator stands once, under the name of most of its services.
    labels = {value: label for (value, label), _ in sorted(counts.items(), key=lambda each: (each[1], str(each[0][1])))}
    totals: Counter[tuple[str | None, str | None]] = Counter()
    for (value, label), count in counts.items():
        totals[value, label if value is None else labels[value]] += count
    rows = [{"value": value, "label": label, "count": count} for (value, label), count in totals.items()]
    return sorted(rows, key=lambda row: (-row["count"], row["value"] or "", row["label"] or ""))


def _chosen(filters: ServiceFilters, search: ServiceSearch | None) -> Select[Any]:
    """The columns that facets count."""
    statement: Select[Any] = _now(filters, search) if filters.on is None else _then(filters, search)
    entity: Entity = OfferedService if filters.on is None else ServiceVersion
    return statement.with_only_columns(*(getattr(entity, name) for name in (*FACETS, "named")))


def _now(filters: ServiceFilters, search: ServiceSearch | None) -> Select[tuple[OfferedService]]:
    return select(OfferedService).where(*_conditions(OfferedService, filters, search))


def _then(filters: ServiceFilters, search: ServiceSearch | None = None) -> Select[tuple[ServiceVersion]]:
    day = filters.on
    ends_on, withdrawn_on = ServiceVersion.ends_on, OfferedService.withdrawn_on
    return (
        select(ServiceVersion)
        .join(ServiceVersion.service)
        .options(contains_eager(ServiceVersion.service))
        .where(
            *_speaking(day),
            ServiceVersion.starts_on <= day,
            or_(ends_on.is_(None), ends_on >= day),
            or_(withdrawn_on.is_(None), withdrawn_on > day),
            *_conditions(ServiceVersion, filters, search),
        )
    )


def _speaking(day: date | None) -> list[ColumnElement[bool]]:
    until = ServiceVersion.valid_until
    return [ServiceVersion.valid_from <= day, or_(until.is_(None), until >= day)]


def _conditions(entity: Entity, filters: ServiceFilters, search: ServiceSearch | None) -> list[ColumnElement[bool]]:
    conditions = [search.condition(entity)] if search else []
    for name in ("axis", "kind", "basket"):
        if (value := getattr(filters, name)) is not None:
            conditions.append(getattr(entity, name) == value)
    for name, nothing in (("operator", "none"), ("openness", "unknown")):
        if (value := getattr(filters, name)) is not None:
            column = getattr(entity, name)
            conditions.append(column.is_(None) if value == nothing else column == value)
    if filters.beneficiary is not None:
        conditions.append(cast(entity.beneficiary_kinds, Text).contains(f'"{filters.beneficiary}"', autoescape=True))
    if filters.withdrawn is not None:
        withdrawn = OfferedService.withdrawn_on
        conditions.append(withdrawn.is_not(None) if filters.withdrawn else withdrawn.is_(None))
    return conditions
