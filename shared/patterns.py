"""The forms of texts, as patterns, and the words in which a caller is told of them: a pattern says nothing to a person.

The contract is read by other engines than the one that checks it here: ECMA-262 counts U+FEFF among the blanks of `\\s`
and not U+0085, Unicode the other way round. Whoever writes `\\s` adds both (`BLANK`); `\\d`, `\\w` and `\\b` mean even
more different things, and are not written at all.
"""

from typing import Final

BLANK: Final = r"\s\x85\ufeff"
"""Every blank, inside brackets."""
CONTROL: Final = r"\x00-\x1f\x7f-\x9f"
"""Every control character, inside brackets."""

_words: Final[dict[str, str]] = {}


def pattern_of(pattern: str, words: str) -> str:
    """The pattern; whoever sends what has not this form is told the words, which name an example."""
    if _words.setdefault(pattern, words) != words:
        raise TypeError(f"{pattern} is told in other words already: {_words[pattern]}")
    return pattern


def message_of(pattern: str) -> str | None:
    """The words for a form, if it has any."""
    return _words.get(pattern)


ANY_TEXT: Final = pattern_of(r"^[^\x00]*$", "no text holds a NUL: take it out")
"""Whatever a database stores."""
READABLE: Final = pattern_of(f"[^{BLANK}]", "write something that can be read, not blanks alone")
