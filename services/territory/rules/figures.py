"""Rules of declared figures."""

from services.territory.models import Figure
from shared.events.territory import FigureDeclared


def declared(figure: Figure) -> FigureDeclared:
    """Return the event of a declared figure."""
    return FigureDeclared(
        figure_id=figure.id, metric=figure.metric, value=figure.value, day=figure.day, source=figure.source
    )
