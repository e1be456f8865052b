"""The audit log: `/v1/audit`."""

from typing import Annotated

from fastapi import Depends

from services.notification import permissions, queries
from services.notification.api.dependencies import WITH_RIGHTS, Reading
from services.notification.api.filters import AuditParameters
from services.notification.models import AuditEntry
from services.notification.schemas import AuditEntryOut
from shared.http.pagination import Pagination, Slice
from shared.http.routing import Router, Tag
from shared.http.schemas import Page
from shared.problem import documented
from shared.references import OrganisationNotKnown
from shared.security.access import Caller
from shared.security.dependencies import allowed

router = Router(tags=[Tag("Audit", "Changes of objects over all services: by whom, when.")], dependencies=WITH_RIGHTS)

Auditor = Annotated[Caller, Depends(allowed(permissions.READ_AUDIT))]


@router.get("/v1/audit", response_model=Page[AuditEntryOut], responses=documented(OrganisationNotKnown))
async def list_audit_entries(
    session: Reading, filters: Annotated[AuditParameters, Depends()], pagination: Pagination, by: Auditor
) -> Slice[AuditEntry]:
    """All changes of objects, over all services, oldest first: by whom, when.

    A change is in the log about a minute after it. The délégation and those who run the platform read everything;
    others read what their own organisation did, or their
    client if it acts for none. The history of an object says what changed.
    """
    return await queries.list_audit_entries(session, filters, pagination, by=by)
