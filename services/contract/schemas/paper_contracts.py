"""Bodies of contracts that were signed on paper."""

from typing import Annotated

from pydantic import Field

from services.contract.rules.paper_contracts import EnteredSignature
from services.contract.rules.signing import Deliberation
from services.contract.schemas.signatures import DeliberationIn
from services.contract.schemas.texts import Office
from shared.events.codes import SirenInput
from shared.http.schemas import Body, Day, Title
from shared.http.unique import Unique


class EnteredSignatureIn(Body):
    """The signature of a party on paper."""

    organisation: SirenInput = Field(description="SIREN or SIRET of a party of the contract.", examples=["200067254"])
    signed_on: Day | None = Field(default=None, description="null: the day of the contract.", examples=["2019-07-15"])
    capacity: Office | None = Field(
        default=None, description="Office in which it was signed; null: that of the party.", examples=["Présidence"]
    )
    deliberation: DeliberationIn | None = Field(default=None, description="null: not known.")

    def entered(self) -> EnteredSignature:
        """As the rules know it."""
        act = self.deliberation
        return EnteredSignature(
            self.organisation, self.signed_on, self.capacity, Deliberation(act.reference, act.date) if act else None
        )


class PaperContractIn(Body):
    """A contract or protocol that was signed on paper, outside the platform."""

    signed_on: Day = Field(description="Its real day.", examples=["2019-07-15"])
    source: Title = Field(
        description="Where the paper is, or who says that it was signed.",
        examples=["Recueil des actes de l'agglomération, 2019 (exemple synthétique)"],
    )
    signatures: Annotated[list[EnteredSignatureIn], Unique(by=("organisation",))] = Field(
        default=[],
        max_length=100,
        description="Days and deliberations of parties, where they are known. A party that must sign and is not named "
        "signed on the day of the contract.",
    )
