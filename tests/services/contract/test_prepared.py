"""The prepared PostgreSQL database is one for all tests: each finds it as the first one did."""

from contextlib import suppress
from pathlib import Path

from sqlalchemy import make_url

from deploy.servers import Postgres
from tests.support.harness import Prepared

CHANGE = """
DO $$
DECLARE
    one name;
BEGIN
    SET LOCAL session_replication_role = replica;
    FOR one IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' LOOP
        EXECUTE format('DELETE FROM public.%I', one);
    END LOOP;
    PERFORM setval(format('public.%I', sequencename)::regclass, 1000) FROM pg_sequences WHERE schemaname = 'public';
END $$;
"""


def content(postgres: Postgres, database: str) -> list[str]:
    """Return the rows and sequences of a database, in any order; the lines of `pg_dump` itself differ each time."""
    return sorted(line for line in postgres.dump(database).splitlines() if not line.startswith("\\"))


def test_what_a_test_has_changed_is_put_back(prepared: Prepared, postgres: Postgres, tmp_path: Path) -> None:
    with prepared.on_postgresql(postgres, tmp_path) as settings:
        database = str(make_url(settings.url_of("contract")).database)
        before = content(postgres, database)
        postgres.sql(CHANGE, database)
        changed = content(postgres, database)

    assert len(changed) < len(before)
    assert content(postgres, database) == before


def test_it_is_put_back_after_a_failure_too(prepared: Prepared, postgres: Postgres, tmp_path: Path) -> None:
    with suppress(KeyError), prepared.on_postgresql(postgres, tmp_path) as settings:
        database = str(make_url(settings.url_of("contract")).database)
        before = content(postgres, database)
        postgres.sql(CHANGE, database)
        raise KeyError

    assert content(postgres, database) == before
