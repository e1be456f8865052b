"""SIRENs as people write them: with blanks, or as the SIRET of an establishment."""

from typing import Any
from urllib.parse import quote

import pytest

from services.territory.errors import OrganisationAlreadyRegistered
from tests.services.territory.api import NATIONAL, Api
from tests.services.territory.conftest import PublishedFacts
from tests.services.territory.places import COMPANY, LACQ_PAU_TARBES, PAU_BEARN

WRITTEN = ["200 067 254", "200\u00a0067\u00a0254", "200\u202f067\u202f254", "20006725400017", "200 067 254 00017"]
BODY: dict[str, Any] = {
    "siren": "000 000 117",
    "name": "Ateliers du Gave (synthétique)",
    "kind": "company",
    "synthetic": True,
}


@pytest.mark.parametrize("written", WRITTEN)
async def test_a_path_and_a_filter_understand_a_siren_as_it_is_written(api: Api, written: str) -> None:
    plain = await api.get(f"/v1/organisations/{PAU_BEARN}")
    members = await api.get(f"/v1/territories?member={PAU_BEARN}")

    assert await api.get(f"/v1/organisations/{quote(written)}") == plain
    assert await api.get(f"/v1/organisations/{quote(written)}/history") == await api.get(
        f"/v1/organisations/{PAU_BEARN}/history"
    )
    assert await api.get(f"/v1/territories?member={quote(written)}") == members
    assert LACQ_PAU_TARBES in {each["key"] for each in members["items"]}


async def test_a_body_is_read_as_the_plain_siren(api: Api, published: PublishedFacts) -> None:
    registered = await api.post("/v1/organisations", BODY, by=NATIONAL)

    assert registered["siren"] == COMPANY
    assert [fact["siren"] for fact in await published()] == [COMPANY]
    again = await api.post("/v1/organisations", BODY | {"siren": "000000117 00010"}, by=NATIONAL, status=409)
    assert again["code"] == OrganisationAlreadyRegistered.code


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ("200 067 255", "200067255 is not a SIREN"),
        ("200 067 254 0001", "a SIRET has 14: this one has 13"),
        ("20006725500012", "a SIRET has 14 digits, and its first nine, 200067255, are not a SIREN"),
        ("13000548100011", "13000548100011 is not a SIRET"),
        ("Pau Béarn", "a SIRET has 14 digits"),
    ],
)
async def test_another_text_is_refused_in_words(api: Api, written: str, words: str) -> None:
    by_path = await api.get(f"/v1/organisations/{quote(written)}", status=422)
    by_filter = await api.get(f"/v1/territories?member={quote(written)}", status=422)
    by_body = await api.post("/v1/organisations", BODY | {"siren": written}, by=NATIONAL, status=422)

    assert words in by_path["errors"][0]["detail"]
    assert words in by_filter["detail"] or "a member is named" in by_filter["detail"]
    assert words in by_body["errors"][0]["detail"]


async def test_a_key_and_a_cursor_belong_to_the_plain_siren(api: Api) -> None:
    await api.post("/v1/organisations", BODY, by=NATIONAL)
    end = {"valid_to": "2020-12-31", "reason": "Fin (synthétique)"}
    key = {"Authorization": f"Bearer {NATIONAL}", "Idempotency-Key": "0198-one-end"}
    first = await api.client.post(f"/v1/organisations/{COMPANY}/close", json=end, headers=key)
    again = await api.client.post(f"/v1/organisations/{quote('000 000 117')}/close", json=end, headers=key)
    page = await api.get(f"/v1/communes?epci={PAU_BEARN}&limit=5")
    following = await api.get(f"/v1/communes?epci={quote('200 067 254')}&limit=5&cursor={page['next']}")

    assert (again.status_code, again.content) == (first.status_code, first.content) == (200, first.content)
    assert again.headers["idempotent-replayed"] == "true"
    assert not {each["code"] for each in following["items"]} & {each["code"] for each in page["items"]}
