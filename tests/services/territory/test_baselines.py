"""Baselines: frozen at the signature of a contract, and touched by nothing afterwards."""

import json
from datetime import date
from typing import Any
from uuid import UUID

from services.territory import commands
from services.territory.consumers import consumer
from shared.events import SAMPLES
from shared.events.contract import ContractSigned
from shared.messaging.rebuild import filled, rebuildable
from shared.security.access import Caller
from shared.security.roles import Role
from shared.settings import Settings
from shared.storage.database import Database
from tests.services.territory.api import NATIONAL, Api
from tests.services.territory.places import HAUT_BEARN, LACQ_PAU_TARBES
from tests.services.territory.test_indicator_imports import HEADER, send

PATH = f"/v1/territories/{LACQ_PAU_TARBES}/baselines"
CONTRACT = "0198f3a2-7b1c-7e44-9d55-2c1f0a9b8e31"


def signed(**changes: Any) -> ContractSigned:
    """Return the signature of a contract of Lacq-Pau-Tarbes."""
    sample = ContractSigned.read(json.loads((SAMPLES / f"{ContractSigned.type}.json").read_text())["data"])
    return sample.model_copy(
        update={"territory": LACQ_PAU_TARBES, "contract_id": UUID(CONTRACT), "signed_on": date(2021, 7, 15), **changes}
    )


async def freeze(settings: Settings, **changes: Any) -> None:
    """Handle the signature of a contract."""
    database = Database("territory", settings)
    try:
        async with database.writing(by=Caller(client_id="test", sub="test", role=Role.PLATFORM)) as session:
            await commands.freeze_baseline(session, signed(**changes))
    finally:
        await database.close()


async def test_a_signature_freezes_what_is_known_up_to_its_year(api: Api, on_sqlite: Settings) -> None:
    await freeze(on_sqlite)
    [baseline] = (await api.get(PATH))["items"]
    values = {each["indicator"]: each for each in baseline["values"]}

    assert (baseline["contract_id"], baseline["signed_on"]) == (CONTRACT, "2021-07-15")
    assert (values["population"]["year"], values["population"]["present_year"]) == (2021, 2023)
    series = await api.get(f"/v1/territories/{LACQ_PAU_TARBES}/indicators/population")
    assert {each["year"]: each["value_decimal"] for each in series["values"]}[2021] == (
        values["population"]["value_decimal"]
    )
    assert (values["jobs_industry"]["method"], values["jobs_industry"]["change_decimal"]) == (
        "apportioned_by_population",
        "0",
    )
    assert {part["code"] for part in values["jobs_industry"]["parts"]} == {"64", "65"}
    assert "industry_share_25_54" not in values


async def test_nothing_changes_a_baseline(api: Api, on_sqlite: Settings) -> None:
    await freeze(on_sqlite)
    [before] = (await api.get(PATH))["items"]
    await send(api, HEADER + "departement,64,2018,99\n")
    await freeze(on_sqlite, signed_on=date(2024, 1, 1))
    [after] = (await api.get(PATH))["items"]

    frozen = ("indicator", "year", "value_decimal", "parts", "method")
    assert [[value[name] for name in frozen] for value in after["values"]] == [
        [value[name] for name in frozen] for value in before["values"]
    ]
    assert (after["frozen_at"], after["signed_on"]) == (before["frozen_at"], before["signed_on"])
    changed = {value["indicator"]: value["change_decimal"] for value in after["values"]}
    assert not changed["jobs_industry"].startswith("-")
    assert changed["jobs_industry"] != "0"


async def test_a_change_of_the_perimeter_is_no_change_of_a_value(api: Api, on_sqlite: Settings) -> None:
    await freeze(on_sqlite)
    [before] = (await api.get(PATH))["items"]
    body = {"members": [{"siren": HAUT_BEARN, "memberships": [{"left_on": "2023-01-01"}]}], "reason": "Départ (essai)"}
    await api.post(f"/v1/territories/{LACQ_PAU_TARBES}/perimeter/corrections", body, by=NATIONAL, status=200)
    [after] = (await api.get(PATH))["items"]
    today = (await api.get(f"/v1/territories/{LACQ_PAU_TARBES}/indicators/population"))["values"][-1]
    [population] = [each for each in after["values"] if each["indicator"] == "population"]

    assert (before["members_changed"], after["members_changed"]) == (False, True)
    assert after == {**before, "members_changed": True}
    assert population["change_decimal"] == str(
        int(population["present_value_decimal"]) - int(population["value_decimal"])
    )
    assert int(population["present_value_decimal"]) > int(today["value_decimal"])


async def test_each_contract_has_its_baseline(api: Api, on_sqlite: Settings) -> None:
    await freeze(on_sqlite)
    await freeze(on_sqlite, contract_id=UUID(int=7), signed_on=date(2019, 7, 15))
    found = (await api.get(PATH))["items"]

    assert [each["signed_on"] for each in found] == ["2019-07-15", "2021-07-15"]
    assert {each["indicator"]: each["year"] for each in found[0]["values"]}["population"] == 2019


def test_a_rebuild_leaves_baselines_alone() -> None:
    assert "freeze_baseline" in consumer.handlers
    assert "freeze_baseline" not in rebuildable(consumer).handlers
    assert "baselines" not in {table.name for table in filled(consumer)}


async def test_a_territory_without_a_contract_has_none(api: Api) -> None:
    assert (await api.get(PATH)) == {"territory": LACQ_PAU_TARBES, "items": [], "next": None}
    await api.get("/v1/territories/2018-ti-9999/baselines", status=404)
    await api.get(PATH, by=NATIONAL)
