"""Rules of organisations."""

from datetime import date, timedelta
from typing import Final

from services.territory.errors import (
    DayNotPlausible,
    OrganisationClosed,
    OrganisationExhausted,
    OrganisationOfficial,
    RegionMissing,
    SyntheticMark,
)
from services.territory.models import FormerName, Organisation
from services.territory.rules.days import require_plausible
from shared.events.territory import (
    FORMER_NAMES_AT_MOST,
    MEMBER_NAME_AT_MOST,
    FormerNameState,
    OrganisationRegistered,
)
from shared.problem import FieldError
from shared.storage.search import words

REGISTER_STARTS: Final = "000300000"
"""Smallest SIREN of the official register. Smaller ones are free for synthetic organisations."""
WITH_REGION: Final = ("region", "collectivite")
"""Kinds that must name their région."""
FIRST_DAY: Final = date(1900, 1, 1)
"""Earliest day of an end: an older one is a slip of the pen."""
OFFICIAL: Final = ("epci", "ept", "commune")
"""Kinds of organisation that the official geography lists."""


def require_synthetic_mark(siren: str, name: str, *, synthetic: bool) -> None:
    """Require the synthetic marks in SIREN, name and flag together, or in none of them."""
    below = siren < REGISTER_STARTS
    if below is not synthetic:
        raise SyntheticMark(
            f"`synthetic` does not fit the SIREN: SIRENs below {REGISTER_STARTS} are for synthetic organisations only. "
            f"Set `synthetic` to {str(below).lower()}, or give another SIREN.",
            errors=[FieldError(pointer="/synthetic", detail=f"does not fit the SIREN {siren}")],
        )
    if synthetic and not {"synthetique", "synthetiques"} & set(words(name)):
        raise SyntheticMark(
            "The name of a synthetic organisation lacks the word « synthétique »: add it to `name`.",
            errors=[FieldError(pointer="/name", detail="lacks the word synthétique")],
        )


def require_official_kind(siren: str, kind: str, official: Organisation | None) -> None:
    """Refuse a kind that contradicts the official geography."""
    if (official.kind if official else None) != (kind if kind in OFFICIAL else None):
        known_as = f"of kind {official.kind}: {official.name}" if official else "no EPCI, EPT or commune"
        raise OrganisationOfficial(
            f"In the official geography {siren} is {known_as}. Correct the SIREN or the kind.",
            errors=[FieldError(pointer="/kind", detail="contradicts the official geography")],
        )


def require_member_name(kind: str, name: str) -> None:
    """Refuse a name that is too long for the events of the territories of which the body may be a member."""
    if kind in OFFICIAL and len(name) > MEMBER_NAME_AT_MOST:
        raise OrganisationOfficial(
            f"The name of an EPCI, EPT or commune has at most {MEMBER_NAME_AT_MOST} characters: shorten `name`.",
            errors=[FieldError(pointer="/name", detail=f"at most {MEMBER_NAME_AT_MOST} characters")],
        )


def require_region(kind: str, region: str | None) -> None:
    """Require the région of a Region or collectivité: it acts there."""
    if kind in WITH_REGION and region is None:
        raise RegionMissing(
            f"`region` is missing: give the INSEE code of the région of this {kind}.",
            errors=[FieldError(pointer="/region", detail="missing")],
        )


def name_on(organisation: Organisation, day: date) -> str:
    """Return the name that an organisation had at the end of a day."""
    for former in organisation.names:
        begins = former["valid_from"]
        if (begins is None or begins <= day.isoformat()) and day.isoformat() <= former["valid_to"]:
            return former["name"]
    return organisation.name


def is_closed_on(organisation: Organisation, day: date) -> bool:
    """Return True if an organisation is known to have ended before a day. `valid_to` may be a month or a year."""
    last = organisation.valid_to
    return last is not None and day.isoformat()[: len(last)] > last


def lives_on(organisation: Organisation, day: date) -> bool:
    """Return True unless it is known that an organisation began after a day, or had ended before it."""
    first = organisation.valid_from
    has_begun = first is None or first <= day.isoformat()[: len(first)]
    return has_begun and not is_closed_on(organisation, day)


def require_open(organisation: Organisation, day: date, *, field: str) -> None:
    """Refuse an organisation that had ended before a day."""
    if is_closed_on(organisation, day):
        successor = organisation.successor_siren
        raise OrganisationClosed(
            f"{organisation.name} ({organisation.siren}) ended on {organisation.valid_to}: name in `{field}` "
            f"{f'its successor {successor}' if successor else 'another organisation'}, or give an earlier day.",
            successor=successor,
        )


def rename(organisation: Organisation, name: str, *, on: date | None, today: date) -> None:
    """Give an organisation another name: from a day on, or, without a day, as a correction."""
    if on is not None and name != organisation.name:
        earliest = date.fromisoformat(organisation.names[-1]["valid_to"]) if organisation.names else date.min
        if not earliest + timedelta(days=1) < on <= today:
            raise DayNotPlausible(
                f"`renamed_on` is {on}: give the first day of the new name, not in the future and after the first day "
                "of the present one.",
                errors=[FieldError(pointer="/renamed_on", detail="not within the days of the present name")],
            )
        if len(organisation.names) >= FORMER_NAMES_AT_MOST:
            raise OrganisationExhausted(
                f"{organisation.siren} has {FORMER_NAMES_AT_MOST} former names, the maximum: contact the platform team."
            )
        begins = (earliest + timedelta(days=1)).isoformat() if organisation.names else None
        ends = (on - timedelta(days=1)).isoformat()
        former = FormerName(name=organisation.name, valid_from=begins, valid_to=ends)
        organisation.names = [*organisation.names, former]
    organisation.name = name


def close(organisation: Organisation, *, on: date, successor: Organisation | None, today: date) -> None:
    """Record the last day of an organisation, and the one that took over."""
    if organisation.valid_to is not None:
        raise OrganisationClosed(
            f"{organisation.name} ended on {organisation.valid_to} already: GET /v1/organisations/{organisation.siren} "
            "shows it.",
            successor=organisation.successor_siren,
        )
    require_plausible(on, field="valid_to", today=today, earliest=FIRST_DAY)
    if successor is not None and (successor is organisation or is_closed_on(successor, on + timedelta(days=1))):
        raise OrganisationClosed(
            f"`successor` {successor.siren} is the same organisation, or one that had ended: name the one that acts "
            f"from {on + timedelta(days=1)} on.",
            successor=successor.siren,
        )
    organisation.valid_to = on.isoformat()
    organisation.successor_siren = successor.siren if successor else None


def registered(organisation: Organisation) -> OrganisationRegistered:
    """Return the event of an organisation's current state."""
    return OrganisationRegistered(
        siren=organisation.siren,
        name=organisation.name,
        kind=organisation.kind,
        aliases=[alias["name"] for alias in organisation.aliases],
        region=organisation.region_code,
        successor=organisation.successor_siren,
        synthetic=organisation.synthetic,
        names=[FormerNameState.model_validate(dict(former), strict=False) for former in organisation.names],
        valid_to=organisation.valid_to,
        regions=[organisation.region_code] if organisation.region_code else [],
        organisations=[organisation.siren],
    )
