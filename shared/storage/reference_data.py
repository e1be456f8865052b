"""Reference data that a service ships: each version is loaded once, and of a new one only what differs.

What was loaded lives on, so a version is compared with the one before it and not with the live objects: what was
changed through the API stays, what the producer changed is applied. The tables are each service's own.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import JSON, String, insert, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from shared.security.access import Caller
from shared.security.roles import Role
from shared.storage.database import Database
from shared.storage.tables import UTCDateTime

LOADER: Final = Caller(client_id="loader", sub="loader", role=Role.PLATFORM)
"""Caller in the history of loaded reference data."""
REASON: Final = "reference data"

Row = dict[str, Any]
"""A row as it will be stored: JSON values under the names of columns."""


class LoadedVersion:
    """A state of the shipped reference data that was loaded, by the SHA-256 of its files."""

    __tablename__ = "reference_versions"

    loaded_at: Mapped[datetime] = mapped_column(UTCDateTime, primary_key=True)
    sha256: Mapped[str] = mapped_column(String(64))


class ShippedRow:
    """A row of the reference data as it was last loaded."""

    __tablename__ = "shipped"

    collection: Mapped[str] = mapped_column(String(50), primary_key=True)
    code: Mapped[str] = mapped_column(String(100), primary_key=True)
    row: Mapped[Row] = mapped_column(JSON)


@dataclass(frozen=True)
class Difference:
    """A row of the reference data that is new, or not as it was."""

    code: str
    before: Row
    after: Row

    @property
    def changed(self) -> Row:
        """The fields that differ."""
        return {name: value for name, value in self.after.items() if self.before.get(name, ...) != value}


async def differences(
    session: AsyncSession, shipped: type[ShippedRow], collection: str, rows: Iterable[Row], *, key: str
) -> list[Difference]:
    """Return the differences of a version, and store it as loaded. A row that is no longer listed stays."""
    held = await session.scalars(select(shipped).where(shipped.collection == collection))
    known = {one.code: one for one in held}
    found, new = [], []
    for row in rows:
        code = row[key]
        former = known.get(code)
        if former is None:
            new.append({"collection": collection, "code": code, "row": row})
            found.append(Difference(code, {}, row))
        elif former.row != row:
            found.append(Difference(code, former.row, row))
            former.row = row
    if new:
        await session.execute(insert(shipped), new)
    return found


async def is_loaded(database: Database, versions: type[LoadedVersion], version: str) -> bool:
    """Was this version the last one that was loaded?"""
    async with database.reading() as session:
        last = await session.scalar(select(versions.sha256).order_by(versions.loaded_at.desc()).limit(1))
    return last == version


async def lacking(session: AsyncSession, versions: type[LoadedVersion], service: str) -> str | None:
    """A service is not ready before it has its reference data."""
    if await session.scalar(select(versions.sha256).limit(1)) is None:
        return f"The reference data is not loaded: run `python -m services {service} load`."
    return None
