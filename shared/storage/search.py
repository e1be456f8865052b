"""Search without accents: a normalised column made in Python, the same on both databases."""

import re
import unicodedata


def words(*texts: str) -> list[str]:
    """The words of texts, lower case, without accents or punctuation."""
    lower = " ".join(texts).lower().replace("œ", "oe").replace("æ", "ae")
    if not lower.isascii():
        lower = "".join(sign for sign in unicodedata.normalize("NFKD", lower) if not unicodedata.combining(sign))
    return re.findall(r"[a-z0-9]+", lower)


def searchable(*texts: str) -> str:
    """Return the searchable words of texts, separated by spaces."""
    return f" {' '.join(words(*texts))} "
