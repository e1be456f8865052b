"""Any input to any address by any caller gets a refusal that says why, never a failure of the service."""

from typing import Any, Final

import pytest

from services.catalog.app import service
from tests.services.catalog.conftest import (
    House,
)
from tests.services.catalog.places import BANK, LACQ, TEAM
from tests.support.harness import ON_SQLITE

OPERATIONS: Final = sorted(
    ((method, route.path) for route in service.router.operations() for method in route.methods or ()),
    key=lambda each: (each[1], each[0]),
)
IN_PATHS: Final = (
    "",
    "0",
    "BDT-05",
    "BDT-05'--",
    "%00",
    "é" * 300,
    "180020026",
    "0198f3a2-7b1c-7e44-9d55-2c1f0a9b8e77",
)
IN_QUERIES: Final = (
    {"limit": "0"},
    {"limit": "1e9"},
    {"cursor": "AAAA"},
    {"after": "////"},
    {"q": "%_\\'\"" * 20},
    {"q": "\U0001f600"},
    {"territory": "' OR 1=1 --"},
    {"on": "9999-12-31"},
    {"on": "0001-01-01"},
    {"as_of": "0001-01-01"},
    {"operator": "none"},
    {"region": "75", "phase": "2018", "territory": LACQ},
)
BODIES: Final[tuple[Any, ...]] = (
    b"",
    b"null",
    b"[]",
    b"{",
    b'{"a": NaN}',
    b'"\\ud800"',
    b"[" * 10_000,
    b'{"service": "BDT-05", "service": "BDT-13"}',
    b'{"territory": "2018-ti-7505", "service": "BDT-05", "message": "\\u0000"}',
    b'{"amount_cents": 1e400}',
    b'{"amount_cents": 99999999999999999999999999}',
    b'{"starts_on": "0000-00-00"}',
    b'{"reason": {"$gt": ""}}',
    b"\xff\xfe",
)


@ON_SQLITE
@pytest.mark.parametrize(("method", "path"), OPERATIONS)
async def test_nothing_makes_the_house_fail(house: House, method: str, path: str) -> None:
    failed = []
    sent = 0
    for name in IN_PATHS if "{" in path else IN_PATHS[2:3]:
        address = path
        for part in ("code", "siren", "referent_id", "action_id", "request_id", "number"):
            address = address.replace(f"{{{part}}}", name)
        for by in (TEAM, BANK, None):
            attempts: list[dict[str, Any]] = (
                [{"params": query} for query in ({}, *IN_QUERIES)]
                if method == "GET"
                else [
                    {"content": body, "headers": {"Content-Type": "application/json", "If-Match": '"1"'}}
                    for body in BODIES
                ]
            )
            for attempt in attempts:
                answer = await house.send(method, address, by, **attempt)
                sent += 1
                if answer.status_code >= 500:
                    failed.append((address, by, attempt, answer.text[:200]))

    assert failed == []
    assert sent > 10
