"""Read targets: their state on a day, and the territories that are late."""

from collections.abc import Sequence
from datetime import date
from typing import Any, Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from services.contract.errors import SourceNotRegistered, TargetNotFound
from services.contract.models import KnownSource, KnownTerritory, Target
from services.contract.queries.counters import counts_by_day, timelines_of_phase
from services.contract.queries.filters import TargetFilters
from services.contract.queries.projections import access_scope_of
from services.contract.rules import targets as rules
from services.contract.rules.days import require_readable
from shared.clock import today
from shared.http.collection import PublicCollection
from shared.http.pagination import PageRequest, Slice, page
from shared.problem import FieldError


def _missing(target_id: UUID) -> TargetNotFound:
    return TargetNotFound(f"There is no target {target_id}: GET /v1/targets lists them.")


_targets: Final = PublicCollection(
    Target, "target", access_scope_of, order=(Target.due_on, Target.id), missing=_missing
)
get_target: Final = _targets.get
target_changes: Final = _targets.changes
target_history: Final = _targets.history


async def list_targets(session: AsyncSession, filters: TargetFilters, pagination: PageRequest) -> Slice[Target]:
    """Return a page of the targets, by their day."""
    wanted = {Target.phase: filters.phase, Target.region: filters.region, Target.measure: filters.measure}
    statement = select(Target).where(*(column == value for column, value in wanted.items() if value))
    return await _targets.page(session, statement, pagination)


async def require_source(session: AsyncSession, source_id: UUID | None) -> None:
    """Refuse to cite a source that is not registered, or of which the event is not here yet."""
    if source_id is None or await session.get(KnownSource, source_id) is not None:
        return
    raise SourceNotRegistered(
        f"No source is known here under {source_id}: register it with POST /v1/sources first, or try again in a "
        "moment if you just did.",
        errors=[FieldError(pointer="/source_id", detail="not registered")],
    )


async def read_target_progress(
    session: AsyncSession, target_id: UUID, *, as_of: date, days: Sequence[date] | None
) -> dict[str, Any]:
    """Return a target on a day, and the way to it."""
    target = await get_target(session, target_id)
    require_readable(as_of, today=today(), phase=target.phase)
    for day in days or ():
        require_readable(day, today=as_of, phase=target.phase, field="day")
    shown = rules.days_of_burn_up(target.phase, as_of=as_of, due_on=target.due_on, asked=days)
    counts = await counts_by_day(
        session,
        {*shown, as_of, min(as_of, target.due_on)},
        measures=[*rules.COUNTED[target.measure], *rules.TERRITORIES],
        phase=target.phase,
        region=target.region,
    )
    found = rules.progress(target, counts, as_of=as_of, shown=shown)
    stated = {name: getattr(target, name) for name in ("title", "measure", "goal", "phase", "region", "due_on")}
    return {"target_id": target.id, **stated, "share_pct": found.share_pct, **vars(found)}


async def list_late_territories(
    session: AsyncSession, target_id: UUID, pagination: PageRequest, *, as_of: date
) -> Slice[dict[str, Any]]:
    """Return a page of the territories that have not reached a target by a day."""
    target = await get_target(session, target_id)
    require_readable(as_of, today=today(), phase=target.phase)
    late = rules.late(target, await timelines_of_phase(session, target.phase, as_of=as_of), as_of=as_of)
    found = await page(
        session,
        select(KnownTerritory).where(KnownTerritory.key.in_(late)),
        pagination,
        order=(KnownTerritory.key,),
    )
    rows = [{**vars(late[place.key]), "name": place.name} for place in found.items]
    return Slice(rows, found.next)
