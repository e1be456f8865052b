"""A real territory with its real public bodies, and what the tests make of them.

Companies, State services and people are synthetic: their SIREN is below 000 300 000 and their name says so.
"""

from datetime import UTC, date, datetime, timedelta
from typing import Any, Final, Literal
from uuid import UUID

from services.contract.models import Action, Contract, KnownDecision, KnownOrganisation, KnownTerritory, Party
from services.contract.rules import actions as action_rules
from services.contract.rules import contracts as contract_rules
from services.contract.rules.parties import TerritoryPerimeter
from services.contract.rules.readiness import Surroundings
from services.contract.rules.signing import Deliberation, Signature
from shared.events.contract import ActionStatus, ContractStatus
from shared.ids import uuid7
from shared.projections import Known
from shared.security.access import AccessScope, Caller
from shared.security.roles import Role

NOON: Final = datetime(2019, 3, 5, 12, tzinfo=UTC)
TODAY: Final = date(2019, 7, 15)

LACQ: Final = "2018-ti-7505"
COEUR: Final = "2018-ti-7601"
BRIVE: Final = "2023-ti-7505"

PAU: Final = "200067254"
LACQ_ORTHEZ: Final = "200039204"
TARBES: Final = "200069300"
AURILLAC: Final = "241500230"
NOUVELLE_AQUITAINE: Final = "200053759"
OCCITANIE: Final = "200053791"
BRETAGNE: Final = "233500016"
CAISSE_DES_DEPOTS: Final = "180020026"
BPIFRANCE: Final = "320252489"
OLD_BPIFRANCE: Final = "507523678"
PREFECTURE: Final = "000000018"
PREFECTURE_OCCITANIE: Final = "000000026"
ATELIERS: Final = "000000117"
FORGES: Final = "000000125"
UIMM: Final = "784717191"


def territory(key: str, name: str, *regions: str) -> KnownTerritory:
    """Our copy of a territory."""
    phase, _, code = key.partition("-")
    return KnownTerritory(
        key=key, phase=phase, code=code, name=name, regions=list(regions), departements=[], designated_on=None
    )


def organisation(
    siren: str, name: str, kind: str, region: str | None = None, successor: str | None = None
) -> KnownOrganisation:
    """Our copy of an organisation."""
    return KnownOrganisation(
        siren=siren, name=name, kind=kind, region=region, successor=successor, synthetic=siren < "000300000"
    )


TERRITORIES: Final = {
    place.key: place
    for place in (
        territory(LACQ, "Lacq-Pau - Tarbes", "75", "76"),
        territory(COEUR, "Aurillac - Figeac - Rodez", "76", "84"),
        territory(BRIVE, "Brive – Tulle – Périgord Noir", "75"),
    )
}
ORGANISATIONS: Final = {
    body.siren: body
    for body in (
        organisation(PAU, "CA Pau Béarn Pyrénées", "epci"),
        organisation(LACQ_ORTHEZ, "CC de Lacq-Orthez", "epci"),
        organisation(TARBES, "CA Tarbes-Lourdes-Pyrénées", "epci"),
        organisation(AURILLAC, "CA du Bassin d'Aurillac", "epci"),
        organisation(NOUVELLE_AQUITAINE, "Région Nouvelle-Aquitaine", "region", "75"),
        organisation(OCCITANIE, "Région Occitanie", "region", "76"),
        organisation(BRETAGNE, "Région Bretagne", "region", "53"),
        organisation(CAISSE_DES_DEPOTS, "Caisse des dépôts et consignations", "operator"),
        organisation(BPIFRANCE, "Bpifrance", "operator"),
        organisation(OLD_BPIFRANCE, "Bpifrance SA (ancienne société de tête)", "operator", successor=BPIFRANCE),
        organisation(PREFECTURE, "Préfecture de Nouvelle-Aquitaine (SIREN synthétique)", "state", "75"),
        organisation(PREFECTURE_OCCITANIE, "Préfecture d'Occitanie (SIREN synthétique)", "state", "76"),
        organisation(ATELIERS, "Ateliers du Gave (entreprise synthétique)", "company"),
        organisation(FORGES, "Forges du Béarn (entreprise synthétique)", "company"),
        organisation(UIMM, "Union des industries et métiers de la métallurgie", "association"),
    )
}
KNOWN: Final = Known(TERRITORIES, ORGANISATIONS)
PERIMETER: Final = TerritoryPerimeter(["75", "76"], {PAU: "epci", LACQ_ORTHEZ: "epci", TARBES: "epci"})

COMPLETE: Final[dict[str, Any]] = {
    "axes": ["recruter", "attirer"],
    "main_axis": "recruter",
    "context": "Le bassin compte 12 000 emplois industriels.",
    "objective": "Former 60 soudeurs par an.",
    "description": "Une école de production portée avec les entreprises.",
    "carriers": [PAU, ATELIERS],
    "commitment": "firm",
    "cost_cents": 125_000_000,
    "planned_start": date(2019, 9, 1),
    "planned_end": date(2022, 12, 31),
}
PARTIES: Final[list[dict[str, Any]]] = [
    {"organisation": PAU, "block": "territory", "kind": "intercommunality", "capacity": "Président"},
    {"organisation": NOUVELLE_AQUITAINE, "block": "public", "kind": "region", "capacity": "Président"},
    {"organisation": OCCITANIE, "block": "public", "kind": "region", "capacity": "Présidente"},
    {"organisation": PREFECTURE, "block": "public", "kind": "state", "capacity": "Préfète"},
    {"organisation": CAISSE_DES_DEPOTS, "block": "public", "kind": "operator", "capacity": "Directrice régionale"},
    {"organisation": ATELIERS, "block": "economic", "kind": "company", "capacity": "Gérante"},
]
PROJECT: Final[dict[str, Any]] = {
    "diagnosis": "Le bassin compte 12 000 emplois industriels.",
    "ambitions": "Faire du bassin une plateforme de chimie verte.",
    "issues": [{"title": "Des métiers en tension", "text": "Un tiers des offres restent sans réponse."}],
}
THEMES: Final[dict[str, Any]] = {
    "ambitions": "Répondu.",
    "attractiveness": {"people": "Répondu.", "businesses": "Répondu."},
    "skills": "Répondu.",
    "animation": {
        "text": "Répondu.",
        "schemes": ["Club des entreprises (exemple)"],
        "facilitator": {"organisation": PAU, "office": "Direction du développement économique"},
    },
    "simplification": "Répondu.",
}
PRIORITIES: Final[list[dict[str, Any]]] = [{"title": "Attirer des talents", "carriers": [PAU], "actions": []}]
COMMITMENTS: Final[list[dict[str, Any]]] = [
    {"organisation": party["organisation"], "kind": "human", "text": "Un référent pour les entreprises (synthétique)."}
    for party in PARTIES
]
DELIBERATION: Final = Deliberation("2019-06-27/14", date(2019, 6, 27))


def caller(role: Role, org: str | None = None, **more: Any) -> Caller:
    """Return a caller."""
    return Caller(client_id=f"{role}", sub=f"{role}", role=role, org=org, **more)


TEAM: Final = caller(Role.TERRITORY, PAU)
REGIONS: Final = {
    "75": caller(Role.REGION, NOUVELLE_AQUITAINE),
    "76": caller(Role.REGION, OCCITANIE),
}
"""Région → a caller of it."""


def region_scope(code: str) -> AccessScope:
    """Return the access scope of a Region."""
    return AccessScope(Role.REGION, regions=frozenset([code]))


TEAM_SCOPE: Final = AccessScope(Role.TERRITORY, territories=frozenset([LACQ]), organisations=frozenset([PAU]))


def make_action(*, territories: list[str] | None = None, status: ActionStatus = "draft", **content: Any) -> Action:
    """A sheet of Lacq-Pau-Tarbes, complete unless something else is said."""
    action = action_rules.open_sheet(
        uuid7(), "A-0001", title="École de production", territories=territories or [LACQ], known=KNOWN, at=NOON
    )
    action_rules.change(action, {**COMPLETE, **content}, known=KNOWN)
    action.status = status
    return action


def parties(*without: str, **changed: Any) -> list[dict[str, Any]]:
    """The usual parties, with ids."""
    return [
        {"id": uuid7(), "role": "carrier", "required": True, "label": None, **party, **changed}
        for party in PARTIES
        if party["organisation"] not in without
    ]


def planned(action_id: UUID, state: str = "retained", reason: str | None = None) -> dict[str, Any]:
    """An entry of a plan of actions."""
    return {"action_id": action_id, "state": state, "reason": reason}


def make_contract(
    *,
    action: Action | None = None,
    status: ContractStatus = "draft",
    kind: Literal["contract", "protocol"] = "contract",
    **content: Any,
) -> Contract:
    """A contract of Lacq-Pau-Tarbes that is ready for its review, unless something else is said."""
    action = action or make_action(status="validated")
    contract = contract_rules.open_contract(
        uuid7(),
        "C-0001" if kind == "contract" else "P-0001",
        kind=kind,
        territory=TERRITORIES[LACQ],
        title="Contrat Lacq-Pau-Tarbes 2019-2022",
        at=NOON,
    )
    full = {
        "starts_on": date(2019, 7, 15),
        "ends_on": date(2022, 12, 31),
        "parties": parties(),
        "project": PROJECT,
        "themes": THEMES,
        "priorities": PRIORITIES,
        "commitments": COMMITMENTS,
        "links": [],
        "plan": [planned(action.id)],
    }
    contract_rules.change(contract, {**full, **content}, known=KNOWN, perimeter=PERIMETER, sheets={action.id: action})
    contract.status = status
    contract.due_on = TODAY + timedelta(days=90) if status == "signing" else None
    return contract


def make_surroundings(*actions: Action, **more: Any) -> Surroundings:
    """A pair in office, and what is known."""
    usual = {"pilots": {"elu", "industriel"}, "perimeter": PERIMETER, "organisations": ORGANISATIONS}
    return Surroundings(**{**usual, "actions": {str(action.id): action for action in actions}, **more})


def make_decision(region: str = "75", *, on: Contract, **more: Any) -> KnownDecision:
    """A favourable decision of a regional committee on a contract of Lacq-Pau-Tarbes."""
    usual: dict[str, Any] = {
        "decision_id": uuid7(),
        "committee_id": UUID(int=1),
        "level": "regional",
        "kind": "contract_approval",
        "outcome": "favourable",
        "reference": f"CP 2019-06-24/{region}",
        "decided_on": date(2019, 6, 24),
        "region": region,
        "territories": [LACQ],
        "decides": f"contract/{on.id}",
    }
    return KnownDecision(**{**usual, **more})


def signature(party: Party | None = None, **more: Any) -> Signature:
    """A sound signature."""
    return Signature(**{"capacity": "Président", "signed_on": TODAY, "deliberation": DELIBERATION, **more})
