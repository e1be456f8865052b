"""A list is read along the tags that fewest sheets have."""

from typing import Any, Final

import pytest

from services.contract.queries.visible import narrowest
from shared.security.access import AccessScope
from shared.security.roles import Role
from tests.services.contract.places import ATELIERS, CAISSE_DES_DEPOTS, LACQ, NOUVELLE_AQUITAINE

REACHED: Final = AccessScope(Role.REGION, regions=frozenset(["75"]), organisations=frozenset([NOUVELLE_AQUITAINE]))

OPERATOR: Final = AccessScope(Role.OPERATOR, organisations=frozenset([CAISSE_DES_DEPOTS]), is_operator=True)
"""Sees nearly every sheet, as an operator of the programme."""


@pytest.mark.parametrize(
    ("access_scope", "wanted", "ways"),
    [
        (AccessScope(Role.NATIONAL), {}, []),
        (AccessScope(Role.NATIONAL), {"axis": "recruter"}, [("axis", "recruter")]),
        (AccessScope(Role.NATIONAL), {"axis": "recruter", "region": "75"}, [("region", "75")]),
        (AccessScope(Role.NATIONAL), {"region": "75", "carrier": ATELIERS}, [("carrier", ATELIERS)]),
        (REACHED, {}, [("region", "75"), ("organisation", NOUVELLE_AQUITAINE)]),
        (REACHED, {"axis": "recruter"}, [("region", "75"), ("organisation", NOUVELLE_AQUITAINE)]),
        (REACHED, {"territory": LACQ}, [("territory", LACQ)]),
        (AccessScope(Role.PARTNER), {}, []),
        (OPERATOR, {}, []),
        (OPERATOR, {"region": "75"}, [("region", "75")]),
        (OPERATOR, {"region": "75", "carrier": ATELIERS}, [("carrier", ATELIERS)]),
    ],
)
def test_it_is_read_along_the_tags_that_fewest_have(
    access_scope: AccessScope, wanted: dict[Any, str | None], ways: list[tuple[str, str]]
) -> None:
    assert narrowest(access_scope, wanted) == ways
