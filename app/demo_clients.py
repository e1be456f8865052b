"""The demo clients of the local issuer: one for each role of a contract's life, around a real territory.

Lacq-Pau-Tarbes (2018-ti-7505) crosses two régions. Names marked « synthétique » and SIRENs below 000 300 000 are
synthetic: no préfecture's SIREN could be confirmed, and no company or partner is named without its consent.
"""

from typing import Final

from services import NAMES, permissions_of
from shared.issuer.clients import Client
from shared.security.roles import Role

PERMISSIONS: Final = tuple(permission for name in NAMES for permission in permissions_of(name))
SCOPES: Final = {role: role.scopes(PERMISSIONS) for role in Role}
"""The OAuth scopes that open something to each role."""


def _client(
    client_id: str, name: str, role: Role, org: str | None = None, *, territories: tuple[str, ...] = ()
) -> Client:
    return Client(client_id, name, role, SCOPES[role], org, territories)


_BY_HAND: Final = (
    _client("delegation", "Délégation aux Territoires d'industrie (ANCT)", Role.NATIONAL, "130026032"),
    _client("region", "Région Nouvelle-Aquitaine", Role.REGION, "200053759"),
    _client("region-occitanie", "Région Occitanie", Role.REGION, "200053791"),
    _client("prefet", "Préfecture de la région Nouvelle-Aquitaine (synthétique)", Role.STATE, "000000018"),
    _client("prefet-occitanie", "Préfecture de la région Occitanie (synthétique)", Role.STATE, "000000026"),
    # Its intercommunality is a member of two territories, one of each phase; the team works for this one alone.
    _client(
        "territory",
        "Équipe Lacq-Pau-Tarbes (CA Pau Béarn Pyrénées)",
        Role.TERRITORY,
        "200067254",
        territories=("2018-ti-7505",),
    ),
    _client("company", "Ateliers du Gave (entreprise synthétique)", Role.PARTY, "000000117"),
    _client("banque-des-territoires", "Banque des Territoires (Caisse des dépôts)", Role.OPERATOR, "180020026"),
    _client("bpifrance", "Bpifrance", Role.OPERATOR, "320252489"),
    _client("partner", "Portail de données ouvertes (partenaire synthétique)", Role.PARTNER),
    _client("platform", "Exploitation de la plateforme", Role.PLATFORM),
)
_WITH_CLIENTS: Final = {client.role for client in _BY_HAND}
CLIENTS: Final = (
    *_BY_HAND,
    *(_client(role, f"Rôle {role} (synthétique)", role) for role in Role if role not in _WITH_CLIENTS),
)
"""The clients described above, and one without an organisation for each other role."""
