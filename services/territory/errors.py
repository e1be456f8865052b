"""Refusals of the territory service."""

from shared.problem import Conflict, Forbidden, NotFound, Unprocessable


class TerritoryNotFound(NotFound):
    """No territory has this key or code: `GET /v1/territories` lists those there are."""


class TerritoryNotYetDesignated(NotFound):
    """The territory did not exist on the day asked for."""


class TerritoryAmbiguous(Conflict):
    """The code exists in both phases of the programme: use the key, or add `phase=`."""


class PlaceNotFound(NotFound):
    """No région, département, intercommunality or commune of this edition of the geography has this code."""


class OrganisationNotFound(NotFound):
    """No organisation is registered under this SIREN."""


class CommitteeNotFound(NotFound):
    """There is no committee of this id."""


class DecisionNotFound(NotFound):
    """There is no decision of this id, or your organisation may not read it."""


class FigureNotFound(NotFound):
    """There is no declared figure of this id."""


class PilotNotFound(NotFound):
    """The territory has no mandate of this id."""


class CodeNotKnown(Unprocessable):
    """A code in the request is well formed, but names nothing here."""


class OrganisationNotRegistered(Unprocessable):
    """The request names an organisation that is not registered: have the délégation register it first."""


class DayNotPlausible(Unprocessable):
    """A day in the future, or before what it is about could have happened."""


class OrganisationAlreadyRegistered(Conflict):
    """An organisation is registered under this SIREN."""


class OrganisationOfficial(Unprocessable):
    """The official geography says otherwise of the body of this SIREN."""


class SyntheticMark(Unprocessable):
    """A synthetic organisation says so in its name and has a SIREN below 000300000; a real one has not."""


class RegionMissing(Unprocessable):
    """An organisation of this kind is registered with its région."""


class PilotInOffice(Conflict):
    """There is one élu and one industriel in office at a time: replace the one in office."""


class MandatesExhausted(Conflict):
    """A territory keeps every mandate that it ever had, and has room for a thousand: write to those who run this."""


class PilotNotInOffice(Conflict):
    """The mandate has ended: it can be neither replaced nor ended again."""


class CapacityNotFitting(Unprocessable):
    """An élu speaks for a local authority, an industriel for a company, an association or a chamber."""


class CommitteePlaceMismatch(Unprocessable):
    """A regional committee has a région, a project committee a territory, a national committee neither."""


class ChairNotFitting(Unprocessable):
    """The Region presides its committee, the pair of pilots that of its territory, the State the national one."""


class CommitteeNotYours(Forbidden):
    """Each level of committee is kept by its own: territory, Region, délégation."""


class DecisionBeyondCommittee(Unprocessable):
    """A committee decides on its own territory or on those of its région; some decisions must name one."""


class DecisionNotSuitable(Conflict):
    """A perimeter changes on a favourable decision of kind perimeter_change that names the territory."""


class PerimeterConflict(Conflict):
    """The members to enter or to leave do not fit the territory's perimeter as it stands."""


class FigureAlreadyDeclared(Conflict):
    """This source has already declared this metric for this day."""
