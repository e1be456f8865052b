"""The rows of the roles name the permissions that the services declare, and the endpoints ask for all of them."""

from collections import Counter
from pathlib import Path
from typing import Final

import pytest

from app.demo_clients import PERMISSIONS
from services import NAMES
from shared.security.roles import ANY, OWN, Permission, Role, RoleDefinition, ScopedBy

ROOT: Final = Path(__file__).parents[3]
DECLARED: Final = {permission.name for permission in PERMISSIONS}


def test_each_permission_is_declared_once() -> None:
    assert [name for name, count in Counter(each.name for each in PERMISSIONS).items() if count > 1] == []


@pytest.mark.parametrize("role", Role)
def test_a_row_names_permissions_that_exist(role: Role) -> None:
    assert set(role.definition.own) | set(role.definition.any) <= DECLARED


@pytest.mark.parametrize("permission", PERMISSIONS, ids=lambda permission: permission.name)
def test_a_permission_opens_something_to_somebody(permission: Permission) -> None:
    endpoints = [file.read_text() for name in NAMES for file in (ROOT / "services" / name / "api").glob("*.py")]

    assert any(f"allowed(permissions.{permission.name.upper()})" in text for text in endpoints)
    assert permission.public or any(role.grant(permission) for role in Role)


def test_any_is_more_than_own() -> None:
    permission = Permission("read", "things:read", grants={Role.PARTY: OWN})

    assert {role: grant for role in Role if (grant := role.grant(permission))} == {Role.PARTY: OWN}
    assert Role.NATIONAL.grant(Permission("read_subscriptions", "subscriptions:read")) is ANY


def test_a_role_is_found_by_its_name_alone() -> None:
    assert Role("region") is Role.REGION
    assert str(Role.REGION) == Role.REGION.value == "region"
    assert Role.REGION.definition == RoleDefinition(
        "region", ScopedBy.REGION, own=Role.REGION.definition.own, kinds=("region", "collectivite")
    )
    with pytest.raises(ValueError, match="inspector"):
        Role("inspector")
