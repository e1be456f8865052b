"""The demo clients of the local issuer: one for each role of a contract's life, around a real territory.

Lacq-Pau-Tarbes (2018-ti-7505) crosses two régions. Names marked « synthétique » and SIRENs below 000 300 000 are
synthetic: no préfecture's SIREN could be confirmed, and no company or partner is named without its consent.
"""

from typing import Final

from shared.issuer.clients import Client
from shared.security.access import Role

COLLECTIONS: Final = (
    "territories",
    "organisations",
    "pilots",
    "committees",
    "decisions",
    "figures",
    "perimeters",
    "actions",
    "contracts",
    "progress",
    "services",
    "referents",
    "requests",
    "matchings",
    "subscriptions",
    "events",
)
READS: Final = frozenset(f"{collection}:read" for collection in COLLECTIONS)


def _scopes(*changes: str) -> frozenset[str]:
    """Every read and one's own subscriptions, and these changes: roles and stakes decide what that opens."""
    return READS | {"subscriptions:write", *changes}


SCOPES: Final = {
    Role.NATIONAL: _scopes(
        "organisations:write",
        "pilots:write",
        "perimeters:decide",
        "committees:write",
        "decisions:write",
        "figures:write",
    ),
    Role.REGION: _scopes(
        "committees:write",
        "decisions:write",
        "perimeters:decide",
        "actions:decide",
        "contracts:write",
        "contracts:decide",
        "contracts:sign",
    ),
    Role.STATE: _scopes("actions:decide", "contracts:sign"),
    Role.TERRITORY: _scopes(
        "pilots:write",
        "committees:write",
        "decisions:write",
        "actions:write",
        "contracts:write",
        "contracts:sign",
        "requests:write",
    ),
    Role.PARTY: _scopes("actions:write", "contracts:sign"),
    Role.OPERATOR: _scopes(
        "services:write",
        "referents:write",
        "requests:decide",
        "contracts:sign",
    ),
    Role.PARTNER: _scopes(),
    Role.PLATFORM: _scopes("machine:read", "machine:write", "machine:decide"),
}
"""Scopes that the clients of each role may request. To forbid an operation, change the permission table."""


def _client(
    client_id: str, name: str, role: Role, org: str | None = None, *, territories: tuple[str, ...] = ()
) -> Client:
    return Client(client_id, name, role, SCOPES[role], org, territories)


CLIENTS: Final = (
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
