"""Load organisations, territories and figures: write and publish only the differences between two versions."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import date
from typing import Any, Final
from uuid import UUID

from sqlalchemy import select

from services.territory import queries
from services.territory.models import Figure, MemberGeography, Membership, Organisation, Phase, Territory
from services.territory.rules.figures import declared, last_day, rounded
from services.territory.rules.figures import identity as figure_identity
from services.territory.rules.organisations import registered
from services.territory.rules.places import describe, settle
from services.territory.rules.search import organisation_text, territory_text
from services.territory.rules.territories import designated, perimeter_changed
from services.territory.rules.waves import state_pilot
from shared.clock import now, today
from shared.events.territory import TerritoryDesignated
from shared.storage import outbox
from shared.storage.reference_data import Difference
from shared.storage.unit_of_work import WriteSession

KEYS: Final = {"organisations": "siren", "territories": "key", "figures": "id"}
"""Collection → column of its key."""
PILOT_FACTS: Final = ("is_pilot", "pilot_source", "wave", "wave_source")
"""Fields of a row that say whether a source names a pilot territory."""


async def apply_organisations(session: WriteSession, differences: Sequence[Difference]) -> int:
    """Register new organisations, and correct the others. Return the number of events."""
    existing = await _existing(session, Organisation, differences)
    published = 0
    for difference in differences:
        organisation = existing.get(difference.code) or Organisation(siren=difference.code)
        session.add(organisation)
        for name, value in difference.changed.items():
            setattr(organisation, name, value)
        organisation.search = organisation_text(organisation)
        if session.is_modified(organisation):
            outbox.add(session, registered(organisation))
            published += 1
    return published


async def apply_territories(session: WriteSession, differences: Sequence[Difference]) -> int:
    """Designate new territories and correct the others. Return the number of events.

    The places and the population of all territories are computed again, from the new geography.
    """
    territories = {territory.key: territory for territory in await session.scalars(select(Territory))}
    former_states = {key: designated(territory) for key, territory in territories.items()}
    organisations = {
        organisation.siren: organisation
        for organisation in await session.scalars(
            select(Organisation).where(Organisation.kind.in_(("epci", "ept", "commune")))
        )
    }
    leads = {key: territory.regions[0] for key, territory in territories.items()}
    phases = {phase.code: phase for phase in await session.scalars(select(Phase))}
    members = {member.siren for territory in territories.values() for member in territory.memberships}
    listed = {siren for difference in differences for siren in difference.after["members"]}
    geography = await queries.member_geography(session, members | listed)
    for difference in differences:
        territory = territories.setdefault(
            difference.code, Territory(key=difference.code, waves=[], is_named_pilot=False)
        )
        territory.programme_phase = phases[difference.after["phase"]]
        if "lead_region" in difference.changed:
            leads[difference.code] = difference.after["lead_region"]
        _correct(territory, difference, organisations, geography)
    for territory in territories.values():
        session.add(territory)
        describe(territory, geography)
        settle(territory, lead=leads[territory.key], today=today())
    return sum(_publish(session, territory, former_states.get(key)) for key, territory in sorted(territories.items()))


async def apply_figures(session: WriteSession, differences: Sequence[Difference]) -> int:
    """Declare new figures, and correct the others. Return the number of events."""
    existing = await _existing(session, Figure, differences)
    stated = dict((await session.execute(select(Figure.identity, Figure.id))).tuples().all())
    published = 0
    for difference in differences:
        row = difference.after
        day = last_day(date.fromisoformat(f"{row['day']}-01"[:10]), row["day_precision"])
        identity = figure_identity(metric=row["metric"], day=day, phase=row["phase"], source=row["source"])
        if str(stated.get(identity, difference.code)) != difference.code:
            # Declared through the API before it was shipped: that declaration stays.
            continue
        figure = existing.get(difference.code) or Figure(id=UUID(difference.code), declared_at=now())
        session.add(figure)
        for name in ("metric", "value_decimal", "unit", "phase", "day_precision", "qualifier", "note", "source"):
            setattr(figure, name, row[name])
        figure.day, figure.value = day, rounded(row["value_decimal"])
        figure.source_id = UUID(row["source_id"]) if row["source_id"] else None
        figure.identity = None if figure.corrected_by else identity
        if session.is_modified(figure):
            outbox.add(session, declared(figure))
            published += 1
    return published


STAGES: Final[dict[str, Callable[[WriteSession, Sequence[Difference]], Awaitable[int]]]] = {
    "organisations": apply_organisations,
    "territories": apply_territories,
    "figures": apply_figures,
}
"""Collection → function that loads it, in order: members of territories are organisations."""


async def _existing(session: WriteSession, model: Any, differences: Sequence[Difference]) -> dict[str, Any]:
    [key] = model.__table__.primary_key
    codes = [difference.code for difference in differences]
    wanted = [UUID(code) for code in codes] if key.type.python_type is UUID else codes
    rows = await session.scalars(select(model).where(key.in_(wanted)))
    return {str(getattr(row, key.name)): row for row in rows}


def _correct(
    territory: Territory,
    difference: Difference,
    organisations: dict[str, Organisation],
    geography: dict[str, MemberGeography],
) -> None:
    for name, value in difference.changed.items():
        if name == "designated_on":
            territory.designated_on = date.fromisoformat(value) if value else None
        elif name not in ("members", "lead_region", *PILOT_FACTS):
            setattr(territory, name, value)
    if any(name in difference.changed for name in PILOT_FACTS):
        is_pilot, source = difference.after["is_pilot"] is True, difference.after["pilot_source"]
        state_pilot(territory, is_pilot=is_pilot, source=source)
    territory.search = territory_text(territory)
    before, after = set(difference.before.get("members", ())), set(difference.after["members"])
    # The files have no days of leaving: a member that they no longer list is removed without a day, as a correction.
    territory.memberships = [
        member for member in territory.memberships if member.siren not in before - after or member.left_on
    ]
    present = {member.siren for member in territory.members}
    for siren in sorted(after - before - present):
        territory.memberships.append(
            Membership(siren=siren, organisation=organisations[siren], geography=geography[siren])
        )


def _publish(session: WriteSession, territory: Territory, before: TerritoryDesignated | None) -> int:
    current = designated(territory)
    if current == before:
        return 0
    moved = before is not None and _perimeter(current) != _perimeter(before)
    outbox.add(session, perimeter_changed(territory) if moved else current)
    return 1


def _perimeter(event: TerritoryDesignated) -> tuple[object, ...]:
    return event.members, event.regions, event.departements
