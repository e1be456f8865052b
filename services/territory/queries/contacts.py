"""Web links and role mailboxes."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from services.territory.errors import LinkNotFound, MailboxNotFound
from services.territory.models import RoleMailbox, WebLink
from services.territory.queries.filters import LinkFilters, MailboxFilters
from services.territory.queries.geography import key_of
from services.territory.queries.organisations import require_organisation
from services.territory.queries.territories import access_scope_of
from shared.http.collection import PublicCollection
from shared.http.pagination import PageRequest, Slice


def _no_link(link_id: UUID) -> LinkNotFound:
    return LinkNotFound(f"There is no link {link_id}: GET /v1/links lists them.")


def _no_mailbox(mailbox_id: UUID) -> MailboxNotFound:
    return MailboxNotFound(f"There is no mailbox {mailbox_id}: GET /v1/mailboxes lists them.")


_links: Final = PublicCollection(WebLink, "link", access_scope_of, order=(WebLink.id,), missing=_no_link)
get_link: Final = _links.get
link_changes: Final = _links.changes
link_history: Final = _links.history

# Every caller with the permission reads every mailbox; callers without a token have no permission.
_mailboxes: Final = PublicCollection(
    RoleMailbox, "mailbox", access_scope_of, order=(RoleMailbox.id,), missing=_no_mailbox
)
get_mailbox: Final = _mailboxes.get
mailbox_changes: Final = _mailboxes.changes
mailbox_history: Final = _mailboxes.history


async def list_links(session: AsyncSession, filters: LinkFilters, pagination: PageRequest) -> Slice[WebLink]:
    """One page of links."""
    statement = select(WebLink)
    if filters.territory:
        statement = statement.where(WebLink.territory_key == await key_of(session, filters.territory))
    if filters.kind:
        statement = statement.where(WebLink.kind == filters.kind)
    return await _links.page(session, statement, pagination)


async def mailboxes_at(session: AsyncSession, address: str) -> Sequence[RoleMailbox]:
    """Return the mailboxes of an address, in capitals or not."""
    return (await session.scalars(select(RoleMailbox).where(func.lower(RoleMailbox.address) == address.lower()))).all()


async def list_mailboxes(session: AsyncSession, filters: MailboxFilters, pagination: PageRequest) -> Slice[RoleMailbox]:
    """One page of mailboxes."""
    statement = select(RoleMailbox)
    if filters.organisation:
        await require_organisation(session, filters.organisation, parameter="organisation")
        statement = statement.where(RoleMailbox.organisation_siren == filters.organisation)
    return await _mailboxes.page(session, statement, pagination)
