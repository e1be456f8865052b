"""Organisations: what is invented says so, what is official is as the geography says."""

import pytest

from services.territory.errors import OrganisationOfficial, RegionMissing, SyntheticMark
from services.territory.rules.organisations import (
    registered,
    require_member_name,
    require_official_kind,
    require_region,
    require_synthetic_mark,
)
from shared.events.territory import MEMBER_NAME_AT_MOST
from tests.services.territory.makers import make_organisation, make_region
from tests.services.territory.places import COMPANY, PAU_BEARN


def test_a_synthetic_organisation_says_so() -> None:
    require_synthetic_mark(COMPANY, "Ateliers du Gave (synthétique)", synthetic=True)
    require_synthetic_mark(COMPANY, "ATELIERS SYNTHETIQUE", synthetic=True)


def test_the_name_of_a_possible_member_fits_into_the_events_of_its_territory() -> None:
    require_member_name("epci", "x" * MEMBER_NAME_AT_MOST)
    require_member_name("company", "x" * 300)

    with pytest.raises(OrganisationOfficial, match="at most 100 characters"):
        require_member_name("commune", "x" * (MEMBER_NAME_AT_MOST + 1))


@pytest.mark.parametrize(
    ("siren", "name", "synthetic"),
    [
        (COMPANY, "Ateliers du Gave", True),
        (COMPANY, "Ateliers du Gave (synthétique)", False),
        (PAU_BEARN, "Ateliers du Gave (synthétique)", True),
    ],
    ids=["name without the word", "low SIREN without the flag", "flag on a SIREN of the register"],
)
def test_the_three_marks_go_together(siren: str, name: str, synthetic: bool) -> None:
    with pytest.raises(SyntheticMark):
        require_synthetic_mark(siren, name, synthetic=synthetic)


def test_a_real_company_may_make_synthetic_fibres() -> None:
    require_synthetic_mark("320252489", "Fibres synthétiques du Rhône", synthetic=False)


def test_an_epci_is_not_registered_as_a_company() -> None:
    with pytest.raises(OrganisationOfficial, match="CA Pau Béarn Pyrénées"):
        require_official_kind(PAU_BEARN, "company", make_organisation())


def test_a_body_outside_the_official_geography_is_no_epci() -> None:
    with pytest.raises(OrganisationOfficial):
        require_official_kind(COMPANY, "epci", None)


def test_a_region_is_registered_with_its_region() -> None:
    require_region("company", None)

    with pytest.raises(RegionMissing):
        require_region("region", None)


def test_the_fact_names_the_region_that_it_concerns() -> None:
    assert registered(make_region()).regions == ["75"]
