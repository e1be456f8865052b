"""Which tokens name a caller, and which are refused. Every refusal is a 401 that says what to do."""

import hmac
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import pytest
import time_machine

from shared.problem import Unauthorized
from shared.security.access import Caller
from shared.security.roles import Role
from shared.security.tokens import LONGEST, REMEMBERED, Verifier
from tests.kit.tokens.makers import (
    EC_KEY,
    EC_STRANGER,
    KEY,
    STRANGER,
    FixedKeys,
    bearer,
    in_process,
    make_app,
    make_claims,
    make_settings,
    make_token,
    make_verifier,
    part,
)

NOON = datetime(2026, 3, 5, 12, tzinfo=UTC)


def signed_with_the_public_key(key: Any = KEY) -> str:
    """RS/HS confusion: the public key, which everybody has, used as a shared secret."""
    body = f"{part({'alg': 'HS256', 'typ': 'at+jwt', 'kid': key.kid})}.{part(make_claims(role='platform'))}"
    return f"{body}.{part(hmac.digest(key.as_pem(private=False), body.encode(), 'sha256'))}"


def unsigned(alg: str, kid: str = "k1", signature: bytes = b"") -> str:
    return f"{part({'alg': alg, 'typ': 'at+jwt', 'kid': kid})}.{part(make_claims())}.{part(signature)}"


def with_a_key_of_its_own(name: str) -> str:
    """Signed by a stranger, whose key, or the address of it, comes along."""
    ways = {"jwk": STRANGER.as_dict(private=False), "jku": "https://stranger.example/jwks", "x5u": "https://a.example/"}
    return make_token(key=STRANGER, header={name: ways[name]})


def tampered() -> str:
    header, _, signature = make_token().split(".")
    return f"{header}.{part(make_claims(role='platform'))}.{signature}"


def ago(seconds: int) -> int:
    return int(time.time()) - seconds


REFUSED: dict[str, tuple[Callable[[], str], str]] = {
    "another audience": (lambda: make_token(aud="others"), "audience"),
    "audiences without ours": (lambda: make_token(aud=["a", "b"]), "audience"),
    "no audience": (lambda: make_token(aud=None), "lacks aud"),
    "another issuer": (lambda: make_token(iss="https://other.example"), "another issuer"),
    "nearly the issuer": (lambda: make_token(iss="https://issuer.example/"), "another issuer"),
    "no issuer": (lambda: make_token(iss=None), "lacks iss"),
    "an ID token": (lambda: make_token(header={"typ": "JWT"}), "at+jwt"),
    "no type": (lambda: make_token(header={"typ": None}), "at+jwt"),
    "alg none": (lambda: unsigned("none"), "RS256"),
    "alg None": (lambda: unsigned("None"), "RS256"),
    "RS256 without a signature": (lambda: unsigned("RS256"), "signature"),
    "ES256 without a signature": (lambda: unsigned("ES256", "e1"), "signature"),
    "ES256 with a signature of zeros": (lambda: unsigned("ES256", "e1", bytes(64)), "signature"),
    "HS256 with the public key": (signed_with_the_public_key, "RS256"),
    "HS256 with the public key of ES256": (lambda: signed_with_the_public_key(EC_KEY), "RS256"),
    "PS256 with the issuer's key": (lambda: make_token(header={"alg": "PS256"}, key=_unbound()), "RS256"),
    "an algorithm not listed": (lambda: make_token(header={"alg": "RS512"}, key=_unbound()), "RS256"),
    "an algorithm of another kind of key": (lambda: make_token(key=EC_KEY, header={"kid": "k1"}), "signature"),
    "the key of another algorithm": (lambda: make_token(header={"kid": "e1"}), "signature"),
    "a key of the same name": (lambda: make_token(key=STRANGER), "signature"),
    "a key of the same name for ES256": (lambda: make_token(key=EC_STRANGER, header={"alg": "ES256"}), "signature"),
    "a key sent along": (lambda: with_a_key_of_its_own("jwk"), "signature"),
    "a key at an address sent along": (lambda: with_a_key_of_its_own("jku"), "signature"),
    "a certificate at an address sent along": (lambda: with_a_key_of_its_own("x5u"), "signature"),
    "an unknown key": (lambda: make_token(header={"kid": "k9"}), "The key that signed"),
    "no key name": (lambda: make_token(header={"kid": None}), "kid"),
    "tampered claims": (tampered, "signature"),
    "critical extensions": (lambda: make_token(header={"crit": ["b64"], "b64": True}), "extensions"),
    "expired": (lambda: make_token(exp=ago(31)), "expired"),
    "no expiry": (lambda: make_token(exp=None), "lacks exp"),
    "an expiry that is no number": (lambda: make_token(exp="soon"), "exp"),
    "an expiry that never comes": (lambda: make_token(exp=float("nan")), "exp"),
    "not valid yet": (lambda: make_token(nbf=ago(-40)), "not valid yet"),
    "issued in the future": (lambda: make_token(iat=ago(-40)), "not valid yet"),
    "no subject": (lambda: make_token(sub=None), "lacks sub"),
    "an empty subject": (lambda: make_token(sub=""), "sub"),
    "no client": (lambda: make_token(client_id=None), "client_id"),
    "a client that is no text": (lambda: make_token(client_id=7), "client_id"),
    "an unknown role": (lambda: make_token(role="king"), "roles are national"),
    "roles in a list": (lambda: make_token(role=["region"]), "roles are national"),
    "an org that is no SIREN": (lambda: make_token(org="123456789"), "SIREN"),
    "an org that is a number": (lambda: make_token(org=200053759), "SIREN"),
    "an org of no SIREN's": (lambda: make_token(org="12345678900017"), "SIRET"),
    "an org of thirteen digits": (lambda: make_token(org="2000537590001"), "SIRET"),
    "a scope that is no text": (lambda: make_token(scope=7), "scope"),
    "regions that are no texts": (lambda: make_token(regions=[75]), "regions"),
    "claims that are a list": (lambda: make_token([1, 2]), "not a signed access token"),
    "deeply nested header": (lambda: f"{part(b'[' * 5000)}.{part({})}.AA", "not a signed access token"),
    "a header that is a list": (lambda: f"{part(['alg', 'b64'])}.{part({})}.AA", "not a signed access token"),
    "too long": (lambda: make_token(scope="x" * LONGEST), "longer than"),
    "garbage": (lambda: "garbage", "not a signed access token"),
    "five parts": (lambda: f"{make_token()}.AA.AA", "signature"),
    "two parts": (lambda: make_token().rpartition(".")[0], "signature"),
}


def _unbound() -> Any:
    """The issuer's key without its note of the algorithm, so that it can sign with another."""
    return type(KEY).import_key({k: v for k, v in KEY.as_dict(private=True).items() if k != "alg"})


@pytest.mark.parametrize(("make", "says"), REFUSED.values(), ids=REFUSED.keys())
@pytest.mark.parametrize("path", ["/closed", "/open"])
async def test_a_bad_token_is_refused_with_what_to_do(path: str, make: Callable[[], str], says: str) -> None:
    async with in_process(make_app(make_verifier())) as service:
        response = await service.get(path, headers=bearer(make()))

    assert response.status_code == 401
    assert response.headers["content-type"] == "application/problem+json"
    assert response.headers["www-authenticate"] == 'Bearer error="invalid_token"'
    assert says in response.json()["detail"]


async def test_a_good_token_names_its_caller() -> None:
    token = make_token(territories=["2018-ti-7505"], regions="75 76")

    assert await make_verifier().verify(token) == Caller(
        client_id="region",
        sub="region",
        scopes=frozenset({"contracts:read", "contracts:decide"}),
        role=Role.REGION,
        org="200053759",
        territories=frozenset({"2018-ti-7505"}),
        regions=frozenset({"75", "76"}),
    )


@pytest.mark.parametrize("iat", [ago(5), None], ids=["issued", "unknown"])
async def test_a_caller_knows_when_its_token_was_issued(iat: int | None) -> None:
    assert (await make_verifier().verify(make_token(iat=iat))).issued_at == iat


ACCEPTED: dict[str, Callable[[], str]] = {
    "several audiences": lambda: make_token(aud=["others", "territoires-industrie"]),
    "the long type": lambda: make_token(header={"typ": "application/at+jwt"}),
    "a loud type": lambda: make_token(header={"typ": "AT+JWT"}),
    "headers of their own": lambda: make_token(header={"unheard": "of", "x5c": ["A" * 1500]}),
    "ES256": lambda: make_token(key=EC_KEY),
    "a SIRET": lambda: make_token(org="20005375900000"),
    "scopes in a list": lambda: make_token(scope=["contracts:read"]),
    "a fast clock": lambda: make_token(iat=ago(-20), nbf=ago(-20)),
    "a slow clock": lambda: make_token(exp=ago(5)),
}


@pytest.mark.parametrize("make", ACCEPTED.values(), ids=ACCEPTED.keys())
async def test_what_issuers_do_differently_is_accepted(make: Callable[[], str]) -> None:
    assert (await make_verifier().verify(make())).client_id == "region"


async def test_a_token_without_our_claims_is_a_partners() -> None:
    caller = await make_verifier().verify(make_token(role=None, org=None, scope=None))

    assert caller == Caller(client_id="region", sub="region", role=Role.PARTNER)


async def test_the_names_of_the_claims_are_settings() -> None:
    verifier = make_verifier(
        claim_org="https://claims.example/siren", claim_role="profil", claim_regions="regions_insee"
    )

    claims = make_claims(org="no SIREN", role="king", profil="state", regions_insee="76")

    caller = await verifier.verify(make_token({**claims, "https://claims.example/siren": "200053791"}))

    assert (caller.org, caller.role, caller.regions) == ("200053791", Role.STATE, frozenset({"76"}))


ISSUERS: Final[dict[str, tuple[dict[str, Any], dict[str, Any], str]]] = {
    # The client's setting « Use "at+jwt" as access token header type »; claims by mappers.
    "Keycloak": ({}, {"client_id": None, "azp": "region", "aud": ["account", "territoires-industrie"]}, "at+jwt"),
    # The API's profile RFC 9068; claims of others must be named by a URL.
    "Auth0": (
        {"claim_org": "https://ti.example/org", "claim_role": "https://ti.example/role"},
        {"org": None, "role": None, "https://ti.example/org": "200053759", "https://ti.example/role": "region"},
        "at+jwt",
    ),
    # Its access tokens are always of the type JWT; an application's permissions are its roles.
    "Entra ID": (
        {"claim_scope": "roles", "dangerous_untyped_tokens": True},
        {"client_id": None, "azp": "region", "scope": None, "roles": ["contracts:read", "contracts:decide"]},
        "JWT",
    ),
}
"""Access tokens in the format of well-known issuers, and the settings for them."""


@pytest.mark.parametrize(("changes", "claims", "typ"), ISSUERS.values(), ids=ISSUERS.keys())
async def test_the_tokens_of_well_known_issuers_name_their_callers(
    changes: dict[str, Any], claims: dict[str, Any], typ: str
) -> None:
    caller = await make_verifier(**changes).verify(make_token(header={"typ": typ}, **claims))

    assert (caller.client_id, caller.org, caller.role) == ("region", "200053759", Role.REGION)
    assert caller.scopes == {"contracts:read", "contracts:decide"}


async def test_untyped_tokens_must_be_of_the_type_jwt_still() -> None:
    verifier = make_verifier(dangerous_untyped_tokens=True)
    for typ in (None, "logout+jwt", "secevent+jwt", "JOSE"):
        with pytest.raises(Unauthorized, match="not an access token"):
            await verifier.verify(make_token(header={"typ": typ}))


async def test_a_token_is_remembered_until_it_expires() -> None:
    verifier = make_verifier()
    with time_machine.travel(NOON, tick=False) as clock:
        token = make_token()
        first = await verifier.verify(token)

        clock.shift(timedelta(minutes=59))
        assert await verifier.verify(token) is first

        clock.shift(timedelta(minutes=2))
        with pytest.raises(Unauthorized, match="expired"):
            await verifier.verify(token)


async def test_a_remembered_token_dies_with_its_key() -> None:
    keys = FixedKeys()
    verifier = Verifier(make_settings(), keys)
    token = make_token()
    await verifier.verify(token)

    del keys.keys["k1"]
    with pytest.raises(Unauthorized, match="The key that signed"):
        await verifier.verify(token)


async def test_the_memory_of_tokens_is_bounded() -> None:
    verifier = make_verifier()
    for number in range(REMEMBERED + 10):
        await verifier.verify(make_token(jti=str(number), key=EC_KEY))

    assert len(verifier._known) == REMEMBERED
