"""Rules of perimeter requests: each Region concerned decides by its own committee."""

from collections.abc import Collection, Iterable
from datetime import date
from typing import Any
from uuid import UUID

from services.territory.errors import (
    DayNotPlausible,
    DecidesNotFitting,
    DecisionNotSuitable,
    NothingChanges,
    PerimeterRequestNotAccepted,
    PerimeterRequestNotOpen,
)
from services.territory.models import Committee, Decision, MemberGeography, PerimeterRequest, RegionDecision, Territory
from services.territory.rules.places import Area
from shared.events.territory import PerimeterRequested
from shared.problem import FieldError


def concerned_regions(territory: Territory, moved: Iterable[MemberGeography]) -> list[str]:
    """Return the régions of the territory and of each body that enters or leaves."""
    moved_regions = {Area(*values).region for geography in moved for values in geography["areas"]}
    return [*territory.regions, *sorted(moved_regions - set(territory.regions))]


def request_of(decides: str | None) -> UUID | None:
    """Return the id of the request among the objects that decisions decide; None for another object."""
    kind, _, request_id = (decides or "").partition("/")
    return UUID(request_id) if kind == "perimeter-request" else None


def may_be_decided_by(asked: PerimeterRequest, committee: Committee) -> bool:
    """Return True for the regional committee of a Region that the request concerns."""
    return committee.level == "regional" and committee.region_code in asked.regions


def not_known(subject: str) -> DecidesNotFitting:
    """Return the refusal of a decision on a request that the caller may not read, or that does not exist."""
    return _not_fitting(f"There is no {subject}, or it does not concern your Region: name another one in `decides`.")


def _not_fitting(detail: str) -> DecidesNotFitting:
    return DecidesNotFitting(detail, errors=[FieldError(pointer="/decides", detail="does not fit the decision")])


def note_decision(asked: PerimeterRequest, decision: Decision) -> bool:
    """Note the decision of a regional committee, and close the request once it is decided.

    Of two decisions of a Region the one of the later day counts, whatever the order in which they are recorded; of one
    day, the one recorded last. An unfavourable one refuses the request. Return False if a later one counts.
    """
    if asked.outcome != "accepted" or not missing_regions(asked):
        require_open(asked)
    if not may_be_decided_by(asked, decision.committee):
        raise _not_fitting(
            f"Perimeter request {asked.id} is decided by the regional committees of {', '.join(asked.regions)}: "
            "record the decision of one of them."
        )
    if decision.territory_keys != [asked.territory_key]:
        raise _not_fitting(
            f"Perimeter request {asked.id} is about {asked.territory_key}: name it alone in `territories`."
        )
    region = str(decision.committee.region_code)
    noted = RegionDecision(
        region=region,
        decision_id=str(decision.id),
        outcome=decision.outcome,
        decided_on=decision.decided_on.isoformat(),
    )
    former = next((each for each in asked.decisions if each["region"] == region), None)
    if former and former["decided_on"] > noted["decided_on"]:
        return False
    others = [each for each in asked.decisions if each["region"] != region]
    asked.decisions = sorted([*others, noted], key=lambda each: each["region"])
    if decision.outcome == "unfavourable":
        asked.state, asked.outcome = "decided", "refused"
    elif not missing_regions(asked):
        asked.state, asked.outcome = "decided", "accepted"
    else:
        asked.state, asked.outcome = "open", None
    return True


def missing_regions(asked: PerimeterRequest) -> list[str]:
    """Return the régions concerned whose committee has not decided favourably."""
    favourable = {each["region"] for each in asked.decisions if each["outcome"] == "favourable"}
    return [region for region in asked.regions if region not in favourable]


def require_open(asked: PerimeterRequest) -> None:
    """Refuse an act on a request that is no longer open."""
    if asked.state != "open":
        state = f"{asked.state} ({asked.outcome})" if asked.state == "decided" else asked.state
        raise PerimeterRequestNotOpen(
            f"Perimeter request {asked.id} is {state}: make a new one, POST /v1/perimeter-requests."
        )


def require_accepted(asked: PerimeterRequest) -> None:
    """Refuse to apply a request that is refused or done, or that a Region has not accepted."""
    if asked.outcome == "refused" or asked.state in ("effective", "withdrawn"):
        require_open(asked)
    if missing := missing_regions(asked):
        raise PerimeterRequestNotAccepted(
            f"Perimeter request {asked.id} still needs a favourable decision of the regional committee of "
            f"{', '.join(missing)}: apply it then.",
            regions=missing,
        )


def require_applicable(
    asked: PerimeterRequest, decision: Decision, *, on: date, enters: Collection[str], leaves: Collection[str]
) -> None:
    """Refuse an unfavourable decision, other bodies than those of the request, or a day before the decisions."""
    require_accepted(asked)
    if decision.outcome != "favourable":
        raise DecisionNotSuitable(
            f"The outcome of this decision is {decision.outcome}: name a favourable decision on an accepted request."
        )
    for name, given, requested in (("enters", enters, asked.enters), ("leaves", leaves, asked.leaves)):
        if given and sorted(given) != sorted(requested):
            raise DecisionNotSuitable(
                f"`{name}` is not what perimeter request {asked.id} asks for, "
                f"{', '.join(requested) or 'nothing'}: leave it out, or give these.",
                errors=[FieldError(pointer=f"/{name}", detail="not as requested")],
            )
    last = max(date.fromisoformat(each["decided_on"]) for each in asked.decisions)
    if on < last:
        raise DayNotPlausible(
            f"`on` is {on}, before the decision of {last}: give {last} or a later day. If the bodies moved earlier, "
            "the délégation records a correction with its reason.",
            errors=[FieldError(pointer="/on", detail=f"before the decision of {last}")],
        )


def withdraw(asked: PerimeterRequest) -> None:
    """Withdraw an open request."""
    require_open(asked)
    asked.state = "withdrawn"


def require_possible(territory: Territory, *, enters: Collection[str], leaves: Collection[str]) -> None:
    """Refuse a request that could not be applied to the present members."""
    current = {member.siren for member in territory.members}
    if already := sorted(set(enters) & current):
        raise NothingChanges(
            f"{', '.join(already)} is already a member of {territory.key}: remove it from `enters`.",
            errors=[FieldError(pointer="/enters", detail=f"{siren} is already a member") for siren in already],
        )
    if strangers := sorted(set(leaves) - current):
        raise NothingChanges(
            f"{', '.join(strangers)} is not a member of {territory.key}: remove it from `leaves`.",
            errors=[FieldError(pointer="/leaves", detail=f"{siren} is not a member") for siren in strangers],
        )


def requested(asked: PerimeterRequest) -> PerimeterRequested:
    """Return the event of a request, with its current state."""
    facts: dict[str, Any] = {
        "request_id": asked.id,
        "territory": asked.territory_key,
        "enters": asked.enters,
        "leaves": asked.leaves,
        "wished_on": asked.wished_on,
        "state": asked.state,
        "outcome": asked.outcome,
        "effective_on": asked.effective_on,
        "deciding_regions": asked.regions,
        "accepted_by": [each["region"] for each in asked.decisions if each["outcome"] == "favourable"],
    }
    stakeholders = asked.stakeholders
    return PerimeterRequested(
        **facts,
        territories=[asked.territory_key],
        regions=asked.regions,
        organisations=sorted(stakeholders.organisations),
    )
