"""Our copies of what the territory service tells. Each is fed by one kind of event and can be rebuilt from them."""

from typing import Final

from services.notification.models.base import Base
from shared.projections import Copies, MemberCopy, OrganisationCopy, PilotCopy, TerritoryCopy


class KnownTerritory(TerritoryCopy, Base):
    """A labelled territory."""


class KnownMember(MemberCopy, Base):
    """A member of a territory, present, past or to come."""


class KnownOrganisation(OrganisationCopy, Base):
    """An organisation."""


class KnownPilot(PilotCopy, Base):
    """A pilot or project manager in office."""


copies: Final = Copies(KnownTerritory, KnownMember, KnownOrganisation, KnownPilot)
