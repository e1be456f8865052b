"""The demo clients: one for each role, synthetic where they must be, able to ask for what their role is granted."""

import re

import pytest

from app.demo_clients import CLIENTS, SCOPES
from app.embedded import SERVICES
from shared.events.codes import is_siren
from shared.security.roles import Role


def test_the_demo_clients_cover_every_role() -> None:
    assert {client.role for client in CLIENTS} == set(Role)
    assert len({client.client_id for client in CLIENTS}) == len({client.variable for client in CLIENTS}) == len(CLIENTS)
    assert all(is_siren(client.org) for client in CLIENTS if client.org)
    synthetic = [client.name for client in CLIENTS if client.org and client.org < "000300000"]
    assert synthetic
    assert all("synthétique" in name for name in synthetic)
    assert all(re.fullmatch(r"[a-z]+:(read|write|decide|sign)", scope) for one in CLIENTS for scope in one.scopes)


@pytest.mark.parametrize("role", Role)
def test_a_role_may_ask_for_every_scope_that_its_operations_want(role: Role) -> None:
    lines = [route.access for service in SERVICES for route in service.router.operations() if route.access]

    assert {line.scope for line in lines if role in line.grants} <= SCOPES[role]
