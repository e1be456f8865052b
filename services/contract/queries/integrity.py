"""Compare what was signed and deposited with its hashes."""

import hashlib
from collections.abc import AsyncIterator
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from services.contract.models import (
    Contract,
    ContractText,
    DocumentPart,
    DocumentSeal,
    FrozenContent,
    PaperCopy,
    SealedFile,
    StoredDocument,
)
from shared.storage.integrity import Finding


async def verify_contents(session: AsyncSession) -> list[Finding]:
    """Verify signed contents, kept texts, stored documents, and that each hash leads to them."""
    checks = (_frozen(session), _texts(session), _documents(session), _missing(session))
    return [finding for check in checks async for finding in check]


async def _frozen(session: AsyncSession) -> AsyncIterator[Finding]:
    signed = await session.execute(
        select(Contract.id, Contract.content_sha256).where(Contract.content_sha256.is_not(None))
    )
    hashes = {row.id: row.content_sha256 for row in signed}
    async for content in _each(session, FrozenContent, FrozenContent.contract_id):
        key, expected = str(content.contract_id), hashes.pop(content.contract_id, None)
        if _digest(content.body) != content.sha256:
            yield Finding("frozen_contents", key, "the content is not the one that was signed")
        if content.sha256 != expected:
            yield Finding("frozen_contents", key, "its hash is not that of its contract")
    for contract_id in hashes:
        yield Finding("frozen_contents", str(contract_id), "missing: its contract is signed")


async def _texts(session: AsyncSession) -> AsyncIterator[Finding]:
    async for text in _each(session, ContractText, ContractText.contract_id, ContractText.version):
        if _digest(text.body) != text.sha256:
            yield Finding(
                "contract_texts", f"{text.contract_id}/{text.version}", "the text is not the one that was kept"
            )


async def _documents(session: AsyncSession) -> AsyncIterator[Finding]:
    for document in await session.scalars(select(StoredDocument).order_by(StoredDocument.sha256)):
        digest, size, position = hashlib.sha256(), 0, 0
        part = select(DocumentPart.body).where(DocumentPart.sha256 == document.sha256)
        while (body := await session.scalar(part.where(DocumentPart.position == position))) is not None:
            digest.update(body)
            size, position = size + len(body), position + 1
        if digest.hexdigest() != document.sha256 or size != document.size_bytes:
            yield Finding("documents", document.sha256, "its bytes are not those of its hash")


async def _missing(session: AsyncSession) -> AsyncIterator[Finding]:
    """Look for hashes of documents that are not stored."""
    stored = set(await session.scalars(select(StoredDocument.sha256)))
    named = (
        ("paper_copies", select(PaperCopy.sha256).where(PaperCopy.withdrawn_at.is_(None))),
        ("sealed_files", select(SealedFile.sha256)),
        ("seals", select(DocumentSeal.sealed_sha256).where(DocumentSeal.sealed_sha256.is_not(None))),
        ("seals", select(DocumentSeal.printed_sha256).where(DocumentSeal.printed_sha256.is_not(None))),
    )
    for table, statement in named:
        for sha256 in sorted(set(await session.scalars(statement)) - stored):
            yield Finding(table, sha256, "the document of this hash is missing")


async def _each(session: AsyncSession, model: type[Any], *key: Any) -> AsyncIterator[Any]:
    """Yield the rows of a model with large columns, a few at a time."""
    keys = (await session.execute(select(*key).order_by(*key))).all()
    for row in keys:
        yield await session.get_one(model, tuple(row) if len(key) > 1 else row[0])
        session.expunge_all()


def _digest(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()
