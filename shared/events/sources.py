"""Facts told by the territory service: the sources that can be cited. They stand apart from its other facts."""

from typing import Annotated
from uuid import UUID

from pydantic import StringConstraints

from shared.events import Audience, Event, Title


class SourceRegistered(Event, name="SourceRegistered", publisher="territory", audience=Audience.PUBLIC):
    """A source is registered and can be cited, or what is known of it is corrected."""

    source_id: UUID
    title: Title
    published: Annotated[str, StringConstraints(min_length=4, max_length=10)] | None
    """YYYY, YYYY-MM or YYYY-MM-DD; null: not known."""

    @property
    def subject(self) -> str:
        return f"source/{self.source_id}"
