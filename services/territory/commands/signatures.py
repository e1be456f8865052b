"""Commands after the signature of a contract."""

from services.territory import queries
from services.territory.models import FirstSignature
from services.territory.rules import committees
from shared.events.contract import ContractSigned
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
