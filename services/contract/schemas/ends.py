"""The declared end of a contract, as it is sent."""

from typing import Literal

from pydantic import Field

from services.contract.rules.ends import EndDeclaration
from services.contract.schemas.texts import Reason
from shared.http.schemas import Body, Day


class DenunciationIn(Body):
    """A denunciation (dénonciation) by a party."""

    reason: Reason = Field(
        description="Published with the contract: name no person.",
        examples=["L'entreprise cesse son activité dans le bassin (texte synthétique)."],
    )
    effective_on: Day = Field(
        description="First day without the contract: not before its signature, not after its last day. It may be in "
        "the future.",
        examples=["2021-01-01"],
    )

    def declaration(self) -> EndDeclaration:
        """As the rules know it."""
        return EndDeclaration(self.reason, self.effective_on)


class TerminationIn(DenunciationIn):
    """A termination (résiliation)."""

    actions: Literal["kept", "abandoned"] = Field(
        description="kept: its sheets stay validated, and may stand in another contract. abandoned: they are given up, "
        "except those of other contracts or of other territories.",
        examples=["kept"],
    )
