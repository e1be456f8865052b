"""Commands of territories: designate, correct, close, set waves."""

from collections.abc import Sequence
from datetime import date
from typing import Any, Final, NotRequired, TypedDict, Unpack

from services.territory import queries
from services.territory.commands.access import own_territory, own_territory_in_locked_phase
from services.territory.commands.known_organisations import known_organisations
from services.territory.commands.mandates import require_local_mandates
from services.territory.commands.meetings import cancel_meetings
from services.territory.errors import DayNotPlausible, NothingChanges, TerritoryClosed, TerritoryNotFound, WaveRefused
from services.territory.models import Membership, Region, Territory
from services.territory.rules import perimeters, territories
from services.territory.rules.days import first_day, require_plausible
from services.territory.rules.organisations import require_all_open
from services.territory.rules.places import regions_of, settle
from services.territory.rules.search import territory_text
from shared.clock import today
from shared.problem import FieldError
from shared.security.access import Caller
from shared.storage import outbox
from shared.storage.history import require_version, set_reason
from shared.storage.unit_of_work import WriteSession

NOT_STATED: Final = ("closed_on", "is_pilot", "pilot_source", "wave", "wave_from", "wave_source")
"""Facts that a new territory does not have."""


class Designation(TypedDict):
    """Facts of a designation."""

    code: str
    phase: str
    name: str
    designated_on: date
    source: str
    criteria: NotRequired[str | None]


async def designate_territory(
    session: WriteSession,
    *,
    lead_region: str,
    members: Sequence[str],
    reference: str,
    wave: str | None = None,
    **facts: Unpack[Designation],
) -> Territory:
    """Designate a territory with its first members."""
    phase = await queries.lock_phase(session, facts["phase"])
    key, day = f"{phase.code}-{facts['code']}", facts["designated_on"]
    territories.require_free(key, await session.get(Territory, key))
    require_plausible(day, field="designated_on", today=today(), earliest=phase.announced_on)
    await queries.require_known(session, Region, lead_region, pointer="/lead_region")
    perimeters.require_change(members, ())
    bodies = await known_organisations(session, members, field="members")
    places = perimeters.places_of("members", members)
    perimeters.require_able_to_enter(bodies, places)
    require_all_open(bodies, {siren: [day] for siren in members}, field="members")
    geography = await queries.member_geography(session, members)
    territory = Territory(
        key=key,
        programme_phase=phase,
        designation_reference=reference,
        pilots=[],
        waves=[],
        is_named_pilot=False,
        **dict.fromkeys(NOT_STATED),
        memberships=[
            Membership(siren=siren, organisation=bodies[siren], entered_on=day, geography=geography[siren])
            for siren in sorted(members)
        ],
        **{"criteria": None, **facts},
    )
    territory.search = territory_text(territory)
    if wave:
        territories.set_wave(territory, wave, on=day, source=facts["source"])
    _settle(territory, lead_region)
    perimeters.require_sound(territory, await queries.holdings_elsewhere(session, territory), places=places)
    session.add(territory)
    set_reason(session, territory, "designated")
    outbox.add(session, territories.designated(territory))
    return territory


async def correct_territory(
    session: WriteSession, named: str, *, version: int, reason: str, by: Caller, **facts: Any
) -> Territory:
    """Correct facts that are stated of a territory."""
    territory = await own_territory_in_locked_phase(session, named, by)
    require_version(territory, version)
    former = first_day(territory)
    if "designated_on" in facts:
        earliest = territory.programme_phase.announced_on
        require_plausible(facts["designated_on"], field="designated_on", today=today(), earliest=earliest)
    governance = await queries.governance_facts(session, territory)
    if "closed_on" in facts:
        closed_on = facts.pop("closed_on")
        territories.correct_closing(territory, closed_on, today=today(), governance=governance)
        await cancel_meetings(session, territory)
    lead = facts.pop("lead_region", territory.regions[0])
    for field, value in facts.items():
        setattr(territory, "designation_reference" if field == "reference" else field, value)
    territory.search = territory_text(territory)
    territories.move_designation(territory, former)
    territories.require_begun_in_life(territory, governance)
    perimeters.require_sound(territory, await queries.holdings_elsewhere(session, territory))
    await require_local_mandates(session, territory)
    _settle(territory, lead)
    if not session.is_modified(territory):
        raise NothingChanges("Nothing would change: give another value of a fact, or leave the territory as it is.")
    set_reason(session, territory, reason)
    outbox.add(session, territories.designated(territory))
    return territory


async def close_territory(session: WriteSession, name: str, *, on: date, reason: str, by: Caller) -> Territory:
    """Take a territory out of the programme, and cancel the meetings that its committee had planned from then on."""
    territory = await own_territory_in_locked_phase(session, name, by)
    governance = await queries.governance_facts(session, territory)
    territories.close(territory, on=on, today=today(), governance=governance)
    perimeters.require_sound(territory, await queries.holdings_elsewhere(session, territory))
    # A member that leaves on this day is one of the last members.
    settle(territory, lead=territory.regions[0], today=today())
    await cancel_meetings(session, territory)
    set_reason(session, territory, reason)
    outbox.add(session, territories.designated(territory))
    return territory


async def set_wave(
    session: WriteSession,
    *,
    wave: str,
    keys: Sequence[str],
    on: date | None = None,
    source: str,
    reason: str,
    by: Caller,
) -> list[Territory]:
    """Set the wave of territories: of all of them, or of none. The refusal names each one that is refused."""
    if on is not None:
        require_plausible(on, field="on", today=today())
    found, refused = [], []
    # In the order of the keys: two callers with the same territories do not wait for each other for ever.
    for key in sorted(set(keys)):
        try:
            territory = await own_territory(session, key, by)
            territories.set_wave(territory, wave, on=on, source=source)
        except (TerritoryNotFound, TerritoryClosed, DayNotPlausible, WaveRefused) as refusal:
            refused.append(FieldError(pointer=f"/keys/{keys.index(key)}", detail=refusal.detail))
        else:
            found.append(territory)
    if refused:
        raise WaveRefused(
            f"{len(refused)} of {len(set(keys))} territories are refused, and nothing is changed: correct those that "
            "`errors` names, or leave them out.",
            errors=refused,
        )
    for territory in found:
        if session.is_modified(territory):
            set_reason(session, territory, reason)
            outbox.add(session, territories.designated(territory))
    return found


def _settle(territory: Territory, lead: str) -> None:
    """Store where a territory lies today, with a lead région in which a member lies."""
    territories.require_lead(lead, regions_of(territory.members, today()))
    settle(territory, lead=lead, today=today())
