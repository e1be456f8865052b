"""Each path has one owner; what belongs to nobody has no way in."""

import httpx
import pytest

from app.artifacts import gateway_map
from app.embedded import SERVICES
from deploy.haproxy import HAProxy
from tests.system.gateway.stubs import NAMES, Stubs

pytestmark = pytest.mark.asyncio(loop_scope="package")

PAGES = (
    "/",
    "/docs",
    "/redoc",
    "/openapi.json",
    "/asyncapi.json",
    "/schemas/x.json",
    "/problems",
    "/problems/not-found",
)
TOKENS = ("/oauth/token", "/.well-known/openid-configuration", "/.well-known/jwks.json")
INTERNAL = (
    *("/metrics", "/health", "/health/live", "/health/ready", "/v1", "/v1/", "/v1/metrics", "/v2/territories"),
    *("//metrics", "/v1//territories", "/./metrics", "/%6detrics", "/METRICS", "/nothing"),
)


@pytest.mark.parametrize(("word", "owner"), sorted(gateway_map.segments(SERVICES).items()))
async def test_the_first_word_of_a_path_leads_to_its_service(http: httpx.AsyncClient, word: str, owner: str) -> None:
    for path in (f"/v1/{word}", f"/v1/{word}/2018-ti-7505?phase=2018", f"/v1/{word}/changes"):
        answer = await http.get(path)

        assert answer.status_code == 200
        assert answer.json()["at"].partition("-")[0] == owner


@pytest.mark.parametrize("path", PAGES)
async def test_a_page_of_the_documentation_is_there(http: httpx.AsyncClient, path: str) -> None:
    assert (await http.get(path)).json()["at"] in NAMES


@pytest.mark.parametrize("path", TOKENS)
async def test_tokens_come_from_the_issuer(http: httpx.AsyncClient, path: str) -> None:
    assert (await http.get(path)).json() == {"at": "issuer-1"}


@pytest.mark.parametrize("path", INTERNAL)
async def test_what_is_internal_or_nobodys_has_no_way_in(edge: HAProxy, stubs: Stubs, path: str) -> None:
    before = len(stubs.arrivals)
    async with httpx.AsyncClient(base_url=edge.url, trust_env=False) as client:
        request = client.build_request("GET", "/")
        request.url = request.url.copy_with(raw_path=path.encode())
        answer = await client.send(request)

    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"
    assert len(stubs.arrivals) == before


async def test_a_path_is_passed_on_as_it_was_sent(http: httpx.AsyncClient, stubs: Stubs) -> None:
    target = "/v1/territories/..%2f/%7e//a?q=%C3%A9t%C3%A9&q=&x"
    request = http.build_request("GET", "/")
    request.url = request.url.copy_with(raw_path=target.encode())

    answer = await http.send(request)

    assert answer.status_code == 200
    assert [arrival.target for arrival in stubs.about(target)] == [target]


async def test_reads_are_spread_over_both_processes_of_contract(http: httpx.AsyncClient) -> None:
    places = {(await http.get("/v1/contracts")).json()["at"] for _ in range(10)}

    assert places == {"contract-1", "contract-2"}


async def test_metrics_are_shown_to_machines_alone(edge: HAProxy) -> None:
    async with httpx.AsyncClient(trust_env=False) as client:
        health = await client.get(f"{edge.internal_url}/health")
        metrics = await client.get(f"{edge.internal_url}/metrics")
        other = await client.get(f"{edge.internal_url}/v1/territories")

    assert health.status_code == 200
    assert 'haproxy_server_status{proxy="contract",server="contract-2",state="UP"} 1' in metrics.text
    assert other.status_code == 404


async def test_the_configuration_has_nothing_to_complain_of(edge: HAProxy) -> None:
    assert edge.check() == ""
