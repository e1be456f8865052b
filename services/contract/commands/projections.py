"""Update the projections of events from the territory and catalog services."""

from collections.abc import Collection, Sequence
from typing import Any

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
    KnownSource,
    KnownTerritory,
    TagKind,
)
from services.contract.rules import actions as action_rules
from services.contract.rules import review
from shared.clock import now
from shared.events import Event
from shared.events.catalog import ServiceRequestAnswered, ServiceRequested
from shared.events.sources import SourceRegistered
from shared.events.territory import (
    CommitteeDecided,
    CommitteeEstablished,
    FigureDeclared,
    PerimeterChanged,
)
from shared.storage import outbox
from shared.storage.history import set_reason
from shared.storage.unit_of_work import WriteSession
from shared.storage.upserts import put_all


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
        # The Region that was awaited may be the one that left.
        if approved := review.approve_if_decided(contract, at=now()):
            outbox.add(session, approved)
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
            # The Region that was awaited may be the one that left.
            if validated := action_rules.validate_if_decided(sheet, at=now()):
                outbox.add(session, validated)
        set_reason(session, sheet, reason)
        await tag(session, sheet)


async def know_committees(session: WriteSession, committees: Sequence[CommitteeEstablished]) -> None:
    """Store the projections of committees."""
    names = {"committee_id", "level", "name", "region", "territory"}
    await put_all(session, KnownCommittee, [_values(event, names) for event in committees])


async def know_decisions(session: WriteSession, decisions: Sequence[CommitteeDecided]) -> None:
    """Store the projections of decisions."""
    names = {
        "decision_id", "committee_id", "level", "kind", "outcome", "reference", "decided_on", "region", "territories",
        "decides",
    }  # fmt: skip
    await put_all(session, KnownDecision, [_values(event, names) for event in decisions])


async def know_figures(session: WriteSession, figures: Sequence[FigureDeclared]) -> None:
    """Store the projections of declared figures."""
    names = {
        "figure_id", "metric", "value", "unit", "phase", "day", "day_precision", "ends_on", "qualifier", "source",
        "source_id", "corrects", "declared_at",
    }  # fmt: skip
    rows = [{**_values(event, names), "value_decimal": event.value_decimal or str(event.value)} for event in figures]
    await put_all(session, DeclaredFigure, rows)


async def know_sources(session: WriteSession, sources: Sequence[SourceRegistered]) -> None:
    """Store the projections of sources."""
    await put_all(session, KnownSource, [_values(event, {"source_id", "title"}) for event in sources])


async def know_requests(session: WriteSession, requests: Sequence[ServiceRequested | ServiceRequestAnswered]) -> None:
    """Store the projections of service requests. An answer replaces the one before, with its amount."""
    names = {
        "request_id", "action_id", "reference", "service", "operator", "territory", "requester", "status", "sent_at",
    }  # fmt: skip
    unanswered = {"amount_cents": None, "answered_at": None}
    answer = names | unanswered.keys()
    await put_all(
        session,
        KnownRequest,
        [
            _values(event, answer) if isinstance(event, ServiceRequestAnswered) else _values(event, names) | unanswered
            for event in requests
        ],
    )


def _values(event: Event, names: Collection[str]) -> dict[str, Any]:
    return {name: getattr(event, name) for name in names}
