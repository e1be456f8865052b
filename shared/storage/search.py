"""One search for every collection: words of a query begin words of a row, whatever their accents and case.

A row keeps its text of search, made by `searchable`: words between blanks, the whole of each name as one word after
`^`, and the stems of its words after `=`. The text of a place also has its codes after `#` and its départements after
`@`. `Sought` is a query. The same text and rule serve both databases and memory.
"""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final, Self

import snowballstemmer
from sqlalchemy import Boolean, ColumnElement, Index, Text, and_, bindparam, cast, false, func, literal_column, or_
from sqlalchemy.dialects.postgresql import TSQUERY
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from shared.events.codes import is_siret

SMALL_WORDS: Final = frozenset(["a", "au", "aux", "d", "de", "des", "du", "en", "et", "l", "la", "le", "les"])
"""Words that a query may leave out or add."""
LEGAL_TYPES: Final = {
    "cc": ("communaute", "communes"),
    "ca": ("communaute", "agglomeration"),
    "cu": ("communaute", "urbaine"),
    "ept": ("etablissement", "public", "territorial"),
    "region": ("conseil", "regional"),
    "departement": ("conseil", "departemental"),
}
"""Short form of a name → its words in full, without small words."""
SAINTS: Final = {"st": "saint", "ste": "sainte", "sts": "saints", "stes": "saintes"}
"""Short form of a word → the word in full."""
ALSO: Final = {**SAINTS, "eurometropole": "metropole"}
"""Word of a name → another word by which it is found."""
ABBREVIATIONS: Final = {
    "ss": "sous",
    "ht": "haut",
    "hts": "hauts",
    "hte": "haute",
    "htes": "hautes",
    "gd": "grand",
    "gds": "grands",
    "gde": "grande",
    "gdes": "grandes",
    "pt": "petit",
    "pte": "petite",
    "vx": "vieux",
}
"""Abbreviation of addresses in a query → the word that names have in full (La Poste, INSEE)."""
ALTERNATIVES: Final = {
    **ABBREVIATIONS,
    "volontaire": "volontariat",
    "volontaires": "volontariat",
    "volontariat": "volontaire",
}
"""Word of a query → beginning of words that it also finds."""
FAMILIES: Final = {"industriel": "industr", "competent": "competenc"}
"""Stem → stem of the words that mean the same here, where French stemming parts or joins them wrongly."""

WORD_AT_MOST: Final = 100
"""Characters of a word that count."""
NAME_AT_MOST: Final = 200
"""Maximum characters of a name that is found as a whole: no query is longer."""
_WORD: Final = re.compile("[a-z0-9]+")
_ON: Final = re.compile(r"\bs/(s\b)?", re.IGNORECASE)
"""`s/` is `sur`, and `s/s` is `sous`."""
_NUMBER: Final = re.compile(r"\d{9}")
_BLANKS: Final = re.compile(r"\s+")
_SHORT: Final = {full: short for short, full in SAINTS.items()}
_FIRST_OF_TYPES: Final = frozenset(full[0] for full in LEGAL_TYPES.values())
_HAVE_OTHERS: Final = _FIRST_OF_TYPES.union(LEGAL_TYPES, ALSO, _SHORT)
"""Words that other words stand for, or that stand for others."""
_ACCENTS: Final = re.compile("[\u0300-\u034e]+")
_stemmer: Final = snowballstemmer.stemmer("french")


def words(*texts: str) -> list[str]:
    """The words of texts, lower case, without accents or punctuation."""
    text = " ".join(texts)
    if not text.isascii():
        # The accents of French at once: 40,000 places are read sign by sign in half a second.
        text = _ACCENTS.sub("", unicodedata.normalize("NFKD", text))
        if not text.isascii():
            text = "".join(sign for sign in text if not unicodedata.combining(sign))
    return _WORD.findall(text.casefold().replace("œ", "oe").replace("æ", "ae"))


@lru_cache(maxsize=20_000)
def stem(word: str) -> str | None:
    """Return the part of a French word that its forms share; None for a number or a very short word."""
    # Without accents: a query may lack them.
    if len(word) < 4 or not word.isalpha():
        return None
    found: str = _stemmer.stemWord(word)
    return FAMILIES.get(found, found)


def searchable(
    *names: str,
    codes: Iterable[str] = (),
    sirens: Iterable[str] = (),
    legal_types: Iterable[str] = (),
    texts: Iterable[str] = (),
    stems: bool = True,
    is_spelled: bool = False,
) -> str:
    """Return the text of search of a row.

    `names` and `codes` are also found as a whole, `sirens` only so. `legal_types` are those of `LEGAL_TYPES` that no
    name says. `texts` are only words. Without `stems`, the words are found as they are: for names of places, which
    are many. If it `is_spelled`, the text begins with the first name as it is spelled, with its small words.
    """
    wholes: dict[str, None] = {}
    if is_spelled and names and (first := spelled(words(names[0]))):
        wholes[first] = None
    found: dict[str, None] = {}
    for name in names:
        said = words(name)
        _add_name(said, wholes, found)
        for legal_type in legal_types:
            _add_name([legal_type, *said], wholes, found)
    for code in codes:
        said = [code.lower()] if code.isascii() and code.isalnum() else words(code)
        if said:
            wholes[".".join(short_of(said))] = None
            found.update(dict.fromkeys(said))
    wholes.update(dict.fromkeys(sirens))
    found.update(dict.fromkeys(words(*texts)))
    tokens = dict.fromkeys(f"^{whole}" for whole in wholes if len(whole) <= NAME_AT_MOST)
    tokens.update(dict.fromkeys(word[:WORD_AT_MOST] for word in found))
    if stems:
        tokens.update(dict.fromkeys(f"={shared}" for word in found if (shared := stem(word[:WORD_AT_MOST]))))
    return f" {' '.join(tokens)} "


def searchable_place(
    *names: str,
    codes: Sequence[str] = (),
    sirens: Iterable[str] = (),
    departements: Iterable[str] = (),
    legal_types: Sequence[str] = (),
) -> str:
    """Return the text of search of a place: as `searchable`, without stems; its codes and départements are no words.

    Made sooner for a short name whose words have no others, as most places.
    """
    given = words(names[0])
    whole, full = ".".join(significant(given)), ".".join(given)
    if len(names) > 1 or legal_types or not 0 < len(full) <= WORD_AT_MOST or not _HAVE_OTHERS.isdisjoint(given):
        text = searchable(*names, legal_types=legal_types, stems=False, is_spelled=True)
        tokens = dict.fromkeys(text.split())
    else:
        tokens = dict.fromkeys(["^" + full, "^" + whole, *given])
    for code in codes:
        tokens |= dict.fromkeys(["^" + code.lower(), "#" + code.lower()])
    tokens |= dict.fromkeys(["^" + siren for siren in sirens])
    tokens |= dict.fromkeys(["@" + code.lower() for code in departements])
    return f" {' '.join(tokens)} "


def _add_name(name: Sequence[str], wholes: dict[str, None], found: dict[str, None]) -> None:
    """Add a name as a whole, also without its legal form, and its words with their synonyms."""
    if not name:
        return
    whole = short_of(name)
    wholes[".".join(whole)] = None
    if whole[0] in LEGAL_TYPES and len(whole) > 1:
        wholes[".".join(whole[1:])] = None
    found.update(dict.fromkeys(name))
    # Further on, `ca` may mean something else.
    synonyms = [*LEGAL_TYPES.get(whole[0], ()), *(ALSO[word] for word in whole if word in ALSO)]
    found.update(dict.fromkeys([*whole, *synonyms]))


def spelled(name: Sequence[str]) -> str:
    """Return a name with its small words, as one word."""
    return ".".join(_SHORT.get(word, word) for word in name)


def short_of(name: Sequence[str]) -> list[str]:
    """Return the words of a name without small words, in short."""
    left = [word for word in name if word not in SMALL_WORDS] or list(name)
    if _FIRST_OF_TYPES.isdisjoint(left):
        return [_SHORT.get(word, word) for word in left]
    whole: list[str] = []
    while left:
        short = next((short for short, full in LEGAL_TYPES.items() if tuple(left[: len(full)]) == full), None)
        whole.append(short or _SHORT.get(left[0], left[0]))
        left = left[len(LEGAL_TYPES[short]) if short else 1 :]
    return whole


@dataclass(frozen=True)
class Term:
    """A word of a query."""

    word: str
    departements: tuple[str, ...] = ()
    """Codes of the départements that the word means."""
    is_code: bool = False
    """It may be a code of a place, as a whole."""
    is_alone: bool = False
    """It is the whole query: then the beginning of a code is enough."""

    @property
    def stem(self) -> str | None:
        """Return the stem of the word."""
        return stem(self.word)

    @property
    def beginnings(self) -> list[str]:
        """Return beginnings of words of a text of search that the word finds."""
        if self.departements and not self.is_alone:
            return []
        others = [ALTERNATIVES[self.word]] if self.word in ALTERNATIVES else []
        return [self.word, *others, *([f"#{self.word}"] if self.is_alone else [])]

    @property
    def wholes(self) -> list[str]:
        """Return whole words of a text of search that the word finds."""
        found = [f"={self.stem}"] if self.stem else []
        if self.departements and not self.is_alone:
            # The number of an arrondissement is `13e`.
            found += [self.word, f"{self.word}e"]
        if self.is_code or _NUMBER.fullmatch(self.word):
            found.append(f"^{self.word}")
        return [*found, *(f"@{code.lower()}" for code in self.departements)]

    def fits(self, text: str) -> bool:
        """Return True if the word begins a word of a text of search, has its stem, or means its code or place."""
        return any(f" {word}" in text for word in self.beginnings) or any(f" {word} " in text for word in self.wholes)

    def condition(self, column: Any, *, by_index: bool = True) -> ColumnElement[bool]:
        """`fits`, in SQL. Without `by_index`, for a statement that finds few rows by another condition."""
        beginnings, wholes = self.beginnings, self.wholes
        plain = or_(
            *(column.like(f"% {word}%") for word in beginnings), *(column.like(f"% {word} %") for word in wholes)
        )
        asked = " | ".join([*(f"'{word}':*" for word in beginnings), *(f"'{word}'" for word in wholes)])
        return _either(column, plain, asked) if by_index else plain


@dataclass(frozen=True)
class Sought:
    """A query: words, all of which are looked for, and what a name is that they are the whole of.

    Without words, a query of signs alone: it finds nothing.
    """

    terms: tuple[Term, ...]
    wholes: tuple[str, ...]
    spelled: str
    """The query with its small words, as one word."""

    @classmethod
    def of(cls, q: str | None) -> Self | None:
        """Return a query as it is written; None if nothing but blanks is."""
        if q is None or not q.strip():
            return None
        digits = _BLANKS.sub("", q)
        # A SIREN may be written with blanks, and a SIRET begins with it.
        given = said(digits[:9] if is_siret(digits) or (_NUMBER.fullmatch(digits) and digits.isascii()) else q)
        return cls.of_words(given, tuple(Term(word) for word in dict.fromkeys(significant(given))))

    @classmethod
    def of_words(cls, given: Sequence[str], terms: tuple[Term, ...], *names: Sequence[str]) -> Self:
        """Return the query of words, which may also be the whole of other names."""
        wholes = [".".join(short_of(name)) for each in (given, *names) for name in (each, in_full(each))]
        return cls(terms, tuple(dict.fromkeys(wholes)), spelled(in_full(names[0] if names else given)))

    def fits(self, text: str) -> bool:
        """Return True if a text of search has all the words."""
        return bool(self.terms) and all(term.fits(text) for term in self.terms)

    def is_whole(self, text: str) -> bool:
        """Return True if the query is the whole of a name or code."""
        return bool(self.terms) and any(f" ^{whole} " in text for whole in self.wholes)

    def rank(self, text: str) -> int:
        """Return 0 for the name as it is spelled, 1 for another whole name or code, 2 for any other row."""
        if self.terms and text.startswith(f" ^{self.spelled} "):
            return 0
        return 1 if self.is_whole(text) else 2

    def condition(self, column: Any, *, by_index: bool = True) -> ColumnElement[bool]:
        """`fits`, in SQL. Without `by_index`, for a statement that finds few rows by another condition."""
        conditions = [term.condition(column, by_index=by_index) for term in self.terms]
        return and_(*conditions) if conditions else false()

    def ranks(self, column: Any) -> list[ColumnElement[bool]]:
        """Return the conditions of the rows of rank 0, and of rank 1 if they are not of rank 0."""
        return [column.like(f" ^{self.spelled} %"), self.is_whole_in(column)] if self.terms else []

    def order(self, column: Any) -> list[ColumnElement[Any]]:
        """Return what a whole list is first ordered by: rows of which the query is a whole name come first."""
        # SQLite would take a constant for the number of a column.
        return [rank.desc() for rank in self.ranks(column)]

    def is_whole_in(self, column: Any, *, by_index: bool = True) -> ColumnElement[bool]:
        """`is_whole`, in SQL. Without `by_index`, for a statement that finds few rows by another condition."""
        if not self.terms:
            return false()
        plain = or_(*(column.like(f"% ^{whole} %") for whole in self.wholes))
        asked = " | ".join(f"'^{whole}'" for whole in self.wholes)
        return _either(column, plain, asked) if by_index else plain


def said(q: str) -> list[str]:
    """Return the words of a query."""
    return words(_ON.sub(lambda found: " sous " if found[1] else " sur ", q))


def significant(given: Sequence[str]) -> list[str]:
    """Return the words without small words; all, if there are no others."""
    return [word for word in given if word not in SMALL_WORDS] or list(given)


def in_full(given: Sequence[str]) -> list[str]:
    """Return the words of a query without abbreviations."""
    return [ABBREVIATIONS.get(word, word) for word in given]


SEARCH_INDEXED: Final = {"search_index": True}
"""`info` of a column of texts of search that has a `search_index`."""


def search_index(name: str, column: Any) -> Index:
    """Return the index of a column of texts of search. SQLite has none: it reads every row."""
    return Index(name, lexemes(column), postgresql_using="gin").ddl_if(dialect="postgresql")


def lexemes(column: Any) -> ColumnElement[Any]:
    """Return the words of a text of search as PostgreSQL indexes them, without a parser of texts."""
    return func.array_to_tsvector(func.string_to_array(func.btrim(cast(column, Text)), literal_column("' '")))


class _Either(FunctionElement[bool]):
    """One condition, written for any database and for the index of PostgreSQL."""

    type = Boolean()
    inherit_cache = True


def _either(column: Any, plain: ColumnElement[bool], query: str) -> ColumnElement[bool]:
    """Return a condition on a text of search: with the index where the column has one."""
    if not column.info.get("search_index"):
        return plain
    # As a text of the statement, so that the planner sees how rare the words are.
    asked = cast(bindparam(None, query, type_=Text, literal_execute=True), TSQUERY)
    return _Either(plain, lexemes(column).bool_op("@@")(asked))


@compiles(_Either)
def _anywhere(element: _Either, compiler: SQLCompiler, **options: Any) -> str:
    plain, _ = element.clauses
    return f"({compiler.process(plain, **options)})"


@compiles(_Either, "postgresql")
def _on_postgresql(element: _Either, compiler: SQLCompiler, **options: Any) -> str:
    # Where a plan does not use the index, PostgreSQL asks the cheaper condition first: a fifth of the time.
    plain, indexed = (compiler.process(clause, **options) for clause in element.clauses)
    return f"(({plain}) AND {indexed})"
