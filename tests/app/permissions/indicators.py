"""One call of each operation on indicators, their values and the map."""

from itertools import count
from typing import Any, Final

from tests.app.permissions.callers import LACQ, NATIONAL, Who
from tests.app.permissions.cases import Case, always
from tests.app.permissions.world import World, number

PARAMS: Final = {"code": "jobs_industry"}
YEARS: Final = count(1950)
"""Years without a value: each import is another one, and replaces nothing of those before."""


async def _definition(_world: World, _who: Who) -> Any:
    return {
        "code": f"essai_{number()}", "label": "Essai (synthétique)", "definition": "Essai synthétique.",
        "unit": "persons", "kind": "count", "source": "synthétique",
    }  # fmt: skip


async def _indicator(world: World) -> str:
    return str((await world.post(NATIONAL, "/v1/indicators", await _definition(world, NATIONAL)))["code"])


async def _rows(_world: World, _who: Who) -> str:
    return f"level,geography,year,value\ndepartement,64,{next(YEARS)},1\n"


async def _import(world: World) -> str:
    headers = {**NATIONAL.headers(), "Content-Type": "text/csv"}
    path = f"/v1/indicators/{PARAMS['code']}/imports"
    answer = await world.client.post(path, content=await _rows(world, NATIONAL), headers=headers)
    assert answer.is_success, answer.text
    return str(answer.json()["id"])


CASES: Final[dict[str, Case]] = {
    "list_indicators": always(),
    "list_indicator_changes": always(),
    "read_indicator": always(**PARAMS),
    "read_indicator_history": always(**PARAMS),
    "define_indicator": Case(body=_definition),
    "correct_indicator": Case(make=_indicator, body={"sector": "Industrie", "reason": "Motif synthétique."}),
    "list_indicator_values": always(**PARAMS),
    "import_indicator_values": Case(params=PARAMS, body=_rows),
    "list_indicator_imports": always(**PARAMS),
    "read_indicator_import": Case(make=_import, params=PARAMS),
    "revert_indicator_import": Case(make=_import, params=PARAMS, body={"reason": "Motif synthétique."}),
    "read_map": always("phase=2018&region=75"),
    "list_territory_indicators": always(territory=LACQ),
    "read_territory_indicator": always(territory=LACQ, **PARAMS),
    "list_territory_baselines": always(territory=LACQ),
}
