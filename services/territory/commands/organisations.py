"""Commands of organisations."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy.exc import IntegrityError

from services.territory import queries
from services.territory.errors import (
    NothingChanges,
    OrganisationAlreadyRegistered,
    OrganisationNotRegistered,
)
from services.territory.models import Alias, Organisation, Region
from services.territory.rules.duplicates import require_original
from services.territory.rules.misfits import misfits_in
from services.territory.rules.organisations import (
    Succession,
    close,
    correct_end,
    correct_names,
    correct_successor,
    registered,
    rename,
    require_member_name,
    require_no_misfit,
    require_official_kind,
    require_open,
    require_region,
    require_synthetic_mark,
)
from services.territory.rules.search import organisation_text
from services.territory.rules.tenures import Tenure
from shared.clock import today
from shared.problem import FieldError
from shared.storage import outbox
from shared.storage.history import add_consequence, require_version, set_reason
from shared.storage.unit_of_work import WriteSession


async def register_organisation(
    session: WriteSession,
    *,
    siren: str,
    name: str,
    kind: str,
    aliases: list[str] | None = None,
    region: str | None = None,
    synthetic: bool = False,
) -> Organisation:
    """Register an organisation."""
    require_synthetic_mark(siren, name, synthetic=synthetic)
    require_region(kind, region)
    require_member_name(kind, name)
    listed = await queries.official(session, siren)
    require_official_kind(siren, kind, listed)
    if region:
        await queries.require_known(session, Region, region, pointer="/region")
    organisation = Organisation(
        siren=siren,
        name=name,
        kind=kind,
        aliases=[Alias(name=alias, note=None) for alias in aliases or []],
        region_code=listed.region_code if listed else region,
        synthetic=synthetic,
        names=[],
    )
    organisation.search = organisation_text(organisation)
    return await _register(session, organisation)


async def change_organisation(
    session: WriteSession,
    siren: str,
    *,
    expected: int,
    reason: str,
    renamed_on: date | None = None,
    **changes: Any,
) -> Organisation:
    """Rename an organisation, or correct what is known of it."""
    organisation = await changed_organisation(session, siren)
    require_version(organisation, expected)
    listed = await queries.official(session, siren)
    name, kind = changes.get("name", organisation.name), changes.get("kind", organisation.kind)
    region = changes.get("region", organisation.region_code)
    names: Sequence[tuple[str, date]] = changes.get("names", ())
    for each in (name, *(former for former, _ in names)):
        require_synthetic_mark(siren, each, synthetic=organisation.synthetic)
        require_member_name(kind, each)
    require_official_kind(siren, kind, listed)
    require_region(kind, region)
    if region:
        await queries.require_known(session, Region, region, pointer="/region")
    if "names" in changes:
        correct_names(organisation, names, today=today())
    if changes.keys() & {"valid_to", "successor"}:
        await _correct_end(session, organisation, changes)
    rename(organisation, name, on=renamed_on, today=today())
    organisation.kind = kind
    organisation.region_code = listed.region_code if listed else region
    if "aliases" in changes:
        notes = {alias["name"]: alias["note"] for alias in organisation.aliases}
        organisation.aliases = [Alias(name=alias, note=notes.get(alias)) for alias in changes["aliases"]]
    organisation.search = organisation_text(organisation)
    if not session.is_modified(organisation):
        raise NothingChanges("Nothing would change: give another value, or leave the organisation as it is.")
    if changes.keys() & {"kind", "region"}:
        require_no_misfit(organisation, await _misfits(session, organisation))
    set_reason(session, organisation, reason)
    outbox.add(session, registered(organisation))
    return organisation


async def close_organisation(
    session: WriteSession, siren: str, *, valid_to: date, reason: str, successor: str | None = None
) -> Organisation:
    """Record the end of an organisation, and its successor."""
    organisation = await changed_organisation(session, siren)
    heir = await known_organisation(session, successor, field="successor") if successor else None
    around = await _succession(session, siren)
    close(organisation, on=valid_to, successor=heir, around=around, today=today())
    set_reason(session, organisation, reason)
    outbox.add(session, registered(organisation))
    return organisation


async def _correct_end(session: WriteSession, organisation: Organisation, changes: Mapping[str, Any]) -> None:
    """Correct the end or the successor; one that is left out stays. Without an end there is no successor."""
    goes_on = "valid_to" in changes and changes["valid_to"] is None
    named = changes.get("successor", None if goes_on else organisation.successor_siren)
    already = [organisation.successor_siren]
    heir = await known_organisation(session, named, field="successor", already=already) if named else None
    around = await _succession(session, organisation.siren)
    if "valid_to" in changes:
        correct_end(organisation, on=changes["valid_to"], successor=heir, around=around, today=today())
    else:
        correct_successor(organisation, heir, around=around, today=today())


async def _succession(session: WriteSession, siren: str) -> Succession:
    return Succession(await queries.tenures_of(session, siren), await queries.predecessors_of(session, siren))


async def _misfits(session: WriteSession, organisation: Organisation) -> list[Tenure]:
    """Return the mandates in office with which the kind or the région of an organisation does not fit."""
    ties = await queries.ties_of(session, organisation)
    return [
        tenure
        for territory in await queries.territories_of(session, organisation.siren)
        for tenure in misfits_in(territory, organisation, ties=ties)
    ]


async def known_organisation(
    session: WriteSession, siren: str, *, field: str, on: date | None = None, already: Collection[str | None] = ()
) -> Organisation:
    """Return a registered organisation that exists on a day. An EPCI, EPT or commune is registered on first use.

    A duplicate is refused, unless the object names it `already`.
    """
    organisation = await _find_or_register(session, siren)
    if organisation is None:
        raise not_registered({f"/{field}": siren})
    if siren not in already:
        require_original(organisation, field=field)
    if on is not None:
        require_open(organisation, on, field=field)
    return organisation


async def known_organisations(
    session: WriteSession, sirens: Sequence[str], *, field: str, already: Collection[str] = ()
) -> dict[str, Organisation]:
    """Return registered organisations by their SIREN. The refusal names each one that is not registered."""
    found = {siren: await _find_or_register(session, siren) for siren in sirens}
    if unknown := {f"/{field}/{index}": siren for index, siren in enumerate(sirens) if found[siren] is None}:
        raise not_registered(unknown)
    for index, (siren, organisation) in enumerate(found.items()):
        if organisation and siren not in already:
            require_original(organisation, field=f"{field}/{index}")
    return {siren: organisation for siren, organisation in found.items() if organisation}


def not_registered(places: Mapping[str, str]) -> OrganisationNotRegistered:
    """Return the refusal of SIRENs, given by the place of each in the body."""
    return OrganisationNotRegistered(
        f"No organisation is registered under {', '.join(dict.fromkeys(places.values()))}: ask the délégation to "
        "register it, POST /v1/organisations.",
        errors=[FieldError(pointer=place, detail=f"{siren} is not registered") for place, siren in places.items()],
    )


async def _find_or_register(session: WriteSession, siren: str) -> Organisation | None:
    """Return an organisation; None if neither the register nor the official geography knows it.

    Many commands may name it at once, but none while another one ends it or changes its kind.
    """
    organisation = await session.get(Organisation, siren, with_for_update={"read": True})
    if organisation is None and (organisation := await queries.official(session, siren)):
        add_consequence(session, organisation)
        await _register(session, organisation)
    return organisation


async def changed_organisation(session: WriteSession, siren: str) -> Organisation:
    """Return an organisation that will be changed, locked. An EPCI, EPT or commune is registered first."""
    organisation = await queries.get_organisation(session, siren, lock=True)
    # No consequence: the claims of the token are asked of what is changed.
    return organisation if queries.is_registered(organisation) else await _register(session, organisation)


async def _register(session: WriteSession, organisation: Organisation) -> Organisation:
    refusal = OrganisationAlreadyRegistered(
        f"{organisation.siren} is already registered: GET /v1/organisations/{organisation.siren} shows it."
    )
    if await session.get(Organisation, organisation.siren) is not None:
        raise refusal
    session.add(organisation)
    try:
        await session.flush()
    except IntegrityError:
        # Another transaction registered it between the read and the flush.
        raise refusal from None
    outbox.add(session, registered(organisation))
    return organisation
