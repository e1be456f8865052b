"""Requests: states, delays, references, and how operators are measured. No database."""

from collections.abc import Mapping
from datetime import date, timedelta
from itertools import product
from typing import Any, Final, get_args

import pytest

from services.catalog.errors import (
    ActionAskedEnough,
    DayInTheFuture,
    ServiceAlreadyWithdrawn,
    ServiceNotOnOffer,
    ServiceOfAnother,
    ServiceWithoutOperator,
)
from services.catalog.models import Operator, ServiceRequest
from services.catalog.reference import advice
from services.catalog.rules import requests as rules
from services.catalog.rules.performance import MIN_SAMPLE, Course, by, figures, require_past
from shared.events.catalog import RequestStatus
from shared.ids import uuid7
from shared.problem import TransitionRefused
from shared.projections import TerritoryProjection
from tests.services.catalog.cases import SERVICES
from tests.services.catalog.places import CAISSE_DES_DEPOTS, LACQ, NOON, PAU
from tests.services.contract.places import TERRITORIES

STATES: Final[tuple[RequestStatus, ...]] = get_args(RequestStatus)
TRANSITIONS: Final = ("acknowledge", "accept", "decline", "redirect", "done")
LEGAL: Final[Mapping[tuple[str, str], str]] = {
    ("sent", "acknowledge"): "acknowledged",
    ("acknowledged", "accept"): "accepted",
    ("acknowledged", "decline"): "declined",
    ("acknowledged", "redirect"): "redirected",
    ("accepted", "done"): "done",
}
TODAY: Final = NOON.date()


def make_operator(**more: Any) -> Operator:
    """The Banque des Territoires."""
    return Operator(siren=CAISSE_DES_DEPOTS, initials="BDT", name="Caisse des dépôts", brands=[], **more)


def make_request(status: RequestStatus = "sent", **more: Any) -> ServiceRequest:
    """A request of Lacq-Pau-Tarbes, of today."""
    place: TerritoryProjection = TERRITORIES[LACQ]
    request = rules.send(
        uuid7(),
        service=SERVICES["BDT-05"],
        operator=more.pop("operator", make_operator()),
        number=12,
        place=place,
        requester=PAU,
        day=TODAY,
        at=NOON,
    )
    request.status = status
    rules.watch(request)
    return request


def step(request: ServiceRequest, name: str) -> Any:
    """One step of the operator."""
    match name:
        case "acknowledge":
            return rules.acknowledge(request, at=NOON)
        case "accept":
            return rules.accept(request, amount_cents=100, at=NOON)
        case "decline":
            return rules.decline(request, reason="Hors périmètre.", at=NOON)
        case "redirect":
            return rules.redirect(request, make_request(), reason=None, at=NOON)
        case _:
            return rules.conclude(request, amount_cents=None, at=NOON)


@pytest.mark.parametrize(("status", "name"), list(product(STATES, TRANSITIONS)))
def test_each_step_from_each_state(status: RequestStatus, name: str) -> None:
    request = make_request(status)

    if (status, name) in LEGAL:
        event = step(request, name)

        assert request.status == event.status == LEGAL[status, name]
        return
    with pytest.raises(TransitionRefused) as refused:
        step(request, name)
    assert refused.value.members["allowed_transitions"] == sorted(
        transition for state, transition in LEGAL if state == status
    )
    assert request.status == status


def test_a_request_is_due_from_the_day_on_which_it_is_made() -> None:
    request = make_request()

    assert request.reference == "BDT-2021-00012"
    assert request.due == {
        "acknowledge": date(2021, 6, 24),
        "answer": date(2021, 7, 6),
        "conclude": date(2021, 7, 30),
    }


def test_an_operator_may_promise_other_delays() -> None:
    request = make_request(operator=make_operator(delays={"acknowledge": 2, "answer": 5, "conclude": 90}))

    assert [(day - TODAY).days for day in request.due.values()] == [2, 5, 90]


def test_a_deadline_has_passed_at_the_end_of_its_day() -> None:
    request = make_request()

    assert rules.overdue(request, request.acknowledge_by) == []
    [event] = rules.overdue(request, request.acknowledge_by + timedelta(days=1))

    assert (event.deadline, event.due_on, event.status) == ("acknowledge", request.acknowledge_by, "sent")


def test_each_deadline_is_published_once_whenever_the_clock_looks() -> None:
    request = make_request()
    deadlines = [
        (event.deadline, number)
        for number in range(100)
        for _ in range(2)
        for event in rules.overdue(request, TODAY + timedelta(days=number))
    ]

    assert deadlines == [("acknowledge", 10), ("answer", 22), ("conclude", 46)]
    assert request.watch_from is None


def test_a_clock_that_was_away_publishes_all_that_has_passed() -> None:
    request = make_request()

    assert [event.deadline for event in rules.overdue(request, TODAY + timedelta(days=400))] == [
        "acknowledge",
        "answer",
        "conclude",
    ]


@pytest.mark.parametrize(
    ("status", "awaited"),
    [
        ("sent", ["acknowledge", "answer", "conclude"]),
        ("acknowledged", ["answer", "conclude"]),
        ("accepted", ["conclude"]),
        ("declined", []),
        ("redirected", []),
        ("done", []),
    ],
)
def test_only_what_is_still_awaited_can_be_late(status: RequestStatus, awaited: list[str]) -> None:
    request = make_request(status)

    assert rules.late(status, request.due, TODAY + timedelta(days=100)) == awaited
    assert (request.watch_from is None) == (not awaited)


def test_what_is_asked_for_one_action_has_an_end() -> None:
    rules.require_room(rules.MAX_REQUESTS_PER_ACTION - 1)

    with pytest.raises(ActionAskedEnough, match="for the territory"):
        rules.require_room(rules.MAX_REQUESTS_PER_ACTION)


def test_nothing_is_requested_of_what_is_not_offered() -> None:
    with pytest.raises(ServiceNotOnOffer, match="ended on 2022-12-31"):
        rules.require_requestable(SERVICES["BDT-01"], advice=None, on=date(2023, 1, 1))
    with pytest.raises(ServiceNotOnOffer, match="has not begun yet"):
        rules.require_requestable(SERVICES["BDT-01"], advice=None, on=date(2018, 12, 31))
    with pytest.raises(ServiceWithoutOperator, match="préfet"):
        rules.require_requestable(SERVICES["ETAT-02"], advice=advice("État"), on=TODAY)
    with pytest.raises(ServiceWithoutOperator, match="/v1/referents"):
        rules.require_requestable(SERVICES["TOUS-01"], advice=advice("Tous opérateurs"), on=TODAY)
    service = SERVICES["BDT-05"]
    service.withdrawn_on = TODAY
    try:
        with pytest.raises(ServiceAlreadyWithdrawn):
            rules.require_requestable(service, advice=None, on=TODAY)
    finally:
        service.withdrawn_on = None
    rules.require_requestable(service, advice=None, on=TODAY)


@pytest.mark.parametrize(
    ("service", "operator"), [("BPI-01", CAISSE_DES_DEPOTS), ("BDT-13", CAISSE_DES_DEPOTS), ("PE-04", "320252489")]
)
def test_a_request_goes_on_to_a_service_of_another_operator_that_is_named(service: str, operator: str) -> None:
    with pytest.raises(ServiceOfAnother):
        rules.require_other_operator(make_request(), SERVICES[service], operator)


def course(sent: int = 0, acknowledged: int | None = None, answered: int | None = None, **more: Any) -> Course:
    """A request of the day after that many days, and its steps so many days after it was sent."""
    day = date(2021, 1, 1) + timedelta(days=sent)
    usual: dict[str, Any] = {
        "territory": LACQ,
        "regions": ["75", "76"],
        "axis": "attirer",
        "sent_on": day,
        "acknowledge_by": day + timedelta(days=9),
        "answer_by": day + timedelta(days=21),
        "acknowledged_on": None if acknowledged is None else day + timedelta(days=acknowledged),
        "answered_on": None if answered is None else day + timedelta(days=answered),
        "answer": "accepted" if answered is not None else None,
        "concluded_on": None,
    }
    return Course(**{**usual, **more})


LONG_AFTER: Final = date(2021, 12, 31)


def test_the_figures_of_a_known_set() -> None:
    found = figures(
        [
            course(acknowledged=1, answered=10),
            course(acknowledged=2, answered=20, answer="declined"),
            course(acknowledged=3, answered=30),
            course(acknowledged=10, answered=21, answer="redirected"),
            course(acknowledged=20, answered=22, concluded_on=date(2021, 2, 1)),
            course(acknowledged=4),
            course(),
        ],
        on=LONG_AFTER,
    )

    assert found["requests"] == 7
    assert found["by_status"] == {
        "sent": 1, "acknowledged": 1, "accepted": 2, "declined": 1, "redirected": 1, "done": 1,
    }  # fmt: skip
    assert found["days_to_acknowledge"] == {"value": 3.5, "sample": 6, "reason": None}
    assert found["days_to_answer"] == {"value": 21.0, "sample": 5, "reason": None}
    # In time: 1, 2, 3 and 4 days of seven that were acknowledged or are late.
    assert found["acknowledged_in_time"] == {"value": round(4 / 7, 4), "sample": 7, "reason": None}
    assert found["answered_in_time"] == {"value": round(3 / 7, 4), "sample": 7, "reason": None}


@pytest.mark.parametrize("count", range(MIN_SAMPLE + 2))
def test_a_small_sample_gives_no_figure_but_a_reason(count: int) -> None:
    found = figures([course(acknowledged=2, answered=5) for _ in range(count)], on=LONG_AFTER)

    for name in ("acknowledged_in_time", "answered_in_time", "days_to_acknowledge", "days_to_answer"):
        measure = found[name]
        assert measure["sample"] == count
        assert (measure["value"] is None) == (count < MIN_SAMPLE)
        assert ("not conclusive" in (measure["reason"] or "")) == (count < MIN_SAMPLE)


def test_figures_of_a_day_know_nothing_of_the_days_after() -> None:
    courses = [course(sent=number, acknowledged=5, answered=15) for number in range(10)]

    def on(day: int) -> Any:
        return figures(courses, on=date(2021, 1, 1) + timedelta(days=day))

    assert on(0)["requests"] == 1
    assert on(4)["by_status"]["sent"] == 5
    assert on(5)["by_status"] == {**on(4)["by_status"], "sent": 5, "acknowledged": 1}
    assert on(14)["by_status"]["acknowledged"] == 10
    assert on(24)["by_status"]["accepted"] == 10
    assert on(9)["days_to_acknowledge"]["value"] == 5.0
    assert on(8)["days_to_acknowledge"]["value"] is None


def test_a_step_that_is_not_due_yet_is_neither_in_time_nor_late() -> None:
    courses = [course() for _ in range(6)]

    assert figures(courses, on=date(2021, 1, 10))["acknowledged_in_time"]["sample"] == 0
    assert figures(courses, on=date(2021, 1, 11))["acknowledged_in_time"]["value"] == 0.0


def test_a_request_of_two_regions_counts_in_both_and_once_overall() -> None:
    courses = [course(), course(regions=["75"]), course(regions=["84"], axis="recruter")]

    assert [(code, part["requests"]) for code, part in by(courses, lambda one: one.regions, on=LONG_AFTER)] == [
        ("75", 2),
        ("76", 1),
        ("84", 1),
    ]
    assert figures(courses, on=LONG_AFTER)["requests"] == 3


def test_what_has_not_happened_is_not_counted() -> None:
    require_past(TODAY, TODAY)
    with pytest.raises(DayInTheFuture):
        require_past(TODAY + timedelta(days=1), TODAY)
