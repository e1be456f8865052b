"""The local issuer: who gets a token, what it says, how refusals look, and what lies on the disk."""

import asyncio
import base64
import json
import re
import stat
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from joserfc import jwt
from structlog.testing import capture_logs

from app.demo_clients import CLIENTS, SCOPES
from shared.http import exception_handlers
from shared.issuer.routes import ISSUER, Issuer, router
from shared.problem import Unauthorized
from shared.security.roles import Role
from shared.security.tokens import Verifier
from shared.settings import Settings
from tests.kit.tokens.makers import in_process

FORM = "application/x-www-form-urlencoded"


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Settings of the issuer of all tests that leave its folder as it is: to make a key takes 0.1 s."""
    return settings_in(tmp_path_factory.mktemp("issuer"))


def settings_in(folder: Path) -> Settings:
    return Settings(data_dir=folder / "data", issuer_url="http://127.0.0.1:8000")


@pytest.fixture(scope="module")
def issuer(settings: Settings) -> Issuer:
    return Issuer(settings, CLIENTS)


@pytest.fixture
def http(issuer: Issuer) -> httpx.AsyncClient:
    return in_process(make_issuer_app(issuer))


def make_issuer_app(issuer: Issuer) -> FastAPI:
    app = FastAPI()
    exception_handlers.install(app)
    ISSUER.set(app, issuer)
    app.include_router(router)
    return app


def shown(settings: Settings) -> dict[str, str]:
    """The variables that a shell reads from `clients.env`."""
    lines = (settings.data_dir / "clients.env").read_text().splitlines()
    return dict(line.split("=", 1) for line in lines)


def region(settings: Settings) -> tuple[str, str]:
    return "region", shown(settings)["REGION_SECRET"]


GRANT = {"grant_type": "client_credentials"}


@pytest.mark.parametrize("way", ["basic", "post"])
async def test_a_client_gets_a_token_either_way(
    http: httpx.AsyncClient, settings: Settings, issuer: Issuer, way: str
) -> None:
    client_id, secret = region(settings)
    if way == "basic":
        response = await http.post("/oauth/token", data=GRANT, auth=(client_id, secret))
    else:
        response = await http.post("/oauth/token", data={**GRANT, "client_id": client_id, "client_secret": secret})

    assert response.status_code == 200
    assert response.headers["cache-control"] == "no-store"
    assert (response.json()["token_type"], response.json()["expires_in"]) == ("Bearer", 3600)
    caller = await Verifier(settings, issuer.keys).verify(response.json()["access_token"])
    assert (caller.client_id, caller.role, caller.org) == ("region", Role.REGION, "200053759")
    assert caller.scopes == SCOPES[Role.REGION] == frozenset(response.json()["scope"].split())


async def test_a_token_says_what_rfc_9068_wants(settings: Settings, issuer: Issuer) -> None:
    team = next(client for client in CLIENTS if client.client_id == "territory")

    key = issuer.keys.signer()
    token = jwt.decode(issuer.token(team, frozenset({"actions:write"})), key)

    assert token.header == {"alg": "RS256", "typ": "at+jwt", "kid": key.kid}
    assert token.claims["exp"] - token.claims["iat"] == 3600
    assert re.fullmatch(r"[0-9a-f-]{36}", token.claims["jti"])
    assert {name: token.claims[name] for name in token.claims if name not in ("iat", "exp", "jti")} == {
        "iss": "http://127.0.0.1:8000",
        "sub": "territory",
        "aud": "territoires-industrie",
        "client_id": "territory",
        "scope": "actions:write",
        "org": "200067254",
        "role": "territory",
        "territories": ["2018-ti-7505"],
    }


async def test_a_client_may_ask_for_less(http: httpx.AsyncClient, settings: Settings) -> None:
    asked = {**GRANT, "scope": "contracts:read  contracts:sign contracts:read"}

    response = await http.post("/oauth/token", data=asked, auth=region(settings))

    assert response.json()["scope"] == "contracts:read contracts:sign"


REFUSED: dict[str, tuple[dict[str, Any], int, str]] = {
    "no secret": ({"data": GRANT}, 401, "invalid_client"),
    "a wrong secret": ({"data": GRANT, "auth": ("region", "guess")}, 401, "invalid_client"),
    "an empty secret": ({"data": GRANT, "auth": ("region", "")}, 401, "invalid_client"),
    "an unknown client": ({"data": GRANT, "auth": ("nobody", "guess")}, 401, "invalid_client"),
    "another scheme": ({"data": GRANT, "headers": {"Authorization": "Bearer x"}}, 401, "invalid_client"),
    "broken Basic": ({"data": GRANT, "headers": {"Authorization": "Basic ?"}}, 401, "invalid_client"),
    "binary Basic": ({"data": GRANT, "headers": {"Authorization": "Basic /////w=="}}, 401, "invalid_client"),
    "both ways": ({"data": {**GRANT, "client_secret": "x"}, "auth": ("region", "x")}, 400, "invalid_request"),
    "another grant": ({"data": {"grant_type": "password"}}, 400, "unsupported_grant_type"),
    "no grant": ({"data": {"scope": "contracts:read"}}, 400, "invalid_request"),
    "nothing": ({"headers": {"Content-Type": FORM}}, 400, "invalid_request"),
    "JSON": ({"json": GRANT}, 400, "invalid_request"),
    "a file": ({"data": GRANT, "files": {"grant_type": b"x"}}, 400, "invalid_request"),
    "twice": (
        {"content": "grant_type=client_credentials&scope=a&scope=b", "headers": {"Content-Type": FORM}},
        400,
        "invalid_request",
    ),
    "a long form": (
        {"content": "grant_type=client_credentials" + "&a" * 5_000, "headers": {"Content-Type": FORM}},
        400,
        "invalid_request",
    ),
    "bytes": ({"content": b"\xff%ff&\x00=%", "headers": {"Content-Type": FORM}}, 400, "invalid_request"),
}


@pytest.mark.parametrize(("asked", "status", "error"), REFUSED.values(), ids=REFUSED.keys())
async def test_refusals_are_those_of_rfc_6749(
    http: httpx.AsyncClient, asked: dict[str, Any], status: int, error: str
) -> None:
    response = await http.post("/oauth/token", **asked)

    assert (response.status_code, response.json()["error"]) == (status, error)
    assert response.headers["content-type"] == "application/json"
    assert response.headers["cache-control"] == "no-store"
    assert ("www-authenticate" in response.headers) == (status == 401)


@pytest.mark.parametrize("scopes", ["machine:write", "machine:write bogus", "CONTRACTS:READ"])
async def test_scopes_that_are_none_of_the_clients_are_refused(
    http: httpx.AsyncClient, settings: Settings, scopes: str
) -> None:
    response = await http.post("/oauth/token", data={**GRANT, "scope": scopes}, auth=region(settings))

    assert (response.status_code, response.json()["error"]) == (400, "invalid_scope")
    assert "contracts:read" in response.json()["error_description"]


async def test_of_all_scopes_a_client_gets_its_own(http: httpx.AsyncClient, settings: Settings, issuer: Issuer) -> None:
    """Swagger UI selects all of them, and Postman sends what the document lists."""
    everything = frozenset[str]().union(*SCOPES.values())

    response = await http.post("/oauth/token", data={**GRANT, "scope": " ".join(everything)}, auth=region(settings))

    caller = await Verifier(settings, issuer.keys).verify(response.json()["access_token"])
    assert everything > SCOPES[Role.REGION]
    assert caller.scopes == frozenset(response.json()["scope"].split()) == SCOPES[Role.REGION]


@pytest.mark.parametrize("header", ["Bearer eyJhbGciOiJSUzI1NiJ9.e30.c2ln", "bearer", "Digest x"])
async def test_a_token_sent_along_does_not_disturb_the_form(
    http: httpx.AsyncClient, settings: Settings, header: str
) -> None:
    client_id, secret = region(settings)
    form = {**GRANT, "client_id": client_id, "client_secret": secret}

    response = await http.post("/oauth/token", data=form, headers={"Authorization": header})

    assert response.status_code == 200


async def test_a_client_that_was_taken_off_the_list_gets_nothing(tmp_path: Path) -> None:
    settings = settings_in(tmp_path)
    Issuer(settings, CLIENTS)

    async with in_process(make_issuer_app(Issuer(settings, CLIENTS[:1]))) as http:
        response = await http.post("/oauth/token", data=GRANT, auth=region(settings))

    assert response.status_code == 401


@pytest.mark.parametrize("path", ["openid-configuration", "oauth-authorization-server"])
async def test_the_issuer_publishes_its_addresses(http: httpx.AsyncClient, issuer: Issuer, path: str) -> None:
    document = (await http.get(f"/.well-known/{path}")).json()
    jwks = (await http.get(document["jwks_uri"])).json()

    assert document["issuer"] == "http://127.0.0.1:8000"
    assert document["token_endpoint"] == "http://127.0.0.1:8000/oauth/token"
    assert [key["kid"] for key in jwks["keys"]] == [issuer.keys.signer().kid]
    assert all(set(key) == {"kty", "n", "e", "use", "alg", "kid"} for key in jwks["keys"])


def test_only_the_owner_reads_what_lies_on_the_disk(settings: Settings, issuer: Issuer) -> None:
    modes = {
        str(path.relative_to(settings.data_dir)): stat.S_IMODE(path.stat().st_mode)
        for path in settings.data_dir.rglob("*")
    }

    assert modes == {
        "clients.env": 0o600,
        "issuer": 0o700,
        "issuer/clients.json": 0o600,
        "issuer/keys.json": 0o600,
        "issuer/lock": 0o600,
    }
    assert stat.S_IMODE(settings.data_dir.stat().st_mode) == 0o700


def test_the_issuer_keeps_hashes_alone(settings: Settings, issuer: Issuer) -> None:
    kept = (settings.data_dir / "issuer/clients.json").read_text()

    assert all(re.fullmatch(r"[0-9a-f]{64}", value) for value in json.loads(kept).values())
    assert not [value for name, value in shown(settings).items() if name.endswith("SECRET") and value in kept]


def test_secrets_and_keys_survive_a_restart(settings: Settings, issuer: Issuer) -> None:
    before = {path: path.read_bytes() for path in settings.data_dir.rglob("*") if path.is_file()}

    Issuer(settings, CLIENTS)

    assert {path: path.read_bytes() for path in settings.data_dir.rglob("*") if path.is_file()} == before


def test_a_client_added_later_gets_its_secret(tmp_path: Path) -> None:
    settings = settings_in(tmp_path)
    Issuer(settings, CLIENTS[:2])
    first = shown(settings)

    Issuer(settings, CLIENTS[:3])

    assert shown(settings).items() > first.items()
    assert shown(settings).keys() - first.keys() == {"REGION_OCCITANIE_ID", "REGION_OCCITANIE_SECRET"}


def test_a_secret_whose_hash_was_lost_is_made_anew(tmp_path: Path) -> None:
    """As after a crash between the two files."""
    settings = settings_in(tmp_path)
    Issuer(settings, CLIENTS)
    (settings.data_dir / "issuer/clients.json").unlink()
    old = shown(settings)

    again = Issuer(settings, CLIENTS)

    assert shown(settings).keys() == old.keys()
    assert again.client(*region(settings)).client_id == "region"


async def test_a_shell_reads_the_secrets(settings: Settings, issuer: Issuer) -> None:
    script = f'. {settings.data_dir}/clients.env; printf "%s %s" "$BANQUE_DES_TERRITOIRES_ID" "$REGION_SECRET"'
    shell = await asyncio.create_subprocess_exec("sh", "-c", script, stdout=asyncio.subprocess.PIPE)
    said, _ = await shell.communicate()

    assert said.decode() == f"banque-des-territoires {region(settings)[1]}"


async def test_nothing_secret_is_shown(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    settings = settings_in(tmp_path)
    with capture_logs() as logs:
        issuer = Issuer(settings, CLIENTS)
        secret = region(settings)[1]
        async with in_process(make_issuer_app(issuer)) as http:
            answers = [
                await http.post("/oauth/token", data={**GRANT, "scope": secret}, auth=("region", secret)),
                await http.post("/oauth/token", data=GRANT, auth=("nobody", secret)),
            ]
            token = (await http.post("/oauth/token", data=GRANT, auth=("region", secret))).json()["access_token"]
        with pytest.raises(Unauthorized) as refused:
            await Verifier(settings, issuer.keys).verify(token[:-8])
    issuer.keys.rotate()

    output = "".join([*capfd.readouterr(), caplog.text, str(logs), str(refused.value), *(one.text for one in answers)])
    keys = json.loads((settings.data_dir / "issuer/keys.json").read_bytes())
    basic = base64.b64encode(f"region:{secret}".encode()).decode()
    for hidden in (secret, basic, token, token[:-8], *(line["jwk"]["d"] for line in keys)):
        assert hidden not in output


async def test_it_names_its_claims_as_the_verifiers_look_for_them(settings: Settings) -> None:
    named = settings.model_copy(
        update={
            "claim_scope": "scp",
            "claim_org": "https://claims.example/org",
            "claim_role": "https://claims.example/role",
            "claim_territories": "places",
        }
    )
    issuer = Issuer(named, CLIENTS)
    client = next(client for client in CLIENTS if client.client_id == "territory")

    caller = await Verifier(named, issuer.keys).verify(issuer.token(client, client.scopes))

    assert caller.scopes == client.scopes
    assert (caller.org, caller.role) == (client.org, client.role)
    assert caller.territories == frozenset(client.territories)
