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


class IndicatorImportNotFound(NotFound):
    """The indicator has no import of this id."""


class ImportRefused(Unprocessable):
    """Rows of the file are wrong, so nothing was imported: correct those that `errors` names; `bad_rows` counts all."""

    shown = example_members("/rows/2/geography", bad_rows=1)


class ValuesComputed(Conflict):
    """The values of a ratio of two counts are computed: import those of its numerator and its denominator."""


class ImportReverted(Conflict):
    """The import was reverted already: nothing of it stands."""


class ImportSuperseded(Conflict):
    """Later imports replaced values of this one: revert those in `imports` first."""

    shown = example_members(imports=["0198f3a2-7b1c-7e44-9d55-2c1f0a9b8f12"])
