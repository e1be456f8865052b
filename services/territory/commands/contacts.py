"""Commands of web links and role mailboxes."""

from typing import Any
from uuid import UUID

from sqlalchemy.exc import IntegrityError

from services.territory import queries
from services.territory.commands.known_organisations import known_organisation
from services.territory.errors import CodeNotKnown, MailboxAlreadyRegistered
from services.territory.models import RoleMailbox, Territory, WebLink
from services.territory.rules.days import require_plausible
from services.territory.rules.mailboxes import is_same_role, require_office_address, require_role
from shared.clock import today
from shared.ids import uuid7
from shared.problem import FieldError
from shared.storage.history import require_version, set_reason
from shared.storage.unit_of_work import WriteSession


async def publish_link(session: WriteSession, *, territory: str | None = None, **content: Any) -> WebLink:
    """Publish a web address of the programme, or of a territory."""
    if territory is not None and await session.get(Territory, territory) is None:
        raise CodeNotKnown(
            f"There is no territory {territory}: GET /v1/territories lists the keys.",
            errors=[FieldError(pointer="/territory", detail=f"{territory} is not known")],
        )
    link = WebLink(id=uuid7(), territory_key=territory, **content)
    session.add(link)
    return link


async def correct_link(
    session: WriteSession, link_id: UUID, *, expected: int, reason: str | None = None, **content: Any
) -> WebLink:
    """Correct a link, or record that it was checked. Another address is unchecked."""
    link = await queries.get_link(session, link_id, lock=True)
    require_version(link, expected)
    if reason:
        set_reason(session, link, reason)
    if content.get("checked_on"):
        require_plausible(content["checked_on"], field="checked_on", today=today())
    if content.get("url", link.url) != link.url:
        content = {"checked_on": None, "is_alive": None, **content}
    for name, value in content.items():
        setattr(link, name, value)
    return link


async def register_mailbox(
    session: WriteSession, *, role: str, organisation: str, address: str, note: str | None = None
) -> RoleMailbox:
    """Register the mailbox of a role."""
    mailbox = RoleMailbox(id=uuid7(), role=role, organisation_siren=organisation, address=address.lower(), note=note)
    await _store(session, mailbox)
    return mailbox


async def correct_mailbox(
    session: WriteSession, mailbox_id: UUID, *, expected: int, reason: str, **content: Any
) -> RoleMailbox:
    """Correct a mailbox, or end its use."""
    mailbox = await queries.get_mailbox(session, mailbox_id, lock=True)
    require_version(mailbox, expected)
    set_reason(session, mailbox, reason)
    if content.get("closed_on"):
        require_plausible(content["closed_on"], field="closed_on", today=today())
    if "address" in content:
        content["address"] = content["address"].lower()
    already = mailbox.organisation_siren
    for name, value in content.items():
        setattr(mailbox, name, value)
    await _store(session, mailbox, already=already)
    return mailbox


async def _store(session: WriteSession, mailbox: RoleMailbox, *, already: str | None = None) -> None:
    address, role = mailbox.address, mailbox.role
    require_role(role)
    with session.no_autoflush:
        body = await known_organisation(session, mailbox.organisation_siren, field="organisation", already=[already])
        others = [each for each in await queries.mailboxes_at(session, address) if each is not mailbox]
    require_office_address(address, role, body)
    taken = MailboxAlreadyRegistered(f"{address} is already registered for « {role} »: GET /v1/mailboxes shows it.")
    if any(is_same_role(each.role, role) for each in others):
        raise taken
    session.add(mailbox)
    try:
        await session.flush()
    except IntegrityError:
        raise taken from None
