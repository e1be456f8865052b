"""Commands of referents: name one, correct the contact, erase it."""

from datetime import date
from typing import Any, Final
from uuid import UUID

from services.catalog import queries
from services.catalog.models import Referent
from services.catalog.rules import referents as rules
from services.catalog.rules.territories import require_open
from shared.clock import today
from shared.ids import uuid7
from shared.security.access import Caller, require_owner
from shared.storage import outbox
from shared.storage.erasure import empty_contact, forget_answers
from shared.storage.history import require_version
from shared.storage.unit_of_work import WriteSession

WHAT: Final = "referent"
ERASED: Final = "contact erased by the operator"
"""Reason in the history of a referent."""


async def name_referent(
    session: WriteSession,
    *,
    territory_key: str,
    by: Caller,
    person_id: UUID | None = None,
    since: date | None = None,
    **contact: Any,
) -> Referent:
    """Name the operator's referent for a territory, and end the former one that day."""
    # Lock the operator: two concurrent calls would find the same former referent.
    own = await queries.get_own_operator(session, by, lock=True)
    place = await queries.get_territory(session, territory_key, pointer="/territory")
    require_open(place, on=since or today())
    former = await queries.get_referent_in_office(session, own.siren, place.key)
    found = rules.name(
        uuid7(),
        former,
        operator=own.siren,
        place=place,
        since=since or today(),
        today=today(),
        person_id=person_id or uuid7(),
        **contact,
    )
    # Store the end of the former one first: the unique index allows one in office.
    await session.flush()
    session.add(found)
    outbox.add(session, rules.named(found))
    return found


async def change_contact(
    session: WriteSession, referent_id: UUID, *, expected: int, by: Caller, **contact: Any
) -> Referent:
    """Correct the contact of a referent; the person stays the same."""
    access_scope = await queries.access_scope_of(session, by)
    found = await queries.get_referent(session, referent_id, by=by, access_scope=access_scope, lock=True)
    require_owner(by, access_scope, found.stakeholders, WHAT)
    require_version(found, expected)
    rules.change_contact(found, **contact)
    return found


async def erase_contact(session: WriteSession, referent_id: UUID, *, by: Caller) -> Referent:
    """Erase the contact of a referent for good. A second time changes nothing."""
    access_scope = await queries.access_scope_of(session, by)
    found = await queries.get_referent(session, referent_id, by=by, access_scope=access_scope, lock=True)
    require_owner(by, access_scope, found.stakeholders, WHAT)
    empty_contact(session, found, ERASED)
    await forget_answers(session, found.person_id)
    return found
