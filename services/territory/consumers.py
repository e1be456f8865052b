"""The event door: the states of contracts, and the first signature of a territory."""

from datetime import date, datetime
from typing import Final

from services.territory import commands
from services.territory.models import ContractState
from shared.clock import day_of
from shared.events.contract import (
    ContractApproved,
    ContractCancelled,
    ContractEnded,
    ContractEvent,
    ContractOpened,
    ContractReturned,
    ContractSigned,
    ContractSubmitted,
    SignatureRequested,
)
from shared.events.signatures import SignatureExpired
from shared.messaging.consumer import Consumer
from shared.storage.unit_of_work import WriteSession

consumer = Consumer("territory")


@consumer.on(ContractSigned)
async def follow_signature(session: WriteSession, event: ContractSigned) -> None:
    """Make the project committee of the territory the follow-up committee."""
    await commands.follow_signature(session, event)


@consumer.on(ContractSigned)
async def freeze_baseline(session: WriteSession, event: ContractSigned) -> None:
    """Freeze the indicators of the territory."""
    await commands.freeze_baseline(session, event)


WHEN: Final[dict[type[ContractEvent], str]] = {
    ContractOpened: "opened_at",
    ContractSubmitted: "submitted_at",
    ContractReturned: "returned_at",
    ContractApproved: "approved_at",
    SignatureRequested: "requested_at",
    SignatureExpired: "expired_on",
    ContractSigned: "signed_on",
    ContractCancelled: "cancelled_on",
    ContractEnded: "ended_on",
}
"""The field that says when a fact happened."""


@consumer.counter(*WHEN, into=[ContractState])
async def know_contract_state(session: WriteSession, event: ContractEvent) -> None:
    """Keep the states of a contract by day: the map shows the stage of its territory."""
    if event.kind != "contract" or (isinstance(event, SignatureRequested) and not event.is_first):
        return
    when: date | datetime = getattr(event, WHEN[type(event)])
    day = day_of(when) if isinstance(when, datetime) else when
    await commands.know_contract_state(session, event, day=day)
