"""The cells of the end of contracts, and of amendments."""

import itertools
from datetime import timedelta
from typing import Any, Final

from shared.clock import today
from shared.security.roles import Role
from tests.app.permissions.callers import COMPANY, TEAM
from tests.app.permissions.cases import WHY, Case, contract
from tests.app.permissions.world import DAY, World

END: Final[dict[str, Any]] = {**WHY, "effective_on": DAY}
AMENDMENT: Final[dict[str, Any]] = {**WHY, "subjects": ["title"]}
_days: Final = itertools.count(60, 2)
SIGNING: Final = frozenset({"party/own", "operator/own"})
"""Callers whose organisations had to sign, beside its territory, its Regions and the State."""


async def ending_contract(world: World) -> str:
    """A signed contract of which the company has declared the end."""
    signed = await amendable_contract(world)
    end = {**WHY, "effective_on": (today() + timedelta(30)).isoformat()}
    await world.post(COMPANY, f"/v1/contracts/{signed}/denounce", end)
    return signed


async def amendment(world: World) -> str:
    """The draft of an amendment."""
    signed = await amendable_contract(world)
    made = await world.post(TEAM, f"/v1/contracts/{signed}/amendments", AMENDMENT)
    return str(made["id"])


async def amendable_contract(world: World) -> str:
    """A signed contract that is not over."""
    former, world.contract_day = world.contract_day, today() + timedelta(next(_days))
    signed = await world.signed_contract()
    world.contract_day = former
    return signed


CASES: Final[dict[str, Case]] = {
    "terminate_contract": Case(make=World.signed_contract, body={**END, "actions": "kept"}),
    "denounce_contract": Case(make=World.signed_contract, body=END, also=SIGNING),
    "open_amendment": Case(make=amendable_contract, body=AMENDMENT),
    "read_amendment_differences": contract(amendment),
    "read_consolidated_text": Case(make=World.signed_contract),
    "revoke_end": Case(make=ending_contract, body=WHY, only=Role.PARTY),
}
