"""Matchings of before: their operators are told apart from those whom they concern, now and in the past."""

import json
from typing import Any, Final

from alembic import command
from sqlalchemy import text

from services.catalog.app import service
from shared.settings import Settings
from shared.storage.database import Database
from shared.storage.migrations import alembic_commands
from tests.services.catalog.places import ATELIERS, BPIFRANCE, CAISSE_DES_DEPOTS, FRANCE_TRAVAIL, LACQ, PAU

ACTION: Final = "0198f3a27b1c7e449d552c1f0a9b8e01"
AT: Final = "2021-06-15 08:30:00"
MATCHES: Final = json.dumps([{"operator": each} for each in (BPIFRANCE, None, FRANCE_TRAVAIL, CAISSE_DES_DEPOTS)])
NAMED: Final = json.dumps([PAU, ATELIERS, CAISSE_DES_DEPOTS, BPIFRANCE, FRANCE_TRAVAIL])
ROWS: Final = (
    f"""INSERT INTO known_actions (action_id, number, title, phase, status, axes, territories, regions, carriers,
        partners) VALUES ('{ACTION}', 'A-0001', 'Fiche', '2018', 'submitted', '[]', '["{LACQ}"]', '[]',
        '["{PAU}", "{ATELIERS}"]', '["{CAISSE_DES_DEPOTS}"]')""",
    f"""INSERT INTO matchings (action_id, title, phase, axes, territories, regions, organisations, day, matched_at,
        matches, others, version, updated_at) VALUES ('{ACTION}', 'Fiche', '2018', '[]', '["{LACQ}"]', '[]', '{NAMED}',
        '2021-06-15', '{AT}', '{MATCHES}', '[]', 1, '{AT}')""",
    f"""INSERT INTO history (collection, object_id, version, operation, at, client_id, sub, state, territories,
        regions, organisations, public) VALUES ('matchings', '0198f3a2-7b1c-7e44-9d55-2c1f0a9b8e01', 1, 'created',
        '{AT}', 'tests', 'tests', '{{"matches": {MATCHES}}}', '[]', '[]', '{NAMED}', false)""",
)


async def test_an_operator_of_a_match_of_before_is_no_longer_one_whom_it_concerns(settings: Settings) -> None:
    database = Database(service.name, settings)

    def before(connection: Any) -> None:
        config = alembic_commands._config(connection, service.metadata, service.migrations)
        command.downgrade(config, "0005")

    def after(connection: Any) -> None:
        alembic_commands.upgrade(connection, service.metadata, service.migrations)

    async with database.engine.begin() as connection:
        await connection.run_sync(before)
        for row in ROWS:
            await connection.execute(text(row.replace(":", "\\:")))
        await connection.run_sync(after)
        found = await connection.execute(text("SELECT operators, organisations FROM matchings"))
        past = await connection.execute(text("SELECT organisations FROM history WHERE client_id = 'tests'"))
        columns = [*found.one(), past.scalar_one()]
    await database.close()

    # The Caisse des dépôts is a partner of the sheet too.
    assert [json.loads(each) if isinstance(each, str) else each for each in columns] == [
        [BPIFRANCE, FRANCE_TRAVAIL, CAISSE_DES_DEPOTS],
        [PAU, ATELIERS, CAISSE_DES_DEPOTS],
        [PAU, ATELIERS, CAISSE_DES_DEPOTS],
    ]
