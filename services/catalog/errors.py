"""Refusals of this service, beside those of `shared/projections.py`.

Conflict 409                         Unprocessable 422
├── OperatorNotKnown                  ├── PeriodReversed
├── ServiceAlreadyWithdrawn          ├── ThresholdReversed
├── ServiceNotOnOffer                ├── SinceNotFitting
├── ServiceWithoutOperator           ├── ServiceNotKnown
├── ActionWasRejected                ├── ServiceOfAnother
└── TransitionRefused                ├── ActionNotOfTerritory
NotFound 404                         └── DayInTheFuture
├── VersionNotFound
└── MatchingNotFound
"""

from shared.problem import Conflict, NotFound, Unprocessable


class OperatorNotKnown(Conflict):
    """The catalogue does not know your organisation as an operator: ask the délégation to enter it first."""


class ServiceAlreadyWithdrawn(Conflict):
    """The service is withdrawn: it no longer changes, and nothing is requested of it; publish another one."""


class ServiceNotOnOffer(Conflict):
    """The service is not on offer today: look for one that is, at /v1/services?on=<today>."""


class ActionWasRejected(Conflict):
    """The Region has rejected the action sheet: make the request for another one, or for the territory."""


class ActionAskedEnough(Conflict):
    """As many requests were made for this action as its sheet shows: make further ones for the territory."""


class ServiceWithoutOperator(Conflict):
    """No organisation of the platform answers for this service: the detail says whom to turn to."""


class VersionNotFound(NotFound):
    """The service has no version of this number, or was not yet in the catalogue on that day."""


class MatchingNotFound(NotFound):
    """No matching of this action is known here: it is made when the action is submitted."""


class PeriodReversed(Unprocessable):
    """The last day of a service comes before its first."""


class ThresholdReversed(Unprocessable):
    """From `surely_cents` on a threshold is reached, below `least_cents` it is missed: the first is not the lower."""


class SinceNotFitting(Unprocessable):
    """A referent is named on the day or later, and not before the one whose place he or she takes."""


class ServiceNotKnown(Unprocessable):
    """There is no service of this code in the catalogue: look it up at /v1/services."""


class ServiceOfAnother(Unprocessable):
    """A request is redirected to a service of the operator that is named, and not to one's own."""


class ActionNotOfTerritory(Unprocessable):
    """No such action of this territory was submitted: name one of its own, or none."""


class DayInTheFuture(Unprocessable):
    """The day is in the future: name today or an earlier day."""
