"""`python -m services erase`: what an operator types, and what the command says."""

import sqlite3
from collections.abc import Callable, Mapping
from contextlib import closing
from pathlib import Path
from typing import Final

import pytest
from typer.testing import CliRunner, Result

from app.cli import cli

PERSON: Final = "0198f3a2-7b1c-7e44-9d55-2c1f0a9b8e77"
REFERENT: Final = "0198f3a2-7b1c-7e44-9d55-2c1f0a9b8e05"
MAIL: Final = "camille.exemple@example.org"


@pytest.fixture
def folder(loaded: Callable[[Path], None], tmp_path: Path) -> Path:
    """A folder of the embedded form, with a referent in it."""
    loaded(tmp_path)
    row: Mapping[str, object] = {
        "id": REFERENT.replace("-", ""),
        "operator": "180020026",
        "territory": "2018-ti-7505",
        "regions": "[]",
        "person_id": PERSON.replace("-", ""),
        "name": "Camille Exemple",
        "mail": MAIL,
        "since": "2019-03-18",
        "version": 1,
        "updated_at": "2019-03-18 09:00:00.000000",
    }
    with closing(sqlite3.connect(tmp_path / "catalog.db")) as database, database:
        places = ", ".join(f":{name}" for name in row)
        database.execute(f"INSERT INTO referents ({', '.join(row)}) VALUES ({places})", row)
    return tmp_path


def run(folder: Path, *arguments: str) -> Result:
    """Run one command to its end."""
    return CliRunner().invoke(cli, arguments, env={"TERRITORIES_DATA_DIR": str(folder)})


@pytest.mark.parametrize("of", [["catalog"], []], ids=["one service", "all services"])
def test_the_command_says_what_it_erased_and_what_stays(folder: Path, of: list[str]) -> None:
    done = run(folder, *of, "erase", PERSON)

    assert done.exit_code == 0
    assert done.output.splitlines() == [
        f"catalog: erased name, mail of /v1/referents/{REFERENT}",
        "catalog: the opaque id stays in referents (rows: 1)",
    ]
    assert not any(MAIL.encode() in path.read_bytes() for path in folder.glob("*.db*"))


def test_a_second_time_there_is_nothing_left(folder: Path) -> None:
    run(folder, "erase", PERSON)

    again = run(folder, "erase", PERSON)

    assert again.exit_code == 0
    assert again.output.splitlines()[0] == "catalog: nothing to erase"


def test_the_history_has_the_reason_that_was_typed(folder: Path) -> None:
    run(folder, "erase", PERSON, "--reason", "letter of 5 March")

    with closing(sqlite3.connect(folder / "catalog.db")) as database:
        found = database.execute("SELECT reason, client_id FROM history WHERE object_id = ?", (REFERENT,)).fetchall()
    assert found == [("letter of 5 March", "erasure")]


@pytest.mark.parametrize("of", ["catalog", "territory"])
def test_an_unknown_person_ends_with_a_message(folder: Path, of: str) -> None:
    done = run(folder, of, "erase", "0198f3a2-7b1c-7e44-9d55-2c1f0a9b8e99")

    assert done.exit_code == 1
    assert "No person 0198f3a2-7b1c-7e44-9d55-2c1f0a9b8e99 is known" in done.output
    assert "Traceback" not in done.output
