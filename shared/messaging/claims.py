"""Find the handlings that may run, and claim them.

The statements are made once: they are executed for each batch, and the making would cost as much as the execution.
"""

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import ColumnElement, FromClause, Row, Select, bindparam, func, select, tuple_

from shared.storage.tables import UTCDateTime, handlings, inbox

BATCH: Final = 100


def _due() -> Select[Any]:
    # The planner does not know the value of a subquery, so it expects many rows: it walks the index of waiting rows in
    # order. Misled by statistics from before a burst, or by none, it would sort everything that waits for each batch.
    moment = select(bindparam("moment", type_=UTCDateTime)).scalar_subquery()
    # An event that came late, is tried again or is replayed goes before the later ones of its subject. `min` walks the
    # index of the order; for EXISTS the planner may join everything that waits with itself.
    other = handlings.alias("other")
    next_of_subject = select(func.min(other.c.sequence)).where(
        _same_subject(other),
        other.c.state == "waiting",
        tuple_(other.c.next_try_at, other.c.id) >= tuple_(handlings.c.next_try_at, handlings.c.id),
    )
    due = (
        select(handlings)
        .where(handlings.c.next_try_at <= moment, handlings.c.sequence <= next_of_subject.scalar_subquery())
        .order_by(handlings.c.next_try_at, handlings.c.id)
        .limit(BATCH)
        .subquery("due")
    )
    previous = select(func.max(other.c.sequence)).where(
        other.c.handler == due.c.handler,
        other.c.subject == due.c.subject,
        other.c.state == "waiting",
        other.c.sequence < due.c.sequence,
    )
    return (
        select(due, inbox.c.type, inbox.c.body, previous.scalar_subquery().label("previous"))
        .join(inbox, inbox.c.event_id == due.c.event_id)
        .order_by(due.c.next_try_at, due.c.id)
    )


def _is_stale() -> ColumnElement[bool]:
    """A projection already shows a later event of the subject."""
    later = handlings.alias("later")
    shown = select(func.max(later.c.sequence)).where(_same_subject(later), later.c.state == "applied")
    is_projection = handlings.c.handler.in_(bindparam("projections", expanding=True))
    return is_projection & (handlings.c.sequence < shown.scalar_subquery())


def _claimed() -> Select[Any]:
    return (
        select(handlings.c.id, _is_stale())
        .where(handlings.c.id.in_(bindparam("ids", expanding=True)), handlings.c.state == "waiting")
        .with_for_update()
    )


def in_order(rows: Sequence[Row[Any]]) -> list[Row[Any]]:
    """Leave out each row whose predecessor waits and does not come before it.

    The second event of a subject is held by a first one that is due after it, and so is not read; the third, due after
    both, would overtake the second. The first waiting row of a subject is always among the rows, so there is progress.
    """
    found: set[tuple[str, str, int | None]] = set()
    chosen = []
    for row in rows:
        if row.previous is None or (row.handler, row.subject, row.previous) in found:
            found.add((row.handler, row.subject, row.sequence))
            chosen.append(row)
    return chosen


def _same_subject(other: FromClause) -> ColumnElement[bool]:
    return (other.c.handler == handlings.c.handler) & (other.c.subject == handlings.c.subject)


DUE: Final = _due()
"""Select handlings that may run now, with their events; bind `moment`."""
CLAIMED: Final = _claimed()
"""Lock handlings that still wait, and say of each whether it is stale; bind `ids` and `projections`."""
