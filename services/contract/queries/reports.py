"""Yearly reports, read; and the contracts and reports that the clock must look at."""

from collections.abc import Sequence
from datetime import date
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, and_, case, extract, func, not_, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from services.contract.models import Contract, ContractTag, Report, TagKind
from services.contract.queries.contracts import require_readable_contract
from services.contract.queries.filters import ReportFilters
from services.contract.queries.projections import key_of, named_scope_of
from services.contract.queries.visible import tagged, visible
from services.contract.rules.reports import AWAITED, REPORTING
from shared.clock import today
from shared.http.collection import Collection
from shared.http.pagination import PageRequest, Slice
from shared.security.access import Caller, require_concerned

WHAT: Final = "report"

_reports: Final = Collection(Report, WHAT, named_scope_of, order=(Report.territory, Report.year, Report.contract_id))
get_report: Final = _reports.get
report_changes: Final = _reports.changes


async def list_reports(
    session: AsyncSession, filters: ReportFilters, pagination: PageRequest, *, by: Caller
) -> Slice[Report]:
    """The reports that the caller may see and asks for, by territory and year."""
    access_scope = await named_scope_of(session, by)
    if filters.contract:
        await require_readable_contract(session, filters.contract, access_scope, parameter="contract")
    territory = await key_of(session, filters.territory, filters.phase)
    statement = select(Report).where(
        or_(Report.checked_at.is_not(None), visible(Report.contract_id, ContractTag, access_scope)),
        *tagged(Report.contract_id, ContractTag, {TagKind.REGION: filters.region}),
    )
    for column, wanted in (
        (Report.territory, territory),
        (Report.phase, filters.phase),
        (Report.contract_id, filters.contract),
        (Report.year, filters.year),
        (Report.status, filters.status),
    ):
        if wanted is not None:
            statement = statement.where(column == wanted)
    if filters.overdue is not None:
        late = _overdue(today())
        statement = statement.where(late if filters.overdue else not_(late))
    return await _reports.page(session, statement, pagination)


async def report_history(
    session: AsyncSession, report_id: UUID, pagination: PageRequest, *, by: Caller
) -> Slice[dict[str, Any]]:
    """Return the past of a report to those it concerns; the check does not make it public."""
    access_scope = await named_scope_of(session, by)
    found = await get_report(session, report_id, by=by, access_scope=access_scope)
    require_concerned(access_scope, found.stakeholders, WHAT)
    return await _reports.history_of(session, found, pagination, sees=access_scope.is_concerned)


async def report_of_year(session: AsyncSession, contract_id: UUID, year: int) -> Report | None:
    """Return the report of a contract on a year, if there is one."""
    statement = select(Report).where(Report.contract_id == contract_id, Report.year == year)
    return (await session.scalars(statement)).one_or_none()


async def reported_years(session: AsyncSession, contract_id: UUID) -> Sequence[int]:
    """Return the years on which a contract has a report."""
    return (await session.scalars(select(Report.year).where(Report.contract_id == contract_id))).all()


async def contracts_without_report(session: AsyncSession, day: date, *, at_most: int) -> Sequence[Contract]:
    """Return contracts that have no report on some year that is over on a day; locked."""
    # `rules.reports.years`, in SQL.
    begun = case((Contract.signed_on > Contract.starts_on, Contract.signed_on), else_=Contract.starts_on)
    first, end = extract("year", begun), extract("year", Contract.in_force_until)
    last = case((end < day.year, end), else_=day.year - 1)
    reported = (
        select(func.count())
        .where(Report.contract_id == Contract.id, Report.year.between(first, last))
        .correlate(Contract)
        .scalar_subquery()
    )
    statement = (
        select(Contract)
        .where(Contract.kind == "contract", Contract.status.in_(REPORTING), Contract.signed_on.is_not(None))
        .where(last - first + 1 > reported)
        .order_by(Contract.id)
        .limit(at_most)
        .with_for_update()
    )
    return (await session.scalars(statement)).unique().all()


async def reports_to_remind(session: AsyncSession, day: date, *, at_most: int) -> Sequence[Report]:
    """Return reports with a reminder whose day has come; locked."""
    statement = (
        select(Report)
        .where(Report.watch_from <= day)
        .order_by(Report.watch_from, Report.id)
        .limit(at_most)
        .with_for_update()
    )
    return (await session.scalars(statement)).unique().all()


def _overdue(day: date) -> ColumnElement[bool]:
    """`rules.reports.is_overdue`, in SQL."""
    return and_(Report.status.in_(AWAITED), Report.due_on < day)
