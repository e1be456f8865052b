"""Facts told by the territory service: the versions of guides. They stand apart from its other facts."""

from datetime import date
from typing import Annotated
from uuid import UUID

from pydantic import StringConstraints

from shared.events import Audience, Event, Title
from shared.events.codes import PhaseCode


class GuidePublished(Event, name="GuidePublished", publisher="territory", audience=Audience.PUBLIC):
    """A version of a guide of the programme is published, or the days on which it applies are corrected."""

    guide_id: UUID
    title: Title
    guide_version: Annotated[str, StringConstraints(min_length=1, max_length=20)]
    phase: PhaseCode | None
    applicable_from: date
    applicable_until: date | None
    """First day of the next known version; null if none is known."""
    source_id: UUID | None

    @property
    def subject(self) -> str:
        return f"guide/{self.guide_id}"
