"""Commands of seals: sealed documents are stored, failed tries recorded, and published events kept for dossiers."""

import json
from io import BytesIO
from uuid import UUID

from services.contract import queries
from services.contract.commands import documents
from services.contract.models import DocumentSeal, PublishedEvent
from services.contract.rules import seals as rules
from services.contract.rules.seals import SealedDocument
from shared.bus import Message
from shared.clock import now
from shared.storage import outbox
from shared.storage.unit_of_work import WriteSession


async def keep_sealed(
    session: WriteSession, contract_id: UUID, made: SealedDocument, *, since: str | None, is_stampable: bool = False
) -> DocumentSeal:
    """Store a document that was just sealed. `since` is the hash of the sealed file that it was made from, if any.

    If another process has stored one meanwhile, that one stays.
    """
    contract = await queries.lock_contract(session, contract_id)
    seal = await queries.get_seal(session, contract_id)
    if seal.sealed_sha256 != since:
        return seal
    session.add(rules.keep(seal, contract, made, at=now(), is_stampable=is_stampable))
    await documents.store(session, made.sha256, len(made.body), BytesIO(made.body))
    if made.printed and seal.printed_sha256:
        await documents.store(session, seal.printed_sha256, len(made.printed), BytesIO(made.printed))
    outbox.add(session, rules.sealed(contract, seal))
    return seal


async def postpone_seal(session: WriteSession, contract_id: UUID, reason: str) -> None:
    """Record that a document could not be sealed now, and plan the next try."""
    rules.postpone(await queries.get_seal(session, contract_id, lock=True), reason, at=now())


async def keep_event(session: WriteSession, message: Message) -> None:
    """Keep an event of a contract as it was published."""
    envelope = json.loads(message.body)
    session.add(
        PublishedEvent(
            event_id=message.event_id,
            contract_id=UUID(envelope["data"]["contract_id"]),
            sequence=int(envelope["sequence"]),
            body=message.body,
        )
    )
