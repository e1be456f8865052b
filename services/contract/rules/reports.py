"""Rules of yearly reports: the years that a contract reports on, their content, their check by a Region, reminders."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any, Final, Literal
from uuid import UUID

from services.contract.errors import (
    NotEditable,
    ReportExists,
    ReportIncomplete,
    ReportNotOwed,
    ReportYearNotFitting,
    SheetNotFitting,
)
from services.contract.models import Action, Contract, Report, SheetReport
from services.contract.rules import transitions
from services.contract.rules.amendments import consolidated
from shared.events.contract import ContractStatus
from shared.events.reports import (
    ReportChecked,
    ReportDue,
    ReportEvent,
    ReportOpened,
    ReportOverdue,
    ReportReopened,
    ReportStatus,
    ReportSubmitted,
)
from shared.problem import FieldError

DUE_MONTH: Final = 3
DUE_DAY: Final = 31
"""Due day of a report: 31 March of the following year. No text of the programme that was read sets one."""
REPORTING: Final[tuple[ContractStatus, ...]] = ("signed", "ended")
"""States of a contract that has reports."""
AWAITED: Final[tuple[ReportStatus, ...]] = ("due", "draft", "reopened")
"""States in which a territory writes in a report, and in which it can be overdue."""
TEXTS: Final = ("summary", "governance", "difficulties", "outlook")

Reminder = Literal["due", "overdue"]


def owes_reports(contract: Contract) -> bool:
    """Return True for a contract that is followed up. Protocols are not; an amendment is, with its contract."""
    return contract.kind == "contract" and contract.status in REPORTING and contract.signed_on is not None


def years(contract: Contract) -> range:
    """Return the calendar years that a contract reports on.

    They go from its signature, or its start if that is later, to its end. Partial years are included.
    """
    if not owes_reports(contract) or contract.signed_on is None:
        return range(0)
    return range(max(contract.signed_on, contract.starts_on).year, contract.last_day.year + 1)


def owed(contract: Contract, existing: Collection[int], *, on: date) -> list[int]:
    """Return the years that are over on a day, and on which the contract has no report."""
    return [year for year in years(contract) if year < on.year and year not in existing]


def due_day(year: int) -> date:
    """Return the last day to submit a report."""
    return date(year + 1, DUE_MONTH, DUE_DAY)


def is_overdue(report: Report, on: date) -> bool:
    """Return True if the due day of a report had passed when a day began, and its territory has not submitted it."""
    return report.status in AWAITED and report.due_on < on


def require_year(contract: Contract, year: int, *, on: date) -> None:
    """Refuse a contract without reports, and a year outside its period or in the future."""
    if not owes_reports(contract):
        raise ReportNotOwed(
            f"This {contract.kind} is {contract.status}: only a contract has yearly reports, once it is signed."
        )
    reported = years(contract)
    if year not in reported:
        span = f"from {reported[0]} to {reported[-1]}" if reported else "on no year"
        reason = f"{year} is outside the period of this contract, which reports {span}: correct the year."
    elif year > on.year:
        reason = f"{year} is in the future: begin its report in {year} or later."
    else:
        return
    raise ReportYearNotFitting(reason, errors=[FieldError(pointer="/year", detail=reason)])


def require_first(existing: Report | None) -> None:
    """Refuse a second report on one year."""
    if existing:
        reason = f"The report {existing.id} on {existing.year} exists and is {existing.status}: write in it."
        raise ReportExists(reason, errors=[FieldError(pointer="/year", detail=reason)], report_id=str(existing.id))


def begin(report_id: UUID, contract: Contract, year: int, *, at: datetime) -> tuple[Report, ReportOpened]:
    """Begin the report on a year for its writers."""
    report = _made(report_id, contract, year, "draft", at)
    watch(report)
    return report, ReportOpened(**event_data(report), opened_at=at)


def open_owed(report_id: UUID, contract: Contract, year: int, *, at: datetime) -> tuple[Report, ReportDue]:
    """Open an empty report on a year that is over."""
    report = _made(report_id, contract, year, "due", at)
    report.reminded = ["due"]
    watch(report)
    return report, ReportDue(**event_data(report))


def reported_text(report: Report, family: Sequence[Contract]) -> Contract:
    """Return the text of a contract that was in force at the end of the year. `family` are its amendments."""
    last = date(report.year, 12, 31)
    return consolidated(report.contract, [each for each in family if each.signed_on and each.signed_on <= last])


def change(report: Report, changes: Mapping[str, Any], *, text: Contract | None = None) -> None:
    """Change a report that its territory writes. Lines of sheets are replaced as a whole.

    `text` is that of which it reports on the sheets; None: the contract as it was signed.
    """
    if report.status not in AWAITED:
        raise NotEditable(
            f"This report is {report.status}: its Region can reopen it, and then it can be changed.",
            state=report.status,
            allowed=transitions.REPORT[report.status],
        )
    for name in TEXTS:
        if name in changes:
            setattr(report, name, changes[name])
    if "actions" in changes:
        report.actions = _lines(text or report.contract, changes["actions"])
    if report.status == "due":
        report.status = "draft"


def submit(report: Report, sheets: Sequence[Action], *, at: datetime) -> ReportSubmitted:
    """Submit a complete report to the Regions. `sheets` are those of its contract."""
    status = _target(report, "submit")
    if missing := _missing(report, sheets):
        raise ReportIncomplete(
            "This report is not complete: " + " ".join(error.detail for error in missing),
            errors=missing,
            missing=sorted({(error.pointer or "").strip("/") for error in missing}),
        )
    report.status = status
    report.submitted_at = at
    watch(report)
    return ReportSubmitted(**event_data(report), submitted_at=at)


def check(report: Report, *, at: datetime) -> ReportChecked:
    """Record that a Region has checked a report. It is public and frozen from then on."""
    report.status = _target(report, "check")
    report.checked_at = at
    report.reopen_reason = None
    return ReportChecked(**event_data(report), checked_at=at)


def reopen(report: Report, *, reason: str, at: datetime, on: date) -> ReportReopened:
    """Send a report back for writing. A reminder whose day has passed is not published after it."""
    report.status = _target(report, "reopen")
    report.reopen_reason = reason
    days = _reminder_days(report.year, report.due_on)
    report.reminded = [name for name, day in days.items() if name in report.reminded or day <= on]
    watch(report)
    return ReportReopened(**event_data(report), reopened_at=at)


def remind(report: Report, *, on: date) -> list[ReportEvent]:
    """Return the events of the reminders whose day has come; each is published once."""
    events: list[ReportEvent] = []
    for name, day in _pending(report).items():
        if day <= on:
            report.reminded = [*report.reminded, name]
            kind = ReportDue if name == "due" else ReportOverdue
            events.append(kind(**event_data(report)))
    watch(report)
    return events


def watch(report: Report) -> None:
    """Set the day of the next reminder."""
    report.watch_from = min(_pending(report).values(), default=None)


def reminder_day(event: ReportEvent) -> date | None:
    """Return the day from which what a reminder says holds, whenever it was published; None for other events."""
    days = _reminder_days(event.year, event.due_on)
    match event:
        case ReportDue():
            return days["due"]
        case ReportOverdue():
            return days["overdue"]
        case _:
            return None


def counted_state(event: ReportEvent, *, on: date) -> str:
    """Return the state under which progress counts a report from a day on."""
    if event.status not in AWAITED:
        return event.status
    return "overdue" if event.due_on < on else "due"


def event_data(report: Report) -> dict[str, Any]:
    """Return the data common to all events of a report."""
    contract = report.contract
    return {
        "territories": [contract.territory],
        "regions": contract.regions,
        "organisations": [party.organisation for party in contract.parties],
        "report_id": report.id,
        "contract_id": contract.id,
        "number": contract.number,
        "phase": report.phase,
        "territory": report.territory,
        "year": report.year,
        "due_on": report.due_on,
        "status": report.status,
    }


def _made(report_id: UUID, contract: Contract, year: int, status: ReportStatus, at: datetime) -> Report:
    return Report(
        id=report_id,
        contract=contract,
        contract_id=contract.id,
        territory=contract.territory,
        phase=contract.phase,
        year=year,
        status=status,
        due_on=due_day(year),
        actions=[],
        reminded=[],
        created_at=at,
    )


def _target(report: Report, transition: str) -> ReportStatus:
    return transitions.target(transitions.REPORT, report.status, transition, "report")


def _reminder_days(year: int, due_on: date) -> dict[Reminder, date]:
    return {"due": date(year + 1, 1, 1), "overdue": due_on + timedelta(days=1)}


def _pending(report: Report) -> dict[Reminder, date]:
    if report.status not in AWAITED:
        return {}
    days = _reminder_days(report.year, report.due_on)
    return {name: day for name, day in days.items() if name not in report.reminded}


def _lines(contract: Contract, lines: Sequence[Mapping[str, Any]]) -> list[SheetReport]:
    """Return the lines to store. Refuse one on a sheet that the contract has not, or that another line is on."""
    found: dict[str, SheetReport] = {}
    for index, line in enumerate(lines):
        action_id = str(line["action_id"])
        if action_id not in contract.actions or action_id in found:
            reason = (
                f"Two lines are on the action sheet {action_id}: keep one of them."
                if action_id in found
                else f"The {contract.kind} {contract.number} has no action sheet {action_id}: report on its own sheets."
            )
            pointer = f"/actions/{index}/action_id"
            raise SheetNotFitting(reason, errors=[FieldError(pointer=pointer, detail=reason)])
        found[action_id] = {"action_id": action_id, "progress": line["progress"], "note": line.get("note")}
    return list(found.values())


def _missing(report: Report, sheets: Sequence[Action]) -> list[FieldError]:
    """Return what a report lacks for its submission."""
    missing = [] if report.summary else [FieldError(pointer="/summary", detail="`summary` is empty: write it.")]
    answered = {line["action_id"] for line in report.actions}
    missing += [
        FieldError(pointer="/actions", detail=f"{sheet.number} « {sheet.title} » has no line: add one for {sheet.id}.")
        for sheet in sheets
        if str(sheet.id) not in answered
    ]
    return missing
