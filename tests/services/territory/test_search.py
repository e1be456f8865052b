"""Names as people write them find places, organisations and territories of the real reference data."""

import csv
import io
from collections import defaultdict
from collections.abc import Iterable
from typing import Any, Final
from urllib.parse import quote

import pytest

from services.territory.reference import SHIPPED
from services.territory.rules.place_search import sought_place
from services.territory.rules.search import place_text
from shared.clock import today
from shared.storage.search import searchable
from tests.services.territory.api import Api

PAGE: Final = 50
LEGAL_TYPES: Final = {
    "CC": "Communauté de communes",
    "CA": "Communauté d'agglomération",
    "CU": "Communauté urbaine",
    "EPT": "Établissement public territorial",
}


def lost(texts: dict[str, str], queries: Iterable[tuple[str, str]], table: str) -> list[str]:
    """Return the queries without their row on the first page: rows that are named so as a whole are first."""
    named = defaultdict(set)
    for key, text in texts.items():
        for word in text.split():
            if word.startswith("^"):
                named[word].add(key)
    found = []
    for q, key in queries:
        sought = sought_place(q, table)
        assert sought is not None
        first = set().union(*(named[f"^{whole}"] for whole in sought.wholes))
        if key not in first or len(first) > PAGE or not sought.fits(texts[key]):
            found.append(q)
    return found


def test_each_epci_and_ept_is_found_by_its_name_and_by_its_legal_name() -> None:
    for table, rows, count in (("epcis", list(SHIPPED.epcis()), 1255), ("epts", list(SHIPPED.epts()), 11)):
        texts = {row["siren"]: place_text(row) for row in rows}
        asked = []
        for row in rows:
            form, bare = LEGAL_TYPES.get(row["type"], ""), row["name"].removeprefix(f"{row['type']} ")
            legal = f"{form} {bare}" if form else row["name"]
            asked += [(q, row["siren"]) for q in (row["name"], legal, legal.upper(), row["siren"])]

        assert len(texts) == count
        assert lost(texts, asked, table) == []
        assert max(len(q) for q, _ in asked) <= 100


def test_each_commune_is_found_by_its_name_and_codes() -> None:
    texts, asked = {}, []
    for row in SHIPPED.communes():
        texts[row["code"]] = place_text(row)
        asked += [(q, row["code"]) for q in (row["name"], row["code"], row["siren"]) if q]

    assert len(texts) == 34_875
    assert lost(texts, asked, "communes") == []


SIGNS: Final = ["", "—", "D'", "de la", "St", "Région", "x" * 300, "㎢" * 90, "Œ ǅ ½", "a\u034f\u0483b"]


def test_the_texts_of_places_are_those_of_the_rule_for_all_rows() -> None:
    geography = [SHIPPED.regions(), SHIPPED.departements(), SHIPPED.epcis(), SHIPPED.epts(), SHIPPED.employment_zones()]
    rows = [row for part in (*geography, SHIPPED.communes(), SHIPPED.commune_parts()) for row in part]
    signs = [{"name": name, "code": code, "departement_code": "2A"} for name in SIGNS for code in ("", "1.2", "St")]

    def by_rule(row: dict[str, Any]) -> str:
        names = [row["name"] or "", *row.get("other_names", ())]
        codes = [code for code in (row.get("code"), *row.get("other_codes", ())) if code]
        departements = row.get("departement_codes") or [row["departement_code"]]
        tokens = [
            *searchable(
                *names, legal_types=["ept"] if row.get("type") == "EPT" else [], stems=False, is_spelled=True
            ).split(),
            *(sign + code.lower() for code in codes for sign in "^#"),
            *([f"^{row['siren']}"] if row.get("siren") else []),
            *(f"@{code.lower()}" for code in departements),
        ]
        return f" {' '.join(dict.fromkeys(tokens))} "

    assert len(rows) > 41_000
    assert [row for row in (*rows, *signs) if place_text(row) != by_rule(row)] == []


SPELLINGS: Final = [
    ("epcis", "Communauté d'agglomération Pau Béarn Pyrénées", "200067254"),
    ("epcis", "COMMUNAUTE D AGGLOMERATION PAU BEARN PYRENEES", "200067254"),
    ("epcis", "agglo pau", "200067254"),
    ("epcis", "agglomération de Pau", "200067254"),
    ("epcis", "Pau Béarn Pyr", "200067254"),
    ("epcis", "200 067 254", "200067254"),
    ("epcis", "20006725400017", "200067254"),
    ("epcis", "metropole lyon", "200046977"),
    ("epcis", "métropole de Strasbourg", "246700488"),
    ("epcis", "St-Etienne métropole", "244200770"),
    ("epcis", "CC du Haut Béarn", "200067262"),
    ("epcis", "communauté de communes haut bearn", "200067262"),
    ("epts", "établissement public territorial plaine commune", "200057867"),
    ("epts", "EPT Paris Terres d’Envol", "200058097"),
    ("communes", "St-Denis", "93066"),
    ("communes", "L'Haÿ les Roses", "94038"),
    ("communes", "l hay les roses", "94038"),
    ("communes", "bourg en bresse", "01053"),
    ("communes", "PAU", "64445"),
    ("communes", "64445", "64445"),
    ("communes", "2a004", "2A004"),
    ("communes", "St Etienne", "42218"),
    ("communes", "SAINT-ETIENNE", "42218"),
    ("communes", "ste foy la grande", "33402"),
    ("communes", "Isle sur la Sorgue", "84054"),
    ("communes", "Fontenay ss Bois", "94033"),
    ("communes", "bar s/seine", "10034"),
    ("communes", "Villeneuve s/ Lot", "47323"),
    ("communes", "commune de Pau", "64445"),
    ("communes", "mairie de Lyon", "69123"),
    ("communes", "Seynod", "74010"),
    ("communes", "74268", "74010"),
    ("communes", "75101", "75056"),
    ("communes", "Lyon 3e", "69123"),
    ("communes", "Paris 15", "75056"),
    ("departements", "64", "64"),
    ("departements", "département du Nord", "59"),
    ("departements", "Hte Savoie", "74"),
    ("departements", "20", "2A"),
    ("employment-zones", "zone d'emploi de Pau", "7522"),
    ("employment-zones", "Pau (64)", "7522"),
    ("epcis", "intercommunalité du Haut Béarn", "200067262"),
    ("epcis", "Dijon (21)", "242100410"),
    ("epcis", "CC Val 81", "248100497"),
    ("regions", "Région Bretagne", "53"),
    ("regions", "Bretagne (35)", "53"),
    ("regions", "PACA", "93"),
    ("regions", "aura", "84"),
    ("regions", "IDF", "11"),
    ("regions", "Alsace", "44"),
    ("regions", "Midi-Pyrénées", "76"),
    ("departements", "pyrenees atlantiques", "64"),
    ("regions", "provence alpes cote azur", "93"),
    ("regions", "75", "75"),
    ("territories", "2018-ti-7505", "2018-ti-7505"),
    ("territories", "Territoire d'industrie Lacq", "2018-ti-7505"),
    ("territories", "Lacq (64)", "2018-ti-7505"),
    ("territories", "Lacq (Pyrénées-Atlantiques)", "2018-ti-7505"),
    ("territories", "lacq pau tarbes", "2018-ti-7505"),
    ("territories", "tarbes lourdes", "2018-ti-7505"),
    ("organisations", "france travail", "130005481"),
    ("organisations", "pôle emploi", "130005481"),
    ("organisations", "banque des territoires", "180020026"),
    ("organisations", "bpi", "320252489"),
    ("organisations", "conseil régional bretagne", "233500016"),
    ("organisations", "130 005 481", "130005481"),
]


COLLECTIONS_WITH_CODES: Final = ("communes", "departements", "regions", "employment-zones")
KEYS: Final = {"territories": "key", **dict.fromkeys(COLLECTIONS_WITH_CODES, "code")}


@pytest.mark.asyncio(loop_scope="session")
@pytest.mark.parametrize(("collection", "q", "expected"), SPELLINGS)
async def test_spellings_of_people_find_what_they_mean(library: Api, collection: str, q: str, expected: str) -> None:
    found = await library.get(f"/v1/{collection}?q={quote(q)}")

    assert expected in [row[KEYS.get(collection, "siren")] for row in found["items"]]


FIRST: Final = [
    ("communes", "Dijon (21)", ["21231"]),
    ("communes", "Verdun (55)", ["55545"]),
    ("communes", "Dax 40", ["40088"]),
    ("communes", "Saint-Denis (93)", ["93066"]),
    ("communes", "Saint-Denis (Réunion)", ["97411"]),
    ("communes", "Saint-Denis (La Réunion)", ["97411"]),
    ("communes", "Fontaine (Isère)", ["38169"]),
    ("communes", "Pau (Nouvelle-Aquitaine)", ["64445"]),
    ("communes", "Ajaccio (2a)", ["2A004"]),
    ("communes", "Ajaccio (20)", ["2A004"]),
    ("communes", "Ville de Pau", ["64445"]),
    ("communes", "Ville d'Avray", ["92077"]),
    ("communes", "Ville-la-Grand", ["74305"]),
    ("communes", "HAYES", ["57307", "41100"]),
    ("communes", "Les Hayes", ["41100", "57307"]),
    ("communes", "LE LUC", ["83073", "48086", "65290"]),
    ("communes", "Luc", ["48086", "65290", "83073"]),
    ("employment-zones", "Pau 64", ["7522"]),
]


@pytest.mark.asyncio(loop_scope="session")
@pytest.mark.parametrize(("collection", "q", "expected"), FIRST)
async def test_the_name_as_it_is_spelled_is_first(library: Api, collection: str, q: str, expected: list[str]) -> None:
    found = await library.get(f"/v1/{collection}?q={quote(q)}")

    assert [row["code"] for row in found["items"]][: len(expected)] == expected


@pytest.mark.asyncio(loop_scope="session")
@pytest.mark.parametrize("as_of", ["", "&as_of=2026-01-01"])
async def test_a_number_beside_words_is_a_departement(library: Api, as_of: str) -> None:
    for q in ("Saint-Martin (21)", "Saint-Martin 21"):
        communes = await library.collect(f"/v1/communes?q={quote(q)}")
        assert {row["departement_code"] for row in communes} == {"21"}
    for collection, q in (("epcis", "Pau (20)"), ("employment-zones", "Pau (75)"), ("communes", "Pau 644")):
        assert await library.collect(f"/v1/{collection}?q={quote(q)}") == []
    assert await library.collect(f"/v1/territories?q={quote('Lacq (75)')}{as_of}") == []
    assert [row["key"] for row in await library.collect(f"/v1/territories?q={quote('Lacq (64)')}{as_of}")] == [
        row["key"] for row in await library.collect(f"/v1/territories?q=Lacq&departement=64{as_of}")
    ]


@pytest.mark.asyncio(loop_scope="session")
async def test_an_exact_name_is_first_and_pages_hold_each_row_once(library: Api) -> None:
    everything = await library.collect("/v1/communes?q=pau")
    paged: list[Any] = []
    path = "/v1/communes?q=pau&limit=7"
    page = await library.get(path)
    while page["next"] is not None:
        paged += page["items"]
        page = await library.get(f"{path}&cursor={page['next']}")
    codes = [commune["code"] for commune in (*paged, *page["items"])]

    assert codes == [commune["code"] for commune in everything]
    assert codes[0] == "64445"
    assert codes[1:] == sorted(set(codes[1:]))
    assert len(codes) > PAGE


@pytest.mark.asyncio(loop_scope="session")
@pytest.mark.parametrize(
    "q",
    [
        "Cap Excellence",
        "agglo pau",
        "Lacq (64)",
        "Territoire d'industrie Lacq",
        "de la",
        "St",
        "2018-ti-7505",
        "🎉",
        "---",
        " ",
    ],
)
@pytest.mark.parametrize(("collection", "key"), [("territories", "key"), ("organisations", "siren")])
async def test_every_form_of_a_list_answers_a_query_alike(library: Api, collection: str, key: str, q: str) -> None:
    path = f"/v1/{collection}?q={quote(q)}"
    now = [row[key] for row in await library.collect(path)]
    on_day = [row[key] for row in await library.collect(f"{path}&as_of={today()}")]
    table = await library.call("GET", path, headers={"Accept": "text/csv"})
    written = [row[key] for row in csv.DictReader(io.StringIO(table.text.lstrip("\ufeff")))]

    # Of today are those that have not ended.
    assert on_day == [each for each in now if each in set(on_day)]
    assert len(on_day) >= len(now) - 5
    assert written == now
    assert now == [] or q not in ("🎉", "---")
