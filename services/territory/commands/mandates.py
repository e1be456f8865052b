"""Commands of mandates."""

from datetime import date
from typing import Any
from uuid import UUID

from services.territory import queries
from services.territory.commands.access import own_territory
from services.territory.commands.known_organisations import known_organisation
from services.territory.models import Organisation, Pilot, StateReferent, Territory
from services.territory.rules import mandates, state_referents
from services.territory.rules.organisations import require_open_throughout
from shared.clock import today
from shared.ids import uuid7
from shared.security.access import Caller
from shared.storage import outbox
from shared.storage.history import set_reason
from shared.storage.unit_of_work import WriteSession


async def appoint_pilot(
    session: WriteSession,
    name: str,
    *,
    capacity: str,
    person_id: UUID,
    organisation: str,
    since: date,
    until: date | None = None,
    by: Caller,
) -> Pilot:
    """Appoint a pilot, or record a mandate that has ended."""
    territory = await own_territory(session, name, by)
    body = await known_organisation(session, organisation, field="organisation")
    require_open_throughout(body, since, until, field="organisation")
    pilot = _mandate(territory, capacity, person_id, organisation, since, until)
    mandates.appoint(territory, pilot, body, **await _context(session, body))
    set_reason(session, territory, f"{capacity} appointed")
    outbox.add(session, mandates.appointed(territory, pilot))
    return pilot


async def replace_pilot(
    session: WriteSession,
    name: str,
    pilot_id: UUID,
    *,
    person_id: UUID,
    organisation: str,
    on: date,
    by: Caller,
) -> Pilot:
    """Replace a pilot on a day. It publishes two events."""
    territory = await own_territory(session, name, by)
    former = queries.pilot_of(territory, pilot_id)
    body = await known_organisation(session, organisation, field="organisation")
    require_open_throughout(body, on, None, field="organisation")
    successor = _mandate(territory, former.capacity, person_id, organisation, on, None)
    mandates.end(territory, former, on=on, today=today())
    mandates.appoint(territory, successor, body, **await _context(session, body))
    set_reason(session, territory, f"{former.capacity} replaced")
    outbox.add(session, mandates.replaced(territory, former, successor.id))
    outbox.add(session, mandates.appointed(territory, successor))
    return successor


async def end_mandate(session: WriteSession, name: str, pilot_id: UUID, *, on: date, by: Caller) -> Pilot:
    """End the mandate of a pilot, without a successor."""
    territory = await own_territory(session, name, by)
    pilot = queries.pilot_of(territory, pilot_id)
    mandates.end(territory, pilot, on=on, today=today())
    set_reason(session, territory, f"mandate of the {pilot.capacity} ended")
    outbox.add(session, mandates.replaced(territory, pilot, None))
    return pilot


async def correct_mandate(
    session: WriteSession, name: str, pilot_id: UUID, *, reason: str, by: Caller, **changes: Any
) -> Pilot:
    """Correct a mandate that was recorded wrongly."""
    territory = await own_territory(session, name, by)
    pilot = queries.pilot_of(territory, pilot_id)
    former = pilot.organisation_siren
    siren = changes.pop("organisation", former)
    body = await known_organisation(session, siren, field="organisation", already=[former])
    since, until = changes.get("since", pilot.since), changes.get("until", pilot.until)
    require_open_throughout(body, since, until, field="organisation")
    context = await _context(session, body)
    set_reason(session, territory, reason)
    mandates.correct(territory, pilot, {**changes, "organisation_siren": siren}, body, **context)
    outbox.add(session, mandates.corrected(territory, pilot, former=former))
    return pilot


async def cancel_mandate(session: WriteSession, name: str, pilot_id: UUID, *, reason: str, by: Caller) -> Pilot:
    """Cancel a mandate that was recorded by mistake."""
    territory = await own_territory(session, name, by)
    pilot = queries.pilot_of(territory, pilot_id)
    mandates.cancel(territory, pilot)
    set_reason(session, territory, reason)
    outbox.add(session, mandates.corrected(territory, pilot, former=pilot.organisation_siren))
    return pilot


async def name_state_referent(
    session: WriteSession,
    name: str,
    *,
    person_id: UUID,
    organisation: str,
    since: date,
    until: date | None = None,
    by: Caller,
) -> StateReferent:
    """Name the State referent of a territory."""
    territory = await own_territory(session, name, by)
    body = await known_organisation(session, organisation, field="organisation")
    require_open_throughout(body, since, until, field="organisation")
    referent = StateReferent(
        id=uuid7(),
        territory_key=territory.key,
        person_id=person_id,
        organisation_siren=organisation,
        since=since,
        until=until,
    )
    state_referents.name(territory, referent, body, today=today())
    set_reason(session, territory, "State referent named")
    outbox.add(session, state_referents.named(territory, referent))
    return referent


async def end_state_referent(
    session: WriteSession, name: str, referent_id: UUID, *, on: date, by: Caller
) -> StateReferent:
    """End the mandate of a State referent."""
    territory = await own_territory(session, name, by)
    referent = queries.state_referent_of(territory, referent_id)
    state_referents.end(territory, referent, on=on, today=today())
    set_reason(session, territory, "mandate of the State referent ended")
    outbox.add(session, state_referents.named(territory, referent))
    return referent


async def cancel_state_referent(
    session: WriteSession, name: str, referent_id: UUID, *, reason: str, by: Caller
) -> StateReferent:
    """Cancel a State referent who was recorded by mistake."""
    territory = await own_territory(session, name, by)
    referent = queries.state_referent_of(territory, referent_id)
    state_referents.cancel(territory, referent)
    set_reason(session, territory, reason)
    outbox.add(session, state_referents.named(territory, referent))
    return referent


async def require_local_mandates(session: WriteSession, territory: Territory) -> None:
    """Refuse a perimeter in which the organisation of a mandate no longer lies on each of its days."""
    pilots, referents = territory.pilots, territory.state_referents
    sirens = {pilot.organisation_siren for pilot in pilots} | {one.organisation_siren for one in referents}
    bodies = {
        siren: await known_organisation(session, siren, field="organisation", already=[siren])
        for siren in sorted(sirens)
    }
    tied = {siren: (body, await queries.ties_of(session, body)) for siren, body in bodies.items()}
    mandates.require_still_local(territory, tied)
    state_referents.require_still_local(territory, bodies)


async def _context(session: WriteSession, organisation: Organisation) -> dict[str, Any]:
    """Return what the rules of a mandate ask for: the day, and the bodies around an organisation."""
    return {
        "today": today(),
        "ties": await queries.ties_of(session, organisation),
    }


def _mandate(
    territory: Territory, capacity: str, person_id: UUID, organisation: str, since: date, until: date | None
) -> Pilot:
    return Pilot(
        id=uuid7(),
        territory_key=territory.key,
        capacity=capacity,
        person_id=person_id,
        organisation_siren=organisation,
        since=since,
        until=until,
    )
