"""Bodies and answers about organisations that may be the same body."""

from typing import Annotated, Final, Literal

from pydantic import Field

from shared.events.codes import RegionCode, Siren, SirenInput
from shared.events.territory import OrganisationKind
from shared.http.schemas import Answer, Body, Line, Title

DuplicateDecision = Literal["same", "different"]
DuplicateReason = Literal["same_name", "same_alias"]
DECISION_ON_PAIR: Final = "same: the one is a duplicate of the other; different: they are two bodies"
_WHY: Final = "Why, for the public history of both: no personal data."


class DuplicateBodyOut(Answer):
    """One of two organisations that may be the same body."""

    siren: Siren = Field(examples=["130005481"])
    name: Line = Field(description="Its name today.", examples=["France Travail"])
    kind: OrganisationKind = Field(examples=["operator"])
    region: RegionCode | None = Field(examples=[None])


class DuplicatePairOut(Answer):
    """Two organisations that may be the same body, or on which the délégation decided."""

    first: DuplicateBodyOut = Field(description="That of the lower SIREN.")
    second: DuplicateBodyOut
    reasons: Annotated[list[DuplicateReason], Field(max_length=2)] = Field(
        description="same_name: the same name without legal form and small words; same_alias: one has a name of the "
        "other among its aliases or former names, or both share one.",
        examples=[["same_name"]],
    )
    decision: DuplicateDecision | None = Field(description=f"{DECISION_ON_PAIR}; null: not decided.", examples=[None])
    duplicate: Siren | None = Field(description="The one that is the duplicate; null: none.", examples=[None])


class DuplicateDecisionIn(Body):
    """A decision on an organisation and another one."""

    of: SirenInput = Field(description="SIREN or SIRET of the other one.", examples=["000000026"])
    decision: DuplicateDecision = Field(description=DECISION_ON_PAIR, examples=["same"])
    reason: Title = Field(description=_WHY, examples=["Enregistrée deux fois (synthétique)"])


class DuplicateRevocationIn(Body):
    """The end of a decision on an organisation and another one."""

    of: SirenInput = Field(description="SIREN or SIRET of the other one.", examples=["000000026"])
    reason: Title = Field(description=_WHY, examples=["Deux sociétés distinctes (synthétique)"])
