"""`Idempotency-Key`: a POST that is sent again has one effect and one answer.

The answer is stored in the transaction of the effect, so a crash leaves both or neither. A key belongs to its client,
method and path, for 24 hours. Another body under the same key is refused (422); while the first is still at work, a
second is told to come back (409). Refusals are not stored: they had no effect; nor are answers that hold a secret.
"""

import hashlib
import re
from datetime import timedelta
from typing import Final

from fastapi import Request, Response
from sqlalchemy import delete, insert, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from shared.clock import now
from shared.problem import BadRequest, Conflict, Unprocessable
from shared.security.access import Caller
from shared.storage.tables import idempotency
from shared.storage.unit_of_work import IdempotencyEntry, WriteSession

HEADER: Final = "idempotency-key"
LIFETIME: Final = timedelta(hours=24)
KEY: Final = "^[!-~]([ -~]*[!-~])?$"
"""Characters of ASCII that can be seen, and spaces between them: what every header carries unchanged."""
PARAMETER: Final = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "A word of your own, the same whenever you send this request again: it then has one effect.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": KEY},
    "example": "0198f3c2-7a51-7c1e-9d0c-5c1f0e0a2b11",
}
KEPT_HEADERS: Final = ("content-type", "etag", "location", "link")


class IdempotencyKeyReused(Unprocessable):
    """The same idempotency key came earlier with another body: a new request needs a new key."""


class IdempotencyKeyInFlight(Conflict):
    """The first request under this idempotency key is still at work: send it again in a moment."""


class IdempotentReplay(Exception):
    """Not a failure: the stored answer of an earlier request."""

    def __init__(self, response: Response) -> None:
        self.response = response


async def begin(session: WriteSession, request: Request, caller: Caller) -> None:
    """Reserve the key of a POST in this transaction. Raise `IdempotentReplay` if a response is stored under it."""
    key = request.headers.get(HEADER)
    if key is None or request.method != "POST":
        return
    if len(key) > 255 or not re.fullmatch(KEY, key):
        raise BadRequest("An idempotency key has 1 to 255 printable characters of ASCII.")
    row = {"client_id": caller.client_id, "method": request.method, "path": request.url.path, "key": key}
    await _reserve(session, "\n".join(row.values()))
    digest = hashlib.sha256(await request.body()).hexdigest()
    stored = (await session.execute(select(idempotency).filter_by(**row))).one_or_none()
    if stored is not None and stored.created_at < now() - LIFETIME:
        await session.execute(delete(idempotency).filter_by(**row))
        stored = None
    if stored is None:
        session.transaction.idempotency = IdempotencyEntry(**row, request_sha256=digest)
    elif stored.request_sha256 != digest:
        raise IdempotencyKeyReused("This key came earlier with another body: use a new key for a new request.")
    else:
        raise IdempotentReplay(Response(stored.body, stored.status, {**stored.headers, "Idempotent-Replayed": "true"}))


async def remember(session: WriteSession, response: Response) -> None:
    """Store the response in the transaction that made it."""
    entry = session.transaction.idempotency
    if entry is None or response.status_code >= 400 or "no-store" in response.headers.get("cache-control", ""):
        return
    headers = {name: response.headers[name] for name in KEPT_HEADERS if name in response.headers}
    await session.execute(
        insert(idempotency).values(
            **entry.columns(),
            status=response.status_code,
            headers=headers,
            body=bytes(response.body),
            created_at=now(),
        )
    )


async def sweep(session: AsyncSession) -> None:
    """Forget the answers that are past their lifetime."""
    await session.execute(delete(idempotency).where(idempotency.c.created_at < now() - LIFETIME))


async def _reserve(session: AsyncSession, name: str) -> None:
    """One request at a time under a key. On SQLite every writer is alone already."""
    if session.get_bind().dialect.name != "postgresql":
        return
    number = int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], signed=True)
    reserved = await session.scalar(text("SELECT pg_try_advisory_xact_lock(:number)"), {"number": number})
    if not reserved:
        raise IdempotencyKeyInFlight(
            "The first request under this key is still at work: send it again in a moment.",
            headers={"Retry-After": "1"},
        )
