"""Official codes: a code that names nothing is refused wherever it enters."""

import csv
from pathlib import Path

import pytest
from pydantic import TypeAdapter, ValidationError

from shared.events.codes import REGIONS, MemberCode, RegionCode, Siren, SirenInput

DATA = Path(__file__).parents[2] / "services" / "territory" / "reference"
region = TypeAdapter(RegionCode)
siren = TypeAdapter(SirenInput)
member = TypeAdapter(MemberCode)


def test_the_regions_are_those_that_the_territory_service_ships() -> None:
    with (DATA / "regions.csv").open() as file:
        shipped = {row["code"] for row in csv.DictReader(file)}

    assert shipped == set(REGIONS)


@pytest.mark.parametrize(
    ("code", "words"),
    [("73", "lies in 76"), ("74", "lies in 75"), ("99", "pattern"), ("00", "pattern"), ("05", "pattern")],
)
def test_a_region_of_before_2016_or_of_nowhere_is_refused(code: str, words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        region.validate_python(code)


@pytest.mark.parametrize(
    "written",
    [
        "200067254",
        "200 067 254",
        "200\u00a0067\u00a0254",
        "200\u202f067\u202f254",
        " 200067254 ",
        "20006725400017",
        "200 067 254 00017",
        "200\u202f067\u202f254\u00a000017",
        "200  067  254",
        "200\t067\t254",
        "200\u2007067\u2007254",
        "200\u3000067\u3000254",
        "200\u202f067 \u00a0254  00017",
    ],
)
def test_a_siren_is_understood_with_blanks_and_as_a_siret(written: str) -> None:
    assert siren.validate_python(written) == "200067254"
    assert member.validate_python(written) == "200067254"


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ("200 067 255", "200067255 is not a SIREN (its last digit does not fit the others): correct it"),
        ("20006725", "a SIREN has 9 digits and a SIRET has 14: this one has 8"),
        ("200 067 254 0001", "a SIREN has 9 digits and a SIRET has 14: this one has 13"),
        ("20006725500012", "20006725500012 is not a SIRET: a SIRET has 14 digits, and its first nine, 200067255, are"),
        (
            "20006725400012",
            "20006725400012 is not a SIRET (its last digit does not fit the others): correct it",
        ),
        ("13000548100011", "give the SIREN 130005481"),
        ("35600000000044", "is not a SIRET"),
        ("Pau", "a SIREN has nine digits, such as 200053759, and a SIRET has 14 digits"),
        ("", "a SIREN has nine digits"),
        ("200\n067254", "a SIREN has nine digits"),
        ("２00067254", "a SIREN has nine digits"),
    ],
)
def test_a_refused_siren_says_in_words_what_is_wrong(written: str, words: str) -> None:
    with pytest.raises(ValidationError) as refusal:
        siren.validate_python(written)

    assert words in str(refusal.value)


def test_a_commune_is_a_member_by_its_code_and_an_event_takes_the_plain_siren_alone() -> None:
    assert member.validate_python("2A004") == "2A004"
    with pytest.raises(ValidationError):
        TypeAdapter[str](Siren).validate_python("200 067 254")


@pytest.mark.parametrize("siret", ["35600000000048", "35600000000015", "35600000049837"])
def test_an_establishment_of_la_poste_has_a_check_of_its_own(siret: str) -> None:
    assert siren.validate_python(siret) == "356000000"
