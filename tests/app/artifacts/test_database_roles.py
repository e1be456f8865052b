"""The role with which a service works may do its work on PostgreSQL, and nothing else."""

import os
import subprocess
from collections.abc import Iterator

import asyncpg
import pytest

from deploy.processes import ROOT
from deploy.servers import HOST, Postgres
from services import NAMES, named
from shared.settings import Settings
from shared.storage.database import Database
from shared.storage.migrations import migrate
from tests.support.fixtures import completed

CHANGES = (
    "DELETE FROM {table}",
    "TRUNCATE {table}",
    "UPDATE {table} SET {column} = 'other'",
    "UPDATE {table} SET {column} = 'other' WHERE position IS NULL",
    "DROP TABLE {table}",
    "ALTER TABLE {table} ADD COLUMN more int",
    "ALTER TABLE {table} OWNER TO CURRENT_USER",
)


class Roles:
    """The databases as the script of the container makes them, with tables."""

    def __init__(self, server: Postgres) -> None:
        self._server = server

    def url(self, name: str, database: str | None = None, *, owner: bool = False) -> str:
        """Return the URL of a role of a service."""
        word = f"word-of-{name}{'-owner' if owner else ''}"
        return self._server.url(database or name, user=f"{name}_owner" if owner else name, password=word)

    async def connect(self, name: str, database: str | None = None) -> asyncpg.Connection:
        """Connect as a service works."""
        return await asyncpg.connect(self.url(name, database).replace("+asyncpg", ""))

    async def could(self, name: str, *statements: str) -> list[str]:
        """Return the statements that a service's role may run."""
        connection, done = await self.connect(name), []
        try:
            for statement in statements:
                try:
                    await connection.execute(statement)
                    done.append(statement)
                except asyncpg.InsufficientPrivilegeError:
                    pass
        finally:
            await connection.close()
        return done


@pytest.fixture(scope="module")
def roles(postgres: Postgres) -> Iterator[Roles]:
    """Make the databases, and migrate them as their owners."""
    words = {f"{name.upper()}_PASSWORD": f"word-of-{name}" for name in NAMES}
    words |= {f"{name.upper()}_OWNER_PASSWORD": f"word-of-{name}-owner" for name in NAMES}
    environment = {
        "PATH": f"{postgres.programs}:{os.environ['PATH']}",
        "PGHOST": HOST,
        "PGPORT": str(postgres.port),
        "PGPASSWORD": postgres.password,
        "POSTGRES_USER": postgres.user,
        "SERVICE_SQL": str(ROOT / "deploy/postgres/service.sql"),
        **words,
    }
    subprocess.run([ROOT / "deploy/postgres/init.sh"], env=environment, check=True, timeout=60)
    made = Roles(postgres)
    for name in NAMES:
        completed(_migrate(name, made.url(name, owner=True)))
    yield made
    for name in NAMES:
        postgres.drop_database(name)
        postgres.sql(f"DROP ROLE {name}; DROP ROLE {name}_owner")


async def _migrate(name: str, url: str) -> None:
    service = named(name)
    database = Database(name, Settings(database_url=url))
    for _ in range(2):
        await migrate(database, service.metadata, service.migrations)
    await database.close()


def test_the_databases_are_made_by_the_script_of_the_container(roles: Roles, postgres: Postgres) -> None:
    owners = postgres.sql("SELECT datname, rolname FROM pg_database JOIN pg_roles ON pg_roles.oid = datdba").split()
    powerful = postgres.sql("SELECT rolname FROM pg_roles WHERE rolsuper OR rolcreatedb OR rolcreaterole").split()

    assert {f"{name}|{name}_owner" for name in NAMES} <= set(owners)
    assert not [role for role in powerful if role.removesuffix("_owner") in NAMES]


@pytest.mark.parametrize("name", NAMES)
async def test_a_role_connects_to_its_own_database_alone(roles: Roles, name: str) -> None:
    for other in {"postgres", "template1", *NAMES} - {name}:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await roles.connect(name, other)

    await (await roles.connect(name)).close()


@pytest.mark.parametrize("name", NAMES)
async def test_a_role_cannot_change_its_history(roles: Roles, name: str) -> None:
    assert await roles.could(name, *(each.format(table="history", column="reason") for each in CHANGES)) == []


async def test_the_journal_cannot_be_changed(roles: Roles) -> None:
    changes = [each.format(table="journal", column="body") for each in CHANGES]

    assert await roles.could("notification", *changes, "UPDATE journal SET position = position + 1") == []


@pytest.mark.parametrize("name", NAMES)
async def test_a_role_still_does_its_work(roles: Roles, name: str) -> None:
    work = [
        "SELECT * FROM history FOR UPDATE",
        "UPDATE history SET position = 1 WHERE position IS NULL",
        "UPDATE outbox SET published_at = NULL",
        "DELETE FROM outbox",
        "DELETE FROM handlings",
        "DELETE FROM inbox",
        "CREATE TEMPORARY TABLE draft (id int)",
    ]

    assert await roles.could(name, *work) == work


def test_a_role_that_only_reads_is_given_nothing_more(roles: Roles, postgres: Postgres) -> None:
    postgres.sql("CREATE ROLE reader; GRANT SELECT ON history TO reader", "contract")

    completed(_migrate("contract", roles.url("contract", owner=True)))

    rights = postgres.sql(
        "SELECT has_table_privilege('reader', 'history', 'SELECT'), has_table_privilege('reader', 'history', 'INSERT'),"
        " has_any_column_privilege('reader', 'history', 'UPDATE')",
        "contract",
    )
    postgres.sql("DROP OWNED BY reader; DROP ROLE reader", "contract")
    assert rights == "t|f|f"
