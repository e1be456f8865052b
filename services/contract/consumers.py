"""The event door: our copies of what territory and catalog tell, and the counts behind progress."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Final
from uuid import UUID

from services.contract import commands
from services.contract.models import (
    DeclaredFigure,
    KnownCommittee,
    KnownDecision,
    KnownRequest,
    KnownSource,
    ProgressCounter,
    TimelineEntry,
    projections,
)
from services.contract.rules import reports
from services.contract.rules.timelines import governance
from shared.bus import Message
from shared.clock import day_of
from shared.events import contract as events
from shared.events.catalog import ServiceRequestAnswered, ServiceRequested
from shared.events.reports import (
    ReportChecked,
    ReportDue,
    ReportEvent,
    ReportOpened,
    ReportOverdue,
    ReportReopened,
    ReportSubmitted,
)
from shared.events.signatures import PartyReplaced, PartyTakenOut, SignatureExpired, SignatureWithdrawn
from shared.events.sources import SourceRegistered
from shared.events.territory import (
    CommitteeDecided,
    CommitteeEstablished,
    FigureDeclared,
    MandateCorrected,
    OrganisationRegistered,
    PerimeterChanged,
    PilotAppointed,
    PilotReplaced,
    TerritoryDesignated,
)
from shared.messaging.consumer import Consumer
from shared.storage.unit_of_work import WriteSession

consumer = Consumer("contract")
projections.listen(consumer)

ANSWERS: Final[dict[type[events.ContractEvent], str]] = {
    events.SignatureRequested: "asked",
    events.PartySigned: "given",
    events.PartyDeclined: "declined",
    SignatureWithdrawn: "asked",
    PartyReplaced: "left",
    PartyTakenOut: "left",
}
"""Answer of a party after each of its events."""
COUNTS: Final = (TimelineEntry, ProgressCounter)
"""Models that every counter writes."""


@consumer.projection(CommitteeEstablished, into=[KnownCommittee], together=True)
async def know_committee(session: WriteSession, committees: Sequence[CommitteeEstablished]) -> None:
    """Keep our copy of a committee."""
    await commands.know_committees(session, committees)


@consumer.projection(CommitteeDecided, into=[KnownDecision], together=True)
async def know_decision(session: WriteSession, decisions: Sequence[CommitteeDecided]) -> None:
    """Keep our copy of a decision: an approval will name it."""
    await commands.know_decisions(session, decisions)


@consumer.projection(FigureDeclared, into=[DeclaredFigure], together=True)
async def know_figure(session: WriteSession, figures: Sequence[FigureDeclared]) -> None:
    """Keep our copy of a declared figure."""
    await commands.know_figures(session, figures)


@consumer.projection(SourceRegistered, into=[KnownSource], together=True)
async def know_source(session: WriteSession, sources: Sequence[SourceRegistered]) -> None:
    """Keep our copy of a source: a target may cite it."""
    await commands.know_sources(session, sources)


@consumer.projection(ServiceRequested, ServiceRequestAnswered, into=[KnownRequest], together=True)
async def know_request(session: WriteSession, requests: Sequence[ServiceRequested | ServiceRequestAnswered]) -> None:
    """Keep what was asked of an operator, and its last answer, to show it with its action."""
    await commands.know_requests(session, requests)


@consumer.on(ServiceRequested)
async def name_asked_operator(session: WriteSession, event: ServiceRequested) -> None:
    """Give a sheet to the operator that was asked for help with it."""
    if event.action_id is not None:
        await commands.name_asked_operator(session, event.action_id, event.operator)


@consumer.on(OrganisationRegistered, together=True)
async def follow_organisations(session: WriteSession, registered: Sequence[OrganisationRegistered]) -> None:
    """Name the present organisations in the drafts that name renamed or former ones."""
    await commands.follow_organisations(session, registered)


@consumer.on(PerimeterChanged)
async def follow_perimeter(session: WriteSession, event: PerimeterChanged) -> None:
    """Tell a territory's documents in the making which Regions it now has."""
    await commands.follow_perimeter(session, event)


@consumer.counter(TerritoryDesignated, PerimeterChanged, into=COUNTS, together=True)
async def count_territory(
    session: WriteSession, designations: Sequence[TerritoryDesignated | PerimeterChanged]
) -> None:
    """Count territories from their designation until they are closed, in the Regions of each day."""
    await commands.count_designations(session, designations)


# Each event carries all mandates: an older one that arrives late must not take the place of a newer one.
@consumer.projection(PilotAppointed, PilotReplaced, MandateCorrected, into=COUNTS)
async def count_governance(session: WriteSession, event: PilotAppointed | PilotReplaced | MandateCorrected) -> None:
    """Count a territory's governance as installed on each day on which an élu and an industriel are in office."""
    if event.mandates is not None or isinstance(event, MandateCorrected):
        await commands.count_mandates(session, event.territory, event.mandates or ())
        return
    changed_on = event.appointed_on if isinstance(event, PilotAppointed) else event.replaced_on
    state, day = governance(event.in_office, changed_on=changed_on)
    await commands.count(
        session,
        subject=f"governance/{event.territory}",
        kind="governance",
        day=day,
        state=state,
        territory=event.territory,
        phase=event.territory.partition("-")[0],
    )


@consumer.counter(
    events.ActionSubmitted,
    events.ActionReturned,
    events.ActionValidated,
    events.ActionRejected,
    events.ActionAbandoned,
    into=COUNTS,
)
async def count_action(session: WriteSession, event: events.CompleteActionEvent) -> None:
    """Count a sheet under its state and main axis."""
    await commands.count(
        session,
        subject=event.subject,
        kind="action",
        day=_day(event),
        state=event.status,
        territory=event.territories[0],
        phase=event.phase,
        regions=tuple(event.regions),
        axis=event.main_axis,
    )


@consumer.counter(
    events.ContractOpened,
    events.ContractSubmitted,
    events.ContractReturned,
    events.ContractApproved,
    events.SignatureRequested,
    SignatureExpired,
    events.ContractSigned,
    events.ProtocolSigned,
    events.ContractAmended,
    events.ContractCancelled,
    events.ContractEnded,
    into=COUNTS,
)
async def count_contract(session: WriteSession, event: events.ContractEvent) -> None:
    """Count a contract under its state and kind. A contract gives its territory its stage; a protocol does not."""
    if isinstance(event, events.SignatureRequested) and not event.is_first:
        return
    await commands.count(
        session,
        subject=event.subject,
        kind=event.kind,
        day=_day(event),
        state=event.status,
        territory=event.territory,
        phase=event.phase,
        regions=tuple(event.regions),
    )


@consumer.counter(*ANSWERS, into=COUNTS)
async def count_party(session: WriteSession, event: events.ContractEvent) -> None:
    """Count a party's answer in the signing circuit. One that withdraws, is asked again or leaves has given none."""
    party_id: UUID = getattr(event, "party_id")  # noqa: B009 - each of these events has it
    await commands.count(
        session,
        subject=f"party/{party_id}",
        kind="party",
        day=_day(event),
        state=ANSWERS[type(event)],
        territory=event.territory,
        phase=event.phase,
        regions=tuple(event.regions),
    )


@consumer.counter(ReportOpened, ReportDue, ReportOverdue, ReportSubmitted, ReportReopened, ReportChecked, into=COUNTS)
async def count_report(session: WriteSession, event: ReportEvent) -> None:
    """Count a yearly report under its state."""
    day = reports.reminder_day(event) or _day(event)
    await commands.count(
        session,
        subject=event.subject,
        kind="report",
        day=day,
        state=reports.counted_state(event, on=day),
        territory=event.territory,
        phase=event.phase,
        regions=tuple(event.regions),
    )


@consumer.counter(ServiceRequestAnswered, into=COUNTS)
async def count_answer(session: WriteSession, event: ServiceRequestAnswered) -> None:
    """Count what an operator brings, from the day of its answer on, under the main axis of the action it is for."""
    await commands.count(
        session,
        subject=event.subject,
        kind="request",
        day=day_of(event.answered_at),
        state=event.status,
        territory=event.territory,
        phase=event.territory.partition("-")[0],
        regions=tuple(event.regions),
        operator=event.operator,
        about=f"action/{event.action_id}" if event.action_id else None,
        amount_cents=event.amount_cents,
    )


@consumer.raw(*events.ContractEvent.__subclasses__())
async def keep_contract_event(session: WriteSession, message: Message) -> None:
    """Keep each event of a contract byte for byte, for its dossier."""
    await commands.keep_event(session, message)


WHEN: Final = {
    events.ActionSubmitted: "submitted_at",
    events.ActionReturned: "returned_at",
    events.ActionValidated: "validated_at",
    events.ActionRejected: "rejected_at",
    events.ActionAbandoned: "abandoned_on",
    events.ContractOpened: "opened_at",
    events.ContractSubmitted: "submitted_at",
    events.ContractReturned: "returned_at",
    events.ContractApproved: "approved_at",
    events.SignatureRequested: "requested_at",
    SignatureExpired: "expired_on",
    SignatureWithdrawn: "signed_on",
    PartyReplaced: "replaced_at",
    PartyTakenOut: "taken_out_at",
    events.PartySigned: "signed_on",
    events.PartyDeclined: "declined_at",
    events.ContractSigned: "signed_on",
    events.ProtocolSigned: "signed_on",
    events.ContractAmended: "signed_on",
    events.ContractCancelled: "cancelled_on",
    events.ContractEnded: "ended_on",
    ReportOpened: "opened_at",
    ReportSubmitted: "submitted_at",
    ReportReopened: "reopened_at",
    ReportChecked: "checked_at",
}
"""The field that says when a fact happened."""


def _day(event: events.ActionEvent | events.ContractEvent | ReportEvent) -> date:
    """The Paris day on which it happened."""
    when: date | datetime = getattr(event, WHEN[type(event)])
    return day_of(when) if isinstance(when, datetime) else when
