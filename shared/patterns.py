"""Regular expressions of texts, and the error message of each.

Other regex engines read the published contracts too. ECMA-262, Python and Rust differ in `\\s`, `\\d`, `\\w` and `\\b`:
do not use them. ECMA-262 without its flag `u`, and .NET, refuse a range of characters beyond U+FFFF.
"""

from typing import Final

# Characters, for use inside brackets.
_DIRECTION: Final = r"\u202a-\u202e\u2066-\u2069"
"""Overrides, embeddings and isolates: they turn the direction of the text that follows."""
NOT_IN_LINE: Final = rf"\x00-\x1f\x7f-\x9f\u2028\u2029{_DIRECTION}"
"""Control characters, line breaks and marks of direction: no text of one line holds them."""
NOT_IN_PARAGRAPHS: Final = rf"\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f{_DIRECTION}"
"""The same without tab and line breaks."""
_SHAPING: Final = (
    r"\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180d\u180f\u200c-\u200f\u2061-\u2065\u206a-\u206f\ufe00-\ufe0f"
    r"\ufff0-\ufff8"
)
"""Characters that show nothing, but may shape their neighbours (default ignorable, Unicode)."""
_BLANK: Final = r" \xa0\xad\u1680\u180e\u2000-\u200b\u202f\u205f\u2060\u2800\u3000\u3164\ufeff\uffa0"
BLANK: Final = rf"\t-\r\x85\u2028\u2029{_BLANK}"
"""Blanks, line breaks, and other characters that show nothing: the end of a text is stored without them."""
INVISIBLE: Final = f"{BLANK}{_SHAPING}"
"""Characters that show nothing alone: the beginning of a text is stored without them."""
ASTRAL_INVISIBLE: Final = "\U0001bca0-\U0001bca3\U0001d159\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
"""Characters beyond U+FFFF, such as tags. No published pattern holds them."""
_NOT_VISIBLE: Final = (
    r"\x00-\x20\x7f-\xa0\xad\u034f\u061c\u115f\u1160\u1680\u17b4\u17b5\u180b-\u180f\u2000-\u200f\u2028-\u202f"
    r"\u205f-\u206f\u2800\u3000\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufff8"
)
"""All of the above: a text has another character."""

_words: Final[dict[str, str]] = {}


def pattern_of(pattern: str, words: str) -> str:
    """Register the message for a value that does not match; it names an example. Return the pattern."""
    if _words.setdefault(pattern, words) != words:
        raise TypeError(f"{pattern} has another message already: {_words[pattern]}")
    return pattern


def message_of(pattern: str) -> str | None:
    """Return the message of a pattern; None if it has none."""
    return _words.get(pattern)


ANY_TEXT: Final = pattern_of(r"^[^\x00]*$", "no text holds a NUL: take it out")
"""Any text that a database can store."""


def line_without(signs: str = "") -> str:
    """Return the pattern of a visible text of one line, in which these signs do not stand."""
    # Line breaks around are no mistake: they come with what is copied.
    return f"^[{INVISIBLE}]*[^{signs}{_NOT_VISIBLE}][^{signs}{NOT_IN_LINE}]*[{BLANK}]*$"


LINE: Final = pattern_of(
    line_without(),
    "write something that can be seen, on one line, without control characters and without marks that turn the "
    "direction of the text, such as U+202E",
)
"""A visible text of one line."""
PARAGRAPHS: Final = pattern_of(
    rf"^[\t\n\r\u2028\u2029{_BLANK}{_SHAPING}]*[^{_NOT_VISIBLE}][^{NOT_IN_PARAGRAPHS}]*$",
    "write something that can be seen, without control characters other than tabs and line breaks, and without marks "
    "that turn the direction of the text, such as U+202E",
)
"""A visible text that may have several lines."""
LINE_OR_NOTHING: Final = pattern_of(
    f"^({LINE[1:-1]})?$",
    "leave it empty, or write something that can be seen, on one line, without control characters and without marks "
    "that turn the direction of the text, such as U+202E",
)
