"""Tables of the catalog service."""

from services.catalog.models.base import Base, ReferenceVersion, Shipped
from services.catalog.models.matchings import Criterion, KnownAction, Match, Matching, MatchResult, SuggestedChange
from services.catalog.models.operators import Brand, Delays, Operator, RequestCounter
from services.catalog.models.projections import KnownMember, KnownOrganisation, KnownPilot, KnownTerritory, projections
from services.catalog.models.referents import Referent
from services.catalog.models.requests import ServiceRequest
from services.catalog.models.services import (
    CONTENT,
    Beneficiary,
    NamedPhase,
    Offer,
    OfferedService,
    ServiceVersion,
    Threshold,
)

__all__ = [
    "CONTENT",
    "Base",
    "Beneficiary",
    "Brand",
    "Criterion",
    "Delays",
    "KnownAction",
    "KnownMember",
    "KnownOrganisation",
    "KnownPilot",
    "KnownTerritory",
    "Match",
    "MatchResult",
    "Matching",
    "NamedPhase",
    "Offer",
    "OfferedService",
    "Operator",
    "ReferenceVersion",
    "Referent",
    "RequestCounter",
    "ServiceRequest",
    "ServiceVersion",
    "Shipped",
    "SuggestedChange",
    "Threshold",
    "projections",
]
