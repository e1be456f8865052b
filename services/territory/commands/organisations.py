"""Commands of organisations."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy.exc import IntegrityError

from services.territory import queries
from services.territory.errors import (
    OrganisationAlreadyRegistered,
    OrganisationNotRegistered,
)
from services.territory.models import Alias, Organisation, Region
from services.territory.rules.organisations import (
    close,
    registered,
    rename,
    require_member_name,
    require_official_kind,
    require_open,
    require_region,
    require_synthetic_mark,
)
from shared.clock import today
from shared.problem import FieldError
from shared.storage import outbox
from shared.storage.history import add_consequence, require_version, set_reason
from shared.storage.search import searchable
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
        search=searchable(name, *(aliases or [])),
    )
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
    organisation = await queries.get_organisation(session, siren, lock=True)
    require_version(organisation, expected)
    listed = await queries.official(session, siren)
    name, kind = changes.get("name", organisation.name), changes.get("kind", organisation.kind)
    region = changes.get("region", organisation.region_code)
    require_synthetic_mark(siren, name, synthetic=organisation.synthetic)
    require_official_kind(siren, kind, listed)
    require_member_name(kind, name)
    require_region(kind, region)
    if region:
        await queries.require_known(session, Region, region, pointer="/region")
    rename(organisation, name, on=renamed_on, today=today())
    organisation.kind = kind
    organisation.region_code = listed.region_code if listed else region
    if "aliases" in changes:
        notes = {alias["name"]: alias["note"] for alias in organisation.aliases}
        organisation.aliases = [Alias(name=alias, note=notes.get(alias)) for alias in changes["aliases"]]
    others = [*(alias["name"] for alias in organisation.aliases), *(former["name"] for former in organisation.names)]
    organisation.search = searchable(name, *others)
    set_reason(session, organisation, reason)
    outbox.add(session, registered(organisation))
    return organisation


async def close_organisation(
    session: WriteSession, siren: str, *, valid_to: date, reason: str, successor: str | None = None
) -> Organisation:
    """Record the end of an organisation, and its successor."""
    organisation = await queries.get_organisation(session, siren, lock=True)
    heir = await known_organisation(session, successor, field="successor") if successor else None
    close(organisation, on=valid_to, successor=heir, today=today())
    set_reason(session, organisation, reason)
    outbox.add(session, registered(organisation))
    return organisation


async def known_organisation(session: WriteSession, siren: str, *, field: str, on: date | None = None) -> Organisation:
    """Return a registered organisation, not ended on a day. An EPCI, EPT or commune is registered on first use."""
    organisation = await _find_or_register(session, siren)
    if organisation is None:
        raise _not_registered({f"/{field}": siren})
    if on is not None:
        require_open(organisation, on, field=field)
    return organisation


async def known_organisations(session: WriteSession, sirens: Sequence[str], *, field: str) -> dict[str, Organisation]:
    """Return registered organisations by their SIREN. The refusal names each one that is not registered."""
    found = {siren: await _find_or_register(session, siren) for siren in sirens}
    if unknown := {f"/{field}/{index}": siren for index, siren in enumerate(sirens) if found[siren] is None}:
        raise _not_registered(unknown)
    return {siren: organisation for siren, organisation in found.items() if organisation}


def _not_registered(places: Mapping[str, str]) -> OrganisationNotRegistered:
    """Return the refusal of SIRENs, given by the place of each in the body."""
    return OrganisationNotRegistered(
        f"No organisation is registered under {', '.join(dict.fromkeys(places.values()))}: ask the délégation to "
        "register it, POST /v1/organisations.",
        errors=[FieldError(pointer=place, detail=f"{siren} is not registered") for place, siren in places.items()],
    )


async def _find_or_register(session: WriteSession, siren: str) -> Organisation | None:
    """Return an organisation; None if neither the register nor the official geography knows it."""
    organisation = await session.get(Organisation, siren)
    if organisation is None and (organisation := await queries.official(session, siren)):
        add_consequence(session, organisation)
        await _register(session, organisation)
    return organisation


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
