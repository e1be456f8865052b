"""Rules of territories: nothing begins in one that is closed."""

from datetime import date

from services.catalog.errors import TerritoryClosed
from shared.projections import TerritoryProjection


def require_open(territory: TerritoryProjection, *, on: date) -> None:
    """Refuse a fact of a territory on a day on which it is no longer in the programme."""
    if territory.is_closed(on=on):
        raise TerritoryClosed(
            f"{territory.key} was closed on {territory.closed_on}: nothing new begins there, and what was made before "
            "stays readable. If the day is wrong, the délégation corrects it.",
            closed_on=str(territory.closed_on),
        )
