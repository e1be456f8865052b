"""Every place that takes a SIREN takes one of the official bodies, or refuses it for a reason of substance.

The places are those of the OpenAPI document, and the requests those of the permission table: a new place is asked too.
"""

import copy
from typing import Any, Final

import httpx
import pytest

from app.docsite import openapi
from shared.events.codes import MEMBER, SIREN_INPUT
from shared.http.routing import Route
from tests.app.naming.places import Place, places
from tests.app.permissions.callers import CALLERS, NATIONAL, Who
from tests.app.permissions.cases import Case
from tests.app.permissions.test_table import CASES, OPERATIONS, outcome, shared
from tests.app.permissions.world import CONTRACT, World

pytestmark = pytest.mark.asyncio(loop_scope="session")

BAYONNE: Final = "216401026"
BODIES: Final = {
    "commune": BAYONNE,
    "epci": "200000628",
    "ept": "200057875",
    "departement": "226400018",
    "region": "233500016",
    "ddt": "130012107",
}
ROUTES: Final = {(min(route.methods or ()), route.path): route for route in OPERATIONS.values()}
TAKEN: Final = sorted(
    (place for place in dict.fromkeys(places(openapi.document())) if place.pattern in (SIREN_INPUT, MEMBER)),
    # Other requests change the territory: its contracts would need other parties.
    key=lambda place: not place.path.startswith("/v1/contracts"),
)
PARTS: Final[dict[str, dict[str, Any]]] = {
    "partners": {"siren": "", "role": "Aide (synthétique)"},
    "parties": {**CONTRACT["parties"][0], "organisation": ""},
    "members": {"siren": "", "memberships": [{"entered_on": "2019-01-01"}]},
    "commitments": {"organisation": "", "kind": "human", "text": "Texte synthétique."},
    "priorities": {"title": "Priorité (synthétique)"},
    "signatures": {},
    "groups": {},
}
"""Items of the lists of a body, as far as they hold more than the SIREN."""
OBJECTS: Final[dict[str, dict[str, Any]]] = {
    "themes": {},
    "animation": {},
    "facilitator": {"office": "Direction (synthétique)"},
}
"""Objects in a body, likewise."""
LISTS: Final = {"carriers", "operators", "present", "enters", "leaves", "parties"}
"""Fields of bodies that are lists of SIRENs."""
SAYS_TO_REGISTER: Final = {"organisation-not-known", "organisation-not-registered", "organisation-not-found"}


@pytest.mark.parametrize("place", TAKEN, ids=str)
async def test_an_official_body_is_named_without_being_registered(world: World, place: Place) -> None:
    route = ROUTES[(place.method, place.path)]
    case = CASES[route.name]
    who = next(who for who in (NATIONAL, *CALLERS) if outcome(route, case, who) < 300)
    target = await shared(world, route.name)
    wrong = []
    for kind, siren in BODIES.items():
        answer = await named(world, route, case, who, target, place, siren)
        if not is_right(answer, place):
            wrong.append(f"{kind} {siren} by {who}: {answer.status_code} {answer.text[:400]}")

    assert wrong == []


async def named(
    world: World, route: Route, case: Case, who: Who, target: str, place: Place, siren: str
) -> httpx.Response:
    """The request of an operation, with a body at a place."""
    path, keys = place.path, iter(target.split("/"))
    for name in route.param_convertors:
        value = siren if place.kind == "path" and name in place.names else case.params.get(name) or next(keys)
        path = path.replace(f"{{{name}}}", value)
    headers = who.headers()
    if place.method in ("PATCH", "DELETE", "PUT"):
        # What is put is a part of an object, which has the version.
        changed = path.rpartition("/")[0] if place.method == "PUT" else path
        headers["If-Match"] = (await world.send(NATIONAL, "GET", changed)).headers.get("ETag", '"1"')
    body = await case.body(world, who) if callable(case.body) else copy.deepcopy(case.body)
    if place.kind == "body":
        body = with_body(body or {}, place.names, siren, is_list=place.names[-1] in LISTS)
    params = {place.names[0]: siren} if place.kind == "query" else {}
    return await world.client.request(place.method, path, json=body, params=params, headers=headers)


def with_body(body: dict[str, Any], names: tuple[str, ...], siren: str, *, is_list: bool) -> dict[str, Any]:
    """Return the body of a request, with a SIREN at one of its places."""
    name, *rest = names
    if rest and name in OBJECTS:
        return {**body, name: with_body(OBJECTS[name], tuple(rest), siren, is_list=is_list)}
    if rest:
        return {**body, name: [with_body(PARTS[name], tuple(rest), siren, is_list=is_list)]}
    return {**body, name: [siren] if is_list or isinstance(body.get(name), list) else siren}


def is_right(answer: httpx.Response, place: Place) -> bool:
    """Is the body taken, or refused for a reason of substance?"""
    if answer.is_success:
        return True
    if place.names[0] in ("epci", "ept", "member") and place.kind == "query":
        # Filters by some kinds of places.
        return answer.status_code == 422
    problem = answer.json()
    if answer.status_code >= 500 or problem["code"] in SAYS_TO_REGISTER | {"unprocessable", "code-not-known"}:
        return False
    return "register" not in problem["detail"] or problem["code"] == "organisation-already-registered"
