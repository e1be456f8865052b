"""Rules of action sheets: editors, required fields, decisions."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from services.contract.errors import (
    ActionAttached,
    ActionIncomplete,
    ActionNotDraft,
    AlreadyDecided,
    AxisNotOfPhase,
    CalendarReversed,
    NotEditable,
    NotTheDecider,
    NotTheEditor,
    TerritoriesNotFitting,
)
from services.contract.models import Action, Contract, Opinion, RegionalDecision
from services.contract.reference import AXES, axes_of
from services.contract.rules import transitions
from services.contract.rules.days import require_plausible
from services.contract.rules.opinions import with_opinion
from services.contract.rules.search import search_text
from services.contract.rules.texts import begin_version, sheet_text
from shared.events.contract import (
    ActionChanged,
    ActionRejected,
    ActionReturned,
    ActionSubmitted,
    ActionValidated,
    ContractStatus,
    RegionalOutcome,
)
from shared.problem import FieldError
from shared.projections import Known, TerritoryProjection
from shared.security.access import AccessScope, Caller, is_granted

EDITABLE: Final = ("draft", "returned")
SIGNED_AS_IT_IS: Final[Collection[ContractStatus]] = ("signing", "signatures_expired")
"""States of a contract in which its sheets stay as they are: every party signs the same text."""
NEEDED: Final[Collection[ContractStatus]] = (*SIGNED_AS_IT_IS, "under_review", "approved", "signed", "ended")
"""States of a contract in which none of its sheets is deleted."""
REQUIRED_FIELDS: Final = (
    "main_axis",
    "context",
    "objective",
    "description",
    "carriers",
    "commitment",
    "cost_cents",
    "planned_start",
    "planned_end",
)
"""Required fields of a sheet before a decision: diagnosis, carrier, cost, calendar."""
CONVERTED: Final = ("territories", "carriers", "partners", "milestones")
"""Content that is stored in another form than it is sent."""
COPIED_FIELDS: Final = tuple(name for name in Action.content() if name not in CONVERTED)
"""Fields stored as the request gives them."""


def open_sheet(
    action_id: UUID, number: str, *, title: str, territories: Sequence[str], known: Known, at: datetime
) -> Action:
    """Create a draft from a title and its territories, the lead territory first."""
    lead = known.territory(territories[0], "/territories/0")
    action = Action(
        id=action_id,
        lead_territory=lead.key,
        lead_regions=lead.regions,
        number=number,
        phase=lead.phase,
        status="draft",
        title=title,
        axes=[],
        issues=[],
        carriers=[],
        partners=[],
        milestones=[],
        confidential=[],
        asked_operators=[],
        decisions={},
        opinions=[],
        text_version=1,
        all_requests=[],
        created_at=at,
    )
    _set_territories(action, territories, known)
    action.search = search_text(number, title)
    return action


def require_editor(action: Action, *, by: Caller, access_scope: AccessScope) -> None:
    """Refuse callers other than the lead territory and the carriers. All others only read."""
    if not is_granted(by, access_scope, action.editors):
        raise NotTheEditor("Only the lead territory and the carriers may change this action sheet: ask one of them.")


def change(action: Action, changes: Mapping[str, Any], *, known: Known) -> None:
    """Change a sheet that is a draft or was returned."""
    if action.status not in EDITABLE:
        raise NotEditable(
            f"This action sheet is {action.status}: it can be changed only as a draft or after a return.",
            state=action.status,
            allowed=transitions.ACTION[action.status],
        )
    before = sheet_text(action)
    if "territories" in changes:
        _set_territories(action, changes["territories"], known)
    _set_organisations(action, changes, known)
    _require_plausible_days(action, changes)
    if "milestones" in changes:
        action.milestones = [
            {"title": milestone["title"], "due_on": milestone["due_on"].isoformat()}
            for milestone in changes["milestones"]
        ]
    for name in COPIED_FIELDS:
        if name in changes:
            setattr(action, name, changes[name])
    if "confidential" in changes:
        action.confidential = sorted(set(changes["confidential"]))
    action.search = search_text(action.number, action.title)
    _require_axes(action)
    _require_calendar(action)
    begin_version(action, before, sheet_text(action))


def require_unattached(action: Action, holders: Sequence[Contract]) -> None:
    """Refuse to delete a sheet, or to write in it, while contracts need it as it is."""
    if holders:
        first = holders[0]
        raise ActionAttached(
            f"The action sheet {action.number} is part of the {first.kind} {first.number} of {first.territory}, which "
            f"is {first.status}: it stays as it is there. Make another sheet.",
            contract_id=str(first.id),
        )


def _set_organisations(action: Action, changes: Mapping[str, Any], known: Known) -> None:
    if "carriers" in changes:
        action.carriers = [
            {"siren": siren, "name": known.organisation(siren, f"/carriers/{index}").name}
            for index, siren in enumerate(changes["carriers"])
        ]
    if "partners" in changes:
        action.partners = [
            {"siren": siren, "name": known.organisation(siren, f"/partners/{index}/siren").name, "role": role}
            for index, (siren, role) in enumerate((each["siren"], each["role"]) for each in changes["partners"])
        ]


def changed(action: Action, *, since: Mapping[str, Any], at: datetime) -> ActionChanged | None:
    """Return the event of a change; None if nobody knows the sheet by events, or they would say the same."""
    # It tells the services whom the sheet still concerns: nobody else may read its earlier events.
    if action.status == "draft" or event_data(action) == since:
        return None
    return ActionChanged(**event_data(action), changed_at=at)


def require_draft(action: Action) -> None:
    """Refuse to delete a sheet that is no draft."""
    # A submitted sheet was read by others: it stays, with its history.
    if action.status != "draft":
        raise ActionNotDraft(f"This action sheet is {action.status}: only a draft can be deleted.")


def missing_fields(action: Action) -> list[str]:
    """Return the fields that a sheet lacks before its Region may decide. A cost of 0 counts."""
    return [name for name in REQUIRED_FIELDS if getattr(action, name) in (None, "", [])]


def submit(action: Action, *, at: datetime) -> ActionSubmitted:
    """Submit a complete sheet: a draft, or one that was returned."""
    status = transitions.target(transitions.ACTION, action.status, "submit", "action sheet")
    if missing := missing_fields(action):
        raise ActionIncomplete(
            f"This action sheet is incomplete: fill in {', '.join(f'`{name}`' for name in missing)} before you submit.",
            errors=[FieldError(pointer=f"/{name}", detail="required in a submitted sheet") for name in missing],
            missing=missing,
        )
    action.status = status
    action.submitted_at = at
    action.submitted_version = action.text_version
    action.decisions = {}
    return ActionSubmitted(**event_data(action), submitted_at=at)


def require_decider(action: Action, *, access_scope: AccessScope) -> None:
    """Refuse callers outside the Regions of the lead territory. Other Regions of the sheet only read."""
    if not access_scope.owns(action.approvers):
        raise NotTheDecider(
            f"Only the Regions of the lead territory decide on this sheet: {', '.join(action.lead_regions)}."
        )


def send_back(action: Action, *, reason: str, access_scope: AccessScope, by: Caller, at: datetime) -> ActionReturned:
    """Return an incomplete sheet to its territory, with the reason. One Region decides this for all."""
    _note_decision(action, "return", "returned", access_scope, by, at)
    _conclude(action, "return", reason=reason, at=at)
    return ActionReturned(**event_data(action), returned_at=at)


def validate(action: Action, *, access_scope: AccessScope, by: Caller, at: datetime) -> ActionValidated | None:
    """Validate a sheet for one Region. The last Region's decision makes it validated: it may enter a contract."""
    _note_decision(action, "validate", "validated", access_scope, by, at)
    return validate_if_decided(action, at=at)


def validate_if_decided(action: Action, *, at: datetime) -> ActionValidated | None:
    """Validate a submitted sheet once every Region of its lead territory has decided favourably."""
    if action.status != "submitted" or not action.decisions or action.awaited_regions:
        return None
    _conclude(action, "validate", reason=None, at=at)
    return ActionValidated(**event_data(action), validated_at=at)


def reject(action: Action, *, reason: str, access_scope: AccessScope, by: Caller, at: datetime) -> ActionRejected:
    """Reject a sheet, with the reason. One Region decides this for all."""
    _note_decision(action, "reject", "rejected", access_scope, by, at)
    _conclude(action, "reject", reason=reason, at=at)
    return ActionRejected(**event_data(action), rejected_at=at)


def give_opinion(action: Action, *, organisation: str, verdict: str, text: str, at: datetime) -> None:
    """Record the opinion of a State service on a submitted sheet. It replaces its earlier one on the same text."""
    action.status = transitions.target(transitions.ACTION, action.status, "opinion", "action sheet")
    opinion = Opinion(
        organisation=organisation,
        verdict=verdict,
        text=text,
        given_at=at.isoformat(),
        text_version=action.text_version,
    )
    action.opinions = with_opinion(action.opinions, opinion)


def ask_operator(action: Action, operator: str, *, at: datetime) -> ActionChanged | None:
    """Name an operator that was asked for help. Return the event; None if the sheet named it, or has no events yet."""
    since = event_data(action)
    if operator not in action.asked_operators:
        action.asked_operators = [*action.asked_operators, operator]
    return changed(action, since=since, at=at)


def event_data(action: Action) -> dict[str, Any]:
    """Return the data common to all events of a sheet."""
    return {
        "territories": action.territories,
        "regions": action.regions,
        "organisations": action.named_organisations,
        "action_id": action.id,
        "number": action.number,
        "title": action.title,
        "phase": action.phase,
        "status": action.status,
        "axes": action.axes,
        "main_axis": action.main_axis,
        "commitment": action.commitment,
        "carriers": action.carried_by,
        "partners": action.helped_by,
        # An event has the same bytes for every recipient.
        "cost_cents": None if "cost_cents" in action.confidential else action.cost_cents,
    }


def _note_decision(
    action: Action, transition: str, outcome: RegionalOutcome, access_scope: AccessScope, by: Caller, at: datetime
) -> None:
    """Note the decision of the caller's Region, which decides once per submission."""
    transitions.target(transitions.ACTION, action.status, transition, "action sheet")
    region = next(code for code in action.lead_regions if code in access_scope.regions)
    if region in action.decisions:
        awaited = ", ".join(action.awaited_regions)
        raise AlreadyDecided(
            f"Region {region} has already validated this sheet: wait for Region {awaited}.",
            awaited=action.awaited_regions,
        )
    decision = RegionalDecision(outcome=outcome, organisation=by.org or "", decided_at=at.isoformat())
    action.decisions = {**action.decisions, region: decision}


def _conclude(action: Action, transition: str, *, reason: str | None, at: datetime) -> None:
    action.status = transitions.target(transitions.ACTION, action.status, transition, "action sheet")
    action.decision_reason = reason
    action.decided_at = at


def _set_territories(action: Action, keys: Sequence[str], known: Known) -> None:
    territories = [known.territory(key, f"/territories/{index}") for index, key in enumerate(keys)]
    misfit = _misfit(territories, action)
    if misfit:
        raise TerritoriesNotFitting(misfit, errors=[FieldError(pointer="/territories", detail=misfit)])
    action.territories = [territory.key for territory in territories]
    action.regions = list(dict.fromkeys(region for territory in territories for region in territory.regions))


def _misfit(territories: Sequence[TerritoryProjection], action: Action) -> str | None:
    """Return the reason why these territories do not fit the sheet, or None."""
    keys = [territory.key for territory in territories]
    if keys[0] != action.lead_territory:
        return f"The lead territory of this sheet is {action.lead_territory}: name it first in `territories`."
    if any(territory.phase != action.phase for territory in territories):
        return f"The territories of a sheet belong to one phase: name territories of phase {action.phase}."
    return None


def _require_axes(action: Action) -> None:
    allowed = axes_of(action.phase, action.regions)
    unknown = [axis for axis in action.axes if axis not in allowed]
    if unknown:
        raise AxisNotOfPhase(
            f"`axes` has an unknown axis: name axes of phase {action.phase}, among {', '.join(allowed)}.",
            errors=[FieldError(pointer="/axes", detail=f"{', '.join(unknown)} is unknown")],
        )
    for index, issue in enumerate(action.issues):
        if issue["axis"] is not None and issue["axis"] not in allowed:
            raise AxisNotOfPhase(
                f"An issue has an unknown axis: name one of phase {action.phase}, among {', '.join(allowed)}.",
                errors=[FieldError(pointer=f"/issues/{index}/axis", detail=f"{issue['axis']} is unknown")],
            )
    if action.main_axis is not None and action.main_axis not in action.axes:
        raise AxisNotOfPhase(
            "`main_axis` is not among `axes`: add it there, or choose one of them.",
            errors=[FieldError(pointer="/main_axis", detail=f"{action.main_axis} is not in `axes`")],
        )


def require_axis(code: str | None, *, phase: str | None) -> None:
    """Refuse a filter by an axis that no phase has, or not the phase that is asked for."""
    known = dict.fromkeys(axis.code for axis in AXES if phase in (None, axis.phase))
    if code is not None and code not in known:
        raise AxisNotOfPhase(
            f"There is no axis {code}{f' in phase {phase}' if phase else ''}: name one of {', '.join(known)}.",
            errors=[FieldError(parameter="axis", detail=f"{code} is unknown")],
        )


def _require_plausible_days(action: Action, changes: Mapping[str, Any]) -> None:
    """Refuse a calendar far from the phase of the sheet. A milestone may lie outside the calendar of the sheet."""
    planned = {f"/{name}": changes.get(name) for name in ("planned_start", "planned_end")}
    due = {
        f"/milestones/{index}/due_on": milestone["due_on"]
        for index, milestone in enumerate(changes.get("milestones", ()))
    }
    require_plausible({**planned, **due}, action.phase)


def _require_calendar(action: Action) -> None:
    if action.planned_start and action.planned_end and action.planned_end < action.planned_start:
        raise CalendarReversed(
            "`planned_end` is before `planned_start`: correct one of them.",
            errors=[FieldError(pointer="/planned_end", detail="before `planned_start`")],
        )
