"""Read the bytes of stored documents. `commands.documents` stores them: only these two modules know where."""

from collections.abc import AsyncIterator

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from services.contract.models import DocumentPart, StoredDocument
from shared.storage.database import Database


async def document_bytes(database: Database, sha256: str, size: int) -> AsyncIterator[bytes]:
    """Yield a document part by part. No connection is held while a slow client takes a part."""
    sent = position = 0
    while sent < size:
        async with database.reading() as session:
            part = await _part(session, sha256, position)
        yield part
        sent += len(part)
        position += 1


async def _part(session: AsyncSession, sha256: str, position: int) -> bytes:
    """Return one part. It raises `NoResultFound` if the document was deleted meanwhile: the response is cut off."""
    statement = select(DocumentPart.body).where(DocumentPart.sha256 == sha256, DocumentPart.position == position)
    return (await session.scalars(statement)).one()


async def document_of(database: Database, sha256: str) -> bytes:
    """Return the whole bytes of a document of at most 20 MiB."""
    async with database.reading() as session:
        size = await session.scalar(select(StoredDocument.size_bytes).where(StoredDocument.sha256 == sha256))
    return b"".join([part async for part in document_bytes(database, sha256, size or 0)])
