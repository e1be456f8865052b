"""Read what the map shows: territories of a phase on a day, their stages, the outlines to draw."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from services.territory.errors import CodeNotKnown
from services.territory.models import ContractState, Indicator, IndicatorValue, Outline, Phase, Pilot
from services.territory.queries.filters import TerritoryFilters
from services.territory.queries.indicators import all_indicators, indicators_named, values_of
from services.territory.queries.outlines import lenders_of
from services.territory.queries.states import all_states
from services.territory.queries.territory_indicators import last_year_of_places
from services.territory.rules.days import require_readable
from services.territory.rules.maps import PAIR, Mandate, stage_of
from services.territory.rules.places import TerritoryOnDay
from shared.clock import today
from shared.events.stages import Stage
from shared.problem import FieldError


@dataclass(frozen=True)
class StagedTerritory:
    """Territory with its stage on a day; None: perhaps it was not designated yet."""

    state: TerritoryOnDay
    stage: Stage | None


@dataclass(frozen=True)
class DrawnOutline:
    """Outline as it is stored: its polygons, and the levels of its points."""

    polygons: str
    levels: str


async def phase_in_force(session: AsyncSession, day: date) -> str:
    """Return the latest phase that was announced by a day."""
    require_readable(day, today=today())
    latest = select(Phase.code).where(Phase.announced_on <= day).order_by(Phase.announced_on.desc()).limit(1)
    return (await session.execute(latest)).scalar_one()


async def phase_names(session: AsyncSession, day: date) -> dict[str, str]:
    """Return the names of the phases that were announced by a day, by code."""
    announced = select(Phase.code, Phase.name).where(Phase.announced_on <= day).order_by(Phase.code)
    return dict((await session.execute(announced)).tuples().all())


async def require_indicator(session: AsyncSession, code: str) -> Indicator:
    """Return the indicator that a map is asked for; refuse an unknown code."""
    for found in await indicators_named(session, [code]):
        return found
    raise CodeNotKnown(
        f"There is no indicator {code}: GET /v1/indicators lists them.",
        errors=[FieldError(parameter="indicator", detail=f"{code} is not known")],
    )


async def mapped_indicators(session: AsyncSession, states: Sequence[TerritoryOnDay]) -> list[Indicator]:
    """Return the indicators of which a map of some territories shows a value."""
    below = [each for each in await all_indicators(session) if set(each.levels) - {"nation", "region"}]
    return [each for each in below if await _is_mapped(session, each, states)]


async def _is_mapped(session: AsyncSession, indicator: Indicator, states: Sequence[TerritoryOnDay]) -> bool:
    """Return True if a territory has a value in the last year, as far as its members and départements tell."""
    # Their zones and communes are not read only to leave a link out.
    if {"employment_zone", "commune"} & {*indicator.levels}:
        return True
    last = await last_year_of_places(session, indicator)
    chosen = values_of(indicator).where(IndicatorValue.year == last)
    rows = await session.execute(chosen.with_only_columns(IndicatorValue.level, IndicatorValue.geography))
    known = {(level, code) for level, code in rows}
    return any(
        all(("epci", siren) in known for siren in state.sirens)
        or (
            indicator.weighting == "population"
            and all(("departement", code) in known for code in state.place.departements)
        )
        for state in states
    )


async def staged_territories(
    session: AsyncSession, *, phase: str, day: date, region: str | None = None, named: bool = False
) -> list[StagedTerritory]:
    """Return the territories of a phase that were in the programme on a day, with their stages.

    Their members have their organisations only if they are to be `named`.
    """
    filters = TerritoryFilters(phase=phase, region=region, status="open", as_of=day)
    states = await all_states(session, filters, named=named)
    mandates = await _mandates(session, day)
    contracts = await _contract_states(session, day)
    return [
        StagedTerritory(
            state, stage_of(state, mandates.get(state.territory.key, ()), contracts.get(state.territory.key, ()))
        )
        for state in states
    ]


async def last_sequence(session: AsyncSession, contract_id: UUID) -> int:
    """Return the number of the latest state of a contract; 0: none is known."""
    last = select(func.max(ContractState.sequence)).where(ContractState.contract_id == contract_id)
    return await session.scalar(last) or 0


async def map_outlines(
    session: AsyncSession, states: Sequence[TerritoryOnDay]
) -> tuple[dict[str, list[DrawnOutline]], dict[str, DrawnOutline], dict[str, DrawnOutline]]:
    """Return the outlines of territories on their day, of all régions, and of the départements of the inner suburbs."""
    members = {each.territory.key: each.sirens for each in states}
    lenders = await lenders_of(session, members)
    published = await _outlines(session, "territories", {lender for lender in lenders.values() if lender})
    pieces = await _outlines(
        session, "epcis", {siren for key, sirens in members.items() if not lenders[key] for siren in sirens}
    )
    drawn = {
        key: [published[lender]]
        if (lender := lenders[key])
        else [pieces[siren] for siren in sorted(sirens) if siren in pieces]
        for key, sirens in members.items()
    }
    return drawn, await _outlines(session, "regions"), await _outlines(session, "departements", INNER_SUBURBS)


INNER_SUBURBS = ("75", "92", "93", "94")


async def _outlines(session: AsyncSession, layer: str, codes: Collection[str] | None = None) -> dict[str, DrawnOutline]:
    statement = select(Outline.code, Outline.polygons, Outline.levels).where(Outline.layer == layer)
    if codes is not None:
        statement = statement.where(Outline.code.in_(codes))
    return {code: DrawnOutline(polygons, levels) for code, polygons, levels in await session.execute(statement)}


async def _mandates(session: AsyncSession, day: date) -> Mapping[str, list[Mandate]]:
    rows = await session.execute(
        select(Pilot.territory_key, Pilot.capacity, Pilot.since, Pilot.until).where(
            Pilot.capacity.in_(PAIR), Pilot.since <= day
        )
    )
    found: defaultdict[str, list[Mandate]] = defaultdict(list)
    for key, capacity, since, until in rows:
        found[key].append(Mandate(capacity, since, until))
    return found


async def _contract_states(session: AsyncSession, day: date) -> Mapping[str, list[str]]:
    """Return the state of each contract on a day, by territory: the last published one that holds by then."""
    rows = await session.execute(
        select(ContractState.contract_id, ContractState.territory_key, ContractState.status)
        .where(ContractState.day <= day)
        .order_by(ContractState.contract_id, ContractState.sequence)
    )
    last = {contract_id: (key, status) for contract_id, key, status in rows}
    found: defaultdict[str, list[str]] = defaultdict(list)
    for key, status in last.values():
        found[key].append(status)
    return found
