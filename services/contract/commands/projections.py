"""Update the projections of events from the territory and catalog services."""

from sqlalchemy import select

from services.contract.commands.plans import tag
from services.contract.models import (
    Action,
    ActionTag,
    Contract,
    DeclaredFigure,
    KnownCommittee,
    KnownDecision,
    KnownRequest,
    KnownTerritory,
    TagKind,
)
from shared.events.catalog import ServiceRequestAnswered, ServiceRequested
from shared.events.territory import (
    CommitteeDecided,
    CommitteeEstablished,
    FigureDeclared,
    PerimeterChanged,
)
from shared.storage.history import set_reason
from shared.storage.unit_of_work import WriteSession
from shared.storage.upserts import put


async def follow_perimeter(session: WriteSession, event: PerimeterChanged) -> None:
    """Give the Regions of a changed territory to its sheets and unsigned contracts."""
    reason = f"the perimeter of {event.territory} has changed"
    await _update_sheets(session, event, reason)
    contracts = await session.scalars(
        select(Contract)
        .where(Contract.territory == event.territory, Contract.status.in_(["draft", "under_review"]))
        .with_for_update()
    )
    for contract in contracts.all():
        contract.regions = event.regions
        set_reason(session, contract, reason)
        await tag(session, contract)


async def _update_sheets(session: WriteSession, event: PerimeterChanged, reason: str) -> None:
    tagged = select(ActionTag.object_id).where(ActionTag.kind == TagKind.TERRITORY, ActionTag.code == event.territory)
    sheets = await session.scalars(select(Action).where(Action.id.in_(tagged)).with_for_update())
    for sheet in sheets.all():
        territories = await session.scalars(select(KnownTerritory).where(KnownTerritory.key.in_(sheet.territories)))
        regions = {territory.key: territory.regions for territory in territories} | {event.territory: event.regions}
        sheet.regions = list(dict.fromkeys(code for key in sheet.territories for code in regions[key]))
        if sheet.lead_territory == event.territory:
            sheet.lead_regions = event.regions
        set_reason(session, sheet, reason)
        await tag(session, sheet)


async def know_committee(session: WriteSession, event: CommitteeEstablished) -> None:
    """Store the projection of a committee."""
    await put(
        session,
        KnownCommittee,
        committee_id=event.committee_id,
        level=event.level,
        name=event.name,
        region=event.region,
        territory=event.territory,
    )


async def know_decision(session: WriteSession, event: CommitteeDecided) -> None:
    """Store the projection of a decision."""
    await put(
        session,
        KnownDecision,
        decision_id=event.decision_id,
        committee_id=event.committee_id,
        level=event.level,
        kind=event.kind,
        outcome=event.outcome,
        reference=event.reference,
        decided_on=event.decided_on,
        region=event.region,
        territories=event.territories,
    )


async def know_figure(session: WriteSession, event: FigureDeclared) -> None:
    """Store the projection of a declared figure."""
    await put(
        session,
        DeclaredFigure,
        figure_id=event.figure_id,
        metric=event.metric,
        value=event.value,
        day=event.day,
        source=event.source,
    )


async def know_request(session: WriteSession, event: ServiceRequested | ServiceRequestAnswered) -> None:
    """Store the projection of a service request. An answer replaces the one before, with its amount."""
    answer = event if isinstance(event, ServiceRequestAnswered) else None
    await put(
        session,
        KnownRequest,
        request_id=event.request_id,
        action_id=event.action_id,
        reference=event.reference,
        service=event.service,
        operator=event.operator,
        status=event.status,
        amount_cents=answer.amount_cents if answer else None,
        sent_at=event.sent_at,
        answered_at=answer.answered_at if answer else None,
    )
