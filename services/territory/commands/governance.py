"""Commands of committees and decisions."""

from collections.abc import Sequence
from datetime import date
from typing import NotRequired, TypedDict, Unpack
from uuid import UUID

from services.territory import queries
from services.territory.commands.organisations import known_organisation
from services.territory.models import Committee, Decision, Region
from services.territory.rules import committees, decisions
from services.territory.rules.days import require_plausible
from shared.clock import today
from shared.ids import uuid7
from shared.security.access import Caller, require_owner
from shared.storage import outbox
from shared.storage.unit_of_work import WriteSession


class DecisionContent(TypedDict):
    """Content of a decision."""

    kind: str
    outcome: str
    title: str
    reference: str
    decided_on: date
    decides: NotRequired[str | None]


async def establish_committee(
    session: WriteSession,
    *,
    level: str,
    name: str,
    chair: str,
    established_on: date,
    region: str | None = None,
    territory: str | None = None,
    by: Caller,
) -> Committee:
    """Establish a committee."""
    committees.require_manager(by, level)
    committees.require_place(level, region=region, territory=territory)
    require_plausible(established_on, field="established_on", today=today())
    if region:
        await queries.require_known(session, Region, region, pointer="/region")
    own_territory = await queries.get_territory(session, territory) if territory else None
    committee = Committee(
        id=uuid7(),
        level=level,
        name=name,
        region_code=region,
        territory_key=own_territory.key if own_territory else None,
        territory=own_territory,
        chair_siren=chair,
        established_on=established_on,
    )
    require_owner(by, await queries.access_scope_of(session, by), committee.stakeholders, "committee")
    committees.require_chair(committee, await known_organisation(session, chair, field="chair", on=established_on))
    session.add(committee)
    outbox.add(session, committees.established(committee))
    return committee


async def record_decision(
    session: WriteSession,
    *,
    committee_id: UUID,
    territories: Sequence[str] = (),
    by: Caller,
    **content: Unpack[DecisionContent],
) -> Decision:
    """Record a decision of a committee. It changes nothing else."""
    committee = await queries.get_committee(session, committee_id, lock=True)
    committees.require_manager(by, committee.level)
    require_owner(by, await queries.access_scope_of(session, by), committee.stakeholders, "committee")
    decision = Decision(
        id=uuid7(),
        committee=committee,
        territories=[await queries.get_territory(session, key) for key in sorted(set(territories))],
        **content,
    )
    decisions.decide(decision, today=today())
    session.add(decision)
    outbox.add(session, decisions.decided(decision))
    return decision
