"""Headers that claim who calls, or where we are called, change nothing; addresses in answers name no host."""

import asyncio
from pathlib import Path
from typing import Final

import httpx

from app.embedded import SERVICES
from deploy.processes import Process
from tests.kit.tokens.makers import bearer
from tests.support.waiting import until
from tests.system.identity.provider import TEAM, Provider

ELSEWHERE: Final = "ailleurs.example"
ADDRESS: Final = "192.0.2.7"
FORGED: Final = {
    "Forwarded": f"for={ADDRESS};host={ELSEWHERE};proto=https",
    "X-Forwarded-For": ADDRESS,
    "X-Forwarded-Host": ELSEWHERE,
    "X-Forwarded-Port": "8443",
    "X-Forwarded-Prefix": "/prefixe",
    "X-Forwarded-Proto": "https",
    "X-Forwarded-User": "delegation",
    "X-Forwarded-Access-Token": "delegation",
    "X-Real-IP": ADDRESS,
    "X-Original-URL": "/v1/regions",
    "X-Rewrite-URL": "/v1/regions",
    "X-HTTP-Method-Override": "DELETE",
    "X-Client-Id": "delegation",
    "X-Client-Role": "national",
    "X-Client-Org": "130026032",
    "X-Role": "national",
    "X-Org": "130026032",
    "X-Scope": "actions:read actions:write machine:read",
    "X-Auth-Request-User": "delegation",
    "X-Remote-User": "delegation",
    "Remote-User": "delegation",
    "X-User": "delegation",
    "X-SSL-Client-Verify": "SUCCESS",
    "X-JWT-Assertion": "delegation",
}
SAME: Final = {"X-Request-Id": "une-question"}


def seen(answer: httpx.Response) -> tuple[int, dict[str, str], bytes]:
    """All of an answer that does not change from one moment to the next."""
    headers = {name: value for name, value in answer.headers.items() if name not in ("date", "traceresponse")}
    return answer.status_code, headers, answer.content


async def test_forged_headers_open_nothing(platform: Process, http: httpx.AsyncClient) -> None:
    """The test calls every operation without an id in its path, without a token and without a body."""
    statuses = set()
    for service in SERVICES:
        for operation in service.router.operations():
            if "{" in operation.path:
                continue
            for method in operation.methods or ():
                plain = await http.request(method, platform.url + operation.path, headers=SAME)
                forged = await http.request(method, platform.url + operation.path, headers={**SAME, **FORGED})
                statuses.add(plain.status_code)

                assert (operation.name, seen(forged)) == (operation.name, seen(plain))
    assert {200, 401} <= statuses


async def test_forged_headers_widen_no_token(platform: Process, issuer: Provider, http: httpx.AsyncClient) -> None:
    token = {**SAME, **bearer(await issuer.token(http, TEAM, "contracts:read"))}
    for path in ("/v1/actions", "/v1/contracts", "/v1/subscriptions", "/v1/territories?limit=2"):
        plain = await http.get(platform.url + path, headers=token)
        forged = await http.get(platform.url + path, headers={**token, **FORGED})

        assert seen(plain) == seen(forged)


async def test_links_are_good_behind_any_host(platform: Process, issuer: Provider, http: httpx.AsyncClient) -> None:
    """An edge, or who calls, may name the host as it likes: the way to the next page is a path."""
    token = bearer(await issuer.token(http, TEAM, "actions:read"))
    for path in ("/v1/territories?limit=2&phase=2018", "/v1/organisations?limit=1", "/v1/territories/changes?limit=1"):
        here = await http.get(platform.url + path, headers=token)
        there = await http.get(platform.url + path, headers={**token, **FORGED, "Host": ELSEWHERE})
        wrong = await http.get(platform.url + path, headers={**token, "Host": f"{ELSEWHERE}/ailleurs?oui"})
        link = there.links["next"]["url"]
        followed = await http.get(platform.url + link, headers=token)

        assert link == here.links["next"]["url"] == wrong.links["next"]["url"]
        assert link.startswith(path.partition("?")[0] + "?")
        assert followed.status_code == 200
        assert followed.json()["items"] != there.json()["items"]


async def test_nobody_is_sent_elsewhere(platform: Process, http: httpx.AsyncClient) -> None:
    """A redirect would name the last host and scheme, and carry the token there."""
    for path in ("/v1/territories/", "/v1/territories//", "//ailleurs.example/v1/territories", "/docs/", "/problems/"):
        answer = await http.get(platform.url + path, headers={**FORGED, "Host": ELSEWHERE})

        assert (path, answer.status_code) == (path, 404)
        assert "location" not in answer.headers


async def test_the_server_believes_no_header_about_who_calls(tmp_path: Path, http: httpx.AsyncClient) -> None:
    """Not even from this machine, where it would by default."""
    process = Process((), {"FORWARDED_ALLOW_IPS": "*"}, tmp_path / "out.txt", module="tests.system.identity.echo")
    try:
        process.start()
        await process.ready()
        seen = (await http.get(f"{process.url}/health/ready", headers=FORGED)).json()
    finally:
        process.stop()

    assert seen == {"client": "127.0.0.1", "scheme": "http", "root_path": ""}


async def test_the_log_repeats_no_forged_header(platform: Process, http: httpx.AsyncClient) -> None:
    await http.get(f"{platform.url}/v1/phases", headers={**FORGED, "X-Request-Id": "a-trouver"})
    log = Path(platform.environment["TERRITORIES_DATA_DIR"]) / "log.jsonl"

    async def written() -> list[str]:
        lines = (await asyncio.to_thread(log.read_text)).splitlines(keepends=True)
        return [line for line in lines if "a-trouver" in line and line.endswith("\n")]

    # The line is written when the answer has gone.
    [line] = await until(written)

    assert not [word for word in FORGED.values() if len(word) > 5 and word in line]
