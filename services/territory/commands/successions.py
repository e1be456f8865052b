"""Commands that follow a takeover: the communes of the former body count under its successor."""

from collections.abc import Collection, Sequence

from services.territory import queries
from services.territory.commands.mandates import require_local_mandates
from services.territory.models import Territory
from services.territory.rules import perimeters, territories
from services.territory.rules.places import describe, settle
from services.territory.rules.successions import heirs_of
from shared.clock import today
from shared.storage import outbox
from shared.storage.history import add_consequence, set_reason
from shared.storage.unit_of_work import WriteSession


async def lock_territories_of_heirs(session: WriteSession, successors: Collection[str]) -> list[str]:
    """Lock the territories in which successors of a body are members, and their phases. Return their keys.

    The caller locks the body after them, as other commands do.
    """
    bodies = {*successors, *heirs_of(successors, await queries.takeovers(session))}
    keys = list(await queries.territories_with_members(session, bodies))
    for phase in sorted({await queries.phase_of(session, key) for key in keys}):
        await queries.lock_phase(session, phase)
    for key in keys:
        await queries.get_territory(session, key, lock=True)
    return keys


async def count_communes_anew(session: WriteSession, keys: Sequence[str], *, reason: str) -> None:
    """Renew what the members of territories have taken over. Refuse that a commune counts in two territories."""
    await session.flush()
    for key in keys:
        territory = await queries.get_territory(session, key)
        former = territories.designated(territory)
        if await renew_geography(session, territory):
            perimeters.require_sound(territory, await queries.holdings_elsewhere(session, territory))
            await require_local_mandates(session, territory)
            settle(territory, lead=territory.regions[0], today=today())
            add_consequence(session, territory)
            set_reason(session, territory, reason)
            if territories.designated(territory) != former:
                outbox.add(session, territories.perimeter_changed(territory))


async def renew_geography(session: WriteSession, territory: Territory) -> bool:
    """Renew what the memberships of a territory keep of the official geography. Return True if it has changed."""
    sirens = {member.siren for member in territory.memberships}
    return describe(territory, await queries.member_geography(session, sirens))
