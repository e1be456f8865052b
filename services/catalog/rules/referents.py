"""Rules of referents: one at a time per operator and territory."""

from datetime import date
from typing import Any
from uuid import UUID

from services.catalog.errors import ContactErased, SinceNotFitting
from services.catalog.models import Referent
from services.catalog.reference import ANNOUNCED
from shared.events.catalog import ReferentNamed
from shared.problem import FieldError
from shared.projections import TerritoryProjection


def name(
    referent_id: UUID,
    former: Referent | None,
    *,
    operator: str,
    place: TerritoryProjection,
    since: date,
    today: date,
    **person: Any,
) -> Referent:
    """Create the operator's new referent, and end the former one on the same day."""
    error = _error_of(since, former, today=today, earliest=ANNOUNCED[place.phase])
    if error:
        raise SinceNotFitting(error, errors=[FieldError(pointer="/since", detail=error)])
    if former is not None:
        former.until = since
    return Referent(
        id=referent_id, operator=operator, territory=place.key, regions=place.regions, since=since, **person
    )


def change_contact(referent: Referent, **contact: Any) -> None:
    """Correct the contact of a referent, unless it was erased."""
    if referent.name is None:
        raise ContactErased(
            "The contact of this referent was erased: it does not come back. If your organisation has a referent for "
            "the territory, name that person, POST /v1/referents."
        )
    for name, value in contact.items():
        setattr(referent, name, value)


def named(referent: Referent) -> ReferentNamed:
    """Return the event of a new referent: an opaque person, never a contact."""
    return ReferentNamed(
        territories=[referent.territory],
        regions=referent.regions,
        organisations=[referent.operator],
        referent_id=referent.id,
        operator=referent.operator,
        territory=referent.territory,
        person_id=referent.person_id,
        since=referent.since,
    )


def _error_of(since: date, former: Referent | None, *, today: date, earliest: date) -> str | None:
    if since > today:
        return f"{since} is in the future: name the referent on that day."
    if since < earliest:
        return f"{since} is before the phase of the territory was announced: give {earliest} or a later day."
    if former is not None and since < former.since:
        return f"The present referent was named on {former.since}: give `since` as that day or a later one."
    return None
