"""Commands of perimeters: request, withdraw, change, correct."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from uuid import UUID

from services.territory import queries
from services.territory.commands.access import own_territory, own_territory_in_locked_phase
from services.territory.commands.known_organisations import known_organisations
from services.territory.commands.mandates import require_local_mandates
from services.territory.errors import DecisionNotSuitable, PerimeterRequestNotFound
from services.territory.models import Decision, PerimeterRequest, Territory
from services.territory.rules import perimeter_requests, perimeters, territories
from services.territory.rules.days import require_effective, require_open_on
from services.territory.rules.organisations import require_all_open
from services.territory.rules.perimeters import Interval
from services.territory.rules.places import regions_of, settle
from shared.clock import today
from shared.ids import uuid7
from shared.security.access import Caller, require_owner
from shared.storage import outbox
from shared.storage.history import add_consequence, set_reason
from shared.storage.unit_of_work import WriteSession


async def request_perimeter(
    session: WriteSession,
    *,
    territory: str,
    enters: Sequence[str] = (),
    leaves: Sequence[str] = (),
    wished_on: date,
    reason: str,
    by: Caller,
) -> PerimeterRequest:
    """Request that members enter or leave a territory."""
    own = await own_territory(session, territory, by)
    territories.require_open(own)
    perimeters.require_change(enters, leaves)
    perimeter_requests.require_new(own, enters=enters, leaves=leaves)
    require_open_on(own, wished_on, field="wished_on")
    perimeter_requests.require_near(wished_on, today=today())
    bodies = await known_organisations(session, enters, field="enters")
    perimeters.require_able_to_enter(bodies, perimeters.places_of("enters", enters))
    require_all_open(bodies, {siren: [wished_on] for siren in enters}, field="enters")
    moved = await queries.member_geography(session, {*enters, *leaves})
    perimeter_requests.require_possible(own, enters={siren: moved[siren] for siren in enters}, leaves=leaves)
    asked = PerimeterRequest(
        id=uuid7(),
        territory=own,
        territory_key=own.key,
        enters=sorted(enters),
        leaves=sorted(leaves),
        wished_on=wished_on,
        reason=reason,
        state="open",
        outcome=None,
        regions=perimeter_requests.concerned_regions(own, moved.values()),
        decisions=[],
        requested_by=by.org,
        effective_on=None,
    )
    session.add(asked)
    outbox.add(session, perimeter_requests.requested(asked))
    return asked


async def withdraw_perimeter_request(
    session: WriteSession, request_id: UUID, *, reason: str, by: Caller
) -> PerimeterRequest:
    """Withdraw a perimeter request."""
    asked = await queries.get_perimeter_request(session, request_id, by=by, lock=True)
    require_owner(by, await queries.access_scope_of(session, by), asked.stakeholders, "perimeter request")
    perimeter_requests.withdraw(asked)
    set_reason(session, asked, reason)
    outbox.add(session, perimeter_requests.requested(asked))
    return asked


async def request_decided(session: WriteSession, decides: str | None, *, by: Caller) -> PerimeterRequest | None:
    """Load and lock the perimeter request that a decision decides; None if it decides something else."""
    request_id = perimeter_requests.request_of(decides)
    if request_id is None:
        return None
    try:
        asked = await queries.get_perimeter_request(session, request_id, by=by, lock=True)
    except PerimeterRequestNotFound:
        raise perimeter_requests.not_known(str(decides)) from None
    await _renew_regions(session, asked)
    return asked


def follow_decision(session: WriteSession, asked: PerimeterRequest, decision: Decision) -> None:
    """Note a decision in the perimeter request that it decides, unless a later one of the same Region counts."""
    is_noted = perimeter_requests.note_decision(asked, decision)
    # Its régions may have been renewed in any case.
    add_consequence(session, asked)
    if not is_noted:
        return
    set_reason(session, asked, f"decision {decision.id}")
    outbox.add(session, perimeter_requests.requested(asked))


async def change_perimeter(
    session: WriteSession,
    name: str,
    *,
    decision_id: UUID,
    on: date,
    enters: Sequence[str] = (),
    leaves: Sequence[str] = (),
    by: Caller,
) -> Territory:
    """Apply an accepted perimeter request, named by a decision on it."""
    territory = await own_territory_in_locked_phase(session, name, by)
    decision = await queries.get_decision(session, decision_id, by=by)
    asked = await _request_about(session, decision, territory)
    await _renew_regions(session, asked)
    perimeter_requests.require_applicable(asked, decision, on=on, enters=enters, leaves=leaves)
    require_effective(on, field="on", today=today())
    bodies = await known_organisations(session, asked.enters, field="enters")
    require_all_open(bodies, {siren: [on] for siren in asked.enters}, field="enters")
    geography = await queries.member_geography(session, asked.enters)
    regions = regions_of(territory.members, today())
    perimeters.change(territory, enters=bodies, leaves=asked.leaves, on=on, geography=geography)
    await _settle_soundly(session, territory, former=regions)
    asked.state, asked.effective_on = "effective", on
    add_consequence(session, asked)
    # The history of a territory is public, and a decision is not: its id says nothing.
    set_reason(session, territory, f"decision {decision.id}")
    set_reason(session, asked, f"applied to {territory.key}")
    outbox.add(session, territories.perimeter_changed(territory, on=on, decision_id=decision.id, left=asked.leaves))
    outbox.add(session, perimeter_requests.requested(asked))
    return territory


async def correct_perimeter(
    session: WriteSession, name: str, *, members: Sequence[tuple[str, Sequence[Interval]]], reason: str, by: Caller
) -> Territory:
    """Correct the days of members that were recorded wrongly."""
    territory = await own_territory_in_locked_phase(session, name, by)
    sirens = [siren for siren, _ in members]
    perimeters.require_past(members, today=today())
    former, regions = {member.siren for member in territory.members}, regions_of(territory.members, today())
    already = {member.siren for member in territory.memberships}
    bodies = await known_organisations(session, sirens, field="members", already=already)
    days = {siren: perimeters.bounds(intervals, territory.closed_on) for siren, intervals in members}
    require_all_open(bodies, days, field="members")
    geography = await queries.member_geography(session, set(sirens))
    perimeters.correct(territory, dict(members), bodies, geography)
    await _settle_soundly(session, territory, former=regions, places=perimeters.places_of("members", sirens))
    left = former - {member.siren for member in territory.members}
    set_reason(session, territory, reason)
    outbox.add(session, territories.perimeter_changed(territory, left=left))
    return territory


async def _settle_soundly(
    session: WriteSession, territory: Territory, *, former: Collection[str], places: Mapping[str, str] | None = None
) -> None:
    """Refuse a perimeter that breaks a rule on any day; else store where the territory lies today.

    `former` are its régions before the change.
    """
    perimeters.require_sound(territory, await queries.holdings_elsewhere(session, territory), places=places)
    territories.require_lead_stays(territory, former=former, today=today())
    await require_local_mandates(session, territory)
    settle(territory, lead=territory.regions[0], today=today())


async def _request_about(session: WriteSession, decision: Decision, territory: Territory) -> PerimeterRequest:
    request_id = perimeter_requests.request_of(decision.decides)
    asked = await queries.find_perimeter_request(session, request_id, lock=True) if request_id else None
    if asked is None or asked.territory_key != territory.key:
        raise DecisionNotSuitable(
            f"This decision decides no perimeter request of {territory.key}: name a favourable decision on one, "
            f"GET /v1/perimeter-requests?territory={territory.key} lists them."
        )
    return asked


async def _renew_regions(session: WriteSession, asked: PerimeterRequest) -> None:
    """Find the Regions concerned anew: the territory may have changed since the request was made."""
    moved = await queries.member_geography(session, {*asked.enters, *asked.leaves})
    asked.regions = perimeter_requests.concerned_regions(asked.territory, moved.values())
