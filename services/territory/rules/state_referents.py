"""Rules of the State referent of a territory (référent de l'État)."""

from collections.abc import Mapping
from datetime import date
from typing import Final

from services.territory.errors import MandateElsewhere, MandatesExhausted, ReferentNotFitting, StateReferentInOffice
from services.territory.models import Organisation, StateReferent, Territory
from services.territory.rules.days import members_on
from services.territory.rules.mandates import covers, days_of_change, first_common_day, has_closed, require_days
from services.territory.rules.places import regions_of
from shared.events.territory import StateReferentNamed
from shared.problem import FieldError

REFERENTS_AT_MOST: Final = 200
"""Maximum State referents of a territory, past and present: each response lists all of them."""


def referents_on(territory: Territory, day: date) -> list[StateReferent]:
    """Return the State referent at the end of a day: one or, as after the closing of the territory, none."""
    return [each for each in territory.state_referents if covers(each, day) and not has_closed(territory, day)]


def first_day_elsewhere(
    territory: Territory, referent: StateReferent, organisation: Organisation
) -> tuple[date, list[str]] | None:
    """Return the first day on which a referent's organisation does not fit, and the régions of that day."""
    for day in days_of_change(territory, referent):
        regions = regions_of(members_on(territory, day), day)
        if organisation.kind != "state" or organisation.region_code not in regions:
            return day, sorted(regions)
    return None


def require_still_local(territory: Territory, bodies: Mapping[str, Organisation]) -> None:
    """Refuse a perimeter without the région of a State referent on a day in office. `bodies` are by SIREN."""
    for referent in sorted(territory.state_referents, key=lambda each: (each.since, each.id)):
        organisation = bodies[referent.organisation_siren]
        if found := first_day_elsewhere(territory, referent, organisation):
            day, _ = found
            address = f"/v1/territories/{territory.key}/state-referents/{referent.id}"
            way_out = (
                f"end it by {day}, POST {address}/end"
                if referent.until is None and day > referent.since
                else f"let the délégation cancel it, POST {address}/cancel"
            )
            raise MandateElsewhere(
                f"On {day} the State referent of {territory.key} would be of {organisation.name} "
                f"({organisation.siren}), in none of its régions: mandate {referent.id}, since {referent.since}. "
                f"First {way_out}.",
                mandate_id=str(referent.id),
                day=day.isoformat(),
                organisation=organisation.siren,
            )


def name(territory: Territory, referent: StateReferent, organisation: Organisation, *, today: date) -> None:
    """Name a State referent, of a State organisation of a région of the territory. There is one on each day."""
    require_days(territory, referent, today=today)
    if found := first_day_elsewhere(territory, referent, organisation):
        day, regions = found
        raise ReferentNotFitting(
            f"{organisation.name} is no State organisation of the régions of {territory.key} on {day}: name one of "
            f"kind state in {' or '.join(regions)}, from GET /v1/organisations?kind=state, or other days.",
            errors=[FieldError(pointer="/organisation", detail=f"no State organisation of these régions on {day}")],
        )
    for other in territory.state_referents:
        if taken_on := first_common_day(referent, other):
            raise StateReferentInOffice(
                f"On {taken_on} {territory.key} has a State referent: {other.id} of {other.organisation_siren}, since "
                f"{other.since}. End it first, POST /v1/territories/{territory.key}/state-referents/{other.id}/end; "
                "if it was recorded by mistake, the délégation cancels it.",
                referent_id=str(other.id),
                day=taken_on.isoformat(),
                organisation=other.organisation_siren,
            )
    if len(territory.state_referents) >= REFERENTS_AT_MOST:
        raise MandatesExhausted(
            f"{territory.key} has had {REFERENTS_AT_MOST} State referents, the maximum: contact the platform team."
        )
    territory.state_referents.append(referent)


def end(territory: Territory, referent: StateReferent, *, on: date, today: date) -> None:
    """End the mandate of a State referent."""
    if referent.until is not None:
        raise StateReferentInOffice(
            f"This referent has been out of office since {referent.until}: name one in office, from "
            f"GET /v1/territories/{territory.key}/state-referents.",
            referent_id=str(referent.id),
        )
    referent.until = on
    require_days(territory, referent, today=today, end="on")


def cancel(territory: Territory, referent: StateReferent) -> None:
    """Take out a referent that was recorded by mistake. The history of the territory keeps it."""
    territory.state_referents.remove(referent)


def named(territory: Territory, referent: StateReferent) -> StateReferentNamed:
    """Return the event of a State referent, with its current state."""
    return StateReferentNamed(
        territory=territory.key,
        referent_id=referent.id,
        person_id=referent.person_id,
        organisation=referent.organisation_siren,
        since=referent.since,
        until=referent.until,
        is_cancelled=referent not in territory.state_referents,
        territories=[territory.key],
        regions=territory.regions,
        organisations=[referent.organisation_siren],
    )
