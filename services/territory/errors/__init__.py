"""Refusals of the territory service."""

from shared.problem import Conflict, Forbidden, NotFound, Unprocessable, example_members


class TerritoryNotFound(NotFound):
    """No territory has this key or code: `GET /v1/territories` lists all territories."""


class TerritoryNotYetDesignated(NotFound):
    """The territory did not exist on this day: ask for a later one."""


class TerritoryAmbiguous(Conflict):
    """The code exists in both phases of the programme: use the key, or add `phase=`."""

    shown = example_members(keys=["2018-ti-7505", "2023-ti-7505"])


class PlaceNotFound(NotFound):
    """No région, département, intercommunality or commune has this code in the current geography."""


class OrganisationNotFound(NotFound):
    """No organisation is registered under this SIREN."""


class CommitteeNotFound(NotFound):
    """No committee has this id."""


class DecisionNotFound(NotFound):
    """No decision has this id, or your organisation may not read it."""


class FigureNotFound(NotFound):
    """No declared figure has this id."""


class PilotNotFound(NotFound):
    """The territory has no mandate of this id."""


class CodeNotKnown(Unprocessable):
    """A code in the request is well formed, but not known: correct it."""

    shown = example_members("/region")


class OrganisationNotRegistered(Unprocessable):
    """The request names an organisation that is not registered: ask the délégation to register it."""

    shown = example_members("/chair")


class DayNotPlausible(Unprocessable):
    """A day is in the future, or too early or too late for its fact: correct it."""

    shown = example_members("/since")


class OrganisationAlreadyRegistered(Conflict):
    """An organisation is already registered under this SIREN."""


class OrganisationOfficial(Unprocessable):
    """The kind contradicts the official geography for this SIREN: correct one of them."""

    shown = example_members("/kind")


class OrganisationClosed(Conflict):
    """The organisation did not exist on that day, or its end contradicts another one: give another day or body."""

    shown = example_members("/organisation", successor="200094332")


class OrganisationStillActive(Conflict):
    """The organisation is a member, has a mandate or sits in a committee: end what `errors` names first."""

    shown = example_members("/valid_to")


class OrganisationExhausted(Conflict):
    """The organisation has the maximum of former names or decisions on duplicates: contact the platform team."""


class SyntheticMark(Unprocessable):
    """A synthetic organisation has a SIREN below 000300000 and « synthétique » in its name. A real one has neither."""

    shown = example_members("/synthetic")


class RegionMissing(Unprocessable):
    """The région of an organisation of this kind is missing: give it in `region`."""

    shown = example_members("/region")


class PilotInOffice(Conflict):
    """On each day a territory has one élu and one industriel: replace the one in office, or give other days."""

    shown = example_members(pilot_id="0198f3a2-7b1c-7e44-9d55-2c1f0a9b8e90", day="2019-06-01", organisation="200067254")


class PersonInBothSeats(Conflict):
    """One person never holds both seats of the pair on the same day: name another person, or other days."""

    shown = example_members(pilot_id="0198f3a2-7b1c-7e44-9d55-2c1f0a9b8e90", day="2019-06-01")


class OrganisationElsewhere(Unprocessable):
    """The organisation does not lie in the territory: name one that does."""

    shown = example_members("/organisation")


class MandateElsewhere(Conflict):
    """A mandate speaks for an organisation that would no longer lie in the territory: end or replace it first."""

    shown = example_members(
        mandate_id="0198f3a2-7b1c-7e44-9d55-2c1f0a9b8e90", day="2019-09-24", organisation="200067262"
    )


class StateReferentNotFound(NotFound):
    """The territory has no State referent of this id."""


class StateReferentInOffice(Conflict):
    """On each day a territory has one State referent, and each ends once: end the one in office, or give other days."""

    shown = example_members(
        referent_id="0198f3a2-7b1c-7e44-9d55-2c1f0a9b8e91", day="2019-06-01", organisation="000000018"
    )


class ReferentNotFitting(Unprocessable):
    """A State referent comes from a State organisation of a région of the territory."""

    shown = example_members("/organisation")


class MandatesExhausted(Conflict):
    """The territory has had 1,000 mandates, the maximum: contact the platform team."""


class PilotNotInOffice(Conflict):
    """The mandate has ended. It can be neither replaced nor ended again."""


class CapacityNotFitting(Unprocessable):
    """An élu represents a local authority; an industriel a company, an association or a chamber."""

    shown = example_members("/organisation")


class CommitteePlaceMismatch(Unprocessable):
    """A regional committee needs a région, a project committee a territory, a national one neither."""


class ChairNotFitting(Unprocessable):
    """The chair depends on the level: the Region, an organisation of the pilots, or the State."""

    shown = example_members("/chair")


class CommitteeExists(Conflict):
    """A Region, a territory and the nation have one committee at a time: dissolve the first, or use it."""

    shown = example_members(committee_id="0198f3a2-7b1c-7e44-9d55-2c1f0a9b8e70")


class CommitteeDissolved(Conflict):
    """The committee was dissolved: nothing changes in it from then on, and it decides nothing."""


class CommitteeNotYetEstablished(NotFound):
    """The committee did not exist on this day: ask for a later one."""


class SeatNotFound(NotFound):
    """The committee has no seat of this id, or it ended."""


class SeatTaken(Conflict):
    """An organisation has one seat in a committee at a time: end it first."""

    shown = example_members(seat_id="0198f3a2-7b1c-7e44-9d55-2c1f0a9b8e73")


class SeatsExhausted(Conflict):
    """At most 100 organisations sit in a committee at a time: end a seat first."""


class CommitteeNotYours(Forbidden):
    """Each level of committee is managed by one role: territory, Region or délégation."""


class MeetingNotFound(NotFound):
    """No meeting has this id, or it is one of another committee."""


class MeetingNotPlanned(Conflict):
    """The meeting was held or cancelled already: plan another one."""


class AttendanceNotFitting(Unprocessable):
    """An organisation in the attendance does not sit in the committee on the day of the meeting."""

    shown = example_members("/present")


class MeetingMissing(Conflict):
    """The committee has a quorum: its decision names the meeting in which it was taken."""


class MeetingNotFitting(Conflict):
    """A decision names a meeting of its committee that was held on its day and was quorate."""


class DecisionBeyondCommittee(Unprocessable):
    """A committee decides on its own territory or those of its région. Some decisions must name one."""

    shown = example_members("/territories")


class DecidesNotFitting(Unprocessable):
    """A decision names the one object that it decides: a contract, a request for a new perimeter, or a sheet."""

    shown = example_members("/decides")


class DecisionNotSuitable(Conflict):
    """A change of perimeter needs a favourable decision of a regional committee on a request about the territory."""

    shown = example_members("/enters")


class PerimeterConflict(Conflict):
    """The perimeter would break a rule on a day, such as a member twice, or none: `day` and `holder` say where."""

    shown = example_members("/enters/0", day="2019-09-24", holder="2018-ti-7505", member="200067262")


class NothingChanges(Unprocessable):
    """The request would change nothing: name what changes."""

    shown = example_members("/enters")


class PerimeterRequestNotFound(NotFound):
    """No perimeter request has this id, or your organisation may not read it."""


class PerimeterRequestNotOpen(Conflict):
    """The perimeter request is no longer open: it was decided, applied or withdrawn. Make a new one."""


class PerimeterRequestNotAccepted(Conflict):
    """A regional committee that must accept the perimeter request has not done so: `regions` names the missing ones."""

    shown = example_members(regions=["76"])


class TerritoryKeyTaken(Conflict):
    """Another territory of the phase has this code: give another one."""


class TerritoryClosed(Conflict):
    """The territory is no longer in the programme: its state cannot change, and nothing new begins there."""

    shown = example_members(closed_on="2022-01-01")


class LeadRegionElsewhere(Unprocessable):
    """No member of the territory lies in the lead région: give one in which a member lies."""

    shown = example_members("/lead_region")


class ParameterNotFitting(Unprocessable):
    """The parameter does not fit the form of the answer: pages are of JSON, a separator of CSV."""

    shown = example_members("limit")


class FigureAlreadyDeclared(Conflict):
    """This source has already declared this metric for this day and phase: correct that figure by `corrects`."""


class FigureAlreadyCorrected(Conflict):
    """Another declaration corrects this figure already: correct that one."""

    shown = example_members(corrected_by="0198f3a2-7b1c-7e44-9d55-2c1f0a9b8e09")


class CorrectionNotFitting(Unprocessable):
    """A correction names a figure of the same metric."""

    shown = example_members("/corrects")


class ValueNotFitting(Unprocessable):
    """A figure has one value: a whole number, or decimals as a text. A count has no decimals."""

    shown = example_members("/value")


class UnitNotFitting(Unprocessable):
    """All figures of a metric have the same unit; a correction of the only one may change it."""

    shown = example_members("/unit")


class WaveRefused(Unprocessable):
    """The wave cannot be set for some of the territories, so none was changed: `errors` names each of them."""

    shown = example_members("/keys/0")


class PhaseMissing(Unprocessable):
    """The metric is counted phase by phase: give `phase`."""

    shown = example_members("/phase")


class PhaseNotFound(NotFound):
    """The programme has no phase of this code: `GET /v1/phases` lists them."""


class SourceNotFound(NotFound):
    """No source has this id."""


class SourceNotRegistered(Unprocessable):
    """The request cites a source that is not registered: register it with `POST /v1/sources` first."""

    shown = example_members("/source_id")


class CalendarEventNotFound(NotFound):
    """The calendar has no event of this id."""


class EventDaysNotFitting(Unprocessable):
    """The days, the precision and the status of an event contradict each other: correct one of them."""

    shown = example_members("/starts_on")


class GuideNotFound(NotFound):
    """No version of a guide has this id."""


class GuideAlreadyPublished(Conflict):
    """The guide already has a version of this name, or one that applies from the same day."""


class EnvelopeNotFound(NotFound):
    """No envelope has this id."""


class LinkNotFound(NotFound):
    """No link has this id."""


class MailboxNotFound(NotFound):
    """No mailbox has this id."""


class AddressNotOfOffice(Unprocessable):
    """The address names no office of its body, and may be a person's: give an office address."""

    shown = example_members("/address")


class RoleNotOfOffice(Unprocessable):
    """The role names no office or function, and may be a person: give one, such as Direction du développement."""

    shown = example_members("/role")


class MailboxAlreadyRegistered(Conflict):
    """This address, in capitals or not, is already registered for this role."""
