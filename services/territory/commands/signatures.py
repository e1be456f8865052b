"""Commands after what happened to a contract."""

from datetime import date

from services.territory import queries
from services.territory.models import ContractState, FirstSignature
from services.territory.rules import committees
from shared.events.contract import ContractEvent, ContractSigned
from shared.storage import outbox
from shared.storage.history import set_reason
from shared.storage.unit_of_work import WriteSession


async def follow_signature(session: WriteSession, event: ContractSigned) -> None:
    """Record the first signature of a territory; its project committees follow up contracts from then on."""
    known = await queries.project_committees_of(session, event.territory)
    first = await session.get(FirstSignature, event.territory)
    if first is None:
        first = FirstSignature(territory_key=event.territory, signed_on=event.signed_on)
        session.add(first)
    first.signed_on = min(first.signed_on, event.signed_on)
    for committee in known:
        if committees.follow_up(committee, first.signed_on):
            set_reason(session, committee, f"contract {event.number} was signed")
            outbox.add(session, committees.changed(committee))


async def know_contract_state(session: WriteSession, event: ContractEvent, *, day: date) -> None:
    """Record the state that a contract has from a day on."""
    session.add(
        ContractState(
            contract_id=event.contract_id,
            sequence=await queries.last_sequence(session, event.contract_id) + 1,
            territory_key=event.territory,
            day=day,
            status=event.status,
        )
    )
