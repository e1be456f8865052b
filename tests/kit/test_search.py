"""One rule of the search: words of a query begin words of a row; exact names; the same on both databases."""

import asyncio
import random
import unicodedata
from collections.abc import AsyncIterator, Callable
from typing import Final

import pytest
import pytest_asyncio
from sqlalchemy import Column, Integer, MetaData, String, Table, Text, insert, select
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from deploy.servers import Postgres
from shared.storage.search import SEARCH_INDEXED, Sought, Term, search_index, searchable, stem, words


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Lacq-Pau - Tarbes", ["lacq", "pau", "tarbes"]),
        ("Vallée de l'Arve", ["vallee", "de", "l", "arve"]),
        ("CC Élan Limousin Avenir Nature", ["cc", "elan", "limousin", "avenir", "nature"]),
        ("Terres de Cannes et Industries d’Avenir", ["terres", "de", "cannes", "et", "industries", "d", "avenir"]),
        ("CC du Cœur de l'Yonne", ["cc", "du", "coeur", "de", "l", "yonne"]),
        ("Laboratoire™ de 5 ㎏", ["laboratoiretm", "de", "5", "kg"]),
        ("  — ", []),
    ],
)
def test_accents_case_and_punctuation_do_not_count(text: str, expected: list[str]) -> None:
    assert words(text) == expected


def test_each_word_name_and_stem_stands_between_blanks() -> None:
    assert searchable("Pau Formation", codes=["64445"]) == " ^pau.formation ^64445 pau formation 64445 =format "
    assert searchable("Pau Formation", stems=False) == " ^pau.formation pau formation "
    assert searchable("", "—") == "  "


@pytest.mark.parametrize(
    ("q", "name"),
    [
        ("Communauté d'agglomération Pau Béarn Pyrénées", "CA Pau Béarn Pyrénées"),
        ("CA Pau Béarn Pyrénées", "Communauté d'agglomération Pau Béarn Pyrénées"),
        ("COMMUNAUTE D'AGGLOMERATION PAU BEARN PYRENEES", "CA Pau Béarn Pyrénées"),
        ("Pau Béarn Pyrénées", "CA Pau Béarn Pyrénées"),
        ("Communauté de communes du Pays de l'Isle", "CC du Pays de l'Isle"),
        ("cc pays isle", "CC du Pays de l’Isle"),
        ("Communauté urbaine d'Arras", "CU d'Arras"),
        ("Conseil régional de Bretagne", "Région Bretagne"),
        ("St Etienne", "Saint-Étienne"),
        ("SAINT-ETIENNE", "Saint-Étienne"),
        ("saint etienne", "St-Étienne"),
        ("Ste-Foy-la-Grande", "Sainte-Foy-la-Grande"),
        ("saintes maries de la mer", "Stes-Maries-de-la-Mer"),
        ("L'Haÿ les Roses", "L'Haÿ-les-Roses"),
        ("hay les roses", "L'Haÿ-les-Roses"),
        ("bourg en bresse", "Bourg-en-Bresse"),
        ("Bourg Bresse", "Bourg-en-Bresse"),
        ("Metropole Lyon", "Métropole de Lyon"),
        ("Coeur de l'Yonne", "CC du Cœur de l'Yonne"),
        ("Fontenay ss Bois", "Fontenay-sous-Bois"),
        ("FONTENAY S/S BOIS", "Fontenay-sous-Bois"),
        ("Bar s/Seine", "Bar-sur-Seine"),
        ("bar s/ seine", "Bar-sur-Seine"),
        ("Hte Savoie", "Haute-Savoie"),
        ("Htes Pyrénées", "Hautes-Pyrénées"),
        ("Gd Quevilly", "Le Grand-Quevilly"),
        ("Chantier ss réserve", "Chantier ss réserve"),
    ],
)
def test_other_spellings_are_the_whole_name(q: str, name: str) -> None:
    sought = Sought.of(q)

    assert sought is not None
    assert sought.fits(searchable(name))
    assert sought.is_whole(searchable(name))


@pytest.mark.parametrize(
    ("q", "name"),
    [
        ("Pau Béarn Pyr", "CA Pau Béarn Pyrénées"),
        ("communauté d'agglo pau", "CA Pau Béarn Pyrénées"),
        ("agglo pau", "CA Pau Béarn Pyrénées"),
        ("sai etien", "St-Étienne"),
        ("metropole strasbourg", "Eurométropole de Strasbourg"),
        ("formations", "Centre de formation"),
        ("formation", "Des formations industrielles"),
        ("industries", "Un bâtiment industriel"),
        ("industriel", "Les industries du bois"),
        ("industrielle", "L'industrie"),
        ("ENERGIES", "Énergie renouvelable"),
        ("ecoles", "École de production"),
        ("compétents", "Des compétences"),
        ("emploi pole", "Pôle emploi"),
        ("de la", "Vallée de la Seine"),
        ("volontaire territorial en entreprise", "Volontariat territorial en entreprise (VTE)"),
        ("volontariat", "Des volontaires"),
        ("hte", "Haute-Savoie"),
    ],
)
def test_beginnings_synonyms_and_other_spellings_of_words_fit(q: str, name: str) -> None:
    sought = Sought.of(q)

    assert sought is not None
    assert sought.fits(searchable(name))
    assert not sought.is_whole(searchable(name))


@pytest.mark.parametrize(
    ("q", "name"),
    [
        ("Montes", "Montpellier"),
        ("Pau Tarbes", "CA Pau Béarn Pyrénées"),
        ("agglomeration", "Bilan de la CA"),
        ("au", "Pau"),
        ("=format", "Centre de décarbonation"),
        ("^pau", "Paulhac =pau"),
        ("🎉", "Pau"),
        ("---", "Lacq-Pau-Tarbes"),
        ("%", "100 %"),
        ("_", "Pau"),
    ],
)
def test_others_do_not(q: str, name: str) -> None:
    sought = Sought.of(q)

    assert sought is not None
    assert not sought.fits(searchable(name)) or not sought.is_whole(searchable(name))
    assert sought.fits(searchable(name)) == (q == "^pau")


@pytest.mark.parametrize("q", ["200067254", "200 067 254", " 200 067 254 ", "20006725400017", "200 067 254 00017"])
def test_a_siren_is_found_with_blanks_and_by_a_siret(q: str) -> None:
    sought = Sought.of(q)

    assert sought is not None
    assert sought.terms == (Term("200067254"),)
    assert sought.is_whole(searchable("CA Pau Béarn Pyrénées", sirens=["200067254"]))


@pytest.mark.parametrize("q", ["20", "2000672", "Pau 20"])
def test_a_siren_is_found_as_a_whole_alone(q: str) -> None:
    sought = Sought.of(q)

    assert sought is not None
    assert not sought.fits(searchable("CA Pau Béarn Pyrénées", sirens=["200067254"]))


def test_a_siret_with_a_wrong_last_digit_finds_no_siren() -> None:
    sought = Sought.of("20006725400018")

    assert sought is not None
    assert not sought.fits(searchable("CA Pau Béarn Pyrénées", codes=["200067254"]))


@pytest.mark.parametrize("q", [None, "", "  ", "\t"])
def test_blanks_ask_for_nothing(q: str | None) -> None:
    assert Sought.of(q) is None


def test_the_text_of_a_name_and_of_a_query_is_bounded() -> None:
    text = searchable(" ".join(f"mot{number}" for number in range(60)), "x" * 300)

    assert "^" not in text
    assert max(map(len, text.split())) == len("=") + 100


LEGAL_TYPES: Final = {
    "CC": "communauté de communes",
    "CA": "communauté d'agglomération",
    "CU": "communauté urbaine",
}
VOCABULARY: Final = [
    "Pau", "Pays", "Paris", "Saint-Étienne", "Ste-Foy", "L'Isle", "d'Orléans", "Formation", "formations",
    "industrielle", "Industries", "industriel", "Cœur", "Haÿ", "75", "2018-ti-7505", "énergie", "Énergies", "la", "de",
    "du", "CC", "CA", "Communauté", "agglomération", "école", "ÉCOLES", "production",
]  # fmt: skip
SIGNS: Final = ("🎉", "---", "%", "_", "'", "100%", "\\", "''':*", "|", "œ")


def folded(text: str) -> str:
    """A text without accents, in lower case."""
    text = text.lower().replace("œ", "oe")
    return "".join(sign for sign in unicodedata.normalize("NFD", text) if unicodedata.category(sign) != "Mn")


def parts(text: str) -> list[str]:
    """The words of a text: all signs are blanks."""
    return "".join(sign if sign in "abcdefghijklmnopqrstuvwxyz0123456789" else " " for sign in folded(text)).split()


def is_meant(q: str, name: str) -> bool:
    """The rule as a reader of the documentation would write it."""
    small = {"a", "au", "aux", "d", "de", "des", "du", "en", "et", "l", "la", "le", "les"}
    asked = parts(q)
    asked = [word for word in asked if word not in small] or asked
    said = parts(name)
    significant = [word for word in said if word not in small]
    for short, form in LEGAL_TYPES.items():
        full = [word for word in parts(form) if word not in small]
        if significant[:1] == [short.lower()]:
            said = said + full
        if any(significant[at : at + 2] == full for at in range(len(significant))):
            said = [*said, short.lower()]
    said += [{"saint": "st", "sainte": "ste", "st": "saint", "ste": "sainte"}.get(word, word) for word in said]

    def is_said(word: str) -> bool:
        return any(each.startswith(word) or (stem(word) and stem(word) == stem(each)) for each in said)

    return bool(asked) and all(is_said(word) for word in asked)


def names() -> list[str]:
    """Names of two to five words, drawn with a fixed seed."""
    draw = random.Random(7)
    return ["", "—", *(" ".join(draw.choices(VOCABULARY, k=draw.randint(1, 5))) for _ in range(150))]


def queries() -> list[str]:
    """Queries: words, their beginnings, capitals without accents, whole names, signs."""
    draw = random.Random(11)
    spellings: list[Callable[[str], str]] = [
        str,
        str.upper,
        str.lower,
        folded,
        lambda word: word[: max(1, len(word) - 2)],
    ]
    drawn = [
        " ".join(draw.choice(spellings)(word) for word in draw.choices([*VOCABULARY, *SIGNS[:3]], k=draw.randint(1, 3)))
        for _ in range(60)
    ]
    return [*drawn, *draw.sample(names()[2:], 25), *SIGNS]


ROWS: Final = Table(
    "rows",
    MetaData(),
    Column("id", Integer, primary_key=True),
    Column("plain", Text),
    Column("indexed", String(1000), info=SEARCH_INDEXED),
)
search_index("ix_rows_indexed", ROWS.c.indexed)


@pytest_asyncio.fixture(scope="module", loop_scope="module", params=["sqlite", "postgresql"])
async def engine(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[AsyncEngine]:
    """A database with a row for each name."""
    if request.param == "sqlite":
        url = f"sqlite+aiosqlite:///{tmp_path_factory.mktemp('search') / 'rows.sqlite'}"
    else:
        postgres: Postgres = request.getfixturevalue("postgres")
        url = await asyncio.to_thread(postgres.create_database, "search")
    engine = create_async_engine(url)
    async with engine.begin() as connection:
        await connection.run_sync(ROWS.metadata.create_all)
        texts = enumerate(searchable(name) for name in names())
        rows = [{"id": number, "plain": text, "indexed": text} for number, text in texts]
        await connection.execute(insert(ROWS), rows)
    yield engine
    await engine.dispose()


@pytest.mark.asyncio(loop_scope="module")
async def test_databases_memory_and_a_reader_answer_alike(engine: AsyncEngine) -> None:
    said, texts = names(), [searchable(name) for name in names()]
    async with engine.connect() as connection:
        for q in queries():
            sought = Sought.of(q)
            assert sought is not None
            for column in (ROWS.c.plain, ROWS.c.indexed):
                for shown, condition, fits in (
                    ("fits", sought.condition(column), sought.fits),
                    ("is whole", sought.is_whole_in(column), sought.is_whole),
                    ("is not whole", ~sought.is_whole_in(column), lambda text, of=sought: not of.is_whole(text)),
                ):
                    found = await connection.scalars(select(ROWS.c.id).where(condition).order_by(ROWS.c.id))
                    expected = [number for number, text in enumerate(texts) if fits(text)]
                    assert list(found) == expected, (q, column, shown)
            expected = [number for number, name in enumerate(said) if is_meant(q, name)]
            assert [number for number, text in enumerate(texts) if sought.fits(text)] == expected, q
