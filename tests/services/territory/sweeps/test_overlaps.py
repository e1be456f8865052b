"""Overlaps of all territories with other schemes, against a computation of its own in SQL over the files."""

import pytest

from tests.services.territory.api import Api
from tests.support.scheme_files import computed_overlaps

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_the_overlaps_of_every_territory_equal_an_independent_computation(library: Api) -> None:
    territories = await library.collect("/v1/territories")
    computed = computed_overlaps()

    assert len(territories) == len(computed) == 332
    for territory in territories:
        found = await library.get(f"/v1/territories/{territory['key']}/overlaps")
        whole = found["commune_count"], found["population"]
        assert whole == computed[territory["key"]].whole
        assert whole == (territory["commune_count"], territory["population"])
        assert {
            (scheme["code"], code): (part["commune_count"], part["population"])
            for scheme in found["items"]
            for code, part in [("", scheme), *((each["code"], each) for each in scheme["perimeters"])]
        } == computed[territory["key"]].parts
        for each in found["items"]:
            assert each["commune_share"] == round(each["commune_count"] / found["commune_count"], 6)
            assert each["population_share"] == round(each["population"] / found["population"], 6)
