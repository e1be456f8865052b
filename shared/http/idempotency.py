"""`Idempotency-Key`: a POST that is sent again has one effect and one answer.

The answer is stored in the transaction of the effect, so a crash leaves both or neither. A key belongs to its client,
method and path, for 24 hours. Another body or query under the same key is refused (422); while the first is still at
work, a second is told to come back (409). Refusals are not stored: they had no effect. A response that holds a secret
is stored without its body: sent again, the request is refused (409), and the refusal names the object of the secret.
"""

import hashlib
import re
import secrets
from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, Any, ClassVar, Final

from fastapi import Depends, Request, Response
from sqlalchemy import delete, insert, select, text, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from shared.clock import now
from shared.http.canonical import canonical_path
from shared.problem import BadRequest, Conflict, Unprocessable
from shared.security.access import Caller
from shared.security.request_state import state_of
from shared.storage.database import Database
from shared.storage.retention import BATCH
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
NO_STORE: Final = "no-store"
KEPT_HEADERS: Final = ("cache-control", "content-type", "etag", "location", "link")
REHEARSED: Final = 32_768
"""Bytes of the response that is stored to see whether there is room: as many as most changes write."""


class IdempotencyKeyReused(Unprocessable):
    """The same idempotency key came earlier with another body: a new request needs a new key."""


class IdempotencyKeyInFlight(Conflict):
    """The first request under this idempotency key is still at work: send it again in a moment."""


class SecretShownOnce(Conflict):
    """An earlier request under this idempotency key took effect; its answer held a secret, which is shown once.

    `location` is the object that was made or changed. If the answer was lost, ask for another secret of this object,
    under a new key.
    """

    shown: ClassVar[Mapping[str, Any]] = {
        "detail": "This request took effect at 2026-03-05T08:00:00Z; its answer held a secret, which is shown once. "
        "If you did not receive it, ask for another secret of `location`, under a new key.",
        "location": "/v1/subscriptions/0198f3a2-7b1c-7e44-9d55-2c1f0a9b8e08",
    }


class IdempotentReplay(Exception):
    """Not a failure: the stored answer of an earlier request."""

    def __init__(self, response: Response) -> None:
        self.response = response


async def hold_secret(response: Response) -> Response:
    """Return the response that will show a secret; it is kept neither on the way nor under a key.

    The endpoint sets its `Location`: the object that the secret belongs to.
    """
    response.headers["Cache-Control"] = NO_STORE
    return response


SecretResponse = Annotated[Response, Depends(hold_secret)]
"""The response of an endpoint that shows a secret."""


async def begin(session: WriteSession, request: Request, caller: Caller) -> None:
    """Reserve the key of a POST in this transaction. Raise `IdempotentReplay` if a response is stored under it."""
    key = request.headers.get(HEADER)
    if key is None or request.method != "POST":
        return
    if len(key) > 255 or not re.fullmatch(KEY, key):
        raise BadRequest("An idempotency key has 1 to 255 printable characters of ASCII.")
    row = {"client_id": caller.client_id, "method": request.method, "path": canonical_path(request), "key": key}
    await _reserve(session, "\n".join(row.values()))
    digest = _digest(await _sent(request), caller)
    stored = (await session.execute(select(idempotency).filter_by(**row))).one_or_none()
    if stored is not None and stored.created_at < now() - LIFETIME:
        await session.execute(delete(idempotency).filter_by(**row))
        stored = None
    if stored is None:
        session.transaction.idempotency = IdempotencyEntry(**row, request_sha256=digest)
    elif stored.request_sha256 != digest:
        raise IdempotencyKeyReused(
            "This key came earlier with another body, or with a token for other territories: use a new key for a new "
            "request."
        )
    elif NO_STORE in stored.headers.get("cache-control", ""):
        raise SecretShownOnce(
            f"This request took effect at {stored.created_at:%Y-%m-%dT%H:%M:%SZ}; its answer held a secret, which is "
            "shown once. If you did not receive it, ask for another secret of `location`, under a new key.",
            location=stored.headers["location"],
        )
    else:
        raise IdempotentReplay(Response(stored.body, stored.status, {**stored.headers, "Idempotent-Replayed": "true"}))


async def _sent(request: Request) -> bytes:
    """Return what makes a request another one under the same key: its body and its query."""
    file_sha256 = state_of(request).file_sha256
    body = file_sha256.encode() if file_sha256 else await request.body()
    query: bytes = request.scope["query_string"]
    return body + b"\n?" + query if query else body


def _digest(body: bytes, caller: Caller) -> str:
    """Return the digest of a request. By a token that is narrowed otherwise, it is another request."""
    digest = hashlib.sha256(body)
    if caller.is_narrowed:
        claims = (caller.territories, caller.regions)
        digest.update(repr([codes and sorted(codes) for codes in claims]).encode())
    return digest.hexdigest()


async def remember(session: WriteSession, response: Response) -> None:
    """Store the response in the transaction that made it."""
    entry = session.transaction.idempotency
    if entry is None or response.status_code >= 400:
        return
    headers = {name: response.headers[name] for name in KEPT_HEADERS if name in response.headers}
    holds_secret = NO_STORE in headers.get("cache-control", "")
    await session.execute(
        insert(idempotency).values(
            **entry.columns(),
            status=response.status_code,
            headers=headers,
            body=b"" if holds_secret else bytes(response.body),
            created_at=now(),
        )
    )


async def sweep(database: Database) -> int:
    """Forget the answers that are past their lifetime, in short transactions; return their number."""
    is_past = idempotency.c.created_at < now() - LIFETIME
    some = select(*idempotency.primary_key).where(is_past).limit(BATCH)
    statement = delete(idempotency).where(tuple_(*idempotency.primary_key).in_(some), is_past)
    swept = 0
    while True:
        async with database.writing() as session:
            deleted = (await session.execute(statement.returning(idempotency.c.key))).all()
        swept += len(deleted)
        if len(deleted) < BATCH:
            return swept


async def rehearse(session: AsyncSession) -> None:
    """Store a response, and take out the last one stored here: it fails if a client's could not be stored.

    One row stays. To delete what was just stored would leave hardly anything to be written.
    """
    place = {"client_id": "", "method": "POST", "path": "/health/ready"}
    values = {"request_sha256": "", "status": 204, "headers": {}, "created_at": now()}
    key = secrets.token_hex(16)
    await session.execute(insert(idempotency).values(**place, **values, key=key, body=secrets.token_bytes(REHEARSED)))
    await session.execute(delete(idempotency).filter_by(**place).where(idempotency.c.key != key))


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
