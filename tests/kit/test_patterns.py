"""A text that has not its form is refused in words, not by a pattern."""

import re

import httpx
import pytest

from shared import patterns
from shared.events import codes


async def test_a_siren_of_eight_digits_is_refused_in_words(client: httpx.AsyncClient) -> None:
    answer = await client.post("/v1/accounts", json={"owner": "20005375"})

    assert answer.status_code == 422
    assert answer.json()["errors"] == [{"pointer": "/owner", "detail": patterns.message_of(codes.SIREN)}]


CODES = [
    value
    for name, value in vars(codes).items()
    if name.isupper() and not name.startswith("_") and isinstance(value, str)
]


@pytest.mark.parametrize("pattern", CODES)
def test_each_code_is_described_with_an_example_that_has_its_form(pattern: str) -> None:
    words = [word.strip(",") for word in (patterns.message_of(pattern) or "").split()]

    assert any(re.fullmatch(pattern, word) for word in words)


def test_a_form_has_one_wording() -> None:
    with pytest.raises(TypeError, match="nine digits"):
        patterns.pattern_of(codes.SIREN, "something else")
    assert patterns.pattern_of(codes.SIREN, patterns.message_of(codes.SIREN) or "") == codes.SIREN
