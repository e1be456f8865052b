"""Chain the lines of history by hash: each hash covers the line and the hash before it.

Whoever edits, deletes or inserts a line later breaks the chain from there on. Events publish the hash of the last line,
so the chain cannot be computed anew in silence: see `docs/architecture/tamper-evidence.md`.
"""

import asyncio
import hashlib
import json
from collections.abc import Mapping
from typing import Any, Final

from sqlalchemy import Row, bindparam, exists, func, insert, select, update

from shared.storage.database import Database
from shared.storage.history import plain
from shared.storage.tables import history, history_hashes, history_head
from shared.storage.unit_of_work import WriteSession
from shared.storage.wakeups import wait_for_wakeup

BATCH: Final = 200
"""Lines that one transaction hashes: their states are read whole."""
START: Final = "0" * 64
"""Hash before the first line."""
COVERED: Final = (
    "id", "position", "collection", "object_id", "version", "operation", "at", "client_id", "sub", "org", "reason",
    "state", "territories", "regions", "organisations", "public", "operators", "known_from",
)  # fmt: skip
"""Columns of a line that its hash covers. A column added later is not covered: earlier hashes would change."""
LINES: Final = (
    select(*(history.c[name] for name in COVERED))
    .where(history.c.position > bindparam("after"))
    .order_by(history.c.position)
)
"""Lines with a position after another one, as their hashes cover them."""
HEAD: Final = select(history_head.c.position, history_head.c.hash, history_head.c.published_position)
_BEHIND: Final = select(
    exists().where(history.c.position > func.coalesce(select(history_head.c.position).limit(1).scalar_subquery(), 0))
)


def next_hash(previous: str, covered: Mapping[str, Any]) -> str:
    """Return the hash of a record that follows another one: SHA-256 of that hash and of canonical JSON."""
    text = json.dumps(covered, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(bytes.fromhex(previous) + text.encode()).hexdigest()


def covered_by_hash(line: Row[Any]) -> dict[str, Any]:
    """Return a line as its hash covers it."""
    return {name: plain(getattr(line, name)) for name in COVERED}


async def locked_head(session: WriteSession) -> Row[Any]:
    """Return the head of the chain, locked: one transaction at a time moves it."""
    found = (await session.execute(HEAD.with_for_update())).one_or_none()
    if found is None:
        await session.execute(insert(history_head).values(id=1, position=0, hash=START, published_position=0))
        found = (await session.execute(HEAD)).one()
    return found


class Chainer:
    """Hashes the lines of history that have a position. One at a time per service."""

    def __init__(self, database: Database, *, pause: float = 1.0) -> None:
        self._database = database
        self._pause = pause

    async def run(self, wake: asyncio.Event) -> None:
        """Hash new lines each second; until cancelled."""
        while True:
            # First the pause: the lines of a second cost little more than one.
            await wait_for_wakeup(wake, self._pause)
            while await self.extend() == BATCH:
                pass

    async def extend(self) -> int:
        """Hash one batch; return the number of lines."""
        [(is_behind,)] = await self._database.ask(_BEHIND)
        if not is_behind:
            return 0
        async with self._database.writing() as session:
            head = await locked_head(session)
            lines = (await session.execute(LINES.limit(BATCH), {"after": head.position})).all()
            hashes, last = [], head.hash
            for line in lines:
                last = next_hash(last, covered_by_hash(line))
                hashes.append({"position": line.position, "hash": last})
            if hashes:
                await session.execute(insert(history_hashes), hashes)
                moved = update(history_head).values(position=lines[-1].position, hash=last)
                await session.execute(moved)
        return len(hashes)
