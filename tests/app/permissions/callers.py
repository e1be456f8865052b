"""Callers: one of each role that owns the objects of the tests, is named by them, or has no tie to them."""

import base64
import json
from dataclasses import dataclass
from typing import Any, Final

from app.embedded import SERVICES
from shared.security.access import Caller
from shared.security.dependencies import challenge, claims_of
from shared.security.roles import Role

LACQ: Final = "2018-ti-7505"
ARVE: Final = "2018-ti-8414"
"""In a région of its own; shares a sheet with Lacq-Pau-Tarbes."""
PAU: Final = "200067254"
TARBES: Final = "200069300"
FAUCIGNY: Final = "200000172"
CAP_EXCELLENCE: Final = "200018653"
NOUVELLE_AQUITAINE: Final = "200053759"
OCCITANIE: Final = "200053791"
RHONE_ALPES: Final = "200053767"
BRETAGNE: Final = "233500016"
CAISSE: Final = "180020026"
BPIFRANCE: Final = "320252489"
MINISTRY: Final = "110020013"


def synthetic(number: int) -> str:
    """A SIREN below the register, with its check digit."""
    digits = f"{number:08d}"
    total = sum(sum(divmod(int(digit) * (2 if index % 2 else 1), 10)) for index, digit in enumerate(digits))
    return f"{digits}{-total % 10}"


PREFECTURES: Final = {"75": "000000018", "76": "000000026", "84": synthetic(3), "53": synthetic(4)}
ATELIERS: Final = "000000117"
FORGES: Final = "000000125"
FILATURES: Final = synthetic(13)
FONDERIES: Final = synthetic(14)
"""Leads Lacq-Pau-Tarbes as industrial pilot; no sheet and no contract names it."""

SCOPES: Final = frozenset(
    route.access.scope for service in SERVICES for route in service.router.operations() if route.access
)


@dataclass(frozen=True)
class Who:
    """A caller and how it stands to the objects: `own`, `named` (it reads, and holds nothing), `other`.

    `pilot` leads the territory of the objects; `member` is a member of it.
    """

    standing: str
    role: Role | None = None
    org: str | None = None

    def __str__(self) -> str:
        return f"{self.role}/{self.standing}" if self.role else "anonymous"

    def headers(self, **claims: Any) -> dict[str, str]:
        """Its token, with every scope unless the test says otherwise."""
        return bearer(self.role, self.org, **claims) if self.role else {}


def bearer(role: Role | None, org: str | None, **claims: Any) -> dict[str, str]:
    """The header of a token that says so."""
    payload = {"client_id": f"{role}-{org}", "role": role, "org": org, "scope": " ".join(SCOPES), **claims}
    return {"Authorization": f"Bearer {base64.urlsafe_b64encode(json.dumps(payload).encode()).decode()}"}


class Callers:
    """Takes the word of a token for what it claims; nothing that it does not claim is granted."""

    async def verify(self, token: str) -> Caller:
        """The caller that the token spells out."""
        try:
            payload = json.loads(base64.urlsafe_b64decode(token))
        except ValueError as error:
            raise challenge("This is not a token of the tests.") from error
        return Caller(
            client_id=payload["client_id"],
            sub=payload["client_id"],
            scopes=claims_of(payload["scope"]) or frozenset(),
            role=Role(payload["role"]),
            org=payload["org"],
            territories=claims_of(payload.get("territories")),
            regions=claims_of(payload.get("regions")),
        )


ANONYMOUS: Final = Who("other")
NATIONAL: Final = Who("own", Role.NATIONAL, "130026032")
REGION: Final = Who("own", Role.REGION, NOUVELLE_AQUITAINE)
SECOND_REGION: Final = Who("own too", Role.REGION, OCCITANIE)
STATE: Final = Who("own", Role.STATE, PREFECTURES["75"])
SECOND_STATE: Final = Who("own too", Role.STATE, PREFECTURES["76"])
TEAM: Final = Who("own", Role.TERRITORY, PAU)
COMPANY: Final = Who("own", Role.PARTY, ATELIERS)
PILOT: Final = Who("pilot", Role.PARTY, FONDERIES)
BANK: Final = Who("own", Role.OPERATOR, CAISSE)
INVEST: Final = Who("other", Role.OPERATOR, BPIFRANCE)

CALLERS: Final = (
    ANONYMOUS,
    NATIONAL,
    REGION,
    Who("named", Role.REGION, RHONE_ALPES),
    Who("other", Role.REGION, BRETAGNE),
    STATE,
    Who("named", Role.STATE, PREFECTURES["84"]),
    Who("other", Role.STATE, PREFECTURES["53"]),
    TEAM,
    Who("named", Role.TERRITORY, FAUCIGNY),
    Who("other", Role.TERRITORY, CAP_EXCELLENCE),
    COMPANY,
    PILOT,
    Who("named", Role.PARTY, FORGES),
    Who("other", Role.PARTY, FILATURES),
    # A member of Lacq-Pau-Tarbes: that gives a party nothing.
    Who("member", Role.PARTY, TARBES),
    BANK,
    INVEST,
    # With the organisation of a party, which these roles give no right to.
    Who("other", Role.PARTNER, PAU),
    Who("other", Role.PLATFORM, ATELIERS),
)
