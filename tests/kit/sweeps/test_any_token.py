"""No token, claim or header makes the verifier fail: each that is no good is refused."""

import asyncio
import string
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from shared.problem import Unauthorized
from shared.security.access import Caller
from tests.kit.tokens.makers import in_process, make_app, make_claims, make_token, make_verifier, part

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
headers = json_values | st.fixed_dictionaries(
    {"alg": st.just("RS256") | json_values, "typ": st.just("at+jwt") | json_values},
    optional={"kid": st.sampled_from(["k1", "e1"]) | json_values, "crit": json_values, "b64": json_values},
)
pieces = st.text(max_size=200) | st.binary(max_size=200).map(part) | json_values.map(part)
strings = (
    st.text(max_size=300)
    | st.text(string.printable + ".", max_size=9000)
    | st.tuples(headers.map(part), pieces, pieces).map(".".join)
)


@settings(max_examples=600, deadline=None)
@example("\ud800")
@given(strings)
def test_no_string_is_a_mistake_of_ours(garbage: str) -> None:
    with pytest.raises(Unauthorized):
        asyncio.run(make_verifier().verify(garbage))


@settings(max_examples=300, deadline=None)
@given(st.dictionaries(st.sampled_from([*make_claims(), "nbf", "azp", "regions", "territories"]), json_values))
def test_no_claim_is_a_mistake_of_ours(changes: dict[str, Any]) -> None:
    """Even well signed."""
    try:
        caller = asyncio.run(make_verifier().verify(make_token({**make_claims(), **changes})))
    except Unauthorized:
        return
    assert isinstance(caller, Caller)


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_no_changed_character_goes_unseen(data: st.DataObject) -> None:
    token = make_token()
    place = data.draw(st.integers(0, len(token) - 1))
    other = data.draw(
        st.sampled_from(string.ascii_letters + string.digits + "-_.").filter(lambda one: one != token[place])
    )

    with pytest.raises(Unauthorized):
        asyncio.run(make_verifier().verify(token[:place] + other + token[place + 1 :]))


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=100).filter(lambda raw: not {0, 10, 13} & set(raw)))
def test_no_header_is_a_mistake_of_ours(raw: bytes) -> None:
    async def ask() -> int:
        async with in_process(make_app(make_verifier())) as service:
            return (await service.get("/closed", headers={b"Authorization": b"Bearer " + raw})).status_code

    assert asyncio.run(ask()) == 401
