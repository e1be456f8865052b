"""Overlaps of all territories, from the published files, against a computation of its own in SQL."""

from services.contract.queries.schemes import communes_in
from services.contract.rules.overlaps import covered_parts
from services.territory.reference import SHIPPED
from tests.support.scheme_files import computed_overlaps


def test_the_parts_of_every_territory_equal_an_independent_computation() -> None:
    computed = computed_overlaps()
    members = {territory["key"]: set(territory["members"]) for territory in SHIPPED.territories()}

    assert members.keys() == computed.keys()
    for key, sirens in members.items():
        communes, population, parts = covered_parts(communes_in(sirens), {}, [])
        assert (communes, population) == computed[key].whole
        assert {
            (part.scheme, part.perimeter or ""): (part.commune_count, part.population) for part in parts
        } == computed[key].parts
