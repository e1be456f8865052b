"""A code that has not its form is refused in words, not by a pattern."""

import re

import httpx
import pytest

from shared.events import codes


async def test_a_siren_of_eight_digits_is_refused_in_words(client: httpx.AsyncClient) -> None:
    answer = await client.post("/v1/accounts", json={"owner": "20005375"})

    assert answer.status_code == 422
    assert answer.json()["errors"] == [{"pointer": "/owner", "detail": codes.FORMS[codes.SIREN]}]


@pytest.mark.parametrize("pattern", codes.FORMS)
def test_each_form_is_told_with_an_example_that_has_it(pattern: str) -> None:
    words = [word.strip(",") for word in codes.FORMS[pattern].split()]

    assert any(re.fullmatch(pattern, word) for word in words)
