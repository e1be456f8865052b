"""Organisations that stand in for others: successors of those that have ended, and originals of duplicates."""

from typing import Any

from sqlalchemy import ColumnElement, and_, or_, select, true
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute


async def predecessors_of(
    session: AsyncSession,
    *sirens: str,
    key: InstrumentedAttribute[str],
    successor: InstrumentedAttribute[Any],
    duplicate_of: InstrumentedAttribute[Any],
    has_ended: ColumnElement[bool] | None = None,
) -> set[str]:
    """Return the SIRENs of the bodies that organisations have taken over, and of those that these took over.

    Duplicates of each are among them. `key`, `successor` and `duplicate_of` are columns of the table of organisations,
    which each service has its own. `has_ended` leaves out those that have yet to end.
    """
    found: set[str] = set()
    heirs = set(sirens)
    # Nearly always one statement: most organisations have taken over nobody.
    while heirs:
        is_over = true() if has_ended is None else has_ended
        taken = select(key).where(or_(and_(successor.in_(heirs), is_over), duplicate_of.in_(heirs)))
        # Corrections of the register may name two bodies as each other's successors for a moment.
        heirs = set(await session.scalars(taken)) - found - set(sirens)
        found |= heirs
    return found
