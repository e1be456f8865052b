"""Rules of imports: a file of values is read row by row, and refused as a whole if one row is wrong."""

import csv
import hashlib
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from services.territory.errors.indicators import ImportRefused, ImportSuperseded
from services.territory.rules.indicators import FIRST_YEAR, LEVELS, Key, decimal_text
from services.territory.rules.written_numbers import fault_of, number_of, quoted
from shared.events.codes import BLANKS_OF_NUMBERS, canonical
from shared.events.indicators import IndicatorLevel, IndicatorUnit
from shared.problem import FieldError
from shared.texts import tidied

COLUMNS: Final = ("level", "geography", "year", "value")
SHOWN_AT_MOST: Final = 100
"""Wrong cells that a refusal names."""
NAMED_AT_MOST: Final = 5
"""Imports that the words of a refusal name."""
HEADER_ROW: Final = 1
BLANKS: Final = str.maketrans(dict.fromkeys(BLANKS_OF_NUMBERS, " "))
SIGNATURE: Final = "\ufeff"
BLANK_CELLS: Final = ';,"\t\u00a0\u202f '
"""Characters of a line without any text."""


@dataclass(frozen=True)
class WrongCell:
    """Error of a row. Rows are counted as a spreadsheet does: the header is row 1."""

    row: int
    column: str
    detail: str


Place = tuple[IndicatorLevel, str]
"""Level and code of a place."""


@dataclass(frozen=True)
class ReadFile:
    """Values of a file by level, place and year, the place that each row names, and the errors of the other rows."""

    values: Mapping[Key, str]
    places: Mapping[int, Place]
    errors: Sequence[WrongCell]

    @property
    def levels(self) -> set[IndicatorLevel]:
        """Return the levels of the places."""
        return {level for level, _ in self.places.values()}


def read_file(content: bytes, *, unit: IndicatorUnit, this_year: int) -> ReadFile:
    """Read a file of values. The codes of its places are checked afterwards."""
    try:
        text = content.decode()
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        return _refused(line, "", "not UTF-8: save the file as UTF-8")
    text = text.removeprefix(SIGNATURE)
    if "\0" in text:
        return _refused(text.count("\n", 0, text.index("\0")) + 1, "", "holds a NUL: take it out")
    # Blank lines may stand before the header.
    header = next((line for line in text.splitlines() if line.strip(BLANK_CELLS)), "")
    separator = ";" if header.count(";") >= header.count(",") else ","
    lines = _records(text, separator)
    first = next(lines, None)
    if first is None:
        return _refused(HEADER_ROW, "", f"the file is empty: its header is {','.join(COLUMNS)}")
    names = [tidied(name).lower() for name in first[1]]
    if wrong := _wrong_header(names):
        return _refused(first[0], "", wrong)
    sign = "," if separator == ";" else "."
    return _read_rows(lines, names, unit=unit, this_year=this_year, decimal_sign=sign)


def _wrong_header(names: Sequence[str]) -> str | None:
    """Return the words about a header that has not each column once, in any order; None: it has."""
    missing = [name for name in COLUMNS if name not in names]
    unknown = [name for name in names if name not in COLUMNS]
    twice = [name for name in COLUMNS if names.count(name) > 1]
    found = (
        f"lacks {', '.join(missing)}" if missing else "",
        f"has an unknown column {', '.join(map(quoted, unknown))[:200]}" if unknown else "",
        f"has {', '.join(twice)} more than once" if twice else "",
    )
    if not any(found):
        return None
    return (
        f"the header {' and '.join(filter(None, found))}: it has the columns {', '.join(COLUMNS)}, in any order, "
        "separated by commas or semicolons"
    )


def _refused(row: int, column: str, detail: str) -> ReadFile:
    return ReadFile({}, {}, [WrongCell(row, column, detail)])


def _records(text: str, separator: str) -> Iterator[tuple[int, list[str]]]:
    """Yield the records that are not blank, with their numbers. One that cannot be read is the last, and is empty."""
    reader = csv.reader(text.splitlines(), delimiter=separator, strict=True)
    number = HEADER_ROW
    try:
        for number, fields in enumerate(reader, HEADER_ROW):
            if any(map(tidied, fields)):
                yield number, fields
    except csv.Error:
        # The reader has not returned the record that is wrong.
        yield number + (reader.line_num > HEADER_ROW), []


def _read_rows(
    lines: Iterator[tuple[int, list[str]]],
    names: Sequence[str],
    *,
    unit: IndicatorUnit,
    this_year: int,
    decimal_sign: str,
) -> ReadFile:
    values: dict[Key, str] = {}
    rows: dict[Key, int] = {}
    places: dict[int, Place] = {}
    errors: list[WrongCell] = []
    for number, fields in lines:
        if not fields:
            errors.append(WrongCell(number, "", "cannot be read: close its quotes, and shorten its cells"))
            continue
        if len(fields) != len(names):
            errors.append(WrongCell(number, "", f"has {len(fields)} columns in the place of {len(names)}"))
            continue
        cells = {name: tidied(field.translate(BLANKS)) for name, field in zip(names, fields, strict=True)}
        level = next((each for each in LEVELS if each == cells["level"]), None)
        if level and cells["geography"]:
            places[number] = level, canonical(cells["geography"])
        wrong = list(_wrong(number, cells, this_year=this_year))
        fault = fault_of(cells["value"], unit=unit, decimal_sign=decimal_sign)
        wrong += [WrongCell(number, "value", fault)] if fault else []
        errors += wrong
        if wrong:
            continue
        key = (*places[number], int(cells["year"]))
        if key in rows:
            errors.append(WrongCell(number, "geography", f"repeats row {rows[key]}: give each place and year once"))
            del places[number]
            continue
        values[key], rows[key] = decimal_text(number_of(cells["value"])), number
    if not values and not errors:
        errors.append(WrongCell(HEADER_ROW, "", "the file has a header and no row"))
    return ReadFile(values, places, errors)


def _wrong(number: int, cells: Mapping[str, str], *, this_year: int) -> Iterator[WrongCell]:
    level, year = cells["level"], cells["year"]
    if level not in LEVELS:
        wrong = f"{quoted(level)} is no level" if level else "is empty"
        yield WrongCell(number, "level", f"{wrong}: give one of {', '.join(LEVELS)}")
    if not cells["geography"]:
        yield WrongCell(number, "geography", "is empty: give the code of a place")
    if not (re.fullmatch(r"[0-9]{4}", year, re.ASCII) and FIRST_YEAR <= int(year) <= this_year):
        wrong = f"{quoted(year)} is no year from {FIRST_YEAR} to {this_year}" if year else "is empty"
        yield WrongCell(number, "year", f"{wrong}: give the year of the value, such as {this_year - 1}")


def unknown_places(read: ReadFile, known: Mapping[IndicatorLevel, Collection[str]]) -> dict[int, Place]:
    """Return the row of each place that is none of its level."""
    return {row: (level, code) for row, (level, code) in read.places.items() if code not in known[level]}


def wrong_places(unknown: Mapping[int, Place], words: Mapping[Place, str]) -> list[WrongCell]:
    """Return the errors of rows whose code names no place of their level. `words` are those about former codes."""
    return [
        WrongCell(row, "geography", words.get((level, code)) or f"{quoted(code)} names no place of the level {level}")
        for row, (level, code) in unknown.items()
    ]


def digest_of(read: ReadFile) -> str:
    """Return the SHA-256 of the values of a file, whatever their order and the form of the file."""
    text = "\n".join(f"{level},{code},{year},{value}" for (level, code, year), value in sorted(read.values.items()))
    return hashlib.sha256(text.encode()).hexdigest()


@dataclass(frozen=True)
class LaterRow:
    """Row of a later import for a place and a year of an earlier one."""

    key: Key
    import_id: UUID
    value: str
    former: str | None

    @property
    def replaces(self) -> bool:
        """True if it changed the value; False if it repeated it."""
        return self.value != self.former


def require_standing(later: Sequence[LaterRow]) -> None:
    """Refuse to take an import back if later ones replaced values of it. Those that repeat them do not count."""
    imports = list(dict.fromkeys(str(row.import_id) for row in later if row.replaces))
    if not imports:
        return
    named = ", ".join(reversed(imports[-NAMED_AT_MOST:]))
    more = f" and {len(imports) - NAMED_AT_MOST} others" if len(imports) > NAMED_AT_MOST else ""
    raise ImportSuperseded(
        f"A later import replaced values of this one: revert {named} first."
        if len(imports) == 1
        else f"{len(imports)} later imports replaced values of this one: revert them first, the last one first: "
        f"{named}{more}.",
        imports=imports[:100],
    )


def confirmed(later: Sequence[LaterRow]) -> dict[Key, LaterRow]:
    """Return the first later row of each place and year. None of them replaces a value."""
    return {row.key: row for row in reversed(later)}


def require_right(errors: Sequence[WrongCell]) -> None:
    """Refuse a file with wrong rows. The refusal names the first ones, and counts all."""
    if not errors:
        return
    ordered = sorted(errors, key=lambda error: (error.row, ("", *COLUMNS).index(error.column)))
    bad_rows = len({error.row for error in ordered})
    shown = ordered[:SHOWN_AT_MOST]
    more = f" `errors` names the first {SHOWN_AT_MOST} of {len(ordered)}." if len(ordered) > len(shown) else ""
    wrong = "1 row is wrong" if bad_rows == 1 else f"{bad_rows} rows are wrong"
    raise ImportRefused(
        f"{wrong}, and nothing was imported: correct the file and send it again.{more}",
        errors=[
            FieldError(pointer=f"/rows/{error.row}" + (f"/{error.column}" if error.column else ""), detail=error.detail)
            for error in shown
        ],
        bad_rows=bad_rows,
    )
