"""Commands of declared figures."""

from sqlalchemy.exc import IntegrityError

from services.territory import queries
from services.territory.errors import FigureAlreadyDeclared
from services.territory.models import Figure
from services.territory.rules import figures as rules
from services.territory.rules.figures import Declaration
from shared.clock import now, today
from shared.ids import uuid7
from shared.storage import outbox
from shared.storage.unit_of_work import WriteSession


async def declare_figure(session: WriteSession, stated: Declaration) -> Figure:
    """Record a figure that a body declared, or the correction of one."""
    await queries.require_source(session, stated.source_id)
    unit, needs_phase = await queries.metric_of(session, stated.metric, besides=stated.corrects)
    phase = await queries.find_phase(session, stated.phase)
    figure = rules.declare(
        uuid7(), stated, phase=phase, former_unit=unit, needs_phase=needs_phase, today=today(), at=now()
    )
    if stated.corrects:
        rules.correct(await queries.get_former_figure(session, stated.corrects), figure)
        # The former one gives its identity up before the new one takes it.
        await session.flush()
    session.add(figure)
    try:
        await session.flush()
    except IntegrityError:
        raise FigureAlreadyDeclared(
            f"{figure.source} has already declared {figure.metric} for {figure.day}: "
            f"GET /v1/figures?metric={figure.metric} shows it. To correct it, send its id in `corrects`."
        ) from None
    outbox.add(session, rules.declared(figure))
    return figure
