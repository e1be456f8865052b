"""Loading of organisations that a request names. EPCIs, EPTs and communes are registered on first use."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date

from sqlalchemy.exc import IntegrityError

from services.territory import queries
from services.territory.errors import OrganisationAlreadyRegistered, OrganisationNotRegistered
from services.territory.models import Organisation
from services.territory.rules.duplicates import require_original
from services.territory.rules.organisations import registered, require_open
from shared.problem import FieldError
from shared.storage import outbox
from shared.storage.history import add_consequence
from shared.storage.unit_of_work import WriteSession


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
        await register(session, organisation)
    return organisation


async def changed_organisation(session: WriteSession, siren: str) -> Organisation:
    """Return an organisation that will be changed, locked. An EPCI, EPT or commune is registered first."""
    organisation = await queries.get_organisation(session, siren, lock=True)
    # No consequence: the claims of the token are asked of what is changed.
    return organisation if queries.is_registered(organisation) else await register(session, organisation)


async def register(session: WriteSession, organisation: Organisation) -> Organisation:
    """Add an organisation to the register; refuse one that is registered already."""
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
