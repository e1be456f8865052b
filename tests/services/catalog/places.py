"""Callers of the catalog service's tests, and the days on which they act."""

from datetime import UTC, datetime
from typing import Any, Final

from shared.security.access import Caller
from shared.security.roles import Role
from tests.services.contract.places import (
    ATELIERS,
    BPIFRANCE,
    CAISSE_DES_DEPOTS,
    COEUR,
    LACQ,
    NOUVELLE_AQUITAINE,
    OCCITANIE,
    PAU,
    PREFECTURE,
)

NOON: Final = datetime(2021, 6, 15, 10, tzinfo=UTC)
"""A day on which most of the services were on offer: noon in Paris."""

FRANCE_TRAVAIL: Final = "130005481"
ANCT: Final = "130026032"
AURILLAC: Final = "241500230"

TEAM: Final = f"territory:{PAU}"
ELSEWHERE: Final = f"territory:{AURILLAC}"
NATIONAL: Final = f"national:{ANCT}"
REGION: Final = f"region:{NOUVELLE_AQUITAINE}"
OTHER_REGION: Final = f"region:{OCCITANIE}"
STATE: Final = f"state:{PREFECTURE}"
COMPANY: Final = f"party:{ATELIERS}"
BANK: Final = f"operator:{CAISSE_DES_DEPOTS}"
BPI: Final = f"operator:{BPIFRANCE}"
EMPLOYMENT: Final = f"operator:{FRANCE_TRAVAIL}"
STRANGER: Final = "operator:451930051"
PARTNER: Final = "partner:000000158"
PLATFORM: Final = "platform:000000166"
EVERYBODY: Final = (
    TEAM, ELSEWHERE, NATIONAL, REGION, OTHER_REGION, STATE, COMPANY, BANK, BPI, STRANGER, PARTNER, PLATFORM, None,
)  # fmt: skip

REQUEST: Final[dict[str, Any]] = {
    "service": "BDT-05",
    "territory": LACQ,
    "message": "Nous étudions la reconversion d'une friche de quatre hectares.",
}
SERVICE: Final[dict[str, Any]] = {
    "name": "Diagnostic de décarbonation (démonstration)",
    "axis": "innover",
    "kind": "engineering",
    "beneficiaries": "Intercommunalités, entreprises",
    "beneficiary_kinds": [{"kind": "intercommunality", "words": "Intercommunalités"}, {"kind": "company"}],
    "description": "Un bureau d'études visite le site et chiffre les travaux.",
    "starts_on": "2021-06-01",
}
REFERENT: Final[dict[str, Any]] = {
    "territory": LACQ,
    "name": "Camille Exemple (personne synthétique)",
    "mail": "camille.exemple@example.org",
    "phone": "+33 1 99 00 00 01",
}
CONTACT: Final = ("Camille", "camille.exemple", "99 00 00 01")
"""Words that no event, no history and no stranger may show."""

__all__ = ["ATELIERS", "BPIFRANCE", "CAISSE_DES_DEPOTS", "COEUR", "LACQ", "PAU"]


def caller(spelt: str, scopes: frozenset[str]) -> Caller:
    """The caller that a token of the tests spells out: `operator:180020026`."""
    role, _, org = spelt.partition(":")
    return Caller(client_id=spelt, sub=spelt, scopes=scopes, role=Role(role), org=org or None)
