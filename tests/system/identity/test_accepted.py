"""Tokens of an issuer that is not ours, with claims of other names, open what ours open; and no others do."""

import hmac
import json
from typing import Any

import httpx
import pytest
from joserfc.jwk import ECKey, RSAKey
from joserfc.util import urlsafe_b64decode

from deploy.processes import Process
from tests.kit.tokens.makers import KEY, STRANGER, bearer, make_token, part
from tests.services.contract.places import PAU
from tests.system.identity.provider import OTHER_AUDIENCE, PORTAL, REGION, TEAM, Provider

SHEET = {
    "title": "École de production en chaudronnerie de Lacq",
    "territories": ["2018-ti-7505"],
    "axes": ["recruter"],
    "main_axis": "recruter",
    "carriers": [PAU],
}


def said(token: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """The header and the claims of a token."""
    header, claims, _ = token.split(".")
    return json.loads(urlsafe_b64decode(header.encode())), json.loads(urlsafe_b64decode(claims.encode()))


@pytest.mark.parametrize(("client", "alg"), [(TEAM, "RS256"), (REGION, "ES256"), (PORTAL, "ES256")])
async def test_a_token_with_the_scope_reads(
    platform: Process, issuer: Provider, http: httpx.AsyncClient, client: str, alg: str
) -> None:
    token = await issuer.token(http, client, "actions:read")
    header, claims = said(token)
    answer = await http.get(f"{platform.url}/v1/actions", headers=bearer(token))

    assert (header["alg"], header["typ"]) == (alg, "at+jwt")
    assert {"org", "role"}.isdisjoint(claims)
    assert answer.status_code == 200, answer.text


async def test_a_token_without_the_scope_does_not_read(
    platform: Process, issuer: Provider, http: httpx.AsyncClient
) -> None:
    token = await issuer.token(http, TEAM, "contracts:read")
    answer = await http.get(f"{platform.url}/v1/actions", headers=bearer(token))

    assert answer.status_code == 403
    assert answer.headers["WWW-Authenticate"] == 'Bearer error="insufficient_scope", scope="actions:read"'


async def test_role_and_organisation_decide_who_writes(
    platform: Process, issuer: Provider, http: httpx.AsyncClient
) -> None:
    async def draft(client: str, **content: Any) -> httpx.Response:
        token = await issuer.token(http, client, "actions:read actions:write")
        return await http.post(f"{platform.url}/v1/actions", json={**SHEET, **content}, headers=bearer(token))

    drafted = await draft(TEAM)
    elsewhere = await draft(TEAM, territories=["2018-ti-7601"])
    by_region, by_portal = await draft(REGION), await draft(PORTAL)
    token = await issuer.token(http, TEAM, "actions:read")
    read = await http.get(f"{platform.url}/v1/actions/{drafted.json().get('id')}", headers=bearer(token))

    assert drafted.status_code == 201, drafted.text
    assert elsewhere.status_code == 403, elsewhere.text
    assert (by_region.status_code, by_portal.status_code) == (403, 403)
    assert "of role region" in by_region.json()["detail"]
    assert "of role partner" in by_portal.json()["detail"]
    assert read.json()["title"] == SHEET["title"]


async def test_a_token_for_others_is_refused(platform: Process, issuer: Provider, http: httpx.AsyncClient) -> None:
    token = await issuer.token(http, TEAM, "actions:read", audience=OTHER_AUDIENCE)
    answer = await http.get(f"{platform.url}/v1/actions", headers=bearer(token))

    assert answer.status_code == 401
    assert "meant for others" in answer.json()["detail"]


def with_header(token: str, **changes: Any) -> str:
    """The token with another header over the same signature."""
    _, claims, signature = token.split(".")
    return f"{part({**said(token)[0], **changes})}.{claims}.{signature}"


def with_claims(token: str, **changes: Any) -> str:
    header, _, signature = token.split(".")
    return f"{header}.{part({**said(token)[1], **changes})}.{signature}"


def signed_with(public: bytes, token: str) -> str:
    """HS256, with what everybody may read as its secret."""
    body = with_header(token, alg="HS256").rpartition(".")[0]
    return f"{body}.{part(hmac.digest(public, body.encode(), 'sha256'))}"


def asymmetric(jwk: Any) -> RSAKey | ECKey:
    return RSAKey.import_key(jwk) if jwk["kty"] == "RSA" else ECKey.import_key(jwk)


@pytest.mark.parametrize("client", [TEAM, REGION])
async def test_what_is_made_of_its_tokens_and_keys_is_refused(
    platform: Process, issuer: Provider, http: httpx.AsyncClient, client: str
) -> None:
    token = await issuer.token(http, client, "actions:read")
    header, claims = said(token)
    published = {each["kid"]: each for each in (await http.get(f"{issuer.url}/jwks")).json()["keys"]}
    pem = asymmetric(published[header["kid"]]).as_pem(private=False)
    other = next(kid for kid in published if kid != header["kid"])
    forged = {
        "unsigned": with_header(token, alg="none").rpartition(".")[0] + ".",
        "HS256 with the published key": signed_with(pem, token),
        "HS256 with the key as it is published": signed_with(json.dumps(published[header["kid"]]).encode(), token),
        "the other algorithm": with_header(token, alg="RS256" if header["alg"] == "ES256" else "ES256"),
        "the other key": with_header(token, kid=other),
        "an ID token": with_header(token, typ="JWT"),
        "another role": with_claims(token, **{"https://claims.example/role": "national"}),
        "a longer life": with_claims(token, exp=claims["exp"] + 3600),
        "its name over a stranger's key": make_token(claims, key=STRANGER, header={"kid": header["kid"]}),
        "another issuer's": make_token({**claims, "iss": "https://issuer.example"}, key=KEY),
        "expired": make_token({**claims, "exp": claims["iat"] - 3600}, key=KEY),
    }
    statuses = {}
    for name, one in forged.items():
        for path in ("/v1/actions", "/v1/territories"):
            answer = await http.get(platform.url + path, headers=bearer(one))
            statuses[name, path] = (answer.status_code, answer.headers.get("WWW-Authenticate"))
    honest = await http.get(f"{platform.url}/v1/actions", headers=bearer(token))

    assert {name: got for name, got in statuses.items() if got != (401, 'Bearer error="invalid_token"')} == {}
    assert honest.status_code == 200


async def test_without_a_token_what_is_public_is_open_and_the_rest_is_not(
    platform: Process, http: httpx.AsyncClient
) -> None:
    public, closed = await http.get(f"{platform.url}/v1/territories"), await http.get(f"{platform.url}/v1/actions")
    issuing = await http.post(f"{platform.url}/oauth/token", data={"grant_type": "client_credentials"})

    assert (public.status_code, closed.status_code) == (200, 401)
    assert issuing.status_code == 404, "with an issuer elsewhere, there is none here"
