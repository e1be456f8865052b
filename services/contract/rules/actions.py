"""Action sheets: who writes them, when they are complete, who decides."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from services.contract.errors import (
    ActionIncomplete,
    ActionNotDraft,
    AxisNotOfPhase,
    CalendarReversed,
    NotEditable,
    NotTheDecider,
    NotTheEditor,
    TerritoriesNotFitting,
)
from services.contract.models import Action, Opinion
from services.contract.reference import axes_of
from services.contract.rules import transitions
from shared.events.contract import ActionRejected, ActionReturned, ActionSubmitted, ActionValidated
from shared.problem import FieldError
from shared.projections import Known, TerritoryProjection
from shared.security.access import AccessScope
from shared.storage.search import searchable

EDITABLE: Final = ("draft", "returned")
NEEDED: Final = (
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
AS_SENT: Final = tuple(name for name in Action.content() if name not in CONVERTED)


def open_sheet(
    action_id: UUID, number: str, *, title: str, territories: Sequence[str], known: Known, at: datetime
) -> Action:
    """A draft: a title and its territories, the lead first."""
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
        opinions=[],
        service_requests=[],
        created_at=at,
    )
    _place(action, territories, known)
    action.search = searchable(number, title)
    return action


def require_editor(action: Action, *, access_scope: AccessScope) -> None:
    """The lead territory and the carriers write; a partner, a Region or the State only reads."""
    if not access_scope.owns(action.editors):
        raise NotTheEditor("Only its lead territory and its carriers write in this action sheet: ask one of them.")


def change(action: Action, changes: Mapping[str, Any], *, known: Known) -> None:
    """Write in a sheet that is a draft or was returned."""
    if action.status not in EDITABLE:
        raise NotEditable(
            f"This action sheet is {action.status}: only a draft or a returned one is written in.",
            state=action.status,
            allowed=transitions.ACTION[action.status],
        )
    if "territories" in changes:
        _place(action, changes["territories"], known)
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
    if "milestones" in changes:
        action.milestones = [
            {"title": step["title"], "due_on": step["due_on"].isoformat()} for step in changes["milestones"]
        ]
    for name in AS_SENT:
        if name in changes:
            setattr(action, name, changes[name])
    action.search = searchable(action.number, action.title)
    _require_axes(action)
    _require_calendar(action)


def require_draft(action: Action) -> None:
    """Only what nobody has received yet may disappear."""
    if action.status != "draft":
        raise ActionNotDraft(f"This action sheet is {action.status}: only a draft may be deleted.")


def missing_fields(action: Action) -> list[str]:
    """Return the fields that a sheet lacks before its Region may decide. A cost of 0 counts."""
    return [name for name in NEEDED if getattr(action, name) in (None, "", [])]


def submit(action: Action, *, at: datetime) -> ActionSubmitted:
    """Only a complete draft, or a sheet that was returned, may be submitted."""
    status = transitions.target(transitions.ACTION, action.status, "submit", "sheet")
    if missing := missing_fields(action):
        raise ActionIncomplete(
            f"Fill in {', '.join(missing)} before you submit.",
            errors=[FieldError(pointer=f"/{name}", detail="a submitted sheet needs it") for name in missing],
            missing=missing,
        )
    action.status = status
    action.submitted_at = at
    return ActionSubmitted(**event_data(action), submitted_at=at)


def require_decider(action: Action, *, access_scope: AccessScope) -> None:
    """Any Region of the lead territory decides; the others whose territories share the sheet read it."""
    if not access_scope.owns(action.approvers):
        raise NotTheDecider(
            f"This sheet is decided on in the Regions of its lead territory: {', '.join(action.lead_regions)}."
        )


def send_back(action: Action, *, reason: str, at: datetime) -> ActionReturned:
    """A sheet that needs completing goes back to its territory, with the reason."""
    _decide(action, "return", reason=reason, at=at)
    return ActionReturned(**event_data(action), returned_at=at)


def validate(action: Action, *, at: datetime) -> ActionValidated:
    """The Region retains the action: it may now enter a contract."""
    _decide(action, "validate", reason=None, at=at)
    return ActionValidated(**event_data(action), validated_at=at)


def reject(action: Action, *, reason: str, at: datetime) -> ActionRejected:
    """The Region does not retain the action, and says why."""
    _decide(action, "reject", reason=reason, at=at)
    return ActionRejected(**event_data(action), rejected_at=at)


def give_opinion(action: Action, *, organisation: str, verdict: str, text: str, at: datetime) -> None:
    """While the Region has the sheet, the State's opinion is recorded; of each service, the last one."""
    action.status = transitions.target(transitions.ACTION, action.status, "opinion", "sheet")
    others = [opinion for opinion in action.opinions if opinion["organisation"] != organisation]
    given = Opinion(organisation=organisation, verdict=verdict, text=text, given_at=at.isoformat())
    action.opinions = [*others, given]


def event_data(action: Action) -> dict[str, Any]:
    """Return the data common to all events of a sheet."""
    return {
        "territories": action.territories,
        "regions": action.regions,
        "organisations": list(dict.fromkeys([*action.carried_by, *action.helped_by])),
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
        "cost_cents": action.cost_cents,
    }


def _decide(action: Action, transition: str, *, reason: str | None, at: datetime) -> None:
    action.status = transitions.target(transitions.ACTION, action.status, transition, "sheet")
    action.decision_reason = reason
    action.decided_at = at


def _place(action: Action, keys: Sequence[str], known: Known) -> None:
    places = [known.territory(key, f"/territories/{index}") for index, key in enumerate(keys)]
    wrong = _what_is_wrong_with(places, action)
    if wrong:
        raise TerritoriesNotFitting(wrong, errors=[FieldError(pointer="/territories", detail=wrong)])
    action.territories = [place.key for place in places]
    action.regions = list(dict.fromkeys(region for place in places for region in place.regions))


def _what_is_wrong_with(places: Sequence[TerritoryProjection], action: Action) -> str | None:
    keys = [place.key for place in places]
    if keys[0] != action.lead_territory:
        return f"The lead territory of this sheet, {action.lead_territory}, stays first: its number comes from there."
    if len(set(keys)) < len(keys):
        return "Name each territory once."
    if any(place.phase != action.phase for place in places):
        return f"Territories of one sheet are of one phase; its lead is of phase {action.phase}."
    return None


def _require_axes(action: Action) -> None:
    known = axes_of(action.phase, action.regions)
    strange = [axis for axis in action.axes if axis not in known]
    if strange or len(set(action.axes)) < len(action.axes):
        raise AxisNotOfPhase(
            f"The axes of phase {action.phase} here are {', '.join(known)}, each named once.",
            errors=[FieldError(pointer="/axes", detail=f"{', '.join(strange) or 'one'} is not to be used so")],
        )
    if action.main_axis is not None and action.main_axis not in action.axes:
        raise AxisNotOfPhase(
            "The main axis is one of the sheet's axes.",
            errors=[FieldError(pointer="/main_axis", detail=f"{action.main_axis} is not in axes")],
        )


def _require_calendar(action: Action) -> None:
    if action.planned_start and action.planned_end and action.planned_end < action.planned_start:
        raise CalendarReversed(
            "The planned end comes before the planned start.",
            errors=[FieldError(pointer="/planned_end", detail="before planned_start")],
        )
