"""Baselines: the indicators of a territory, frozen when a contract is signed."""

from services.territory import queries
from services.territory.models import Baseline
from services.territory.rules.baselines import frozen
from services.territory.rules.places import TerritoryOnDay
from shared.clock import now
from shared.events.contract import ContractSigned
from shared.storage.unit_of_work import WriteSession


async def freeze_baseline(session: WriteSession, event: ContractSigned) -> None:
    """Freeze the values that are known of the territory of a contract. A second time changes nothing."""
    if await session.get(Baseline, event.contract_id) is not None:
        return
    territory = await queries.find_territory(session, event.territory)
    if territory is None:
        return
    state = TerritoryOnDay.of(territory, event.signed_on)
    series = await queries.read_series(session, state, await queries.all_indicators(session))
    session.add(
        Baseline(
            contract_id=event.contract_id,
            contract_number=event.number,
            territory_key=event.territory,
            signed_on=event.signed_on,
            frozen_at=now(),
            frozen_values=[
                value
                for each in series
                if (value := frozen(each.indicator, each.values, by=event.signed_on)) is not None
            ],
        )
    )
