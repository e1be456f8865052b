"""Find the route of a request by the beginning of its path, without asking each of a hundred routes."""

from collections import defaultdict
from typing import Any, Final

from fastapi import APIRouter
from starlette.routing import BaseRoute, Match, Route
from starlette.types import ASGIApp, Receive, Scope, Send

SEGMENTS: Final = 2
"""Segments of a path that the index knows, such as `/v1/territories`."""


class RouteIndex:
    """Stands before a router, and leaves to it what no route of the index answers: 404 and 405."""

    def __init__(self, router: APIRouter) -> None:
        self._search: ASGIApp = router.app
        self._routes: dict[str, list[BaseRoute]] = defaultdict(list)
        searched: list[Any] = []
        left: set[str] = set()
        for route in router.routes:
            beginning = _beginning(route.path) if isinstance(route, Route) else "{"
            if "{" in beginning:
                searched.append(route)
            elif beginning in left or any(_may_hide(each, route) for each in searched):
                # An earlier route that is not in the index may answer in its place.
                left.add(beginning)
            else:
                self._routes[beginning].append(route)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the route of the request handle it."""
        for route in self._routes.get(_beginning(scope["path"]), ()) if scope["type"] == "http" else ():
            match, found = route.matches(scope)
            if match is Match.FULL:
                scope.update(found)
                await route.handle(scope, receive, send)
                return
        await self._search(scope, receive, send)


def _may_hide(earlier: Any, route: BaseRoute) -> bool:
    pattern = getattr(earlier, "path_regex", None)
    return pattern is None or bool(pattern.match(getattr(route, "path", "")))


def _beginning(path: str) -> str:
    return "/".join(path.split("/", SEGMENTS + 1)[: SEGMENTS + 1])
