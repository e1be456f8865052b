"""Rules of organisations."""

from calendar import monthrange
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from services.territory.errors import (
    DayNotPlausible,
    NothingChanges,
    OrganisationClosed,
    OrganisationExhausted,
    OrganisationOfficial,
    OrganisationStillActive,
    RegionMissing,
    SyntheticMark,
)
from services.territory.models import FormerName, Organisation
from services.territory.rules.days import require_plausible
from services.territory.rules.tenures import Tenure
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
"""Earliest day of an end or a new name: an older one is a slip of the pen."""
OFFICIAL: Final = ("epci", "ept", "commune")
"""Kinds of organisation that the official geography lists."""
GEOGRAPHY_OF: Final = date(2026, 1, 1)
"""Day of the official geography: it lists no body that was created later."""
CREATED_AHEAD: Final = timedelta(days=366)
"""Maximum time between today and the first day of an organisation that is registered."""


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


def require_official_kind(
    siren: str, kind: str, official: Organisation | None, *, created_on: date | None = None
) -> None:
    """Refuse a kind that contradicts the official geography. It does not know bodies that were created after it."""
    is_younger = official is None and created_on is not None and created_on > GEOGRAPHY_OF
    if (official.kind if official else None) == (kind if kind in OFFICIAL else None) or is_younger:
        return
    known_as = f"of kind {official.kind}: {official.name}" if official else "no EPCI, EPT or commune"
    young = "" if official else f" One that was created after {GEOGRAPHY_OF} is registered with `created_on`."
    raise OrganisationOfficial(
        f"In the official geography {siren} is {known_as}. Correct the SIREN or the kind.{young}",
        errors=[FieldError(pointer="/kind", detail="contradicts the official geography")],
    )


def require_creation(created_on: date, *, today: date) -> None:
    """Refuse a first day that is a slip of the pen, or more than a year ahead."""
    latest = today + CREATED_AHEAD
    if not FIRST_DAY <= created_on <= latest:
        raise DayNotPlausible(
            f"`created_on` is {created_on}: give a day from {FIRST_DAY} to {latest}.",
            errors=[FieldError(pointer="/created_on", detail=f"not between {FIRST_DAY} and {latest}")],
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


def first_day_of(period: str) -> date:
    """Return the first day of a day, month or year."""
    return date.fromisoformat(f"{period}-01-01"[:10])


def last_day_of(period: str) -> date:
    """Return the last day of a day, month or year."""
    if len(period) == len("2020"):
        return date(int(period), 12, 31)
    first = first_day_of(period)
    return first if len(period) == len("2020-12-31") else first.replace(day=monthrange(first.year, first.month)[1])


def is_closed_on(organisation: Organisation, day: date) -> bool:
    """Return True if an organisation is known to have ended before a day. `valid_to` may be a month or a year."""
    return organisation.valid_to is not None and last_day_of(organisation.valid_to) < day


def lives_on(organisation: Organisation, day: date) -> bool:
    """Return True unless it is known that an organisation began after a day, or had ended before it."""
    first = organisation.valid_from
    has_begun = first is None or first <= day.isoformat()[: len(first)]
    return has_begun and not is_closed_on(organisation, day)


def require_open(organisation: Organisation, day: date, *, field: str) -> None:
    """Refuse an organisation that had ended before a day, or begins after it: surely, if only the year is known."""
    if is_closed_on(organisation, day):
        raise _ended(organisation, field, "give an earlier day")
    if organisation.valid_from is not None and day < first_day_of(organisation.valid_from):
        raise OrganisationClosed(
            f"{organisation.name} ({organisation.siren}) exists since {organisation.valid_from}: name in `{field}` "
            "another organisation, or give a later day.",
            errors=[FieldError(pointer=f"/{field}", detail=f"exists since {organisation.valid_from}")],
        )


def require_open_throughout(organisation: Organisation, since: date, until: date | None, *, field: str) -> None:
    """Refuse an organisation that does not exist from a first day up to the first day out; null: for ever."""
    require_open(organisation, since, field=field)
    last = until - timedelta(days=1) if until is not None and until > since else until or date.max
    if is_closed_on(organisation, last):
        raise _ended(organisation, field, "give an earlier first day out")


def require_all_open(bodies: Mapping[str, Organisation], days: Mapping[str, Collection[date]], *, field: str) -> None:
    """Refuse organisations that do not exist on their days. The refusal names each of them."""
    refused = []
    for index, (siren, body) in enumerate(bodies.items()):
        try:
            for day in days[siren]:
                require_open(body, day, field=field)
        except OrganisationClosed as refusal:
            successor = refusal.members.get("successor")
            refused.append((FieldError(pointer=f"/{field}/{index}", detail=refusal.detail), successor))
    if refused:
        raise OrganisationClosed(
            " ".join(error.detail for error, _ in refused),
            errors=[error for error, _ in refused],
            successor=refused[0][1],
        )


def _ended(organisation: Organisation, field: str, way_out: str) -> OrganisationClosed:
    successor = organisation.successor_siren
    return OrganisationClosed(
        f"{organisation.name} ({organisation.siren}) ended on {organisation.valid_to}: name in `{field}` "
        f"{f'its successor {successor}' if successor else 'another organisation'}, or {way_out}.",
        errors=[FieldError(pointer=f"/{field}", detail=f"ended on {organisation.valid_to}")],
        successor=successor,
    )


def rename(organisation: Organisation, name: str, *, on: date | None, today: date) -> None:
    """Give an organisation another name: from a day on, or, without a day, as a correction."""
    if on is not None:
        if name == organisation.name:
            raise NothingChanges(
                f"`renamed_on` is the first day of another name, and {organisation.siren} is {name} already: give the "
                "new `name`; a wrong day of a former name is corrected in `names`.",
                errors=[FieldError(pointer="/renamed_on", detail="without another name")],
            )
        begins = _name_begins(organisation)
        earliest = begins + timedelta(days=1) if begins else FIRST_DAY
        _require_between(on, earliest, _last_day(organisation, today), field="renamed_on")
        if len(organisation.names) >= FORMER_NAMES_AT_MOST:
            raise OrganisationExhausted(
                f"{organisation.siren} has {FORMER_NAMES_AT_MOST} former names, the maximum: contact the platform team."
            )
        since = begins.isoformat() if begins and organisation.names else None
        ends = (on - timedelta(days=1)).isoformat()
        organisation.names = [*organisation.names, FormerName(name=organisation.name, valid_from=since, valid_to=ends)]
    organisation.name = name


def correct_names(organisation: Organisation, names: Sequence[tuple[str, date]], *, today: date) -> None:
    """Replace the former names, each with its last day. The next name begins on the day after."""
    former: list[FormerName] = []
    earliest = first_day_of(organisation.valid_from) if organisation.valid_from else FIRST_DAY
    latest = _last_day(organisation, today) - timedelta(days=1)
    for index, (name, ends) in enumerate(names):
        _require_between(ends, earliest, latest, field=f"names/{index}/valid_to")
        begins = earliest.isoformat() if former else None
        former.append(FormerName(name=name, valid_from=begins, valid_to=ends.isoformat()))
        earliest = ends + timedelta(days=1)
    organisation.names = former


def _name_begins(organisation: Organisation) -> date | None:
    """Return the first day of the present name; None if it is not known."""
    if organisation.names:
        return date.fromisoformat(organisation.names[-1]["valid_to"]) + timedelta(days=1)
    return first_day_of(organisation.valid_from) if organisation.valid_from else None


def _last_day(organisation: Organisation, today: date) -> date:
    """Return the last day on which a name may begin: that of the organisation, or today."""
    return min(today, last_day_of(organisation.valid_to)) if organisation.valid_to else today


def _require_between(day: date, earliest: date, latest: date, *, field: str) -> None:
    if latest < earliest:
        raise DayNotPlausible(
            f"`{field}` is {day}, but the first day that fits is {earliest}, and no later one than {latest} fits: "
            "correct `name` without a day, or record it later.",
            errors=[FieldError(pointer=f"/{field}", detail=f"neither before {earliest} nor after {latest}")],
        )
    if not earliest <= day <= latest:
        raise DayNotPlausible(
            f"`{field}` is {day}: give a day from {earliest} to {latest}. Each name has a day of its own, and "
            "none begins in the future or after the end of the organisation.",
            errors=[FieldError(pointer=f"/{field}", detail=f"not between {earliest} and {latest}")],
        )


@dataclass(frozen=True)
class Succession:
    """Facts that the end of an organisation must fit."""

    tenures: Sequence[Tenure]
    predecessors: Sequence[Organisation]
    """Organisations that name it as their successor."""


def close(
    organisation: Organisation, *, on: date, successor: Organisation | None, around: Succession, today: date
) -> None:
    """Record the last day of an organisation, and the one that took over."""
    if organisation.valid_to is not None:
        raise OrganisationClosed(
            f"{organisation.name} ended on {organisation.valid_to} already: if that is wrong, the délégation corrects "
            f"it, PATCH /v1/organisations/{organisation.siren} with `valid_to` or `successor`.",
            successor=organisation.successor_siren,
        )
    _end(organisation, on, successor, around, today)


def correct_end(
    organisation: Organisation,
    *,
    on: date | None,
    successor: Organisation | None,
    around: Succession,
    today: date,
) -> None:
    """Correct the last day or the successor of an organisation that ended; without a day: it has not ended."""
    if organisation.valid_to is None:
        raise OrganisationClosed(
            f"{organisation.name} has not ended: record its end by POST /v1/organisations/{organisation.siren}/close; "
            "`valid_to` and `successor` only correct it.",
        )
    if on is not None:
        _end(organisation, on, successor, around, today)
    elif successor is not None:
        raise OrganisationClosed(
            f"`successor` is {successor.siren}, but without `valid_to` {organisation.siren} goes on: send `successor` "
            "null, or give its last day.",
            successor=successor.siren,
        )
    else:
        organisation.valid_to = organisation.successor_siren = None


def correct_successor(
    organisation: Organisation, successor: Organisation | None, *, around: Succession, today: date
) -> None:
    """Correct the successor of an organisation that ended. Its end stays as precise as it is known."""
    ended = organisation.valid_to
    on = last_day_of(ended) if ended else None
    correct_end(organisation, on=on, successor=successor, around=around, today=today)
    organisation.valid_to = ended


def _end(organisation: Organisation, on: date, successor: Organisation | None, around: Succession, today: date) -> None:
    begins = _name_begins(organisation)
    if begins and FIRST_DAY <= on < begins:
        way_out = f"give a day from {begins} to {today}" if begins <= today else "record its end on that day or later"
        raise DayNotPlausible(
            f"`valid_to` is {on}, but {organisation.siren} is {organisation.name} since {begins}: {way_out}, or "
            "correct `names` first.",
            errors=[FieldError(pointer="/valid_to", detail=f"not between {begins} and {today}")],
        )
    require_plausible(on, field="valid_to", today=today, earliest=FIRST_DAY)
    _require_heir(organisation, on, successor)
    for former in around.predecessors:
        if former.valid_to and on <= first_day_of(former.valid_to):
            raise OrganisationClosed(
                f"{organisation.name} ({organisation.siren}) took over {former.name} ({former.siren}), which ended on "
                f"{former.valid_to}: give a later day, or correct the successor of {former.siren} first.",
                successor=organisation.siren,
            )
    _require_no_tenure(organisation, on, around.tenures)
    organisation.valid_to = on.isoformat()
    organisation.successor_siren = successor.siren if successor else None


def _require_heir(organisation: Organisation, on: date, successor: Organisation | None) -> None:
    """Refuse a successor that is the same organisation, or does not exist on the day after the end."""
    if successor is None:
        return
    if organisation.duplicate_of_siren:
        raise OrganisationClosed(
            f"{organisation.name} ({organisation.siren}) is a duplicate of {organisation.duplicate_of_siren}: close "
            "that one with the successor, and this one without any.",
            successor=successor.siren,
        )
    if successor is organisation:
        raise OrganisationClosed(
            f"`successor` {successor.siren} is the organisation itself: name another one, or none.",
            successor=successor.siren,
        )
    require_open(successor, on + timedelta(days=1), field="successor")


def _require_no_tenure(organisation: Organisation, on: date, tenures: Sequence[Tenure]) -> None:
    """Refuse an end before that of a membership, a mandate or a seat."""
    out = on + timedelta(days=1)
    if late := [tenure for tenure in tenures if tenure.until is None or tenure.until > out]:
        raise OrganisationStillActive(
            f"{organisation.name} ({organisation.siren}) would end on {on}, but after it is still "
            f"{'; '.join(f'{tenure.title} ({tenure.way_out})' for tenure in late)}. End each by {out} first.",
            errors=[FieldError(pointer="/valid_to", detail=f"{each.title}: {each.way_out}") for each in late],
        )


def require_no_misfit(organisation: Organisation, misfits: Sequence[Tenure]) -> None:
    """Refuse a kind or région with which mandates in office do not fit."""
    if misfits:
        raise OrganisationStillActive(
            f"With this kind and région, {organisation.name} ({organisation.siren}) could not be "
            f"{'; '.join(f'{each.title} ({each.way_out})' for each in misfits)}. End each first.",
            errors=[FieldError(pointer="/kind", detail=f"{each.title}: {each.way_out}") for each in misfits],
        )


def registered(organisation: Organisation) -> OrganisationRegistered:
    """Return the event of an organisation's current state."""
    return OrganisationRegistered(
        siren=organisation.siren,
        name=organisation.name,
        kind=organisation.kind,
        aliases=[alias["name"] for alias in organisation.aliases],
        region=organisation.region_code,
        departements=organisation.departement_codes,
        successor=organisation.successor_siren,
        duplicate_of=organisation.duplicate_of_siren,
        synthetic=organisation.synthetic,
        names=[FormerNameState.model_validate(dict(former), strict=False) for former in organisation.names],
        valid_to=organisation.valid_to,
        regions=[organisation.region_code] if organisation.region_code else [],
        organisations=[organisation.siren],
    )
