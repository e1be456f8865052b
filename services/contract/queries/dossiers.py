"""Files of the dossier of a signed contract, one after the other."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from services.contract import reference
from services.contract.models import Contract, ContractText, DocumentSeal, FrozenContent, PaperCopy, PublishedEvent
from services.contract.queries.amendments import consolidated_text
from services.contract.queries.contract_texts import last_text
from services.contract.queries.contracts import get_contract
from services.contract.queries.documents import document_of
from services.contract.queries.papers import paper_copies_of
from services.contract.queries.projections import named_scope_of
from services.contract.rules import dossiers as rules
from services.contract.rules.dossiers import DossierFile
from services.contract.rules.seals import SealKey, require_sealed
from shared.security.access import Caller
from shared.storage.database import Database
from shared.storage.tables import history

VERIFIER: Final = Path(reference.__file__).with_name("verifier.py")
MOST_PAPER: Final = 64 * 2**20
"""Maximum bytes of the paper copies in a dossier. The others are named with their hashes."""


@dataclass(frozen=True)
class Dossier:
    """A contract whose dossier the caller may have: all of it, or the public files."""

    contract: Contract
    seal: DocumentSeal
    is_concerned: bool


async def get_dossier(session: AsyncSession, contract_id: UUID, *, by: Caller) -> Dossier:
    """Return a sealed contract that the caller may read."""
    access_scope = await named_scope_of(session, by)
    contract = await get_contract(session, contract_id, by=by, access_scope=access_scope)
    seal = require_sealed(await session.get(DocumentSeal, contract.id), contract.id)
    return Dossier(contract, seal, access_scope.is_concerned(contract.stakeholders))


async def dossier_files(
    database: Database, dossier: Dossier, key: SealKey, *, by: Caller
) -> AsyncIterator[DossierFile]:
    """Yield the files of a dossier. No connection is held between two files."""
    contract = dossier.contract
    yield DossierFile("LISEZMOI.txt", rules.READ_ME.format(name=rules.file_name(contract)).encode())
    yield DossierFile("verifier.py", VERIFIER.read_bytes())
    yield DossierFile("chain.pem", rules.chain(key))
    yield DossierFile("document.pdf", await document_of(database, dossier.seal.sealed_sha256 or ""))
    yield DossierFile("document.json", await document_of(database, dossier.seal.printed_sha256 or ""))
    async with database.reading() as session:
        yield DossierFile("content.json", (await session.get_one(FrozenContent, contract.id)).body)
        yield DossierFile("signatures.json", rules.signatures(contract))
        yield DossierFile("consolidated.json", (await consolidated_text(session, contract.id, as_of=None, by=by)).body)
        yield DossierFile("events.json", rules.events(await _events(session, dossier)))
        for text in await _texts(session, dossier):
            yield DossierFile(f"texts/{text.version}.json", text.body)
        if not dossier.is_concerned:
            return
        yield DossierFile("history.json", await _history(session, contract.id))
        copies = await paper_copies_of(session, contract.id)
    yield DossierFile("papers.json", rules.papers(copies))
    for copy in _within(copies, MOST_PAPER):
        yield DossierFile(f"papers/{copy.id}.pdf", await document_of(database, copy.sha256))


def _within(copies: Sequence[PaperCopy], size: int) -> list[PaperCopy]:
    """Return the first copies that are together within a size, without the withdrawn ones."""
    chosen = []
    for copy in copies:
        if copy.withdrawn_at is None and (size := size - copy.size_bytes) >= 0:
            chosen.append(copy)
    return chosen


async def _events(session: AsyncSession, dossier: Dossier) -> list[str]:
    """Return the published events in their order; to those whom the contract does not concern, the public ones."""
    statement = select(PublishedEvent.body).where(PublishedEvent.contract_id == dossier.contract.id)
    bodies = await session.scalars(statement.order_by(PublishedEvent.sequence, PublishedEvent.event_id))
    return [body for body in bodies if dossier.is_concerned or rules.is_public(body)]


async def _texts(session: AsyncSession, dossier: Dossier) -> list[ContractText]:
    """Return the kept texts; to those whom the contract does not concern, the one that was signed."""
    if not dossier.is_concerned:
        last = await last_text(session, dossier.contract)
        return [last] if last else []
    statement = select(ContractText).where(ContractText.contract_id == dossier.contract.id)
    return list(await session.scalars(statement.order_by(ContractText.version)))


async def _history(session: AsyncSession, contract_id: UUID) -> bytes:
    columns = ("position", "version", "operation", "at", "org", "reason", "state")
    statement = (
        select(*(history.c[name] for name in columns))
        .where(history.c.collection == Contract.collection, history.c.object_id == str(contract_id))
        .order_by(history.c.version)
    )
    return rules.json_lines(dict(row) for row in (await session.execute(statement)).mappings())
