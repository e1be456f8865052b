"""Commands of declared figures."""

from datetime import date

from sqlalchemy.exc import IntegrityError

from services.territory.errors import FigureAlreadyDeclared
from services.territory.models import Figure
from services.territory.rules.days import require_plausible
from services.territory.rules.figures import declared
from shared.clock import today
from shared.ids import uuid7
from shared.storage import outbox
from shared.storage.unit_of_work import WriteSession


async def declare_figure(
    session: WriteSession, *, metric: str, value: int, day: date, source: str, note: str | None = None
) -> Figure:
    """Record a figure that a body declared."""
    require_plausible(day, field="day", today=today())
    figure = Figure(id=uuid7(), metric=metric, value=value, day=day, source=source, note=note)
    session.add(figure)
    try:
        await session.flush()
    except IntegrityError:
        raise FigureAlreadyDeclared(
            f"{source} has already declared {metric} for {day}: GET /v1/figures?metric={metric} shows it."
        ) from None
    outbox.add(session, declared(figure))
    return figure
