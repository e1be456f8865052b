"""Refusals about indicators, their values and their imports."""

from shared.problem import Conflict, NotFound, Unprocessable, example_members


class IndicatorNotFound(NotFound):
    """No indicator has this code: `GET /v1/indicators` lists them."""


class IndicatorAlreadyDefined(Conflict):
    """An indicator of this code is defined already: correct it, or give another code."""


class DefinitionNotFitting(Unprocessable):
    """The definition of the indicator contradicts itself: `errors` names the field to correct."""

    shown = example_members("/denominator")


class IndicatorHasValues(Conflict):
    """The indicator has values, so its unit, its kind and its parts stay: define another indicator."""

    shown = example_members("/unit")


class LevelMissing(Unprocessable):
    """The code of a place may exist at two levels: give `level` with `geography`."""

    shown = example_members("level")


class YearsNotFitting(Unprocessable):
    """The years that are asked for contradict each other: correct one of them."""

    shown = example_members("from")
