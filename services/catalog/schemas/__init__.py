"""Bodies and answers."""

from services.catalog.schemas.matchings import MatchingOut, MatchingSummary
from services.catalog.schemas.operators import (
    OperatorChange,
    OperatorDetail,
    OperatorOut,
    OperatorSummary,
    PerformanceOut,
)
from services.catalog.schemas.referents import ContactChange, ReferentIn, ReferentOut
from services.catalog.schemas.requests import Acceptance, Conclusion, Declination, Redirection, RequestIn, RequestOut
from services.catalog.schemas.services import (
    Basket,
    BeneficiaryKind,
    CatalogueAxis,
    FacetsOut,
    ServiceChange,
    ServiceIn,
    ServiceOut,
    Withdrawal,
)

__all__ = [
    "Acceptance",
    "Basket",
    "BeneficiaryKind",
    "CatalogueAxis",
    "Conclusion",
    "ContactChange",
    "Declination",
    "FacetsOut",
    "MatchingOut",
    "MatchingSummary",
    "OperatorChange",
    "OperatorDetail",
    "OperatorOut",
    "OperatorSummary",
    "PerformanceOut",
    "Redirection",
    "ReferentIn",
    "ReferentOut",
    "RequestIn",
    "RequestOut",
    "ServiceChange",
    "ServiceIn",
    "ServiceOut",
    "Withdrawal",
]
