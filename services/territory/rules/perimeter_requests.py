"""Rules of perimeter requests: each Region concerned decides by its own committee."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, timedelta
from typing import Any, Final
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
from services.territory.rules.perimeters import PerimeterBreach, places_of, refuse
from services.territory.rules.places import Area
from shared.events.territory import PerimeterRequested
from shared.problem import FieldError

WISHED_AHEAD: Final = timedelta(days=5 * 365)
"""Maximum time between today and the day that a request wishes."""


def concerned_regions(territory: Territory, moved: Iterable[MemberGeography]) -> list[str]:
    """Return the régions of the territory and of each body that enters or leaves."""
    moved_regions = {
        Area(*values).region
        for geography in moved
        for part in (geography, *geography.get("taken_over", ()))
        for values in part["areas"]
    }
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


def require_new(territory: Territory, *, enters: Sequence[str], leaves: Sequence[str]) -> None:
    """Refuse bodies that enter as members or leave as strangers, all at once."""
    current = {member.siren for member in territory.members}
    errors = [
        FieldError(pointer=f"/{field}/{index}", detail=f"{siren} is {state}")
        for field, sirens, are_members, state in (
            ("enters", enters, True, f"already a member of {territory.key}"),
            ("leaves", leaves, False, f"not a member of {territory.key}"),
        )
        for index, siren in enumerate(sirens)
        if (siren in current) is are_members
    ]
    if errors:
        raise NothingChanges(
            f"{'; '.join(error.detail for error in errors)}: remove them from `enters` and `leaves`.", errors=errors
        )


def require_near(wished_on: date, *, today: date) -> None:
    """Refuse a day that is too far ahead."""
    if wished_on > (latest := today + WISHED_AHEAD):
        raise DayNotPlausible(
            f"`wished_on` is {wished_on}: give {latest} or an earlier day, five years ahead at most.",
            errors=[FieldError(pointer="/wished_on", detail=f"after {latest}")],
        )


def require_possible(territory: Territory, *, enters: Mapping[str, MemberGeography], leaves: Collection[str]) -> None:
    """Refuse a request after which nobody would be a member, or a body beside one that contains it."""
    stay = {member.siren: member.geography for member in territory.members if member.siren not in leaves}
    then = {**stay, **enters}
    if not then:
        detail = f"{territory.key} would have no member: let another body enter, or one of those in `leaves` stay."
        refuse([PerimeterBreach(detail, territory.key)], {})
    conflicts = [
        PerimeterBreach(
            f"{inner} lies in {outer}: both would be members of {territory.key}, and its communes would count twice; "
            "let one of them leave, or not enter.",
            territory.key,
            bodies=(inner, outer) if inner in enters else (outer, inner),
        )
        for inner, geography in then.items()
        for outer in geography["within"]
        if outer in then and not enters.keys().isdisjoint({inner, outer})
    ]
    if conflicts:
        refuse(conflicts, places_of("enters", list(enters)))


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
