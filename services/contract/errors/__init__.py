"""Refusals of this service, beside those of `shared/projections.py`.

Conflict 409                         Unprocessable 422
├── ActionIncomplete                 ├── AxisNotOfPhase
├── ActionNotDraft                   ├── CalendarReversed
├── ContractNotReady                 ├── DayNotPlausible
├── ContractOverlaps                 ├── DeliberationMissing
├── ContentNotFrozen                 ├── EndNotFitting
├── DecisionNotKnown                 ├── PartyNotFitting
├── DecisionNotFitting               ├── RefusalReasonMissing
├── AlreadyApproved                  ├── RelatedContractNotFitting
├── AlreadyDecided                   ├── SignedInTheFuture
├── AlreadySigned                    ├── TerritoriesNotFitting
├── PaperCopyKnown                   ├── ActionNotKnown
├── PaperCopyKept                    ├── PointerNotInText
├── PaperCopyAlreadyWithdrawn        ├── ContractNotKnown
├── SignaturesNotRequested           ├── ReportYearNotFitting
├── TooManyPaperCopies               ├── SheetNotFitting
├── TerritoryClosed                  ├── NotAmended
├── ReportExists                     └── OutsideSubjects
├── ReportIncomplete
├── ReportNotOwed
├── CommentResolved
├── FieldLocked
├── TooManyAnswers
├── TooManyComments
├── ActionAttached
├── AmendedContractEnded
├── AmendmentUnderWay
├── AmendmentsFull
├── NotAmendable
└── TransitionRefused
    ├── NotEditable
    └── NotUnderReview
Forbidden 403
├── NotAParty
├── NotASignatory
├── NotTheEnder
├── NotTheDepositor
├── NotTheCommenter
├── NotTheDecider
└── NotTheEditor
"""

from services.contract.errors.ends import ActionAttached as ActionAttached
from services.contract.errors.ends import AmendedContractEnded as AmendedContractEnded
from services.contract.errors.ends import AmendmentsFull as AmendmentsFull
from services.contract.errors.ends import AmendmentUnderWay as AmendmentUnderWay
from services.contract.errors.ends import EndNotFitting as EndNotFitting
from services.contract.errors.ends import NotAmendable as NotAmendable
from services.contract.errors.ends import NotAmended as NotAmended
from services.contract.errors.ends import NotASignatory as NotASignatory
from services.contract.errors.ends import NotTheEnder as NotTheEnder
from services.contract.errors.ends import OutsideSubjects as OutsideSubjects
from shared.problem import Conflict, Forbidden, NotFound, TransitionRefused, Unprocessable, example_members


class ActionIncomplete(Conflict):
    """Only a complete action sheet may be submitted: `errors` lists the fields to fill in."""

    shown = example_members("/carriers", missing=["carriers"])
    title = "Action sheet incomplete"


class ActionNotDraft(Conflict):
    """Only a draft that was never submitted can be deleted. A submitted sheet stays, with its history."""

    title = "Action sheet not a draft"


class ContractNotReady(Conflict):
    """The contract or protocol lacks something. `errors` lists what is missing, as `readiness` does."""

    shown = example_members("/parties/0", blocking=["party-not-fitting"])


class ContractOverlaps(Conflict):
    """Another contract of the territory covers the same days: say whether this one replaces or complements it."""

    shown = example_members("/starts_on", contract_id="0198f3a2-7b1c-7e44-9d55-2c1f0a9b8e02")


class ContentNotFrozen(Conflict):
    """The content of a contract is frozen when its last required party signs, not before."""


class DecisionNotKnown(Conflict):
    """This service does not know the decision yet. Record it with its committee, or retry after a second."""

    def __init__(self, detail: str) -> None:
        # The event that brings the decision takes about a second.
        super().__init__(detail, headers={"Retry-After": "1"})


class DecisionNotFitting(Conflict):
    """The decision does not approve this contract. Check its kind, outcome, committee, territories and `decides`."""

    shown = example_members("/decision_id")


class AlreadyApproved(Conflict):
    """This Region has already approved the contract. Other Regions have not."""


class AlreadyDecided(Conflict):
    """This Region has already decided on the submitted sheet. `awaited` lists the Regions that have not."""

    shown = example_members(awaited=["76"])
    title = "Region has already decided"


class AlreadySigned(Conflict):
    """This party has already signed the contract. A signature is given once, and a party that signed stays."""


class TerritoryClosed(Conflict):
    """The territory is no longer in the programme from the day that is named on: nothing new begins there."""

    shown = example_members(closed_on="2022-01-01")


class NotEditable(TransitionRefused):
    """In this state the content cannot be changed. `allowed_transitions` lists the possible transitions."""


class NotUnderReview(TransitionRefused):
    """Comments are made while a contract is under review. `allowed_transitions` lists the possible transitions."""


class CommentResolved(Conflict):
    """The comment was resolved: it takes no more answers. Make another comment if need be."""


class FieldLocked(Conflict):
    """After a return, only the fields that a comment is about may be changed. `unlocked` lists them."""

    shown = example_members("/priorities/1/title", locked=["/priorities/1/title"], unlocked=["/themes/skills"])


class TooManyAnswers(Conflict):
    """A comment takes 50 answers. Ask its author to resolve it."""


class TooManyComments(Conflict):
    """A contract has at most 200 comments that are not resolved. Resolve some, or return the contract."""


class TextNotFound(NotFound):
    """There is no such version of the text, or your organisation may not read it."""


class NotTheCommenter(Forbidden):
    """Only the author of a comment and a Region of the contract may resolve it."""


class NotAParty(Forbidden):
    """Your organisation is not a party of this contract. Each party signs or declines for itself."""


class NotTheDecider(Forbidden):
    """Only the Regions of the lead territory decide on an action sheet. The State there gives its opinion."""


class NotTheEditor(Forbidden):
    """Only the lead territory and the carriers may change an action sheet."""


class CeremonyNotFound(NotFound):
    """No ceremony has this id: `GET /v1/ceremonies` lists all ceremonies."""


class CeremonyCancelled(Conflict):
    """The ceremony was cancelled: it can no longer be changed. Announce another one."""


class CeremonyNotKnown(Unprocessable):
    """A filter names a ceremony that there is not: look it up at `/v1/ceremonies`."""

    shown = example_members("ceremony")


class CeremonyNotFitting(Unprocessable):
    """The contract cannot be signed at this ceremony: it is cancelled, or of another phase or Region."""

    shown = example_members("/ceremony_id")


class AxisNotOfPhase(Unprocessable):
    """The axes of a sheet belong to its phase, each named once. The main axis is one of them."""

    shown = example_members("/axes")


class TargetNotFound(NotFound):
    """No target has this id: `GET /v1/targets` lists all targets."""


class TargetWithdrawn(Conflict):
    """The target was withdrawn: it can no longer be changed."""


class TargetNotByTerritory(Conflict):
    """The target counts contracts or action sheets, not territories: it has no list of late territories."""

    title = "Target not by territory"


class RecordNotFound(NotFound):
    """No record of a published fact has this id: `GET /v1/contract-records` lists all of them."""


class RecordWithdrawn(Conflict):
    """The record was withdrawn: it can no longer be changed."""


class PrecisionNotFitting(Unprocessable):
    """A record has a day, or `unknown` as its precision, and not both: correct one of them."""

    shown = example_members("/day")


class GoalNotFitting(Unprocessable):
    """A target has a number to reach, or is for every territory. Its day is in its phase or later."""

    shown = example_members("/goal")


class SourceNotRegistered(Unprocessable):
    """The request cites a source that is not registered: register it with `POST /v1/sources` first."""

    shown = example_members("/source_id")


class DaysReversed(Unprocessable):
    """The days of a filter are reversed: `until` is `from` or a later day."""

    shown = example_members("until")


class DayNotPlausible(Unprocessable):
    """A day is in the future, or too early or too late for its fact: correct it."""

    shown = example_members("as_of")


class CalendarReversed(Unprocessable):
    """The end of a period is before its start: correct one of the two dates."""

    shown = example_members("/planned_end")


class DeliberationMissing(Unprocessable):
    """A public body signs by a deliberation. Give its reference, and a date not after the signature."""

    shown = example_members("/deliberation")


class PartyNotFitting(Unprocessable):
    """The kind or block of a party does not fit. Or its organisation is not of this territory."""

    shown = example_members("/parties/0")


class EnteredSignatureNotFitting(Unprocessable):
    """A signature of a contract on paper is of no party, or is later than the contract: correct it."""

    shown = example_members("/signatures/0")


class RefusalReasonMissing(Unprocessable):
    """A sheet that the plan refuses needs its reason: give it in `reason`."""

    shown = example_members("/plan/0/reason")


class RelatedContractNotFitting(Unprocessable):
    """A contract names a protocol or another contract that does not fit: name one of the same territory."""

    shown = example_members("/replaces")


class PointerNotInText(Unprocessable):
    """The JSON pointer leads to nothing in the text of the contract. The empty pointer is the whole text."""

    shown = example_members("/pointer")


class SignedInTheFuture(Unprocessable):
    """The signature is dated in the future: record it on its day or later."""

    shown = example_members("/signed_on")


class TerritoriesNotFitting(Unprocessable):
    """The territories of a sheet belong to one phase. Each is named once, the lead territory first."""

    shown = example_members("/territories")


class SignaturesNotRequested(Conflict):
    """A paper copy is deposited once the signatures are requested, and not of a cancelled contract."""


class PaperCopyNotFound(NotFound):
    """No paper copy has this id, or your organisation may not read it."""


class PaperCopyKnown(Conflict):
    """The same bytes were deposited for this contract before: `paper_copy_id` is the earlier copy."""

    shown = example_members(paper_copy_id="0198f3a2-7b1c-7e44-9d55-2c1f0a9b8e60")


class TooManyPaperCopies(Conflict):
    """The contract or the party has as many paper copies as it may: withdraw one, or put several into one PDF."""


class PaperCopyKept(Conflict):
    """The contract is signed or ended: its paper copies stay."""


class PaperCopyAlreadyWithdrawn(Conflict):
    """The paper copy was withdrawn: its bytes were deleted, its hash and its line stay."""


class NotTheDepositor(Forbidden):
    """Only the party for which a paper copy was deposited may withdraw it."""


class FileMissing(Unprocessable):
    """The body is empty: send the file."""


class NotAPdf(Unprocessable):
    """The file is no PDF: scan the paper to a PDF, and send that."""


class PdfEncrypted(Unprocessable):
    """The PDF is encrypted, if only with an empty password: save it without, and send that."""


class PdfActive(Unprocessable):
    """The PDF has scripts, actions, forms of XFA or foreign files in it: print it to a plain PDF, and send that.

    Attachments of a PDF/A are taken if they are JSON, XML or CSV.
    """


class PdfBroken(Unprocessable):
    """The PDF is truncated or damaged: save it again, and send that."""


class PdfWithoutPages(Unprocessable):
    """The PDF has no page: send the scan of the paper."""


class PdfTooComplex(Unprocessable):
    """The PDF takes too much time or memory to be read: scan it at a lower resolution, or print it to a plain PDF."""


class ActionNotKnown(Unprocessable):
    """There is no such action sheet in this territory's plan."""

    shown = example_members("/actions/0")


class ReportNotOwed(Conflict):
    """Only a signed contract has yearly reports. Report on it once its last required party has signed."""


class ReportExists(Conflict):
    """The contract already has a report on this year: write in it. `report_id` names it."""

    shown = example_members("/year", report_id="0198f3a2-7b1c-7e44-9d55-2c1f0a9b8e60")


class ReportIncomplete(Conflict):
    """A report needs a summary and a line for each sheet of its contract. `errors` lists what is missing."""

    shown = example_members("/actions", missing=["actions"])


class ReportYearNotFitting(Unprocessable):
    """The year lies in the future, or outside the period of the contract. `errors` says which years have a report."""

    shown = example_members("/year")


class SheetNotFitting(Unprocessable):
    """Each line of a report is about one sheet of its contract, and each sheet has one line."""

    shown = example_members("/actions/0/action_id")


class ContractNotKnown(Unprocessable):
    """There is no contract with this id, or you may not read it: correct the id."""

    shown = example_members("contract")
