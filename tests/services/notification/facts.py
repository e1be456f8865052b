"""Events of other services for the notification service, about real places and bodies."""

from datetime import date
from typing import Any, Final
from uuid import UUID

from shared.clock import now
from shared.events.contract import ActionRejected, ActionSubmitted, ContractOpened, ContractSigned
from shared.events.territory import (
    FigureDeclared,
    MemberState,
    OrganisationRegistered,
    PerimeterChanged,
    PilotAppointed,
    PilotState,
    TerritoryDesignated,
)
from shared.ids import uuid7

LACQ: Final = "2018-ti-7505"
COEUR: Final = "2018-ti-7601"
BRIVE: Final = "2023-ti-7505"
PLACES: Final = {
    LACQ: ("Lacq-Pau-Tarbes", ["75", "76"], ["200067254", "200069300"]),
    COEUR: ("Coeur de France", ["76"], ["241500230"]),
    BRIVE: ("Brive", ["75"], []),
}
PAU: Final = "200067254"
TARBES: Final = "200069300"
AURILLAC: Final = "241500230"
CAISSE_DES_DEPOTS: Final = "180020026"
BPIFRANCE: Final = "320252489"
NOUVELLE_AQUITAINE: Final = "200053759"
OCCITANIE: Final = "200053791"
ATELIERS: Final = "000000117"
FORGES: Final = "000000125"
BODIES: Final = {
    PAU: ("CA Pau Béarn Pyrénées", "epci", None),
    TARBES: ("CA Tarbes-Lourdes-Pyrénées", "epci", None),
    AURILLAC: ("CA du Bassin d'Aurillac", "epci", None),
    CAISSE_DES_DEPOTS: ("Caisse des dépôts", "operator", None),
    BPIFRANCE: ("Bpifrance", "operator", None),
    NOUVELLE_AQUITAINE: ("Région Nouvelle-Aquitaine", "region", "75"),
    OCCITANIE: ("Région Occitanie", "region", "76"),
    ATELIERS: ("Ateliers du Gave (synthétique)", "company", None),
    FORGES: ("Forges d'Orthez (synthétique)", "company", None),
}


def registered(siren: str, **more: Any) -> OrganisationRegistered:
    """An organisation of the tests."""
    name, kind, region = BODIES[siren]
    usual = {
        "siren": siren, "name": name, "kind": kind, "aliases": [], "region": region, "successor": None,
        "synthetic": siren < "000300000", "organisations": [siren],
    }  # fmt: skip
    return OrganisationRegistered.model_validate({**usual, **more})


def designated(key: str, **more: Any) -> TerritoryDesignated:
    """A territory of the tests."""
    name, regions, members = PLACES[key]
    usual = {
        "territory": key, "phase": key[:4], "code": key[5:], "name": name, "lead_region": regions[0],
        "departements": [], "is_pilot": None, "designated_on": None,
        "members": [member(siren) for siren in members],
        "territories": [key], "regions": regions, "organisations": members,
    }  # fmt: skip
    return TerritoryDesignated.model_validate({**usual, **more})


def redrawn(key: str, *members: str) -> PerimeterChanged:
    """A territory with other members."""
    body = designated(key, members=[member(siren) for siren in members], organisations=list(members)).model_dump()
    return PerimeterChanged.model_validate({**body, "effective_on": None, "decision_id": None})


def member(siren: str) -> MemberState:
    """A member whose entry is unknown."""
    return MemberState(siren=siren, kind="epci", name=BODIES[siren][0], entered_on=None, left_on=None)


def appointed(siren: str) -> PilotAppointed:
    """A pilot of Lacq-Pau-Tarbes, alone in office."""
    pilot = PilotState(
        pilot_id=uuid7(), capacity="industriel", person_id=uuid7(), organisation=siren, since=date(2019, 3, 20)
    )
    return PilotAppointed(
        territory=LACQ, pilot_id=pilot.pilot_id, capacity=pilot.capacity, in_office=[pilot],
        appointed_on=pilot.since, territories=[LACQ], regions=["75", "76"], organisations=[siren],
    )  # fmt: skip


def declared(value: int = 124) -> FigureDeclared:
    """Something public."""
    return FigureDeclared(figure_id=uuid7(), metric="territories", value=value, day=date(2019, 3, 5), source="CNI")


def submitted(action_id: UUID | None = None, **more: Any) -> ActionSubmitted:
    """Something that concerns Lacq-Pau-Tarbes, its Régions, and the company that carries it."""
    return ActionSubmitted.model_validate({**_action(action_id), "submitted_at": now(), **more})


def rejected(action_id: UUID | None = None, **more: Any) -> ActionRejected:
    """The same, a step later."""
    return ActionRejected.model_validate({**_action(action_id), "status": "rejected", "rejected_at": now(), **more})


def opened(contract_id: UUID | None = None, **more: Any) -> ContractOpened:
    """The draft of a contract between Lacq-Pau-Tarbes, its Régions and a company."""
    return ContractOpened.model_validate({**_contract(contract_id), "opened_at": now(), **more})


def signed(contract_id: UUID | None = None, **more: Any) -> ContractSigned:
    """The contract, public from here on."""
    usual = {**_contract(contract_id), "status": "signed", "signed_on": "2019-07-15", "content_sha256": "0" * 64}
    return ContractSigned.model_validate({**usual, **more})


def _action(action_id: UUID | None) -> dict[str, Any]:
    return {
        "action_id": action_id or uuid7(), "number": f"{LACQ}/A-1", "title": "École de production (synthétique)",
        "phase": "2018", "status": "submitted", "axes": ["recruter"], "main_axis": "recruter", "commitment": "firm",
        "carriers": [ATELIERS], "partners": [], "cost_cents": None,
        "territories": [LACQ], "regions": ["75", "76"], "organisations": [ATELIERS],
    }  # fmt: skip


def _contract(contract_id: UUID | None) -> dict[str, Any]:
    return {
        "contract_id": contract_id or uuid7(), "number": f"{LACQ}/C-1", "title": "Contrat (synthétique)",
        "phase": "2018", "territory": LACQ, "status": "draft", "starts_on": "2019-07-15", "ends_on": "2022-12-31",
        "parties": [], "actions": [],
        "territories": [LACQ], "regions": ["75", "76"], "organisations": [PAU, ATELIERS, CAISSE_DES_DEPOTS],
    }  # fmt: skip
