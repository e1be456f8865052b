"""Web links, and the mailboxes of roles."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends

from services.territory import commands, permissions, queries
from services.territory.api.dependencies import Anyone, Reading, ReadingRow, Writing
from services.territory.api.filters import LinkParameters, MailboxParameters
from services.territory.errors import (
    AddressNotOfOffice,
    CodeNotKnown,
    DayNotPlausible,
    LinkNotFound,
    MailboxAlreadyRegistered,
    MailboxNotFound,
    OrganisationNotRegistered,
    RoleNotOfOffice,
)
from services.territory.models import RoleMailbox, WebLink
from services.territory.schemas import (
    RoleMailboxChange,
    RoleMailboxIn,
    RoleMailboxOut,
    WebLinkChange,
    WebLinkIn,
    WebLinkOut,
)
from shared.http.changes import Changes, HistoryLine
from shared.http.pagination import ChangesPagination, Pagination, Slice
from shared.http.routing import IfMatch, Router, Tag, showing
from shared.http.schemas import Page
from shared.problem import documented
from shared.references import BareCodeAmbiguous, OrganisationDuplicate, OrganisationNotKnown, TerritoryNotKnown
from shared.security.access import Caller
from shared.security.dependencies import allowed

router = Router(tags=[Tag("Contacts", "Web links of the programme and its territories, and the mailboxes of roles.")])

Publisher = Annotated[Caller, Depends(allowed(permissions.PUBLISH_LINKS))]
Registrar = Annotated[Caller, Depends(allowed(permissions.REGISTER_MAILBOXES))]
WithToken = Annotated[Caller, Depends(allowed(permissions.READ_MAILBOXES))]


@router.get("/v1/links", response_model=Page[WebLinkOut], responses=documented(BareCodeAmbiguous, TerritoryNotKnown))
async def list_links(
    session: Reading, pagination: Pagination, filters: Annotated[LinkParameters, Depends()], _: Anyone
) -> Slice[WebLink]:
    """Web pages, social networks and documents of the programme and its territories."""
    return await queries.list_links(session, filters, pagination)


@router.get("/v1/links/changes", response_model=Changes[WebLinkOut])
async def list_link_changes(session: Reading, pagination: ChangesPagination, by: Anyone) -> dict[str, Any]:
    """Every change of a link, in order; keep `next` to go on later."""
    return await queries.link_changes(session, pagination, by=by)


@router.get("/v1/links/{link_id}", response_model=WebLinkOut, responses=documented(LinkNotFound))
async def read_link(link_id: UUID, session: ReadingRow, _: Anyone) -> WebLink:
    """One link."""
    return await queries.get_link(session, link_id)


@router.get("/v1/links/{link_id}/history", response_model=Page[HistoryLine], responses=documented(LinkNotFound))
async def read_link_history(
    link_id: UUID, session: Reading, pagination: Pagination, _: Anyone
) -> Slice[dict[str, Any]]:
    """History of a link: author, time, reason and changed fields."""
    return await queries.link_history(session, link_id, pagination)


@router.post("/v1/links", status_code=201, response_model=WebLinkOut, responses=documented(CodeNotKnown))
async def publish_link(body: WebLinkIn, session: Writing, _: Publisher) -> WebLink:
    """Publish a web address of the programme, or of a territory. The platform never fetches it."""
    return await commands.publish_link(session, **body.content())


@router.patch(
    "/v1/links/{link_id}",
    response_model=WebLinkOut,
    responses=documented(LinkNotFound, DayNotPlausible),
    openapi_extra=showing(version=2, checked_on="2020-03-02", is_alive=True),
)
async def correct_link(
    link_id: UUID, body: WebLinkChange, expected: IfMatch, session: Writing, _: Publisher
) -> WebLink:
    """Correct a link, or record that it was checked."""
    return await commands.correct_link(session, link_id, **body.content(), expected=expected)


@router.get("/v1/mailboxes", response_model=Page[RoleMailboxOut], responses=documented(OrganisationNotKnown))
async def list_mailboxes(
    session: Reading, pagination: Pagination, filters: Annotated[MailboxParameters, Depends()], _: WithToken
) -> Slice[RoleMailbox]:
    """Mailboxes of roles, for callers with a token: they are in no public export."""
    return await queries.list_mailboxes(session, filters, pagination)


@router.get("/v1/mailboxes/changes", response_model=Changes[RoleMailboxOut])
async def list_mailbox_changes(session: Reading, pagination: ChangesPagination, by: WithToken) -> dict[str, Any]:
    """Every change of a mailbox, in order; keep `next` to go on later."""
    return await queries.mailbox_changes(session, pagination, by=by)


@router.get("/v1/mailboxes/{mailbox_id}", response_model=RoleMailboxOut, responses=documented(MailboxNotFound))
async def read_mailbox(mailbox_id: UUID, session: ReadingRow, _: WithToken) -> RoleMailbox:
    """One mailbox."""
    return await queries.get_mailbox(session, mailbox_id)


@router.get(
    "/v1/mailboxes/{mailbox_id}/history", response_model=Page[HistoryLine], responses=documented(MailboxNotFound)
)
async def read_mailbox_history(
    mailbox_id: UUID, session: Reading, pagination: Pagination, _: WithToken
) -> Slice[dict[str, Any]]:
    """History of a mailbox: author, time, reason and changed fields."""
    return await queries.mailbox_history(session, mailbox_id, pagination)


@router.post(
    "/v1/mailboxes",
    status_code=201,
    response_model=RoleMailboxOut,
    responses=documented(
        AddressNotOfOffice, RoleNotOfOffice, MailboxAlreadyRegistered, OrganisationNotRegistered, OrganisationDuplicate
    ),
)
async def register_mailbox(body: RoleMailboxIn, session: Writing, _: Registrar) -> RoleMailbox:
    """Register the mailbox of a role. The address names an office or the body: it is no person's."""
    return await commands.register_mailbox(session, **body.content())


@router.patch(
    "/v1/mailboxes/{mailbox_id}",
    response_model=RoleMailboxOut,
    responses=documented(
        MailboxNotFound, AddressNotOfOffice, RoleNotOfOffice, MailboxAlreadyRegistered, DayNotPlausible
    ),
    openapi_extra=showing(version=2, closed_on="2020-03-02"),
)
async def correct_mailbox(
    mailbox_id: UUID, body: RoleMailboxChange, expected: IfMatch, session: Writing, _: Registrar
) -> RoleMailbox:
    """Correct a mailbox, or end its use."""
    return await commands.correct_mailbox(session, mailbox_id, **body.content(), expected=expected)
