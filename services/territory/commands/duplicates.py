"""Decisions on organisations that may be the same body."""

from services.territory import queries
from services.territory.commands.known_organisations import changed_organisation, not_registered
from services.territory.errors import OrganisationNotFound
from services.territory.models import Organisation
from services.territory.rules import duplicates
from services.territory.rules.organisations import registered
from shared.clock import today
from shared.storage import outbox
from shared.storage.history import set_reason
from shared.storage.unit_of_work import WriteSession


async def decide_duplicate(session: WriteSession, siren: str, *, of: str, decision: str, reason: str) -> Organisation:
    """Decide that an organisation is a duplicate of another one, or a different one."""
    organisation, other = await _pair(session, siren, of)
    if decision == "different":
        duplicates.mark_distinct(organisation, other)
        set_reason(session, other, reason)
    else:
        duplicates.name_duplicate(
            organisation,
            other,
            duplicates=await queries.duplicates_of(session, siren),
            tenures=await queries.tenures_of(session, siren),
            today=today(),
        )
        outbox.add(session, registered(organisation))
    set_reason(session, organisation, reason)
    return organisation


async def revoke_duplicate(session: WriteSession, siren: str, *, of: str, reason: str) -> Organisation:
    """Take back the decision on two organisations."""
    organisation, other = await _pair(session, siren, of)
    was_duplicate = {each: each.duplicate_of_siren for each in (organisation, other)}
    duplicates.revoke(organisation, other)
    for each, original in was_duplicate.items():
        if session.is_modified(each):
            set_reason(session, each, reason)
        if each.duplicate_of_siren != original:
            outbox.add(session, registered(each))
    return organisation


async def _pair(session: WriteSession, siren: str, of: str) -> tuple[Organisation, Organisation]:
    """Return two organisations, locked. Two commands lock them in the same order."""
    duplicates.require_two(siren, of)
    found = {}
    for each in sorted((siren, of)):
        try:
            found[each] = await changed_organisation(session, each)
        except OrganisationNotFound:
            if each == siren:
                raise
            raise not_registered({"/of": of}) from None
    return found[siren], found[of]
