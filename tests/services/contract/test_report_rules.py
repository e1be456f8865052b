"""Yearly reports, decided without a database: the years, the content, every transition, the reminders."""

from collections.abc import Callable
from datetime import date, timedelta
from itertools import product
from typing import Any, Final
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.contract.errors import (
    NotEditable,
    ReportExists,
    ReportIncomplete,
    ReportNotOwed,
    ReportYearNotFitting,
    SheetNotFitting,
)
from services.contract.models import Contract, PlanEntry, Report
from services.contract.rules import reports as rules
from services.contract.rules import transitions
from shared.events.reports import ReportDue, ReportOverdue
from shared.ids import uuid7
from shared.problem import Refusal, TransitionRefused
from tests.services.contract.places import LACQ, NOON, make_action, make_contract

SHEETS: Final = [make_action(status="validated") for _ in range(3)]
AFTER: Final = date(2021, 4, 15)


def signed(signed_on: date = date(2019, 7, 15), **content: Any) -> Contract:
    """Return a signed contract with three sheets."""
    contract = make_contract(status="signed", **content)
    contract.signed_on = signed_on
    contract.content_sha256 = "0" * 64
    contract.plan = [PlanEntry(action_id=str(sheet.id), state="retained", reason=None) for sheet in SHEETS]
    return contract


def line(action_id: UUID, **more: Any) -> dict[str, Any]:
    """Return a line on a sheet."""
    return {"action_id": action_id, "progress": "in_progress", **more}


def begun(contract: Contract | None = None, year: int = 2020) -> Report:
    """Return a draft without content."""
    report, _ = rules.begin(uuid7(), contract or signed(), year, at=NOON)
    return report


def written(**more: Any) -> Report:
    """Return a draft that lacks nothing."""
    report = begun()
    rules.change(report, {"summary": "Bilan.", "actions": [line(sheet.id) for sheet in SHEETS], **more})
    return report


def test_a_contract_reports_on_each_year_of_its_period_partial_ones_included() -> None:
    assert list(rules.years(signed())) == [2019, 2020, 2021, 2022]
    assert list(rules.years(signed(starts_on=date(2020, 1, 1)))) == [2020, 2021, 2022]
    assert list(rules.years(signed(date(2021, 2, 1)))) == [2021, 2022]
    assert list(rules.years(signed(ends_on=date(2019, 12, 31)))) == [2019]
    assert list(rules.years(signed(date(2023, 2, 1)))) == []


@pytest.mark.parametrize("status", transitions.CONTRACT)
def test_only_a_contract_that_was_signed_owes_reports(status: Any) -> None:
    contract = signed()
    contract.status = status

    assert rules.owes_reports(contract) is (status in ("signed", "ended"))
    contract.signed_on = None
    assert not rules.owes_reports(contract)
    assert list(rules.years(contract)) == []


@pytest.mark.parametrize("kind", transitions.BY_KIND)
def test_a_protocol_and_an_amendment_owe_no_reports_of_their_own(kind: Any) -> None:
    contract = signed()
    contract.kind = kind

    assert rules.owes_reports(contract) is (kind == "contract")
    assert rules.owed(contract, [], on=AFTER) == ([2019, 2020] if kind == "contract" else [])


def test_a_sheet_that_the_plan_refuses_needs_no_line() -> None:
    contract = signed()
    contract.plan[2]["state"] = "refused"
    report = begun(contract)

    rules.change(report, {"summary": "Bilan.", "actions": [line(sheet.id) for sheet in SHEETS[:2]]})
    with pytest.raises(SheetNotFitting):
        rules.change(report, {"actions": [line(SHEETS[2].id)]})

    assert rules.submit(report, SHEETS[:2], at=NOON).status == "submitted"


def test_a_report_is_owed_once_its_year_is_over() -> None:
    contract = signed()

    assert rules.owed(contract, [], on=date(2019, 12, 31)) == []
    assert rules.owed(contract, [], on=date(2020, 1, 1)) == [2019]
    assert rules.owed(contract, [2019], on=date(2021, 6, 1)) == [2020]
    assert rules.owed(contract, [], on=date(2030, 1, 1)) == [2019, 2020, 2021, 2022]


def test_a_report_is_due_on_31_march_of_the_following_year() -> None:
    assert begun().due_on == date(2021, 3, 31)


@pytest.mark.parametrize(("year", "on"), [(2018, AFTER), (2023, date(2024, 1, 1)), (2022, AFTER)])
def test_a_year_outside_the_period_or_in_the_future_is_refused(year: int, on: date) -> None:
    with pytest.raises(ReportYearNotFitting) as refused:
        rules.require_year(signed(), year, on=on)

    assert [error.pointer for error in refused.value.errors] == ["/year"]
    assert str(year) in refused.value.detail


def test_the_present_year_may_be_reported_on() -> None:
    rules.require_year(signed(), 2021, on=AFTER)


def test_a_contract_that_is_not_signed_has_no_report() -> None:
    with pytest.raises(ReportNotOwed):
        rules.require_year(make_contract(status="signing"), 2020, on=AFTER)


def test_a_second_report_on_a_year_is_refused_with_the_first() -> None:
    first = begun()
    with pytest.raises(ReportExists) as refused:
        rules.require_first(first)

    assert refused.value.members == {"report_id": str(first.id)}
    rules.require_first(None)


def test_writing_makes_an_opened_report_a_draft_and_keeps_what_is_not_sent() -> None:
    report, _ = rules.open_owed(uuid7(), signed(), 2020, at=NOON)
    rules.change(report, {"summary": "Bilan.", "governance": "Deux réunions."})
    rules.change(report, {"governance": None, "outlook": "Suite."})

    assert (report.status, report.summary, report.governance, report.outlook) == ("draft", "Bilan.", None, "Suite.")


def test_a_line_on_a_foreign_sheet_or_a_second_line_on_one_is_refused() -> None:
    for lines, pointer in (
        ([line(SHEETS[0].id), line(uuid7())], "/actions/1/action_id"),
        ([line(SHEETS[0].id), line(SHEETS[1].id), line(SHEETS[0].id)], "/actions/2/action_id"),
    ):
        with pytest.raises(SheetNotFitting) as refused:
            rules.change(begun(), {"actions": lines})

        assert [error.pointer for error in refused.value.errors] == [pointer]


def test_an_incomplete_report_is_refused_and_each_missing_sheet_is_named() -> None:
    report = begun()
    rules.change(report, {"actions": [line(SHEETS[1].id, note="Note.")]})
    with pytest.raises(ReportIncomplete) as refused:
        rules.submit(report, SHEETS, at=NOON)

    assert [error.pointer for error in refused.value.errors] == ["/summary", "/actions", "/actions"]
    assert [str(sheet.id) in refused.value.detail for sheet in SHEETS] == [True, False, True]
    assert refused.value.members == {"missing": ["actions", "summary"]}


def test_each_transition_says_so_in_an_event() -> None:
    report = written()
    events = [
        rules.submit(report, SHEETS, at=NOON),
        rules.reopen(report, reason="Il manque un montant.", at=NOON, on=AFTER),
        rules.submit(report, SHEETS, at=NOON),
        rules.check(report, at=NOON),
    ]

    assert [event.status for event in events] == ["submitted", "reopened", "submitted", "checked"]
    assert {event.subject for event in events} == {f"report/{report.id}"}
    assert {event.territory for event in events} == {LACQ}
    assert report.is_public
    assert report.reopen_reason is None


ACTS: Final[dict[str, Callable[[Report], Any]]] = {
    "submit": lambda report: rules.submit(report, SHEETS, at=NOON),
    "check": lambda report: rules.check(report, at=NOON),
    "reopen": lambda report: rules.reopen(report, reason="Motif.", at=NOON, on=AFTER),
}


@pytest.mark.parametrize(("status", "act"), list(product(transitions.REPORT, ACTS)))
def test_every_pair_of_state_and_transition_does_as_the_table_says(status: Any, act: str) -> None:
    report = written()
    report.status = status
    possible = transitions.REPORT[status]
    if act in possible:
        ACTS[act](report)
        assert report.status == possible[act]
        return
    with pytest.raises(TransitionRefused) as refused:
        ACTS[act](report)

    assert refused.value.members == {"state": status, "allowed_transitions": sorted(possible)}
    assert report.status == status


@pytest.mark.parametrize("status", transitions.REPORT)
def test_a_submitted_or_checked_report_is_frozen(status: Any) -> None:
    report = written()
    report.status = status
    if status in rules.AWAITED:
        rules.change(report, {"summary": "Autre."})
        assert report.summary == "Autre."
        return
    with pytest.raises(NotEditable):
        rules.change(report, {"summary": "Autre."})

    assert report.summary == "Bilan."


def test_each_reminder_is_published_once_on_its_day() -> None:
    report = begun()
    published = {
        day: [type(event) for event in rules.remind(report, on=date.fromisoformat(day))]
        for day in ("2020-12-31", "2021-01-01", "2021-01-02", "2021-03-31", "2021-04-01", "2022-01-01")
    }

    assert {day: kinds for day, kinds in published.items() if kinds} == {
        "2021-01-01": [ReportDue],
        "2021-04-01": [ReportOverdue],
    }
    assert report.watch_from is None


def test_a_report_that_the_clock_opens_is_due_at_once() -> None:
    report, event = rules.open_owed(uuid7(), signed(), 2020, at=NOON)

    assert (type(event), event.status, report.reminded, report.watch_from) == (
        ReportDue, "due", ["due"], date(2021, 4, 1),
    )  # fmt: skip


def test_a_submitted_report_is_not_reminded_of() -> None:
    report = written()
    rules.submit(report, SHEETS, at=NOON)

    assert rules.remind(report, on=date(2030, 1, 1)) == []
    assert not rules.is_overdue(report, date(2030, 1, 1))


@pytest.mark.parametrize(("reopened_on", "kinds"), [(date(2021, 3, 1), [ReportOverdue]), (date(2021, 5, 1), [])])
def test_a_reopened_report_is_reminded_of_only_if_its_due_day_is_to_come(reopened_on: date, kinds: list[Any]) -> None:
    report = written()
    rules.submit(report, SHEETS, at=NOON)
    rules.reopen(report, reason="Motif.", at=NOON, on=reopened_on)

    assert [type(event) for event in rules.remind(report, on=date(2022, 1, 1))] == kinds
    assert rules.is_overdue(report, date(2022, 1, 1))


@pytest.mark.parametrize("status", transitions.REPORT)
def test_a_report_is_overdue_while_its_territory_is_awaited_after_the_due_day(status: Any) -> None:
    report = written()
    report.status = status

    assert not rules.is_overdue(report, report.due_on)
    assert rules.is_overdue(report, report.due_on + timedelta(days=1)) is (status in ("due", "draft", "reopened"))


LINES: Final = st.lists(st.sampled_from([*SHEETS, make_action()]), max_size=4).map(
    lambda sheets: {"actions": [line(sheet.id) for sheet in sheets]}
)
WRITING: Final = st.one_of(LINES, st.sampled_from(["Bilan.", None]).map(lambda text: {"summary": text}))
TRY: Final = st.one_of(st.sampled_from(list(ACTS)), WRITING)


@settings(deadline=None, max_examples=200)
@given(st.lists(TRY, max_size=15))
def test_whatever_is_tried_a_report_is_checked_only_after_each_sheet_is_answered(history: list[Any]) -> None:
    report = begun()
    for each in history:
        frozen = [dict(entry) for entry in report.actions], report.summary, report.status
        try:
            if isinstance(each, str):
                ACTS[each](report)
            else:
                rules.change(report, each)
        except Refusal:
            assert frozen == (report.actions, report.summary, report.status)
        if report.status in ("submitted", "checked"):
            assert {entry["action_id"] for entry in report.actions} == {str(sheet.id) for sheet in SHEETS}
            assert len(report.actions) == len(SHEETS)
            assert report.summary
        assert (report.watch_from is None) or report.status in rules.AWAITED
