"""Tables of the territory service."""

from services.territory.models.base import Base, ReferenceVersion, Searchable, Shipped
from services.territory.models.geography import Commune, Departement, Epci, Ept, Outline, Region
from services.territory.models.governance import Committee, Decision, decision_territories
from services.territory.models.mandates import Pilot
from services.territory.models.organisations import Alias, Organisation
from services.territory.models.programme import Axis, Figure, Phase
from services.territory.models.territories import Membership, Territory, TerritoryDepartement, TerritoryRegion

__all__ = [
    "Alias",
    "Axis",
    "Base",
    "Committee",
    "Commune",
    "Decision",
    "Departement",
    "Epci",
    "Ept",
    "Figure",
    "Membership",
    "Organisation",
    "Outline",
    "Phase",
    "Pilot",
    "ReferenceVersion",
    "Region",
    "Searchable",
    "Shipped",
    "Territory",
    "TerritoryDepartement",
    "TerritoryRegion",
    "decision_territories",
]
