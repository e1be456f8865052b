"""The benchmark of a million sheets writes rows as the tables of today take them."""

from sqlalchemy import delete

from benchmarks import scale
from services.contract.models import KnownOrganisation
from shared.settings import Settings
from tests.services.contract.conftest import House
from tests.support.harness import ON_POSTGRESQL


@ON_POSTGRESQL
async def test_the_sheets_of_the_benchmark_are_read_by_the_api(house: House, settings: Settings) -> None:
    # The benchmark registers its carriers, some of which this platform knows.
    async with house.database.writing() as session:
        await session.execute(delete(KnownOrganisation))
    await scale.fill(settings.url_of("contract"), 8)

    found = await house.get("/v1/actions", limit=20)
    assert found["items"]
    assert {sheet["title"].split()[0] for sheet in found["items"]} == {"Fiche"}
    assert {sheet["status"] for sheet in found["items"]} <= {"submitted", "validated"}
