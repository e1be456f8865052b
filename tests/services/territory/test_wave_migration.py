"""The wave that was known before waves had days, after the migration."""

import json
from typing import Any, Final

import pytest
from alembic import command
from sqlalchemy import text

from services.territory.app import service
from shared.settings import Settings
from shared.storage.database import Database
from shared.storage.migrations import alembic_commands
from tests.services.territory.places import CAP_EXCELLENCE, LACQ_PAU_TARBES

PAU_FR: Final = "the reference data"
DEPLOYMENT: Final = {"wave": "deployment", "since": "2019-03-06", "source": "a"}


@pytest.mark.parametrize(
    ("key", "before", "waves", "facts"),
    [
        (LACQ_PAU_TARBES, {}, [{"wave": "pilot", "since": None, "source": PAU_FR}], (True, True, PAU_FR)),
        (
            LACQ_PAU_TARBES,
            {"wave": "deployment", "wave_from": "2019-03-06", "wave_source": "a", "is_pilot": None},
            [{"wave": "pilot", "since": None, "source": PAU_FR}, DEPLOYMENT],
            (True, True, PAU_FR),
        ),
        (CAP_EXCELLENCE, {}, [], (False, None, None)),
        (
            CAP_EXCELLENCE,
            {"wave": "pilot", "wave_from": "2019-03-06", "wave_source": "a", "is_pilot": 1, "pilot_source": "a"},
            [{**DEPLOYMENT, "wave": "pilot"}],
            (False, True, "a"),
        ),
    ],
    ids=["documented", "documented, and replaced", "unknown", "by its wave"],
)
async def test_the_last_wave_becomes_the_first_of_the_waves(
    settings: Settings, key: str, before: dict[str, Any], waves: list[Any], facts: tuple[Any, ...]
) -> None:
    database = Database(service.name, settings)

    def downgrade(connection: Any) -> None:
        command.downgrade(alembic_commands._config(connection, service.metadata, service.migrations), "0009")

    def upgrade(connection: Any) -> None:
        alembic_commands.upgrade(connection, service.metadata, service.migrations)

    async with database.engine.begin() as connection:
        documented = (
            await connection.execute(text(f"SELECT pilot_source FROM territories WHERE key = '{key}'"))
        ).scalar_one()
        await connection.run_sync(downgrade)
        for name, value in before.items():
            new = "NULL" if value is None else "true" if value == 1 else f"'{value}'"
            await connection.execute(text(f"UPDATE territories SET {name} = {new} WHERE key = '{key}'"))
        await connection.run_sync(upgrade)
        columns = "waves, is_named_pilot, is_pilot, pilot_source"
        [row] = (await connection.execute(text(f"SELECT {columns} FROM territories WHERE key = '{key}'"))).all()
    await database.close()

    def named(value: Any) -> Any:
        return documented if value == PAU_FR else value

    found = row.waves if isinstance(row.waves, list) else json.loads(row.waves)
    assert found == [{**wave, "source": named(wave["source"])} for wave in waves]
    is_named, is_pilot, source = facts
    assert bool(row.is_named_pilot) is is_named
    assert (row.is_pilot is not None and bool(row.is_pilot)) is bool(is_pilot)
    assert row.pilot_source == named(source)
