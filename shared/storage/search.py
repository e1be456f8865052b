"""Search without accents: a normalised column made in Python, the same on both databases."""

import re
import unicodedata
from typing import Final

_WORD: Final = re.compile("[a-z0-9]+")


def words(*texts: str) -> list[str]:
    """The words of texts, lower case, without accents or punctuation."""
    lower = " ".join(texts).lower().replace("œ", "oe").replace("æ", "ae")
    if not lower.isascii():
        lower = "".join(sign for sign in unicodedata.normalize("NFKD", lower) if not unicodedata.combining(sign))
    return _WORD.findall(lower)


def searchable(*texts: str) -> str:
    """Return the searchable words of texts, separated by spaces."""
    return f" {' '.join(words(*texts))} "
