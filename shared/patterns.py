"""Regular expressions of texts, and the error message of each.

Other regex engines read the published contracts too. ECMA-262 counts U+FEFF among the blanks of `\\s` and not U+0085;
Python does the reverse. So a pattern with `\\s` adds both (`BLANK`). `\\d`, `\\w` and `\\b` differ even more: do not
use them.
"""

from typing import Final

BLANK: Final = r"\s\x85\ufeff"
"""All blanks, for use inside brackets."""
CONTROL: Final = r"\x00-\x1f\x7f-\x9f"
"""All control characters, for use inside brackets."""

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
READABLE: Final = pattern_of(f"[^{BLANK}]", "write something that can be read, not blanks alone")
