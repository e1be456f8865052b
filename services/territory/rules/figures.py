"""Figures that a body declares about the programme."""

from services.territory.models import Figure
from shared.events.territory import FigureDeclared


def declared(figure: Figure) -> FigureDeclared:
    """The fact that the figure was declared."""
    return FigureDeclared(
        figure_id=figure.id, metric=figure.metric, value=figure.value, day=figure.day, source=figure.source
    )
