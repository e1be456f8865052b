"""Operators, read: what they offer, and how they answer."""

from collections.abc import Sequence
from datetime import date
from typing import Any, Final

from sqlalchemy import Row, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from services.catalog.errors import OperatorNotKnown
from services.catalog.models import OfferedService, Operator, ServiceRequest
from services.catalog.queries.filters import SharedFilters
from services.catalog.queries.projections import access_scope_of, key_of, organisations
from services.catalog.queries.visible import naming
from services.catalog.rules.performance import Course, by, figures
from shared.clock import day_of, end_of, today
from shared.http.collection import PublicCollection
from shared.http.pagination import PageRequest, Slice
from shared.names import name_on
from shared.problem import NotFound
from shared.security.access import Caller


def _missing(siren: str) -> NotFound:
    return NotFound(f"{siren} is no operator of the catalogue: see /v1/operators.")


_operators: Final = PublicCollection(Operator, "operator", access_scope_of, order=(Operator.siren,), missing=_missing)
get_operator: Final = _operators.get
operator_changes: Final = _operators.changes
operator_history: Final = _operators.history


async def get_own_operator(session: AsyncSession, caller: Caller, *, lock: bool = False) -> Operator:
    """The caller's own entry; locked, one command at a time gives numbers in its name."""
    statement = select(Operator).where(Operator.siren == caller.org)
    found = await session.scalar(statement.with_for_update() if lock else statement)
    if found is None:
        raise OperatorNotKnown(
            "The catalogue does not know your organisation as an operator: ask the délégation to enter it first."
        )
    return found


async def describe_operator(session: AsyncSession, siren: str, *, as_of: date) -> dict[str, Any]:
    """An operator, what it offers today, and how it has answered until a day."""
    found = await get_operator(session, siren)
    [described] = await _described(session, [found])
    courses = await _courses(session, siren, SharedFilters(), as_of)
    known = (await organisations(session, [siren])).get(siren)
    name = name_on(known, as_of) if known else found.name
    return {**described, "name": name, "as_of": as_of, "performance": figures(courses, on=as_of)}


async def list_operators(session: AsyncSession, pagination: PageRequest) -> Slice[dict[str, Any]]:
    """The operators, by SIREN."""
    found = await _operators.page(session, select(Operator), pagination)
    return Slice(await _described(session, found.items), found.next)


async def read_performance(
    session: AsyncSession, siren: str, filters: SharedFilters, *, axis: str | None, as_of: date
) -> dict[str, Any]:
    """Return the performance of an operator until a day: overall, by région, axis and territory."""
    await get_operator(session, siren)
    courses = [one for one in await _courses(session, siren, filters, as_of) if axis in (None, one.axis)]
    return {
        "operator": siren,
        "as_of": as_of,
        "overall": figures(courses, on=as_of),
        "by_region": _named(by(courses, lambda one: one.regions, on=as_of)),
        "by_axis": _named(by(courses, lambda one: [one.axis], on=as_of)),
        "by_territory": _named(by(courses, lambda one: [one.territory], on=as_of)),
    }


async def _described(session: AsyncSession, operators: Sequence[Operator]) -> list[dict[str, Any]]:
    day = today()
    on_offer = (OfferedService.starts_on <= day) & or_(OfferedService.ends_on.is_(None), OfferedService.ends_on >= day)
    found = await session.execute(
        select(OfferedService.operator, func.count(), func.count().filter(on_offer))
        .where(
            OfferedService.operator.in_([one.siren for one in operators]),
            or_(OfferedService.withdrawn_on.is_(None), OfferedService.withdrawn_on > day),
        )
        .group_by(OfferedService.operator)
    )
    counts = {siren: (services, offered) for siren, services, offered in found}
    return [
        {
            "siren": one.siren,
            "initials": one.initials,
            "name": one.name,
            "brands": one.brands,
            "delays": one.delays,
            "version": one.version,
            "updated_at": one.updated_at,
            "services": counts.get(one.siren, (0, 0))[0],
            "on_offer_today": counts.get(one.siren, (0, 0))[1],
        }
        for one in operators
    ]


async def _courses(session: AsyncSession, siren: str, filters: SharedFilters, as_of: date) -> list[Course]:
    # Columns, not objects: an operator may have had tens of thousands of requests.
    statement = select(
        ServiceRequest.territory,
        ServiceRequest.regions,
        ServiceRequest.axis,
        ServiceRequest.sent_at,
        ServiceRequest.acknowledge_by,
        ServiceRequest.answer_by,
        ServiceRequest.acknowledged_at,
        ServiceRequest.answered_at,
        ServiceRequest.answer,
        ServiceRequest.concluded_at,
    ).where(ServiceRequest.operator == siren, ServiceRequest.sent_at < end_of(as_of))
    territory = await key_of(session, filters.territory, filters.phase)
    if territory:
        statement = statement.where(ServiceRequest.territory == territory)
    if filters.phase:
        statement = statement.where(ServiceRequest.territory.startswith(f"{filters.phase}-"))
    if filters.region:
        statement = statement.where(naming(ServiceRequest.regions, [filters.region]))
    return [_course(row) for row in await session.execute(statement)]


def _course(row: Row[Any]) -> Course:
    return Course(
        territory=row.territory,
        regions=row.regions,
        axis=row.axis,
        sent_on=day_of(row.sent_at),
        acknowledge_by=row.acknowledge_by,
        answer_by=row.answer_by,
        acknowledged_on=day_of(row.acknowledged_at) if row.acknowledged_at else None,
        answered_on=day_of(row.answered_at) if row.answered_at else None,
        answer=row.answer,
        concluded_on=day_of(row.concluded_at) if row.concluded_at else None,
    )


def _named(parts: Sequence[tuple[str, Any]]) -> list[dict[str, Any]]:
    return [{"code": code, **found} for code, found in parts]
