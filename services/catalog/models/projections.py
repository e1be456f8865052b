"""Projections of the territory service. Each follows one type of event and can be rebuilt from its events."""

from typing import Any, Final

from sqlalchemy import JSON
from sqlalchemy.orm import Mapped, mapped_column

from services import OFFICIAL_BODIES
from services.catalog.models.base import Base
from shared.projections import (
    MemberProjection,
    OrganisationProjection,
    PilotProjection,
    Projections,
    TerritoryProjection,
)


class KnownTerritory(TerritoryProjection, Base):
    """A labelled territory."""


class KnownMember(MemberProjection, Base):
    """A member of a territory, present, past or to come."""


class KnownOrganisation(OrganisationProjection, Base):
    """An organisation, with its former and other names."""

    names: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    aliases: Mapped[list[str]] = mapped_column(JSON, server_default="[]")


class KnownPilot(PilotProjection, Base):
    """A pilot or project manager in office."""


projections: Final = Projections(KnownTerritory, KnownMember, KnownOrganisation, KnownPilot, OFFICIAL_BODIES)
