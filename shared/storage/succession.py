"""Successors of organisations that have ended. They stand in for the bodies that they took over."""

from typing import Any

from sqlalchemy import ColumnElement, select, true
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute


async def predecessors_of(
    session: AsyncSession,
    *sirens: str,
    key: InstrumentedAttribute[str],
    successor: InstrumentedAttribute[Any],
    has_ended: ColumnElement[bool] | None = None,
) -> set[str]:
    """Return the SIRENs of the bodies that organisations have taken over, and of those that these took over.

    `key` and `successor` are columns of the table of organisations, which each service has its own. `has_ended` leaves
    out those that have yet to end.
    """
    found: set[str] = set()
    heirs = set(sirens)
    # Nearly always one statement: most organisations have taken over nobody.
    while heirs:
        taken = select(key).where(successor.in_(heirs), true() if has_ended is None else has_ended)
        # Corrections of the register may name two bodies as each other's successors for a moment.
        heirs = set(await session.scalars(taken)) - found - set(sirens)
        found |= heirs
    return found
