"""Amendments, as they are sent and answered."""

from typing import Annotated
from uuid import UUID

from pydantic import Field

from services.contract.schemas.comments import DifferenceOut
from services.contract.schemas.texts import Reason
from shared.events.contract import AmendmentSubject
from shared.http.schemas import MANY, Answer, Body
from shared.http.unique import Unique

Subjects = Annotated[list[AmendmentSubject], Unique()]


class AmendmentIn(Body):
    """A new amendment (avenant)."""

    subjects: Subjects = Field(
        min_length=1, max_length=9, description="Parts that it may change.", examples=[["period", "plan"]]
    )
    reason: Reason = Field(
        description="Published with the amendment: name no person.",
        examples=["Prolonger le contrat de deux ans (texte synthétique)."],
    )


class AmendmentDifferencesOut(Answer):
    """Differences between an amendment and the text that it amends."""

    contract_id: UUID = Field(description="The amendment.", examples=["0198f3a2-7b1c-7e44-9d55-2c1f0a9b8e09"])
    differences: list[DifferenceOut] = Field(max_length=MANY)
