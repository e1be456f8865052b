"""The commands of `python -m services`, as an operator types them."""

import asyncio
import json
import re
import sqlite3
from collections.abc import Callable, Mapping
from contextlib import closing
from pathlib import Path

import pytest
from typer.testing import CliRunner

from app.cli import cli
from tests.support import platforms
from tests.system.crashes import audit


@pytest.fixture
def folder(loaded: Callable[[Path], None], tmp_path: Path) -> Path:
    """A folder of the embedded form, loaded and stopped."""
    loaded(tmp_path)
    return tmp_path


def environment(folder: Path) -> Mapping[str, str]:
    """Return the environment of the commands."""
    return {"TERRITORIES_DATA_DIR": str(folder)}


def park(folder: Path) -> int:
    """Let one applied event of the contract service look as if its last try had failed."""
    with closing(sqlite3.connect(folder / "contract.db")) as database, database:
        found = database.execute(
            "SELECT id FROM handlings WHERE handler = 'know_territory' ORDER BY id LIMIT 1"
        ).fetchone()
        number: int = found[0]
        database.execute(
            "UPDATE handlings SET state = 'parked', error = 'ValueError(''essai'')' WHERE id = ?", (number,)
        )
    return number


def test_nothing_is_parked_on_a_healthy_platform(folder: Path) -> None:
    assert platforms.run("parked", "list", environment=environment(folder)) == ""


def test_a_parked_event_is_listed_shown_and_replayed(folder: Path) -> None:
    number = park(folder)

    listed = platforms.run("contract", "parked", "list", environment=environment(folder))
    of_all = platforms.run("parked", "list", environment=environment(folder))
    shown = platforms.run("contract", "parked", "show", str(number), environment=environment(folder))
    replayed = platforms.run("contract", "parked", "replay", str(number), environment=environment(folder))
    empty = platforms.run("parked", "list", environment=environment(folder))

    assert listed.split("\t")[:3] == [str(number), "contract", "know_territory"]
    assert "ValueError('essai')" in listed
    assert of_all == listed
    assert json.loads(shown.splitlines()[1])["type"].endswith("TerritoryDesignated.v1")
    assert replayed == "contract: 1 replayed\n"
    assert empty == ""


async def test_what_was_replayed_is_applied_when_the_platform_runs(folder: Path) -> None:
    number = park(folder)
    await asyncio.to_thread(platforms.run, "parked", "replay", environment=environment(folder))

    async with platforms.embedded(folder) as form:
        books = await audit.settled(form)

    assert {row["state"] for row in books.inbox if row["id"] == number} <= {"applied", "superseded"}
    assert books.violations() == []


def test_migrating_and_loading_again_change_nothing(folder: Path) -> None:
    before = digest(folder)

    platforms.run("migrate", environment=environment(folder))
    said = platforms.run("territory", "load", environment=environment(folder))

    assert "loaded already" in said
    assert digest(folder) == before


@pytest.mark.parametrize(
    "command",
    ["load", "contract load", "parked list", "contract parked show", "parked replay", "contract rebuild"],
)
def test_a_command_on_a_database_without_tables_names_the_command_that_makes_them(command: str, tmp_path: Path) -> None:
    done = CliRunner().invoke(cli, command.split(), env=dict(environment(tmp_path)))

    assert done.exit_code == 1
    assert "Traceback" not in done.output
    assert re.search(
        r"^(\w+): its database has no \w+\. Run `python -m services \1 migrate` first\.$", done.output, re.M
    )


def digest(folder: Path) -> dict[str, int]:
    """Return the number of rows of each table of the territory service."""
    with closing(sqlite3.connect(folder / "territory.db")) as database:
        names = [name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        return {name: database.execute(f"SELECT count(*) FROM {name}").fetchone()[0] for name in names}


def test_the_topology_that_is_written_is_the_one_in_the_repository(tmp_path: Path) -> None:
    path = tmp_path / "definitions.json"

    platforms.run("topology", "--path", str(path), environment=environment(tmp_path))

    assert path.read_text() == Path("deploy/rabbitmq/definitions.json").read_text()


def test_a_key_that_is_rotated_joins_the_others(folder: Path) -> None:
    before = keys(folder)

    platforms.run("rotate-keys", environment=environment(folder))

    assert len(keys(folder)) == len(before) + 1


def keys(folder: Path) -> list[object]:
    """The issuer's keys, as they are stored."""
    stored: list[object] = json.loads((folder / "issuer" / "keys.json").read_text())
    return stored
