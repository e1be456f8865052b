"""Loading the real reference data: once, and of a new edition only what differs."""

import csv
import os
import shutil
from collections.abc import AsyncIterator, Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete, func, select, text

from deploy.servers import Postgres
from services.territory.app import service
from services.territory.commands import declare_figure
from services.territory.commands.load import geography, lacks, load
from services.territory.models import Membership, Organisation, Phase, ReferenceVersion, Territory
from services.territory.queries.territories import get_territory
from services.territory.reference import SHIPPED, TerritoryReference
from services.territory.rules.figures import Declaration
from shared.settings import Settings
from shared.storage.database import Database
from shared.storage.tables import history
from tests.services.territory.conftest import PublishedFacts
from tests.services.territory.places import (
    BRESLE_VIMEU,
    CAP_EXCELLENCE,
    FAUCIGNY,
    FRANCE_TRAVAIL,
    LACQ_PAU_TARBES,
    RHONE_LEZ,
)
from tests.support.harness import migrated

COUNTS = {
    "phases": 2,
    "axes": 9,
    "regions": 18,
    "departements": 101,
    "epcis": 1255,
    "epts": 11,
    "employment_zones": 306,
    "communes": 34_875,
    "commune_parts": 4_868,
    "outlines": 18 + 101 + 306 + 149 + 183 + 1255,
    "territories": 149 + 183,
    "memberships": 588 + 641,
    "organisations": 34 + 216 + 751,
    "figures": 61,
    "phase_stages": 3,
    "sources": 67,
    "guides": 2,
    "envelopes": 4,
    "indicators": 14,
    "indicator_values": 11_543,
    "calendar_events": 27,
}


def silence(_: str) -> None:
    """Ignore the output of the loader."""


async def count_all(database: Database) -> dict[str, int]:
    """The number of rows of every table."""
    async with database.reading() as session:
        return {
            name: await session.scalar(select(func.count()).select_from(table)) or 0
            for name, table in service.metadata.tables.items()
        }


async def row_versions(database: Database) -> list[tuple[Any, ...]]:
    """The version of every recorded row."""
    async with database.reading() as session:
        return [
            tuple(row)
            for table in (
                "organisations",
                "territories",
                "figures",
                "sources",
                "guides",
                "envelopes",
                "calendar_events",
            )
            for row in await session.execute(text(f"SELECT * FROM {table} ORDER BY 1"))
        ]


@pytest.fixture
def rewritten(tmp_path: Path) -> Callable[..., TerritoryReference]:
    """Another edition: the shipped one with rows of a file changed."""

    def rewrite(name: str, change: Callable[[list[dict[str, str]]], None]) -> TerritoryReference:
        folder = tmp_path / "edition"
        if not folder.exists():
            shutil.copytree(SHIPPED.folder, folder)
        with (folder / name).open() as file:
            rows = list(csv.DictReader(file))
        change(rows)
        with (folder / name).open("w", newline="") as file:
            writer = csv.DictWriter(file, rows[0])
            writer.writeheader()
            writer.writerows(rows)
        return TerritoryReference(folder)

    return rewrite


@pytest.fixture(params=["sqlite", "postgresql"])
async def empty(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Database]:
    """A database with its tables and nothing in them."""
    if request.param == "sqlite":
        async with migrated(service, Settings(data_dir=tmp_path)) as database:
            yield database
        return
    postgres: Postgres = request.getfixturevalue("postgres")
    name = f"territory_{os.getpid()}"
    async with migrated(service, Settings(data_dir=tmp_path, database_url=postgres.create_database(name))) as database:
        yield database
    postgres.drop_database(name)


async def test_everything_is_loaded_and_a_second_load_writes_nothing(empty: Database) -> None:
    async with empty.reading() as session:
        assert "load" in (await lacks(session) or "")
    said: list[str] = []
    await load(empty, said.append)
    counted, versions = await count_all(empty), await row_versions(empty)

    assert {name: counted[name] for name in COUNTS} == COUNTS
    assert counted["outbox"] == 67 + 34 + 216 + 751 + 332 + 61 + 2 + 27 + 14
    assert counted["history"] == counted["outbox"] + 4
    assert any("34,875" in line for line in said)
    async with empty.reading() as session:
        assert await lacks(session) is None

    # Even if nobody remembers that this edition was loaded.
    async with empty.writing() as session:
        await session.execute(delete(ReferenceVersion))
    await load(empty, silence)

    assert await count_all(empty) == counted
    assert await row_versions(empty) == versions


async def test_the_same_version_is_not_read_again(database: Database) -> None:
    said: list[str] = []

    await load(database, said.append)

    assert said == ["territory: the reference data is loaded already"]


async def test_where_a_territory_lies_is_computed_as_the_list_says(database: Database) -> None:
    async with database.reading() as session:
        territories = {one.key: one for one in await session.scalars(select(Territory))}

    for phase, suffix in (("2018", ""), ("2023", "_2023")):
        with (SHIPPED.folder / f"territories{suffix}.csv").open() as file:
            for row in csv.DictReader(file):
                territory = territories[f"{phase}-{row['code']}"]
                assert territory.departements == row["departement_codes"].split()
                assert set(territory.regions) == set(row["region_codes"].split())
                assert territory.regions[0] == row["region_code"]
                assert territory.population == int(row["population"])
                assert territory.commune_count == int(row["commune_count"])
                assert territory.member_count == int(row["member_count"])
                assert (territory.lon, territory.lat) == pytest.approx((float(row["lon"]), float(row["lat"])), abs=2e-4)
    assert territories[BRESLE_VIMEU].regions == ["28", "32"]


async def test_a_member_in_both_phases_is_one_organisation(database: Database) -> None:
    async with database.reading() as session:
        members = (await session.scalars(select(Membership).where(Membership.siren == FAUCIGNY))).all()

    assert len(members) == 2
    assert {member.organisation.name for member in members} == {"CC Faucigny - Glières"}
    assert members[0].organisation.aliases == [{"name": "CC Faucigny-Glières", "note": "nom dans la liste de l'ANCT"}]
    assert all(member.entered_on is None for member in members)


async def test_a_changed_name_is_written_and_published_alone(
    database: Database, published: PublishedFacts, rewritten: Callable[..., TerritoryReference]
) -> None:
    def rename(rows: list[dict[str, str]]) -> None:
        next(row for row in rows if row["siren"] == FRANCE_TRAVAIL)["name"] = "France Travail (nouveau nom)"

    await load(database, silence, rewritten("organisations.csv", rename))

    [fact] = await published()
    assert (fact["fact"], fact["siren"], fact["name"]) == (
        "OrganisationRegistered.v1",
        FRANCE_TRAVAIL,
        "France Travail (nouveau nom)",
    )
    async with database.reading() as session:
        organisation = await session.get_one(Organisation, FRANCE_TRAVAIL)
        lines = await session.scalar(
            select(func.count()).select_from(history).where(history.c.object_id == FRANCE_TRAVAIL)
        )
    assert organisation.version == lines == 2


async def test_a_member_more_and_a_member_less_are_one_change_of_perimeter(
    database: Database, published: PublishedFacts, rewritten: Callable[..., TerritoryReference]
) -> None:
    async with database.reading() as session:
        before = await get_territory(session, LACQ_PAU_TARBES)
    gone = before.members[0].siren

    def move(rows: list[dict[str, str]]) -> None:
        row = next(row for row in rows if row["territory_code"] == "ti-7505" and row["epci_siren"] == gone)
        row["epci_siren"] = RHONE_LEZ

    await load(database, silence, rewritten("territory_epcis.csv", move))

    facts = await published()
    assert [fact["fact"] for fact in facts] == ["OrganisationRegistered.v1", "PerimeterChanged.v1"]
    members = {member["siren"]: member for member in facts[1]["members"]}
    assert members[RHONE_LEZ]["entered_on"] is None
    assert gone not in members, "no list says when it left: a correction, not a departure"
    async with database.reading() as session:
        after = await get_territory(session, LACQ_PAU_TARBES)
    assert (before.version, after.version) == (1, 2)
    assert after.population != before.population


async def test_what_was_changed_here_stays_when_another_version_is_loaded(
    database: Database, published: PublishedFacts, rewritten: Callable[..., TerritoryReference]
) -> None:
    async with database.writing() as session:
        territory = await get_territory(session, LACQ_PAU_TARBES)
        territory.name = "Lacq, Pau et Tarbes"

    def rename(rows: list[dict[str, str]]) -> None:
        next(row for row in rows if row["code"] == "ti-0101")["name"] = "Cap Excellence"

    await load(database, silence, rewritten("territories.csv", rename))

    [fact] = await published()
    assert (fact["fact"], fact["territory"]) == ("TerritoryDesignated.v1", CAP_EXCELLENCE)
    assert fact["name"] == "Cap Excellence"
    async with database.reading() as reader:
        assert (await get_territory(reader, LACQ_PAU_TARBES)).name == "Lacq, Pau et Tarbes"


async def test_geography_follows_the_files_and_is_never_published(
    database: Database, published: PublishedFacts, rewritten: Callable[..., TerritoryReference]
) -> None:
    def change(rows: list[dict[str, str]]) -> None:
        rows[0]["name"] = "Guadeloupe et dépendances"
        rows.pop(1)

    await load(database, silence, rewritten("regions.csv", change))

    assert await published() == []
    async with database.reading() as session:
        names = (await session.scalars(text("SELECT name FROM regions ORDER BY code"))).all()
    assert names[0] == "Guadeloupe et dépendances"
    assert len(names) == 17


async def test_a_row_that_stands_twice_in_a_file_is_stored_once(
    empty: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(geography, "CHUNK", 1)
    async with empty.writing() as session:
        await geography.mirror(session, Phase, [*SHIPPED.phases(), *SHIPPED.phases()])
    async with empty.reading() as session:
        stored = await session.scalar(select(func.count()).select_from(Phase))

    assert stored == len(list(SHIPPED.phases()))


async def test_a_corrected_figure_is_published_again(
    database: Database, published: PublishedFacts, rewritten: Callable[..., TerritoryReference]
) -> None:
    def correct(rows: list[dict[str, str]]) -> None:
        rows[0]["value"] = "125"

    await load(database, silence, rewritten("national_figures.csv", correct))

    [fact] = await published()
    assert (fact["fact"], fact["metric"], fact["value"]) == ("FigureDeclared.v1", "territories", 125)


async def test_a_figure_that_was_declared_before_it_was_shipped_stays(
    database: Database, published: PublishedFacts, rewritten: Callable[..., TerritoryReference]
) -> None:
    source = "Source synthétique"
    async with database.writing() as session:
        await declare_figure(
            session, Declaration(metric="territories", value=137, phase="2018", day=date(2019, 4, 1), source=source)
        )

    def add(rows: list[dict[str, str]]) -> None:
        rows.append({**rows[0], "date": "2019-04-01", "value": "138", "source": source})

    await load(database, silence, rewritten("national_figures.csv", add))

    assert [fact["value"] for fact in await published()] == [137]


async def test_a_corrected_event_of_the_calendar_is_published_again(
    database: Database, published: PublishedFacts, rewritten: Callable[..., TerritoryReference]
) -> None:
    def move(rows: list[dict[str, str]]) -> None:
        row = next(row for row in rows if row["start"] == "2019-05-23")
        row |= {"end": "2019-05-24", "status": "held"}

    await load(database, silence, rewritten("calendar_events.csv", move))

    [fact] = await published()
    assert (fact["fact"], fact["starts_on"], fact["ends_on"]) == (
        "CalendarEventAnnounced.v1",
        "2019-05-23",
        "2019-05-24",
    )
    assert (fact["status"], fact["year"]) == ("held", 2019)


async def test_a_version_of_a_guide_that_is_found_later_ends_the_one_before_it(
    database: Database, published: PublishedFacts, rewritten: Callable[..., TerritoryReference]
) -> None:
    def find(rows: list[dict[str, str]]) -> None:
        rows.append({**rows[0], "guide_version": "V5", "applicable_from": "2019-10-01"})

    await load(database, silence, rewritten("guides.csv", find))

    facts = sorted(await published(), key=lambda fact: str(fact["guide_version"]))
    assert [(fact["guide_version"], fact["applicable_until"]) for fact in facts] == [
        ("V4", "2019-10-01"),
        ("V5", "2020-01-02"),
    ]


async def test_a_source_that_cites_a_text_too_is_linked_to_the_figures_of_that_text(
    database: Database, published: PublishedFacts, rewritten: Callable[..., TerritoryReference]
) -> None:
    def cite(rows: list[dict[str, str]]) -> None:
        next(row for row in rows if row["reference"] == "gouvernement.fr, 22/11/2018")["cited_as"] += " | vipress.net"

    await load(database, silence, rewritten("sources.csv", cite))

    [fact] = await published()
    assert (fact["fact"], fact["metric"]) == ("FigureDeclared.v1", "expected_actions")
    assert fact["source_id"] is not None
