"""The index of routes: what it finds is what the router would find."""

import httpx
import pytest
from fastapi import APIRouter, FastAPI

from shared.http.route_index import RouteIndex


def app_with_index() -> FastAPI:
    router = APIRouter()
    for path, name in (
        ("/", "root"),
        ("/v1/things/changes", "changes"),
        ("/v1/things/{thing}", "thing"),
        ("/v1/things", "things"),
        ("/v1/thing", "singular"),
        ("/{page}", "page"),
        ("/v1/{kind}/{key}", "any"),
    ):

        def answer(name: str = name) -> str:
            return name

        router.add_api_route(path, answer, methods=["GET"])
    router.add_api_route("/v1/things/{thing}", lambda: "changed", methods=["PUT"])
    app = FastAPI(redirect_slashes=False)
    app.router.routes.extend(router.routes)
    app.router.middleware_stack = RouteIndex(app.router)
    return app


@pytest.mark.parametrize(
    ("method", "path", "status", "name"),
    [
        ("GET", "/", 200, "root"),
        ("GET", "/v1/things", 200, "things"),
        ("GET", "/v1/things/changes", 200, "changes"),
        ("GET", "/v1/things/7", 200, "thing"),
        ("PUT", "/v1/things/7", 200, "changed"),
        ("GET", "/v1/thing", 200, "singular"),
        ("GET", "/about", 200, "page"),
        ("GET", "/v1/others/7", 200, "any"),
        ("DELETE", "/v1/things/7", 405, None),
        ("GET", "/v1/things/7/more", 404, None),
        ("GET", "/v1", 200, "page"),
        ("GET", "/v1/", 404, None),
    ],
)
async def test_a_request_finds_its_route(method: str, path: str, status: int, name: str | None) -> None:
    transport = httpx.ASGITransport(app_with_index())
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        answer = await client.request(method, path)

    assert answer.status_code == status
    assert name is None or answer.json() == name


async def test_an_earlier_route_that_is_not_in_the_index_comes_first() -> None:
    app = FastAPI(redirect_slashes=False)
    for path in ("/v1/first", "/v1/{kind}", "/v1/second", "/v2/{rest:path}", "/v2/things/{thing}", "/v2/things"):
        app.router.add_api_route(path, lambda path=path: path, methods=["GET"])
    app.router.middleware_stack = RouteIndex(app.router)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as client:
        asked = ("/v1/first", "/v1/second", "/v2/things/7", "/v2/things")
        found = [(await client.get(path)).json() for path in asked]

    assert found == ["/v1/first", "/v1/{kind}", "/v2/{rest:path}", "/v2/{rest:path}"]
