"""Official codes: a code that names nothing is refused wherever it enters."""

import csv
from pathlib import Path

import pytest
from pydantic import TypeAdapter, ValidationError

from shared.events.codes import REGIONS, RegionCode

DATA = Path(__file__).parents[2] / "services" / "territory" / "reference"
region = TypeAdapter(RegionCode)


def test_the_regions_are_those_that_the_territory_service_ships() -> None:
    with (DATA / "regions.csv").open() as file:
        shipped = {row["code"] for row in csv.DictReader(file)}

    assert shipped == set(REGIONS)


@pytest.mark.parametrize("code", ["73", "99", "00", "05", "74"])
def test_a_region_of_before_2016_or_of_nowhere_is_refused(code: str) -> None:
    with pytest.raises(ValidationError, match="pattern"):
        region.validate_python(code)
