"""Action sheets: who writes them, when they are complete, who decides."""

import itertools
from collections.abc import Callable
from typing import Any, Final

import pytest

from services.contract import errors
from services.contract.models import Action
from services.contract.rules import actions as rules
from services.contract.rules import transitions
from services.contract.schemas import ActionChange
from shared.events.contract import ActionStatus, ActionSubmitted, ActionValidated
from shared.problem import TransitionRefused
from shared.references import OrganisationNotKnown, OrganisationSucceeded, TerritoryNotKnown
from shared.security.access import AccessScope
from shared.security.roles import Role
from tests.services.contract.places import (
    ATELIERS,
    BPIFRANCE,
    BRIVE,
    CAISSE_DES_DEPOTS,
    COEUR,
    KNOWN,
    LACQ,
    NOON,
    OLD_BPIFRANCE,
    PAU,
    REGIONS,
    TEAM,
    TEAM_SCOPE,
    caller,
    make_action,
    region_scope,
)


def by_region(code: str) -> dict[str, Any]:
    """A Region that decides."""
    return {"by": REGIONS[code], "access_scope": region_scope(code)}


ACTS: Final[dict[str, Callable[[Action], Any]]] = {
    "submit": lambda sheet: rules.submit(sheet, at=NOON),
    "return": lambda sheet: rules.send_back(sheet, reason="Chiffrer.", **by_region("75"), at=NOON),
    "validate": lambda sheet: [rules.validate(sheet, **by_region(code), at=NOON) for code in ("75", "76")],
    "reject": lambda sheet: rules.reject(sheet, reason="Hors programme.", **by_region("75"), at=NOON),
    "opinion": lambda sheet: rules.give_opinion(
        sheet, organisation="000000018", verdict="reserved", text="À préciser.", at=NOON
    ),
}


def test_every_field_that_may_be_sent_is_written() -> None:
    assert {*rules.COPIED_FIELDS, *rules.CONVERTED, "confidential"} == set(ActionChange.model_fields) - {"reason"}


@pytest.mark.parametrize(
    ("status", "act"),
    [(status, act) for status, act in itertools.product(transitions.ACTION, ACTS) if act in transitions.ACTION[status]],
)
def test_a_declared_transition_leads_to_its_state(status: ActionStatus, act: str) -> None:
    sheet = make_action(status=status)

    ACTS[act](sheet)

    assert sheet.status == transitions.ACTION[status][act]


@pytest.mark.parametrize(
    ("status", "act"),
    [
        (status, act)
        for status, act in itertools.product(transitions.ACTION, ACTS)
        if act not in transitions.ACTION[status]
    ],
)
def test_any_other_transition_is_refused_with_the_allowed_ones(status: ActionStatus, act: str) -> None:
    sheet = make_action(status=status)

    with pytest.raises(TransitionRefused) as refused:
        ACTS[act](sheet)

    assert sheet.status == status
    assert refused.value.members["allowed_transitions"] == sorted(transitions.ACTION[status])


def test_every_act_of_the_table_is_tried_here() -> None:
    assert {act for acts in transitions.ACTION.values() for act in acts} == set(ACTS)


@pytest.mark.parametrize("field", rules.REQUIRED_FIELDS)
def test_an_incomplete_sheet_is_not_submitted(field: str) -> None:
    sheet = make_action()
    setattr(sheet, field, [] if field == "carriers" else None)

    with pytest.raises(errors.ActionIncomplete) as refused:
        rules.submit(sheet, at=NOON)

    assert sheet.status == "draft"
    assert [error.pointer for error in refused.value.errors] == [f"/{field}"]


def test_a_cost_of_nothing_is_a_cost() -> None:
    assert rules.missing_fields(make_action(cost_cents=0)) == []


def test_a_submitted_sheet_publishes_everything_that_a_listener_needs() -> None:
    sheet = make_action(partners=[{"siren": CAISSE_DES_DEPOTS, "role": "Cofinance l'étude"}])

    event = rules.submit(sheet, at=NOON)

    assert isinstance(event, ActionSubmitted)
    assert event.subject == f"action/{sheet.id}"
    assert (event.territories, event.regions) == ([LACQ], ["75", "76"])
    assert event.organisations == [PAU, ATELIERS, CAISSE_DES_DEPOTS]
    assert (event.main_axis, event.cost_cents, event.status) == ("recruter", 125_000_000, "submitted")


def test_a_returned_sheet_says_why_and_may_be_written_in() -> None:
    sheet = make_action(status="submitted")

    rules.send_back(sheet, reason="Chiffrer la part de l'agglomération.", **by_region("75"), at=NOON)
    rules.change(sheet, {"cost_cents": 1}, known=KNOWN)

    assert sheet.decision_reason == "Chiffrer la part de l'agglomération."
    assert sheet.cost_cents == 1


@pytest.mark.parametrize("status", sorted({*transitions.ACTION} - {"draft", "returned"}))
def test_a_sheet_that_was_sent_is_not_written_in(status: ActionStatus) -> None:
    with pytest.raises(errors.NotEditable):
        rules.change(make_action(status=status), {"title": "Autre"}, known=KNOWN)


def test_the_state_gives_an_opinion_and_changes_nothing() -> None:
    sheet = make_action(status="submitted")

    for verdict in ("reserved", "favourable"):
        rules.give_opinion(sheet, organisation="000000018", verdict=verdict, text="Vu.", at=NOON)

    assert sheet.status == "submitted"
    assert [opinion["verdict"] for opinion in sheet.opinions] == ["favourable"]


def test_only_a_draft_is_deleted() -> None:
    rules.require_draft(make_action())

    with pytest.raises(errors.ActionNotDraft):
        rules.require_draft(make_action(status="returned"))


@pytest.mark.parametrize(
    ("content", "refusal"),
    [
        ({"axes": ["foncier"], "main_axis": "foncier"}, errors.AxisNotOfPhase),
        ({"axes": ["installer"], "main_axis": "installer"}, errors.AxisNotOfPhase),
        ({"axes": ["attirer"], "main_axis": "recruter"}, errors.AxisNotOfPhase),
        ({"carriers": ["999999998"]}, OrganisationNotKnown),
        ({"carriers": [OLD_BPIFRANCE]}, OrganisationSucceeded),
        ({"partners": [{"siren": "999999998", "role": "Aide"}]}, OrganisationNotKnown),
        ({"territories": [COEUR, LACQ]}, errors.TerritoriesNotFitting),
        ({"territories": [LACQ, BRIVE]}, errors.TerritoriesNotFitting),
        ({"territories": [LACQ, "2018-ti-9999"]}, TerritoryNotKnown),
        ({"planned_start": NOON.date(), "planned_end": NOON.date().replace(year=2018)}, errors.CalendarReversed),
    ],
)
def test_what_does_not_fit_is_refused(content: dict[str, Any], refusal: type[Exception]) -> None:
    sheet = make_action()

    with pytest.raises(refusal):
        rules.change(sheet, content, known=KNOWN)


def test_an_action_of_one_day_fits() -> None:
    sheet = make_action(planned_start=NOON.date(), planned_end=NOON.date())

    assert sheet.planned_start == sheet.planned_end == NOON.date()


def test_a_sheet_shared_by_territories_concerns_all_their_regions_and_is_decided_in_the_lead_ones() -> None:
    sheet = make_action(territories=[LACQ, COEUR])

    assert sheet.regions == ["75", "76", "84"]
    assert sheet.stakeholders.territories == {LACQ, COEUR}
    rules.require_decider(sheet, access_scope=AccessScope(Role.REGION, regions=frozenset(["76"])))
    with pytest.raises(errors.NotTheDecider):
        rules.require_decider(sheet, access_scope=AccessScope(Role.REGION, regions=frozenset(["84"])))


def test_the_lead_territory_and_the_carriers_write() -> None:
    sheet = make_action(
        territories=[LACQ, COEUR], carriers=[ATELIERS], partners=[{"siren": BPIFRANCE, "role": "Accompagne"}]
    )
    company = AccessScope(Role.PARTY, organisations=frozenset([ATELIERS]))

    rules.require_editor(sheet, by=TEAM, access_scope=TEAM_SCOPE)
    rules.require_editor(sheet, by=caller(Role.PARTY, ATELIERS), access_scope=company)


@pytest.mark.parametrize(
    "access_scope",
    [
        AccessScope(Role.PARTY, organisations=frozenset([BPIFRANCE])),
        AccessScope(Role.TERRITORY, territories=frozenset([COEUR])),
        AccessScope(Role.REGION, regions=frozenset(["75"])),
    ],
)
def test_partners_other_territories_and_regions_only_read(access_scope: AccessScope) -> None:
    sheet = make_action(territories=[LACQ, COEUR], partners=[{"siren": BPIFRANCE, "role": "Accompagne"}])

    assert access_scope.sees(sheet.stakeholders)
    with pytest.raises(errors.NotTheEditor):
        rules.require_editor(sheet, by=caller(access_scope.role), access_scope=access_scope)


def test_a_sheet_of_two_regions_is_validated_by_the_last_one() -> None:
    sheet = make_action(status="submitted")

    first = rules.validate(sheet, **by_region("76"), at=NOON)
    between = (sheet.status, sheet.awaited_regions)
    last = rules.validate(sheet, **by_region("75"), at=NOON)

    assert (first, between) == (None, ("submitted", ["75"]))
    assert isinstance(last, ActionValidated)
    assert (sheet.status, sheet.awaited_regions, sheet.decided_at) == ("validated", [], NOON)
    assert {code: decision["outcome"] for code, decision in sheet.decisions.items()} == {
        "75": "validated",
        "76": "validated",
    }


@pytest.mark.parametrize(("act", "status"), [("return", "returned"), ("reject", "rejected")])
def test_one_region_that_does_not_agree_decides_for_all(act: str, status: str) -> None:
    sheet = make_action(status="submitted")
    rules.validate(sheet, **by_region("76"), at=NOON)

    ACTS[act](sheet)

    assert sheet.status == status
    assert sheet.decisions["75"]["outcome"] == status


@pytest.mark.parametrize(
    "act",
    [
        lambda sheet: rules.validate(sheet, **by_region("75"), at=NOON),
        lambda sheet: rules.reject(sheet, reason="Non.", **by_region("75"), at=NOON),
        lambda sheet: rules.send_back(sheet, reason="Non.", **by_region("75"), at=NOON),
    ],
    ids=["validate", "reject", "return"],
)
def test_a_region_decides_once_and_learns_who_is_awaited(act: Callable[[Action], Any]) -> None:
    sheet = make_action(status="submitted")
    rules.validate(sheet, **by_region("75"), at=NOON)

    with pytest.raises(errors.AlreadyDecided, match="wait for Region 76") as refused:
        act(sheet)

    assert refused.value.members["awaited"] == ["76"]
    assert sheet.status == "submitted"


def test_a_new_submission_is_decided_anew_by_every_region() -> None:
    sheet = make_action(status="submitted")
    rules.validate(sheet, **by_region("76"), at=NOON)
    rules.send_back(sheet, reason="Chiffrer.", **by_region("75"), at=NOON)

    rules.submit(sheet, at=NOON)

    assert (sheet.decisions, sheet.awaited_regions) == ({}, ["75", "76"])


def test_a_confidential_cost_is_in_no_event() -> None:
    sheet = make_action(confidential=["cost_cents", "context"])

    event = rules.submit(sheet, at=NOON)

    assert event.cost_cents is None
    assert sheet.cost_cents == 125_000_000


def test_an_asked_operator_is_named_by_the_sheet_and_its_events() -> None:
    draft, sheet = make_action(), make_action(status="validated")

    assert rules.ask_operator(draft, BPIFRANCE, at=NOON) is None
    event = rules.ask_operator(sheet, BPIFRANCE, at=NOON)

    assert event is not None
    assert event.organisations == [PAU, ATELIERS, BPIFRANCE]
    assert BPIFRANCE in draft.stakeholders.organisations
    assert rules.ask_operator(sheet, BPIFRANCE, at=NOON) is None
