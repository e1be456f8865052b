"""Texts by which action sheets and contracts are searched."""

from typing import Final

from shared.storage.search import searchable

AT_MOST: Final = 1_000
"""Characters that the column of the texts holds."""


def search_text(number: str, title: str) -> str:
    """Return the text of search of a sheet or a contract: its number and its title."""
    text = searchable(title, codes=[number])
    # One sign of a title may stand for many letters, such as a unit of measure.
    return text if len(text) <= AT_MOST else text[: text.rindex(" ", 0, AT_MOST) + 1]
