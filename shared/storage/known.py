"""Read a collection as it was known at a moment: the last line of each object that had its position by then.

A correction that is recorded later does not alter such an answer, whatever day it is about.
"""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Row, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from shared.clock import now
from shared.problem import FieldError, Unprocessable, example_members
from shared.storage.tables import history

SETTLING: Final = timedelta(seconds=5)
"""Age from which the lines of a moment are final: the sequencer may still commit those of younger moments."""


class MomentNotSettled(Unprocessable):
    """The moment is in the future, or so young that its lines are not final: ask for an earlier one."""

    shown = example_members("known_at")


async def database_clock(session: AsyncSession) -> datetime:
    """Return this moment by the clock of the database, which all processes share."""
    if session.get_bind().dialect.name == "sqlite":
        return now()
    moment: datetime = (await session.execute(select(func.clock_timestamp()))).scalar_one()
    return moment


async def require_settled(session: AsyncSession, known_at: datetime) -> None:
    """Refuse a moment of which the lines of history are not final."""
    latest = await database_clock(session) - SETTLING
    if known_at > latest:
        raise MomentNotSettled(
            f"`known_at` is {known_at.isoformat()}: give {latest.isoformat(timespec='seconds')} or an earlier moment, "
            "or leave it out to read what is known now.",
            errors=[FieldError(parameter="known_at", detail="in the future, or only a few seconds old")],
        )


async def lines_known(
    session: AsyncSession, collection: str, known_at: datetime, keys: Collection[str] | None = None
) -> list[Row[Any]]:
    """Return the last line of each object that existed, as it was known at a moment, in the order of the keys.

    `keys` limits it to some objects.
    """
    later = history.alias("later")
    last = (
        select(func.max(later.c.version))
        .where(
            later.c.collection == history.c.collection,
            later.c.object_id == history.c.object_id,
            later.c.known_from <= known_at,
        )
        .correlate(history)
        .scalar_subquery()
    )
    statement = select(history).where(history.c.collection == collection, history.c.version == last)
    if keys is not None:
        statement = statement.where(history.c.object_id.in_(keys))
    found = (await session.execute(statement)).all()
    # Databases sort texts in different ways.
    return sorted((line for line in found if line.operation != "deleted"), key=lambda line: line.object_id)
