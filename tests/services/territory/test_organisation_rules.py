"""Organisations: what is invented says so, what is official is as the geography says."""

from datetime import date

import pytest

from services.territory.errors import OrganisationClosed, OrganisationOfficial, RegionMissing, SyntheticMark
from services.territory.rules.organisations import (
    registered,
    require_all_open,
    require_member_name,
    require_official_kind,
    require_open,
    require_open_throughout,
    require_region,
    require_synthetic_mark,
)
from shared.events.territory import MEMBER_NAME_AT_MOST
from tests.services.territory.makers import make_organisation, make_region
from tests.services.territory.places import COMPANY, HAUT_BEARN, PAU_BEARN, RHONE_LEZ


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


@pytest.mark.parametrize(
    ("valid_from", "valid_to", "outside", "inside"),
    [
        ("2019-03-05", "2020-02-29", ["2019-03-04", "2020-03-01"], ["2019-03-05", "2020-02-29"]),
        ("2019-03", "2020-02", ["2019-02-28", "2020-03-01"], ["2019-03-01", "2020-02-29"]),
        ("2019", "2020", ["2018-12-31", "2021-01-01"], ["2019-01-01", "2020-12-31"]),
        (None, None, [], ["1900-01-01", "9999-12-31"]),
    ],
)
def test_a_day_is_refused_if_it_is_surely_outside_the_life_of_an_organisation(
    valid_from: str | None, valid_to: str | None, outside: list[str], inside: list[str]
) -> None:
    organisation = make_organisation()
    organisation.valid_from, organisation.valid_to = valid_from, valid_to

    for day in inside:
        require_open(organisation, date.fromisoformat(day), field="organisation")
    for day in outside:
        with pytest.raises(OrganisationClosed):
            require_open(organisation, date.fromisoformat(day), field="organisation")


def test_an_organisation_exists_until_the_first_day_out() -> None:
    organisation, since = make_organisation(), date(2020, 1, 1)
    organisation.valid_to, organisation.successor_siren = "2020-12-31", COMPANY

    require_open_throughout(organisation, since, date(2021, 1, 1), field="organisation")
    require_open_throughout(organisation, since, since, field="organisation")
    for until in (date(2021, 1, 2), None):
        with pytest.raises(OrganisationClosed, match=f"its successor {COMPANY}"):
            require_open_throughout(organisation, since, until, field="organisation")


def test_the_refusal_names_each_organisation_that_does_not_exist_on_its_days() -> None:
    bodies = {siren: make_organisation(siren, name=siren) for siren in (PAU_BEARN, HAUT_BEARN, RHONE_LEZ)}
    bodies[HAUT_BEARN].valid_to, bodies[RHONE_LEZ].valid_from = "2019", "2020-06-01"
    days = {siren: [date(2020, 1, 1), date(2020, 12, 31)] for siren in bodies}

    with pytest.raises(OrganisationClosed) as refused:
        require_all_open(bodies, days, field="members")

    assert [error.pointer for error in refused.value.errors] == ["/members/1", "/members/2"]
    assert HAUT_BEARN in refused.value.detail
    assert RHONE_LEZ in refused.value.detail
