"""Opinions of the State, as they are sent and answered."""

from datetime import datetime

from pydantic import Field

from services.contract.models import Verdict
from services.contract.schemas.texts import Text
from shared.events.codes import Siren
from shared.http.schemas import Answer, Body, Count, Prose

OPINION = "Favorable : le projet répond au diagnostic de l'emploi du bassin."


class StateOpinion(Body):
    """Opinion of the State."""

    verdict: Verdict
    text: Text = Field(examples=[OPINION])


class OpinionOut(Answer):
    """The opinion of a State service on one version of a text."""

    organisation: Siren = Field(description="SIREN of the State service.", examples=["000000018"])
    verdict: Verdict
    text: Prose = Field(examples=[OPINION])
    given_at: datetime = Field(examples=["2019-09-12T08:30:00Z"])
    text_version: Count = Field(description="Version of the text that it is about.", examples=[1])
    is_current: bool = Field(description="True if the text has not changed since.", examples=[True])
