"""Whole lists as CSV: streamed, and safe to open in a spreadsheet."""

import codecs
import csv
import io
import re

import pytest

from services.territory.api.csv import MEDIA_TYPE, table
from services.territory.schemas.organisations import AliasOut
from shared.http.schemas import Answer
from tests.services.territory.api import Api
from tests.services.territory.media_types import answering
from tests.services.territory.places import BRESLE_VIMEU, FRANCE_TRAVAIL, LACQ_PAU_TARBES, PAU_BEARN

CSV = {"accept": "text/csv"}
_MAP = "/v1/territories/map?phase=2018&by=indicator&separator=semicolon&indicator="
FRENCH = {
    "/v1/indicators/{code}/values": [
        "/v1/indicators/jobs_total/values?level=departement&separator=semicolon",
        "/v1/indicators/jobs_industry_share/values?separator=semicolon",
    ],
    "/v1/organisations": ["/v1/organisations?separator=semicolon", "/v1/organisations?q=pau&separator=semicolon"],
    "/v1/territories": [
        "/v1/territories?separator=semicolon",
        "/v1/territories?as_of=2019-03-05&separator=semicolon",
    ],
    "/v1/territories/map": [f"{_MAP}jobs_industry_share", f"{_MAP}jobs_total"],
    "/v1/territories/{territory}/members": [f"/v1/territories/{LACQ_PAU_TARBES}/members?separator=semicolon"],
}
"""Address with a CSV form → files for French spreadsheets."""

pytestmark = pytest.mark.asyncio(loop_scope="session")


class Several(Answer):
    """Row with several names."""

    names: list[AliasOut]


async def rows(library: Api, path: str) -> list[dict[str, str]]:
    """The rows of an address as CSV."""
    answer = await library.call("GET", path, headers=CSV)
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.headers["vary"].split(", ")[0] == "Accept"
    return list(csv.DictReader(io.StringIO(answer.text)))


async def test_territories_come_whole_and_filtered(library: Api) -> None:
    every = {row["key"]: row for row in await rows(library, "/v1/territories")}

    assert len(every) == 332
    assert every[LACQ_PAU_TARBES]["regions"] == "75 76"
    assert every[LACQ_PAU_TARBES]["is_pilot"] == "true"
    assert every[BRESLE_VIMEU]["is_pilot"] == ""
    assert len(await rows(library, "/v1/territories?phase=2018")) == 149


async def test_members_are_a_table(library: Api) -> None:
    members = await rows(library, f"/v1/territories/{LACQ_PAU_TARBES}/members?as_of=2019-03-05")

    assert len(members) == 10
    assert {row["siren"]: row["membership"] for row in members}[PAU_BEARN] == "unknown"


async def test_a_file_of_members_names_their_territory_in_each_row_and_itself(library: Api) -> None:
    path = f"/v1/territories/{LACQ_PAU_TARBES}/members?as_of=2019-03-05"

    answer = await library.call("GET", path, headers=CSV)

    assert {row["territory"] for row in await rows(library, path)} == {LACQ_PAU_TARBES}
    assert answer.headers["content-disposition"] == (f'attachment; filename="membres-{LACQ_PAU_TARBES}-2019-03-05.csv"')


async def test_a_file_for_french_spreadsheets_has_semicolons_decimal_commas_and_a_signature(library: Api) -> None:
    answer = await library.call("GET", "/v1/territories?separator=semicolon&as_of=2019-03-05", headers=CSV)

    assert answer.content.startswith(codecs.BOM_UTF8)
    found = {row["key"]: row for row in csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig")), delimiter=";")}
    assert found[LACQ_PAU_TARBES]["lat"] == "43,2789"
    assert found[LACQ_PAU_TARBES]["designated_between"] == "2018-11-22/2022-12-31"
    assert answer.headers["content-disposition"] == 'attachment; filename="territoires-2019-03-05.csv"'


async def test_a_file_for_programs_has_commas_decimal_points_and_no_signature(library: Api) -> None:
    answer = await library.call("GET", "/v1/territories", headers=CSV)

    assert answer.content.startswith(b"key,code,")
    assert re.fullmatch(
        r'attachment; filename="territoires-\d{4}-\d\d-\d\d\.csv"', answer.headers["content-disposition"]
    )
    assert {row["key"]: row for row in await rows(library, "/v1/territories")}[LACQ_PAU_TARBES]["lat"] == "43.2789"


@pytest.mark.parametrize(
    ("path", "accept"),
    [
        ("/v1/territories?limit=10", "text/csv"),
        ("/v1/territories?cursor=abc", "text/csv"),
        ("/v1/territories?limit=10", "application/geo+json"),
        ("/v1/regions?limit=10", "application/geo+json"),
        ("/v1/departements?limit=10", "application/geo+json"),
        ("/v1/organisations?limit=10", "text/csv"),
        ("/v1/organisations?separator=semicolon", "application/json"),
        (f"/v1/territories/{LACQ_PAU_TARBES}/members?separator=semicolon", "application/json"),
    ],
)
async def test_a_parameter_without_effect_is_refused(library: Api, path: str, accept: str) -> None:
    if "cursor" in path:
        cursor = (await library.get("/v1/territories?limit=1"))["next"]
        path = path.replace("abc", cursor)

    problem = (await library.call("GET", path, headers={"accept": accept}, status=422)).json()

    assert problem["code"] == "parameter-not-fitting"


async def test_organisations_come_with_their_other_names(library: Api) -> None:
    every = {row["siren"]: row for row in await rows(library, "/v1/organisations")}

    assert len(every) == 1001
    assert every[FRANCE_TRAVAIL]["aliases"] == "Pôle emploi"


@pytest.mark.parametrize(
    "begin", ["=", "+", "-", "@", "\t", "\r", "  =", "\t=", "\n=", "\u00a0+", "\u3000-", " @", "\uff1d", "\uff20"]
)
async def test_no_cell_is_run_by_a_spreadsheet(begin: str) -> None:
    answer = table([AliasOut(name=f"{begin}HYPERLINK()", note=None)], AliasOut, name="noms", day=None)

    text = "".join([str(part) async for part in answer.body_iterator])
    assert list(csv.reader(io.StringIO(text, newline="")))[1] == [f"'{begin}HYPERLINK()", ""]


async def test_several_names_of_a_cell_stay_distinct() -> None:
    names = ["Région ; Sud", "Pau", 'dite "la Ville"', '"Sud" ; "Nord"', "a;b"]
    answer = table([Several(names=[AliasOut(name=name, note=None) for name in names])], Several, name="noms", day=None)
    text = "".join([str(part) async for part in answer.body_iterator])
    [cell] = list(csv.reader(io.StringIO(text, newline="")))[1]

    assert [name.strip() for name in next(csv.reader([cell], delimiter=";", skipinitialspace=True))] == names


async def test_every_file_for_french_spreadsheets_has_decimal_commas(library: Api) -> None:
    """Walk the addresses with a CSV form: no cell of theirs is a number with a point."""
    assert answering(MEDIA_TYPE) == {*FRENCH}
    for path, asked in [(path, asked) for path, every in FRENCH.items() for asked in every]:
        answer = await library.call("GET", asked, headers=CSV)
        found = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig")), delimiter=";"))
        cells = {cell for row in found for cell in row}

        assert len(found) > 1, asked
        assert not {cell for cell in cells if re.fullmatch(r"-?[0-9]+[.][0-9]+", cell)}, asked
        has_decimals = path not in ("/v1/organisations", "/v1/territories/{territory}/members")
        assert any(re.fullmatch(r"-?[0-9]+,[0-9]+", cell) for cell in cells) == has_decimals, asked


async def test_caches_learn_that_the_form_depends_on_what_is_asked_for(library: Api) -> None:
    for path in ("/v1/regions", "/v1/territories", "/v1/organisations", f"/v1/territories/{LACQ_PAU_TARBES}"):
        assert (await library.call("GET", path)).headers["vary"].split(", ")[0] == "Accept"
