"""Loading the real services: once, and of a new edition only what differs."""

import csv
import json
import shutil
from collections import Counter
from collections.abc import AsyncIterator, Callable
from datetime import date
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete, func, select

from services.catalog.app import service
from services.catalog.commands.load import lacks, load
from services.catalog.models import OfferedService, Operator, ReferenceVersion, ServiceVersion
from services.catalog.reference import KINDS, SHIPPED, CatalogReference, period
from services.catalog.rules import services as rules
from shared.events.codes import is_siren
from shared.settings import Settings
from shared.storage.database import Database
from shared.storage.migrations import migrate
from shared.storage.tables import history, outbox
from tests.services.catalog.conftest import (
    Clock,
)
from tests.services.catalog.places import NOON
from tests.support.harness import ON_SQLITE

ROWS = {row["code"]: row for row in SHIPPED.services()}
FILE = {
    row["code"]: row for row in csv.DictReader(StringIO((SHIPPED.folder / "services.csv").read_text(encoding="utf-8")))
}

Rewrite = Callable[[str, Callable[[list[dict[str, str]]], None]], CatalogReference]


def silence(_: str) -> None:
    """Ignore the output of the loader."""


@pytest.fixture
async def database(settings: Settings, clock: Clock) -> AsyncIterator[Database]:
    """A database with the services, in June 2021."""
    database = Database("catalog", settings)
    yield database
    await database.close()


@pytest.fixture
def rewritten(tmp_path: Path) -> Rewrite:
    """Another edition: the shipped one with rows of a file changed."""

    def rewrite(name: str, change: Callable[[list[dict[str, str]]], None]) -> CatalogReference:
        folder = tmp_path / "edition"
        shutil.copytree(SHIPPED.folder, folder, dirs_exist_ok=True)
        with (folder / name).open(encoding="utf-8") as file:
            rows = list(csv.DictReader(file))
        change(rows)
        with (folder / name).open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, rows[0])
            writer.writeheader()
            writer.writerows(rows)
        return CatalogReference(folder)

    return rewrite


async def published(database: Database) -> list[tuple[str, int]]:
    """The services that were told, with their versions."""
    async with database.reading() as session:
        bodies = await session.scalars(select(outbox.c.body).order_by(outbox.c.id))
        data = [json.loads(body)["data"] for body in bodies]
    return [(each["service"], each["service_version"]) for each in data]


async def counted(database: Database) -> dict[str, int]:
    """The number of rows of every table."""
    async with database.reading() as session:
        return {
            name: await session.scalar(select(func.count()).select_from(table)) or 0
            for name, table in service.metadata.tables.items()
        }


async def test_an_empty_database_says_what_it_lacks_and_a_load_says_what_it_does(tmp_path: Path) -> None:
    database = Database("catalog", Settings(data_dir=tmp_path))
    await migrate(database, service.metadata, service.migrations)
    async with database.reading() as session:
        assert "catalog load" in (await lacks(session) or "")
    said: list[str] = []

    await load(database, said.append)
    await load(database, said.append)

    async with database.reading() as session:
        assert await lacks(session) is None
    await database.close()
    assert said == [
        "catalog: operators: 9 rows written",
        "catalog: services: 48 rows written, 48 events",
        "catalog: the reference data is loaded already",
    ]


async def test_48_services_are_loaded_and_a_second_load_writes_nothing(database: Database) -> None:
    before = await counted(database)
    # Even if nobody remembers that this edition was loaded.
    async with database.writing() as session:
        await session.execute(delete(ReferenceVersion))

    await load(database, silence)

    assert await counted(database) == before
    assert (before["services"], before["service_versions"], before["operators"]) == (48, 48, 9)
    assert before["outbox"] == 48
    assert before["history"] == 48 + 9
    assert sorted(await published(database)) == [(code, 1) for code in sorted(ROWS)]


async def test_a_row_that_changed_becomes_a_new_version_and_is_published_alone(
    database: Database, rewritten: Rewrite
) -> None:
    def change(rows: list[dict[str, str]]) -> None:
        next(row for row in rows if row["code"] == "BPI-02")["key_figures"] = "5 000 € par recrutement"

    await load(database, silence, rewritten("services.csv", change))

    assert (await published(database))[48:] == [("BPI-02", 2)]
    async with database.reading() as session:
        versions = (
            await session.scalars(
                select(ServiceVersion).where(ServiceVersion.code == "BPI-02").order_by(ServiceVersion.service_version)
            )
        ).all()
        lines = await session.scalars(select(history.c.reason).where(history.c.object_id == "BPI-02"))
        assert lines.all() == ["reference data"] * 2
    assert [(one.valid_from, one.valid_until) for one in versions] == [
        (date(2020, 1, 1), date(2021, 6, 14)),
        (date(2021, 6, 15), None),
    ]
    assert [(one.key_figures or "")[:7] for one in versions] == ["4 000 €", "5 000 €"]


async def test_what_an_operator_has_changed_stays(database: Database, rewritten: Rewrite) -> None:
    async with database.writing() as session:
        found = await session.get_one(OfferedService, "BDT-05")
        found.name = "Un nom de l'opérateur"

    def change(rows: list[dict[str, str]]) -> None:
        next(row for row in rows if row["code"] == "BDT-05")["key_figures"] = "jusqu'à 80 %"

    await load(database, silence, rewritten("services.csv", change))

    async with database.reading() as reader:
        found = await reader.get_one(OfferedService, "BDT-05")
    assert (found.name, found.key_figures) == ("Un nom de l'opérateur", "jusqu'à 80 %")


async def test_a_withdrawn_service_does_not_come_back_with_a_version(database: Database, rewritten: Rewrite) -> None:
    async with database.writing() as session:
        found = await session.get_one(OfferedService, "BDT-05")
        found.withdrawn_on = date(2021, 6, 1)

    def change(rows: list[dict[str, str]]) -> None:
        next(row for row in rows if row["code"] == "BDT-05")["key_figures"] = "jusqu'à 80 %"

    await load(database, silence, rewritten("services.csv", change))

    assert len(await published(database)) == 48


@ON_SQLITE
async def test_a_new_row_is_published(database: Database, rewritten: Rewrite) -> None:
    def add(rows: list[dict[str, str]]) -> None:
        rows.append({**rows[0], "code": "BDT-16", "name": "Un service de plus"})

    await load(database, silence, rewritten("services.csv", add))

    assert (await published(database))[48:] == [("BDT-16", 1)]


@ON_SQLITE
async def test_operators_have_their_names_and_initials(database: Database) -> None:
    async with database.reading() as session:
        operators = {one.siren: one for one in await session.scalars(select(Operator))}

    assert all(map(is_siren, operators))
    assert {one.initials for one in operators.values()} == {
        "BDT", "BPI", "PE", "BF", "ADEME", "ANCT", "CNAM", "APEC", "AL",
    }  # fmt: skip
    assert (operators["180020026"].name, operators["180020026"].brands[0]["name"]) == (
        "Caisse des dépôts et consignations",
        "Banque des Territoires",
    )
    assert operators["130005481"].name == "France Travail"
    assert [brand["name"] for brand in operators["130026032"].brands] == ["ANCT", "Agence du Numérique"]


def test_the_state_and_all_operators_together_are_no_organisations() -> None:
    without = {code for code, row in ROWS.items() if row["operator"] is None}

    assert without == {"ETAT-01", "ETAT-02", "ETAT-03", "ETAT-04", "ETAT-07", "TOUS-01"}
    assert {ROWS[code]["named"] for code in without} == {"État", "Tous opérateurs"}


def test_openness_is_loaded_only_where_the_words_of_the_row_say_it() -> None:
    with (SHIPPED.folder / "openness.csv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            assert row["words"] in FILE[row["code"]][row["column"]], row

    assert Counter(row["openness"] for row in ROWS.values()) == {None: 30, "open": 7, "reserved": 7, "prioritised": 4}
    assert all(row["openness"] == "open" for row in ROWS.values() if row["basket"] == "droit-commun")


@pytest.mark.parametrize("name", ["phases.csv", "thresholds.csv"])
def test_phases_and_thresholds_are_those_of_the_rows_words(name: str) -> None:
    with (SHIPPED.folder / name).open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            assert row["words"] in FILE[row["code"]][row["column"]], row


def test_beneficiaries_are_those_of_the_rows_words_and_no_row_was_left_out() -> None:
    with (SHIPPED.folder / "beneficiaries.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))

    for row in rows:
        assert row["words"] in FILE[row["code"]]["beneficiaries"], row
    assert {row["code"] for row in rows} == set(FILE)


@pytest.mark.parametrize(
    ("text", "starts_on", "ends_on"),
    [
        ("2019-2022", "2019-01-01", "2022-12-31"),
        ("2019-", "2019-01-01", None),
        ("2024", "2024-01-01", "2024-12-31"),
    ],
)
def test_periods_are_whole_years(text: str, starts_on: str, ends_on: str | None) -> None:
    assert period(text) == {"starts_on": starts_on, "ends_on": ends_on, "precision": "year"}


def test_a_period_that_cannot_be_read_is_an_error() -> None:
    with pytest.raises(ValueError, match="is not a period"):
        period("bientôt")


def test_each_kind_of_the_file_has_its_word() -> None:
    assert {row["kind"] for row in FILE.values()} == set(KINDS)


def test_the_readme_counts_what_is_there() -> None:
    readme = (SHIPPED.folder / "README.md").read_text()

    for path in SHIPPED.folder.glob("*.csv"):
        with path.open(encoding="utf-8") as file:
            assert f"| {path.name} | {len(list(csv.DictReader(file)))} |" in readme


def test_the_first_version_speaks_from_the_beginning_of_the_service() -> None:
    row: dict[str, Any] = {name: value for name, value in ROWS["ADEME-02"].items() if name != "code"}

    found = rules.publish("ADEME-02", row, day=NOON.date(), at=NOON)

    assert found.valid_from == date(2014, 1, 1)
