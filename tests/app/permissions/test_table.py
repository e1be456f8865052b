"""The permission table, cell by cell: each operation × each role × own and other objects, as real requests.

Each operation is one test, which names every cell that is wrong. A new operation fails until it has its case.
"""

from typing import Any, Final

import httpx
import pytest

from app.artifacts import permission_tables
from app.demo_clients import SCOPES
from app.embedded import SERVICES
from shared.http.openapi.document import responses_of
from shared.http.routing import Route
from shared.security.dependencies import Access
from shared.security.roles import ANY, Role
from tests.app.permissions import (
    cases,
    ceremonies,
    documents,
    ends,
    indicators,
    offers,
    programme,
    receiving,
    signatures,
)
from tests.app.permissions.callers import CALLERS, NATIONAL, Who
from tests.app.permissions.callers import SCOPES as EVERY_SCOPE
from tests.app.permissions.cases import Case
from tests.app.permissions.world import World

CASES: Final = {
    **cases.CASES,
    **ceremonies.CASES,
    **documents.CASES,
    **ends.CASES,
    **indicators.CASES,
    **offers.CASES,
    **programme.CASES,
    **receiving.CASES,
    **signatures.CASES,
}
OPERATIONS: Final = {route.name: route for service in SERVICES for route in service.router.operations()}
READS_BY_POST: Final = {"verify_file"}
"""Operations that take a body and change nothing."""
CHANGES: Final = {name for name, route in OPERATIONS.items() if route.methods != {"GET"}} - READS_BY_POST
ON_ONE_PLATFORM: Final = pytest.mark.asyncio(loop_scope="session")

OF_HTTP: Final = {
    "cache-control", "connection", "content-encoding", "content-length", "content-type", "traceresponse", "vary",
    "www-authenticate", "x-content-type-options", "x-token-verified",
}  # fmt: skip
"""Headers of HTTP in general, and the one that the gateway removes."""
NOT_ON_EACH: Final = {"link", "ratelimit", "ratelimit-policy", "retry-after"}
"""Told on a page that is not the last, and at the edge."""

SUBSCRIBING: Final = {
    "create_subscription", "change_subscription", "delete_subscription", "enable_subscription", "disable_subscription",
    "verify_subscription", "confirm_subscription", "rotate_secret", "replay_delivery", "send_test_event",
    "replay_events",
}  # fmt: skip
"""Subscriptions are served to oneself, whoever one is."""
SIGNING: Final = {
    "sign_contract", "decline_contract", "withdraw_signature", "delegate_signature", "revoke_delegation",
}  # fmt: skip
"""Acts of a party in a signing circuit."""
OPENING: Final = {"change_circuit", "request_signatures", "ask_again", "replace_party", "take_out_party"}
"""Acts of those who lead a signing circuit."""
MAY: Final[dict[Role, set[str]]] = {
    Role.NATIONAL: {
        "register_organisation", "change_organisation", "close_organisation",
        "decide_duplicate", "revoke_duplicate",
        "declare_figure", "set_target", "change_target", "withdraw_target",
        "record_fact", "correct_record", "withdraw_record",
        "establish_committee", "change_chair", "give_seat", "end_seat",
        "set_quorum", "plan_meeting", "hold_meeting", "cancel_meeting",
        "dissolve_committee", "record_decision", "change_perimeter",
        "designate_territory", "correct_territory", "close_territory", "set_wave", "correct_perimeter",
        "request_perimeter", "withdraw_perimeter_request",
        "appoint_pilot", "replace_pilot", "end_mandate",
        "record_calendar_event", "correct_calendar_event", "register_source", "correct_source", "publish_guide",
        "correct_guide", "announce_envelope", "correct_envelope", "publish_link", "correct_link", "register_mailbox",
        "correct_mailbox", "announce_ceremony", "change_ceremony", "cancel_ceremony",
        "correct_mandate", "cancel_mandate", "name_state_referent",
        "end_state_referent", "cancel_state_referent",
        "define_indicator", "correct_indicator", "import_indicator_values", "revert_indicator_import",
    },
    Role.REGION: {
        "establish_committee", "change_chair", "give_seat", "end_seat",
        "set_quorum", "plan_meeting", "hold_meeting", "cancel_meeting",
        "dissolve_committee", "record_decision", "change_perimeter", "return_action", "validate_action",
        "request_perimeter", "withdraw_perimeter_request",
        "reject_action", "comment_on_contract", "resolve_comment", "return_contract", "approve_contract",
        "announce_ceremony", "change_ceremony", "cancel_ceremony", "name_ceremony",
        "check_report", "reopen_report", "enter_signed_contract", *SIGNING, *OPENING,
        "deposit_paper_copy", "withdraw_paper_copy", "complete_seal",
        "terminate_contract", "denounce_contract", "revoke_end",
    },
    Role.STATE: {
        "give_opinion", "give_opinion_on_contract", "comment_on_contract", "resolve_comment", *SIGNING,
        "deposit_paper_copy", "withdraw_paper_copy", "complete_seal",
        "denounce_contract", "revoke_end",
    },
    Role.TERRITORY: {
        "appoint_pilot", "replace_pilot", "end_mandate", "name_state_referent", "end_state_referent",
        "establish_committee", "change_chair", "give_seat", "end_seat",
        "set_quorum", "plan_meeting", "hold_meeting", "cancel_meeting",
        "dissolve_committee", "record_decision", "draft_action",
        "request_perimeter", "withdraw_perimeter_request",
        "change_action", "delete_action", "submit_action", "open_contract", "change_contract", "submit_contract",
        *OPENING, *SIGNING, "cancel_contract", "request_service",
        "name_ceremony", "answer_comment",
        "begin_report", "change_report", "submit_report",
        "terminate_contract", "denounce_contract", "revoke_end", "open_amendment",
        "deposit_paper_copy", "withdraw_paper_copy", "complete_seal",
    },
    Role.PARTY: {
        "draft_action", "change_action", "delete_action", "submit_action", "open_contract", "change_contract",
        "submit_contract", *OPENING, *SIGNING, "cancel_contract",
        "request_service", "name_ceremony", "answer_comment",
        "begin_report", "change_report", "submit_report",
        "terminate_contract", "denounce_contract", "revoke_end", "open_amendment",
        "deposit_paper_copy", "withdraw_paper_copy", "complete_seal",
    },
    Role.OPERATOR: {
        "deposit_paper_copy", "withdraw_paper_copy", "complete_seal",
        *SIGNING, "publish_service", "change_service", "withdraw_service", "promise_delays",
        "name_referent", "change_contact", "erase_contact", "acknowledge_request", "accept_request", "decline_request",
        "redirect_request", "conclude_request",
        "denounce_contract", "revoke_end",
    },
    Role.PARTNER: set(),
    Role.PLATFORM: set(),
}  # fmt: skip
"""Operations that each role may change, written by hand so that a new grant is noticed."""


def is_list(route: Route) -> bool:
    """A list answers everybody, with what it may show."""
    return route.name.startswith("list_") and not route.param_convertors


def access_of(route: Route) -> Access:
    """The line of the table; every operation has one."""
    assert route.access is not None, f"{route.name} does not say who may"
    return route.access


@pytest.mark.parametrize("file", [permission_tables.PERMISSIONS, permission_tables.EVENTS])
def test_the_files_say_what_the_code_does(file: str) -> None:
    written = (permission_tables.FOLDER / file).read_text()

    assert written == permission_tables.tables(SERVICES)[file], (
        "run `python -m services tables` and read what has changed"
    )


def test_every_operation_has_its_cells_and_says_who_may() -> None:
    assert set(CASES) == set(OPERATIONS)
    assert all(access_of(route) for route in OPERATIONS.values())


def test_no_change_is_open_to_everybody() -> None:
    assert [name for name in CHANGES if access_of(OPERATIONS[name]).public] == []


@pytest.mark.parametrize("role", Role)
def test_a_role_may_change_what_the_design_gives_it_and_no_more(role: Role) -> None:
    assert {name for name in CHANGES if role in access_of(OPERATIONS[name]).grants} == MAY[role] | SUBSCRIBING


@pytest.mark.parametrize("role", Role)
def test_a_client_may_ask_for_no_change_that_its_role_is_not_granted(role: Role) -> None:
    granted = {route.access.scope for route in OPERATIONS.values() if route.access and role in route.access.grants}
    asked = {scope for scope in SCOPES[role] & EVERY_SCOPE if not scope.endswith(":read")}

    assert asked <= granted


@ON_ONE_PLATFORM
@pytest.mark.parametrize("name", OPERATIONS)
async def test_each_cell_is_as_the_table_says(world: World, name: str) -> None:
    """The refused ones first: they change nothing, so that one object serves them all."""
    route, case = OPERATIONS[name], CASES[name]
    expected = {who: outcome(route, case, who) for who in CALLERS}
    old = await shared(world, name)
    wrong = []
    for who in sorted(CALLERS, key=lambda who: expected[who] < 300):
        wears_it_out = case.fresh and name in CHANGES and expected[who] < 300
        target = await case.make(world) if case.make and wears_it_out else old
        answer = await call(world, route, case, who, target)
        if not fits(answer, expected[who]):
            wrong.append(f"{who}: {answer.status_code}, not {expected[who]}: {answer.text[:300]}")
        if headers := untold(world, route, answer):
            wrong.append(f"{who}: {answer.status_code} with or without {headers}")

    assert wrong == []


@ON_ONE_PLATFORM
@pytest.mark.parametrize("name", [name for name in CASES if is_list(OPERATIONS[name]) and CASES[name].make])
async def test_a_list_shows_an_object_to_whom_it_may_be_shown(world: World, name: str) -> None:
    route, case = OPERATIONS[name], CASES[name]
    target = await shared(world, name)
    await world.settled()
    wrong = []
    for who in CALLERS:
        if outcome(route, case, who) < 300:
            shown = await listed(world, who, route.path)
            if (target in shown) is not case.is_seen(who):
                wrong.append(f"{who}: {'shown' if target in shown else 'not shown'}")

    assert wrong == []


@ON_ONE_PLATFORM
@pytest.mark.parametrize("name", OPERATIONS)
async def test_without_the_scope_a_token_opens_what_no_token_opens(world: World, name: str) -> None:
    route, case = OPERATIONS[name], CASES[name]
    line = access_of(route)
    target = await shared(world, name)
    others = " ".join(EVERY_SCOPE - {line.scope})
    wrong = []
    for who in {caller.role: caller for caller in reversed(CALLERS) if caller.role}.values():
        answer = await call(world, route, case, who, target, scope=others)
        if line.public:
            right = fits(answer, outcome(route, case, CALLERS[0]))
        else:
            challenge = answer.headers.get("www-authenticate", "")
            right = (
                answer.status_code == 403 and challenge == f'Bearer error="insufficient_scope", scope="{line.scope}"'
            )
        if not right:
            wrong.append(f"{who}: {answer.status_code} {answer.text[:300]}")

    assert wrong == []


@ON_ONE_PLATFORM
async def test_what_is_closed_of_a_signed_contract_is_for_those_it_concerns(world: World) -> None:
    contract = await world.signed_contract()
    about = CASES["read_contract_history"]
    wrong = []
    for name in ("read_readiness", "read_contract_history", "list_paper_copies"):
        for who in CALLERS:
            answer = await call(world, OPERATIONS[name], about, who, contract)
            expected = 401 if not who.role else 200 if about.is_concerned(who) else 403
            if answer.status_code != expected:
                wrong.append(f"{name} {who}: {answer.status_code}, not {expected}")

    assert wrong == []


def outcome(route: Route, case: Case, who: Who) -> int:
    """The cell: 200 stands for every success."""
    line = access_of(route)
    if who.role is None and not line.public:
        return 401
    if who.role is None or who.role not in line.grants:
        return (200 if case.is_seen(who) or is_list(route) else 404) if line.public else 403
    if case.owner and not is_list(route) and line.grants[who.role] is not ANY and who != case.owner:
        return 403 if case.is_seen(who) else 404
    if route.name not in CHANGES:
        return 200 if case.is_seen(who) or is_list(route) else 404
    if line.grants[who.role] is ANY or case.is_own(who, line.grants[who.role]):
        return 200
    return 403 if case.is_seen(who) else 404


def fits(answer: httpx.Response, expected: int) -> bool:
    return answer.is_success if expected < 300 else answer.status_code == expected


def untold(world: World, route: Route, answer: httpx.Response) -> set[str]:
    """The headers that an answer has, or has not, against what the document says of it."""
    document = world.app.openapi()
    operation = document["paths"][route.path][min(route.methods or ()).lower()]
    response = responses_of(document, operation).get(str(answer.status_code), {"headers": {"its status": None}})
    return ({name.lower() for name in response["headers"]} ^ set(answer.headers)) - OF_HTTP - NOT_ON_EACH


async def shared(world: World, name: str) -> str:
    """An object in the state that an operation wants, which nobody has moved on."""
    case = CASES[name]
    if case.make is None:
        return ""
    key = (case.make, case.fresh or name)
    if key not in world.shared:
        world.shared[key] = await case.make(world)
    return world.shared[key]


async def call(world: World, route: Route, case: Case, who: Who, target: str, **claims: Any) -> httpx.Response:
    """The one request of a cell."""
    method = min(route.methods or {"GET"})
    path = route.path
    keys = iter(target.split("/"))
    for name in route.param_convertors:
        path = path.replace(f"{{{name}}}", case.params.get(name) or next(keys))
    path += f"?{case.query}" if case.query else ""
    headers = who.headers(**claims)
    if method in ("PATCH", "DELETE", "PUT"):
        # What is put is a part of an object, which has the version.
        changed = path.rpartition("/")[0] if method == "PUT" else path
        headers["If-Match"] = (await world.send(NATIONAL, "GET", changed)).headers["ETag"]
    body = await case.body(world, who) if callable(case.body) else case.body
    if isinstance(body, str | bytes):
        media_type = "text/csv" if isinstance(body, str) else "application/octet-stream"
        return await world.client.request(method, path, content=body, headers={**headers, "Content-Type": media_type})
    return await world.client.request(method, path, json=body, headers=headers)


async def listed(world: World, who: Who, path: str) -> set[str]:
    """The ids of every row of a list, or of every object of a feed."""
    ids: set[str] = set()
    parameter, cursor = ("after" if path.endswith("/changes") else "cursor"), None
    while True:
        params = {"limit": "200", **({parameter: cursor} if cursor else {})}
        answer = await world.client.get(path, params=params, headers=who.headers())
        assert answer.is_success, answer.text
        page = answer.json()
        ids |= {row.get("id") or row["action_id"] for row in page["items"]}
        if page["next"] in (None, cursor):
            return ids
        cursor = page["next"]
