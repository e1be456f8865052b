"""Refusals of this service, beside those of `shared/projections.py`.

Conflict 409                         Unprocessable 422
├── OperatorNotKnown                  ├── PeriodReversed, DayNotPlausible
├── ServiceAlreadyWithdrawn          ├── ThresholdReversed
├── ServiceNotOnOffer                ├── SinceNotFitting
├── ServiceWithoutOperator           ├── ServiceNotKnown, OperatorNotListed
├── ContactErased                    │
├── ActionWasRejected                ├── ServiceOfAnother
├── ActionAskedEnough                ├── ActionNotOfTerritory, ActionNotSubmitted
├── TerritoryClosed                  │
└── TransitionRefused                └── DayInTheFuture

NotFound 404
├── VersionNotFound
└── MatchingNotFound
"""

from shared.problem import Conflict, NotFound, Unprocessable, example_members


class OperatorNotKnown(Conflict):
    """The catalogue does not know your organisation as an operator: ask the délégation to enter it first."""


class ServiceAlreadyWithdrawn(Conflict):
    """The service is withdrawn and can neither change nor be requested: publish or choose another one."""


class ServiceNotOnOffer(Conflict):
    """The service is not on offer today: choose one from /v1/services?on=<today>."""


class ActionWasRejected(Conflict):
    """The action sheet was rejected or abandoned: make the request for another one, or for the territory."""


class ActionAskedEnough(Conflict):
    """The action has the maximum number of requests: make further ones for the territory."""


class TerritoryClosed(Conflict):
    """The territory is no longer in the programme from the day that is named on: nothing new begins there."""

    shown = example_members(closed_on="2022-01-01")


class ContactErased(Conflict):
    """The contact of this referent was erased for good: name another referent of your organisation."""


class ServiceWithoutOperator(Conflict):
    """No organisation of the platform answers for this service: read in `detail` whom to contact."""


class VersionNotFound(NotFound):
    """The service has no such version, or was not in the catalogue on that day: choose one from its versions."""


class MatchingNotFound(NotFound):
    """There is no matching of this action: submit the action first."""


class PeriodReversed(Unprocessable):
    """`ends_on` is before `starts_on`: give the same day or a later one."""

    shown = example_members("/ends_on")


class DayNotPlausible(Unprocessable):
    """A day is in the future, or too early or too late for its fact: correct it."""

    shown = example_members("/starts_on")


class ThresholdReversed(Unprocessable):
    """`surely_cents` is below `least_cents`: give the same amount or a higher one."""

    shown = example_members("/threshold/surely_cents")


class SinceNotFitting(Unprocessable):
    """`since` is in the future, before the phase of the territory, or before the present referent was named."""

    shown = example_members("/since")


class ServiceNotKnown(Unprocessable):
    """There is no service with this code in the catalogue: choose one from /v1/services."""

    shown = example_members("/service")


class OperatorNotListed(Unprocessable):
    """The catalogue has no operator with this SIREN: choose one from /v1/operators."""

    shown = example_members("operator")


class ServiceOfAnother(Unprocessable):
    """The service is not one of `operator`, or `operator` is your own: give a service of another operator."""

    shown = example_members("/service")


class ActionNotOfTerritory(Unprocessable):
    """No such action of this territory was submitted: give one of its own, or leave `action_id` out."""

    shown = example_members("/action_id")


class ActionNotSubmitted(Unprocessable):
    """No submitted action sheet has this id: correct it, or try again in a moment."""

    shown = example_members("action")


class DayInTheFuture(Unprocessable):
    """The day is in the future: name today or an earlier day."""

    shown = example_members("as_of")
