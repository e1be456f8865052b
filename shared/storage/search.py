"""One search for every collection: words of a query begin words of a row, whatever their accents and case.

A row keeps its text of search, made by `searchable`: words between blanks, the whole of each name as one word after
`^`, and the stems of its words after `=`. `Sought` is a query. The same text and rule serve both databases and memory.
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
FAMILIES: Final = {"industriel": "industr", "competent": "competenc"}
"""Stem → stem of the words that mean the same here, where French stemming parts or joins them wrongly."""

WORD_AT_MOST: Final = 100
"""Characters of a word that count."""
NAME_AT_MOST: Final = 200
"""Maximum characters of a name that is found as a whole: no query is longer."""
_WORD: Final = re.compile("[a-z0-9]+")
_NUMBER: Final = re.compile(r"\d{9}(\d{5})?")
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
    legal_types: Iterable[str] = (),
    texts: Iterable[str] = (),
    stems: bool = True,
) -> str:
    """Return the text of search of a row.

    `names` and `codes` are also found as a whole. `legal_types` are those of `LEGAL_TYPES` that no name says. `texts`
    are only words. Without `stems`, the words are found as they are: for names of places, which are many.
    """
    wholes: dict[str, None] = {}
    found: dict[str, None] = {}
    for name in names:
        said = words(name)
        _add_name(said, wholes, found)
        for legal_type in legal_types:
            _add_name([legal_type, *said], wholes, found)
    for code in codes:
        said = [code.lower()] if code.isascii() and code.isalnum() else words(code)
        if said:
            wholes[".".join(_whole(said))] = None
            found.update(dict.fromkeys(said))
    found.update(dict.fromkeys(words(*texts)))
    tokens = dict.fromkeys(f"^{whole}" for whole in wholes if len(whole) <= NAME_AT_MOST)
    tokens.update(dict.fromkeys(word[:WORD_AT_MOST] for word in found))
    if stems:
        tokens.update(dict.fromkeys(f"={shared}" for word in found if (shared := stem(word[:WORD_AT_MOST]))))
    return f" {' '.join(tokens)} "


def searchable_place(name: str, codes: Sequence[str]) -> str:
    """Return `searchable` without stems: sooner, for a short name whose words have no others, as most places."""
    said, numbers = words(name), [code.lower() for code in codes]
    whole = ".".join([word for word in said if word not in SMALL_WORDS] or said)
    is_plain = (
        0 < len(whole) <= WORD_AT_MOST
        and _HAVE_OTHERS.isdisjoint(said)
        and _HAVE_OTHERS.isdisjoint(numbers)
        and all(number.isascii() and number.isalnum() and len(number) <= WORD_AT_MOST for number in numbers)
    )
    if not is_plain:
        return searchable(name, codes=codes, stems=False)
    tokens = dict.fromkeys(["^" + whole, *["^" + number for number in numbers], *said, *numbers])
    return f" {' '.join(tokens)} "


def _add_name(name: Sequence[str], wholes: dict[str, None], found: dict[str, None]) -> None:
    """Add a name as a whole, also without its legal form, and its words with their synonyms."""
    if not name:
        return
    whole = _whole(name)
    wholes[".".join(whole)] = None
    if whole[0] in LEGAL_TYPES and len(whole) > 1:
        wholes[".".join(whole[1:])] = None
    found.update(dict.fromkeys(name))
    # Further on, `ca` may mean something else.
    synonyms = [*LEGAL_TYPES.get(whole[0], ()), *(ALSO[word] for word in whole if word in ALSO)]
    found.update(dict.fromkeys([*whole, *synonyms]))


def _whole(name: Sequence[str]) -> list[str]:
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

    @property
    def stem(self) -> str | None:
        """Return the stem of the word."""
        return stem(self.word)

    def fits(self, text: str) -> bool:
        """Return True if the word begins a word of a text of search, or has its stem."""
        return f" {self.word}" in text or (self.stem is not None and f" ={self.stem} " in text)

    def condition(self, column: Any, *, by_index: bool = True) -> ColumnElement[bool]:
        """`fits`, in SQL. Without `by_index`, for a statement that finds few rows by another condition."""
        stemmed = [column.like(f"% ={self.stem} %")] if self.stem else []
        plain = or_(column.like(f"% {self.word}%"), *stemmed)
        asked = f"'{self.word}':*" + (f" | '={self.stem}'" if self.stem else "")
        return _either(column, plain, asked) if by_index else plain


@dataclass(frozen=True)
class Sought:
    """A query: words, all of which are looked for, and what a name is that they are the whole of.

    Without words, a query of signs alone: it finds nothing.
    """

    terms: tuple[Term, ...]
    whole: str

    @classmethod
    def of(cls, q: str | None) -> Self | None:
        """Return a query as it is written; None if nothing but blanks is."""
        if q is None or not q.strip():
            return None
        digits = _BLANKS.sub("", q)
        # A SIREN may be written with blanks, and a SIRET begins with it.
        given = words(digits[:9] if digits.isascii() and _NUMBER.fullmatch(digits) else q)
        significant = [word for word in given if word not in SMALL_WORDS] or given
        terms = tuple(Term(word) for word in dict.fromkeys(significant))
        return cls(terms, ".".join(_whole(given)))

    def fits(self, text: str) -> bool:
        """Return True if a text of search has all the words."""
        return bool(self.terms) and all(term.fits(text) for term in self.terms)

    def is_whole(self, text: str) -> bool:
        """Return True if the query is the whole of a name or code."""
        return bool(self.terms) and f" ^{self.whole} " in text

    def condition(self, column: Any, *, by_index: bool = True) -> ColumnElement[bool]:
        """`fits`, in SQL. Without `by_index`, for a statement that finds few rows by another condition."""
        conditions = [term.condition(column, by_index=by_index) for term in self.terms]
        return and_(*conditions) if conditions else false()

    def order(self, column: Any) -> list[ColumnElement[Any]]:
        """Return what a whole list is first ordered by: rows of which the query is a whole name come first."""
        # SQLite would take a constant for the number of a column.
        return [self.is_whole_in(column).desc()] if self.terms else []

    def is_whole_in(self, column: Any, *, by_index: bool = True) -> ColumnElement[bool]:
        """`is_whole`, in SQL. Without `by_index`, for a statement that finds few rows by another condition."""
        if not self.terms:
            return false()
        plain = column.like(f"% ^{self.whole} %")
        return _either(column, plain, f"'^{self.whole}'") if by_index else plain


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
