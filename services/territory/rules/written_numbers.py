"""Numbers as people write them in a file: understood if they mean one thing, refused in words otherwise."""

import re
from decimal import Decimal
from typing import Final

from services.territory.rules.indicators import decimal_text
from shared.events.indicators import IndicatorUnit

WHOLE: Final = ("persons", "count")
"""Units of which there are no fractions."""
SHARE: Final = "pct"
SHARE_AT_MOST: Final = 100
DIGITS_AT_MOST: Final = 15
"""Before the decimal sign."""
PLACES_AT_MOST: Final = 6
SIGN_NAMES: Final = {",": "comma", ".": "point"}
"""Decimal signs."""
NUMBER: Final = re.compile(r"([0-9]{1,15}|[0-9]{1,3}( [0-9]{3}){1,4})([.,][0-9]{1,6})?")
NEGATIVE: Final = re.compile(r"[-\u2212\u2013] *[0-9].*")
LONG: Final = re.compile(r"(?P<whole>[0-9 ]+)([.,](?P<places>[0-9]+))?")
GROUPED: Final = re.compile(r"[0-9]{1,3}([ .,'\u2019][0-9]{3})+([.,][0-9]{1,6})?")
EITHER: Final = re.compile(r"[1-9][0-9]{0,2}(?P<sign>[.,])[0-9]{3}")
"""A sign of thousands, or a decimal sign: nothing tells."""


def number_of(text: str) -> Decimal:
    """Return a number without a fault."""
    return Decimal(text.replace(" ", "").replace(",", "."))


def fault_of(text: str, *, unit: IndicatorUnit, decimal_sign: str) -> str | None:
    """Return the words about a text that is no value of a unit; None: it is one.

    `decimal_sign` is that of the file: a comma beside semicolons, a point beside commas.
    """
    if not text:
        return "is empty: write a number, or leave the row out"
    if NEGATIVE.fullmatch(text):
        return f"{quoted(text)} must not be negative: write a number from 0"
    if not NUMBER.fullmatch(text):
        return _no_number(text)
    return _ambiguous(text, unit, decimal_sign) or _outside(text, unit)


def quoted(text: str) -> str:
    """Return the text of a cell as a refusal shows it."""
    return f"« {text[:50]} »"


def _no_number(text: str) -> str:
    if found := LONG.fullmatch(text):
        if len(found["whole"].replace(" ", "")) > DIGITS_AT_MOST:
            return f"{quoted(text)} is too large: write at most {DIGITS_AT_MOST} digits before the decimal sign"
        if len(found["places"] or "") > PLACES_AT_MOST:
            return f"{quoted(text)} has too many decimals: round it to {PLACES_AT_MOST}"
    if GROUPED.fullmatch(text):
        return f"{quoted(text)} has signs between its thousands: write {_plain(text)}, without separators"
    return f"{quoted(text)} is no number: write digits, and at most six decimals, such as 87.5"


def _plain(text: str) -> str:
    """Return a number without its separators of thousands. A last sign that differs from them is the decimal sign."""
    *thousands, last = re.findall(r"[ .,'\u2019]", text)
    if last in thousands or not thousands:
        return re.sub(r"[^0-9]", "", text)
    whole, places = text.rsplit(last, 1)
    return f"{re.sub('[^0-9]', '', whole)}.{places}"


def _ambiguous(text: str, unit: IndicatorUnit, decimal_sign: str) -> str | None:
    found = EITHER.fullmatch(text)
    # A share has at most 100: thousands are no reading of it.
    if found is None or unit == SHARE:
        return None
    sign = found["sign"]
    plain = text.replace(sign, "")
    either = f"{quoted(text)} is ambiguous, {plain} or {decimal_text(number_of(text))}: write {plain}"
    if unit in WHOLE:
        return f"{either}, without separators"
    if sign == decimal_sign:
        return None
    with_sign = text.replace(sign, decimal_sign)
    return f"{either} without separators, or {with_sign} with a {SIGN_NAMES[decimal_sign]}"


def _outside(text: str, unit: IndicatorUnit) -> str | None:
    value = number_of(text)
    if unit in WHOLE and value % 1:
        return f"{quoted(text)} has a fraction, and the unit is {unit}: write a whole number"
    if unit == SHARE and value > SHARE_AT_MOST:
        return f"{quoted(text)} is above {SHARE_AT_MOST}, and a share is at most {SHARE_AT_MOST}: correct it"
    return None
