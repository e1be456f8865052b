"""Commands of organisations."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import select

from services.territory import queries
from services.territory.commands.known_organisations import changed_organisation, known_organisation, register
from services.territory.commands.successions import count_communes_anew, lock_territories_of_heirs
from services.territory.errors import NothingChanges
from services.territory.models import Alias, Organisation, Region
from services.territory.rules.misfits import misfits_in
from services.territory.rules.organisations import (
    Succession,
    close,
    correct_end,
    correct_names,
    correct_successor,
    first_day_of,
    registered,
    rename,
    require_creation,
    require_member_name,
    require_no_misfit,
    require_official_kind,
    require_region,
    require_synthetic_mark,
)
from services.territory.rules.search import organisation_text
from services.territory.rules.tenures import Tenure
from shared.clock import today
from shared.storage import outbox
from shared.storage.history import require_version, set_reason
from shared.storage.unit_of_work import WriteSession


async def register_organisation(
    session: WriteSession,
    *,
    siren: str,
    name: str,
    kind: str,
    aliases: list[str] | None = None,
    region: str | None = None,
    created_on: date | None = None,
    synthetic: bool = False,
) -> Organisation:
    """Register an organisation."""
    require_synthetic_mark(siren, name, synthetic=synthetic)
    require_region(kind, region)
    require_member_name(kind, name)
    if created_on:
        require_creation(created_on, today=today())
    listed = await queries.official(session, siren)
    require_official_kind(siren, kind, listed, created_on=created_on)
    if region:
        await queries.require_known(session, Region, region, pointer="/region")
    organisation = Organisation(
        siren=siren,
        name=name,
        kind=kind,
        aliases=[Alias(name=alias, note=None) for alias in aliases or []],
        region_code=listed.region_code if listed else region,
        valid_from=created_on.isoformat() if created_on else None,
        synthetic=synthetic,
        names=[],
    )
    organisation.search = organisation_text(organisation)
    return await register(session, organisation)


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
    territories = await _territories_of_successors(session, siren, changes)
    organisation = await changed_organisation(session, siren)
    require_version(organisation, expected)
    listed = await queries.official(session, siren)
    name, kind = changes.get("name", organisation.name), changes.get("kind", organisation.kind)
    region = changes.get("region", organisation.region_code)
    names: Sequence[tuple[str, date]] = changes.get("names", ())
    for each in (name, *(former for former, _ in names)):
        require_synthetic_mark(siren, each, synthetic=organisation.synthetic)
        require_member_name(kind, each)
    created_on = first_day_of(organisation.valid_from) if organisation.valid_from else None
    require_official_kind(siren, kind, listed, created_on=created_on)
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
    await count_communes_anew(session, territories, reason=reason)
    return organisation


async def close_organisation(
    session: WriteSession, siren: str, *, valid_to: date, reason: str, successor: str | None = None
) -> Organisation:
    """Record the end of an organisation, and its successor, which counts its communes from then on."""
    territories = await lock_territories_of_heirs(session, {successor}) if successor else []
    organisation = await changed_organisation(session, siren)
    heir = await known_organisation(session, successor, field="successor") if successor else None
    around = await _succession(session, siren)
    close(organisation, on=valid_to, successor=heir, around=around, today=today())
    set_reason(session, organisation, reason)
    outbox.add(session, registered(organisation))
    await count_communes_anew(session, territories, reason=reason)
    return organisation


async def _territories_of_successors(session: WriteSession, siren: str, changes: Mapping[str, Any]) -> list[str]:
    """Lock the territories that a correction of an end concerns: those of the former successor, and of the new one."""
    if not changes.keys() & {"valid_to", "successor"}:
        return []
    former = await session.scalar(select(Organisation.successor_siren).where(Organisation.siren == siren))
    return await lock_territories_of_heirs(session, {each for each in (former, changes.get("successor")) if each})


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
