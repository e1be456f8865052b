"""A text of a request body shows something, holds no hidden control, and is stored without the blanks around it."""

import unicodedata
from typing import Final

import pytest
from pydantic import TypeAdapter, ValidationError

from shared.http.schemas import OptionalLine, Reason, Title
from shared.patterns import LINE, PARAGRAPHS, message_of
from shared.texts import tidied

LINES: Final = TypeAdapter[str](Title)
PROSE: Final = TypeAdapter[str](Reason)
OPTIONAL: Final = TypeAdapter[str](OptionalLine)
NOTHING_TO_SEE: Final = [
    *" \t\n\r\u0085\u00a0\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b\u180e\u2000\u200b\u200c\u200d\u200e\u200f",
    *"\u2028\u202f\u205f\u2060\u2064\u206a\u2800\u3000\u3164\ufe00\ufe0f\ufeff\uffa0\U0001d159\U0001d173",
    *"\U000e0001\U000e0041\U000e0100",
    "\u200b\u3164 \u2800\U000e0041\ufe0f",
]
CONTROLS: Final = [*map(chr, range(0x20)), *map(chr, range(0x7F, 0xA0))]
DIRECTIONS: Final = [*"\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"]
FRENCH: Final = [
    "L’avenir : 25\u00a0000\u202f€, « œuvre » !",
    "Usine 🏭, 👩\u200d🔬 et 🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f",
    "ورشة \u200fالصناعة",
    "می\u200cخواهم",
    "❤️",
    "한국어",
    "a\u0323\u0302",
]


def refusal(adapter: TypeAdapter[str], text: str) -> str | None:
    """Return the words with which a text is refused; None if it is taken."""
    try:
        adapter.validate_python(text)
    except ValidationError as invalid:
        return str(invalid.errors()[0]["ctx"]["error"])
    return None


@pytest.mark.parametrize("text", NOTHING_TO_SEE, ids=ascii)
def test_a_text_that_shows_nothing_is_refused_in_words(text: str) -> None:
    assert refusal(LINES, text) == message_of(LINE)
    assert refusal(PROSE, text) == message_of(PARAGRAPHS)
    assert refusal(OPTIONAL, text) is not None


@pytest.mark.parametrize("sign", [*CONTROLS, *DIRECTIONS], ids=ascii)
def test_control_characters_and_marks_of_direction_are_refused_within_a_text(sign: str) -> None:
    assert refusal(LINES, f"Pau{sign}Tarbes") == message_of(LINE)
    assert refusal(OPTIONAL, f"Pau{sign}Tarbes") is not None
    if sign not in "\t\n\r":
        assert refusal(PROSE, f"Pau{sign}Tarbes") == message_of(PARAGRAPHS)


@pytest.mark.parametrize("sign", [*"\u2028\u2029"], ids=ascii)
def test_a_text_of_one_line_has_no_line_separator(sign: str) -> None:
    assert refusal(LINES, f"Pau{sign}Tarbes") == message_of(LINE)


@pytest.mark.parametrize("text", FRENCH)
def test_the_signs_of_languages_are_taken_and_stay(text: str) -> None:
    assert LINES.validate_python(text) == unicodedata.normalize("NFC", text)
    assert PROSE.validate_python(f"{text}\n\n\t- {text}\r\n") == unicodedata.normalize("NFC", f"{text}\n\n\t- {text}")


@pytest.mark.parametrize("around", [*" \t\n\u00a0\u200b\u202f\u3164\ufeff", " \u00a0\u200b\n"], ids=ascii)
def test_blanks_around_are_taken_away(around: str) -> None:
    assert LINES.validate_python(f"{around}Un titre{around}") == "Un titre"
    assert PROSE.validate_python(f"{around}Un\ntexte{around}") == "Un\ntexte"
    assert OPTIONAL.validate_python(f"{around}Un titre{around}") == "Un titre"


def test_an_optional_text_may_be_empty() -> None:
    assert OPTIONAL.validate_python("") == ""


def test_an_accent_in_two_spellings_is_one_text() -> None:
    assert LINES.validate_python("e\u0301tude") == LINES.validate_python("\u00e9tude") == "\u00e9tude"


def test_no_text_grows_when_it_is_stored() -> None:
    # Composed, this one has two characters in the place of one.
    assert tidied("\u0958" * 300) == "\u0958" * 300


@pytest.mark.parametrize("text", ["é" * 300, " " * 299 + "é"])
def test_length_is_judged_as_it_was_sent(text: str) -> None:
    assert refusal(LINES, text) is None
    with pytest.raises(ValidationError, match="300"):
        LINES.validate_python(f"{text} ")


@pytest.mark.parametrize("text", [" " * 20_000, "a" + " " * 19_998 + "b", " " * 9_999 + "\x07" + " " * 9_999])
def test_long_texts_of_blanks_are_judged_at_once(text: str) -> None:
    assert tidied(text) == text.strip()
