"""Facts of the governance of a territory, each with its day: the life of the territory covers them."""

from datetime import date

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from services.territory.models import Committee, Decision, Territory
from services.territory.queries.meetings import meetings_from
from services.territory.rules.committees import facts_of


async def governance_facts(session: AsyncSession, territory: Territory) -> list[tuple[str, date]]:
    """Return its committees, their seats, held meetings and decisions, and the decisions on it, with their days."""
    facts: list[tuple[str, date]] = []
    own = select(Committee).where(Committee.territory_key == territory.key)
    for committee in (await session.scalars(own.order_by(Committee.established_on))).all():
        facts.append((f"the establishment of {committee.name}, {committee.id},", committee.established_on))
        facts += facts_of(committee, await meetings_from(session, committee, date.min))
    decisions = select(Decision).where(
        or_(
            Decision.territories.any(Territory.key == territory.key),
            Decision.committee.has(Committee.territory_key == territory.key),
        )
    )
    for decision in (await session.scalars(decisions.order_by(Decision.decided_on))).all():
        facts.append((f"the decision {decision.id} of {decision.committee.name}", decision.decided_on))
    return facts
