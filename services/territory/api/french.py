"""Words, numbers and days as French readers expect them."""

from datetime import date
from typing import Final

MONTHS: Final = (
    "janvier", "février", "mars", "avril", "mai", "juin",
    "juillet", "août", "septembre", "octobre", "novembre", "décembre",
)  # fmt: skip
NARROW_SPACE: Final = "\u202f"


def french_day(day: date) -> str:
    """Return a day, such as 1er mars 2019."""
    return f"{'1er' if day.day == 1 else day.day} {MONTHS[day.month - 1]} {day.year}"


def french_number(value: float, digits: int = 0) -> str:
    """Return a number, such as 12 345,6."""
    return f"{value:,.{digits}f}".replace(",", NARROW_SPACE).replace(".", ",")


def french_decimal(text: str, most: int = 2) -> str:
    """Return a number that is given in decimal digits, rounded to at most so many places."""
    places = min(len(text.partition(".")[2]), most)
    return french_number(float(text), places)


def plural(count: int, one: str, many: str) -> str:
    """Return a number with its noun."""
    return f"{french_number(count)} {one if abs(count) < 2 else many}"
