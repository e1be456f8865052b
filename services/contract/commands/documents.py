"""Store and delete the bytes of documents. `queries.documents` reads them: only these two modules know where.

They lie in the database of the service, by their hash: one commit and one backup have both the line and the bytes.
"""

from functools import partial
from typing import IO, Final

from sqlalchemy import delete, insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from services.contract.models import DocumentPart, StoredDocument
from shared.storage.upserts import put

PART: Final = 256 * 1024
"""Bytes of a part."""


async def store(session: AsyncSession, sha256: str, size: int, content: IO[bytes]) -> None:
    """Store the bytes of a document, if they are not there. Nobody deletes them until this transaction ends."""
    await put(session, StoredDocument, sha256=sha256, size_bytes=size)
    if await session.scalar(select(DocumentPart.position).where(DocumentPart.sha256 == sha256).limit(1)) is not None:
        return
    content.seek(0)
    for position, body in enumerate(iter(partial(content.read, PART), b"")):
        await session.execute(insert(DocumentPart).values(sha256=sha256, position=position, body=body))


async def lock(session: AsyncSession, sha256: str) -> None:
    """Let nobody else store or delete a document until this transaction ends."""
    await session.execute(select(StoredDocument.sha256).where(StoredDocument.sha256 == sha256).with_for_update())


async def discard(session: AsyncSession, sha256: str) -> None:
    """Delete the bytes of a document."""
    await session.execute(delete(DocumentPart).where(DocumentPart.sha256 == sha256))
    await session.execute(delete(StoredDocument).where(StoredDocument.sha256 == sha256))
