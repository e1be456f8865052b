"""The audit log, read: who changed which object."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncSession

from services.notification.models import AuditEntry
from services.notification.permissions import READ_AUDIT
from services.notification.queries.projections import require_organisation
from shared.http.pagination import PageRequest, Slice, page
from shared.security.access import Caller
from shared.security.roles import Grant


@dataclass(frozen=True)
class AuditFilters:
    """Filters of the audit log."""

    service: str | None = None
    collection: str | None = None
    object_id: str | None = None
    operation: str | None = None
    client_id: str | None = None
    sub: str | None = None
    org: str | None = None
    since: datetime | None = None
    until: datetime | None = None


async def list_audit_entries(
    session: AsyncSession, filters: AuditFilters, pagination: PageRequest, *, by: Caller
) -> Slice[AuditEntry]:
    """Return the entries that the caller may read, the oldest first."""
    await require_organisation(session, filters.org, parameter="org")
    order = [AuditEntry.at, AuditEntry.service, AuditEntry.position]
    return await page(session, audit_entries(filters, by=by), pagination, order=order)


def audit_entries(filters: AuditFilters, *, by: Caller) -> Select[tuple[AuditEntry]]:
    """Select the entries that the caller may read: all, or those of its own organisation or client."""
    statement = select(AuditEntry)
    if by.role.grant(READ_AUDIT) is not Grant.ANY:
        own = AuditEntry.client_id == by.client_id if by.org is None else AuditEntry.org == by.org
        statement = statement.where(own)
    equal = ("service", "collection", "object_id", "operation", "client_id", "sub", "org")
    for name in equal:
        wanted: Any = getattr(filters, name)
        if wanted is not None:
            statement = statement.where(getattr(AuditEntry, name) == wanted)
    if filters.since is not None:
        statement = statement.where(AuditEntry.at >= filters.since)
    if filters.until is not None:
        statement = statement.where(AuditEntry.at < filters.until)
    return statement
