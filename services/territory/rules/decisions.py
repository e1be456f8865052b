"""Rules of decisions."""

from datetime import date
from typing import Final

from services.territory.errors import DayNotPlausible, DecidesNotFitting, DecisionBeyondCommittee
from services.territory.models import Committee, Decision, PerimeterRequest, Territory
from services.territory.rules.committees import require_in_being
from services.territory.rules.days import require_open_on
from services.territory.rules.perimeter_requests import may_be_decided_by
from services.territory.rules.places import regions_on
from shared.events.territory import CommitteeDecided
from shared.problem import FieldError

ABOUT_TERRITORIES: Final = ("contract_approval", "perimeter_change", "action_plan")
"""Kinds of decision that must name a territory."""
OBJECT_OF: Final = {"contract_approval": "contract", "perimeter_change": "perimeter-request", "action_plan": "action"}
"""Kind of decision → kind of the object that it decides."""
NAMES_ITS_OBJECT: Final = ("contract_approval", "perimeter_change")
"""Kinds of decision that must name their object: the act that needs the decision is then the only one."""


def decide(decision: Decision, *, today: date, asked: PerimeterRequest | None = None) -> None:
    """Refuse a decision before the committee exists, beyond its territories, or on an object that does not fit.

    A Region also decides on a territory elsewhere, by a perimeter request that moves a body of its own.
    """
    committee = decision.committee
    require_object(decision)
    require_in_being(committee, decision.decided_on, field="decided_on", today=today)
    if decision.kind in ABOUT_TERRITORIES and not decision.territories:
        raise DecisionBeyondCommittee(
            f"`territories` is empty: name those that a decision of kind {decision.kind} is about.",
            errors=[FieldError(pointer="/territories", detail="empty")],
        )
    require_in_programme(decision)
    by_request = asked.territory_key if asked and may_be_decided_by(asked, committee) else None
    day = decision.decided_on
    outside = [one.key for one in decision.territories if one.key != by_request and not _within(committee, one, day)]
    if outside:
        raise DecisionBeyondCommittee(
            f"{', '.join(outside)} is outside this {committee.level} committee on {day}: remove it from `territories`.",
            errors=[FieldError(pointer="/territories", detail=f"{key} is outside the committee") for key in outside],
        )


def require_in_programme(decision: Decision) -> None:
    """Refuse a decision on territories that were not in the programme on its day; name each of them."""
    refused = []
    for territory in decision.territories:
        try:
            require_open_on(territory, decision.decided_on, field="decided_on")
        except DayNotPlausible as refusal:
            refused.append(refusal.detail)
    if refused:
        raise DayNotPlausible(
            " ".join(refused), errors=[FieldError(pointer="/decided_on", detail=detail) for detail in refused]
        )


def require_object(decision: Decision) -> None:
    """Require the one object that a decision of this kind decides."""
    fitting = OBJECT_OF.get(decision.kind)
    if decision.decides is None:
        if decision.kind not in NAMES_ITS_OBJECT:
            return
        raise DecidesNotFitting(
            f"`decides` is missing: name the one object that a decision of kind {decision.kind} decides, "
            f"{fitting}/<id>.",
            errors=[FieldError(pointer="/decides", detail="missing")],
        )
    if fitting is None:
        raise DecidesNotFitting(
            f"A decision of kind {decision.kind} decides no object of the platform: leave `decides` out.",
            errors=[FieldError(pointer="/decides", detail=f"not for kind {decision.kind}")],
        )
    if not decision.decides.startswith(f"{fitting}/"):
        raise DecidesNotFitting(
            f"A decision of kind {decision.kind} decides one {fitting}: give `decides` as {fitting}/<id>.",
            errors=[FieldError(pointer="/decides", detail=f"not a {fitting}")],
        )


def decided(decision: Decision) -> CommitteeDecided:
    """Return the event of a decision."""
    return CommitteeDecided(
        decision_id=decision.id,
        committee_id=decision.committee.id,
        level=decision.committee.level,
        kind=decision.kind,
        outcome=decision.outcome,
        title=decision.title,
        reference=decision.reference,
        decided_on=decision.decided_on,
        region=decision.committee.region_code,
        decides=decision.decides,
        meeting_id=decision.meeting_id,
        territories=sorted(decision.stakeholders.territories),
        regions=decision.regions,
    )


def _within(committee: Committee, territory: Territory, day: date) -> bool:
    match committee.level:
        case "project":
            return territory.key == committee.territory_key
        case "regional":
            return committee.region_code in regions_on(territory, day)
        case _:
            return True
