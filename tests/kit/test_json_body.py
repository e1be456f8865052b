"""Bodies in JSON: what is read, and what is too complex to be read."""

import json
from typing import Any, Final

import pytest

from shared.http.json_body import BodyTooComplex, parse

DEEP: Final[list[Any]] = json.loads("[" * 20 + "]" * 20)


@pytest.mark.parametrize(
    "value",
    [
        pytest.param(DEEP, id="as deep as may be"),
        pytest.param([1] * 10_000, id="as many as may be"),
        pytest.param({"a": "[," * 50_000}, id="brackets in a text"),
        pytest.param({"a": '\\"[[[[\n' * 100, "b": []}, id="quotes and strokes in a text"),
        pytest.param(["[{" * 30, *["\\", []] * 10, ""], id="texts that end with a stroke"),
        pytest.param({"é": ["é\N{WAVING BLACK FLAG}"]}, id="letters of every kind"),
    ],
)
def test_what_is_within_bounds_is_read(value: Any) -> None:
    assert parse(json.dumps(value).encode()) == value
    assert parse(json.dumps(value, ensure_ascii=False, indent=1).encode()) == value


@pytest.mark.parametrize("text", ["1e308", "9.3e18", "-1e300", "1.5"])
def test_a_number_beyond_every_field_keeps_its_size(text: str) -> None:
    [number] = parse(f"[{text}]".encode())

    assert isinstance(number, float)
    assert number == float(text)


@pytest.mark.parametrize(("text", "number"), [("5.0", 5), ("5e1", 50), ("9007199254740993.0", 9007199254740993)])
def test_a_whole_number_is_an_integer_however_it_is_written(text: str, number: int) -> None:
    [read] = parse(f"[{text}]".encode())

    assert isinstance(read, int)
    assert read == number


def test_of_a_body_with_too_many_values_no_more_is_looked_at_than_of_one_with_as_many_as_allowed() -> None:
    with pytest.raises(BodyTooComplex):
        # The words at the end are no JSON: nobody reads them.
        parse(b"[" + b"1," * 10_000 + b"no JSON")
