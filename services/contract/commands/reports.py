"""Commands of yearly reports: those of their writers, of Regions and of the clock."""

from datetime import date
from typing import Any, Final
from uuid import UUID

from services.contract import queries
from services.contract.models import Contract, Report
from services.contract.rules import reports as rules
from shared.clock import now, today
from shared.ids import uuid7
from shared.security.access import Caller, require_owner
from shared.storage import outbox
from shared.storage.history import require_version, set_reason
from shared.storage.unit_of_work import WriteSession

WHAT: Final = "report"
BATCH: Final = 100
"""Maximum contracts, or reports, in one transaction of the clock."""


async def begin_report(session: WriteSession, contract_id: UUID, *, year: int, by: Caller) -> Report:
    """Begin the report of a contract on a year."""
    access_scope = await queries.access_scope_of(session, by)
    # Locked: the clock may open the same report at this moment.
    contract = await queries.get_contract(session, contract_id, by=by, access_scope=access_scope, lock=True)
    require_owner(by, access_scope, contract.stakeholders, "contract")
    rules.require_year(contract, year, on=today())
    rules.require_first(await queries.report_of_year(session, contract.id, year))
    report, event = rules.begin(uuid7(), contract, year, at=now())
    session.add(report)
    await session.flush()
    outbox.add(session, event)
    return report


async def change_report(
    session: WriteSession, report_id: UUID, *, expected: int, by: Caller, reason: str | None = None, **content: Any
) -> Report:
    """Change a report that its territory writes."""
    report = await _owned(session, report_id, by)
    require_version(report, expected)
    rules.change(report, content, text=await _reported_text(session, report))
    if reason:
        set_reason(session, report, reason)
    return report


async def submit_report(session: WriteSession, report_id: UUID, *, by: Caller) -> Report:
    """Submit a complete report to the Regions."""
    report = await _owned(session, report_id, by)
    sheets = await queries.attached_actions(session, await _reported_text(session, report))
    outbox.add(session, rules.submit(report, sheets, at=now()))
    return report


async def check_report(session: WriteSession, report_id: UUID, *, by: Caller) -> Report:
    """Record that a Region has checked a report."""
    report = await _owned(session, report_id, by)
    outbox.add(session, rules.check(report, at=now()))
    return report


async def reopen_report(session: WriteSession, report_id: UUID, *, reason: str, by: Caller) -> Report:
    """Send a report back for writing."""
    report = await _owned(session, report_id, by)
    outbox.add(session, rules.reopen(report, reason=reason, at=now(), on=today()))
    set_reason(session, report, reason)
    return report


async def open_owed_reports(session: WriteSession, day: date) -> int:
    """Open the reports on years that are over, for one batch of contracts; return the number of reports."""
    number = 0
    for contract in await queries.contracts_without_report(session, day, at_most=BATCH):
        # Read again under the lock: a writer may have begun one since.
        existing = await queries.reported_years(session, contract.id)
        for year in rules.owed(contract, existing, on=day):
            report, event = rules.open_owed(uuid7(), contract, year, at=now())
            session.add(report)
            outbox.add(session, event)
            number += 1
    return number


async def publish_reminders(session: WriteSession, day: date) -> int:
    """Publish the reminders whose day has come, for one batch of reports; return the number of reports."""
    reports = await queries.reports_to_remind(session, day, at_most=BATCH)
    for report in reports:
        for event in rules.remind(report, on=day):
            outbox.add(session, event)
    return len(reports)


async def _reported_text(session: WriteSession, report: Report) -> Contract:
    return rules.reported_text(report, await queries.amendments_of(session, report.contract_id))


async def _owned(session: WriteSession, report_id: UUID, by: Caller) -> Report:
    access_scope = await queries.access_scope_of(session, by)
    report = await queries.get_report(session, report_id, by=by, access_scope=access_scope, lock=True)
    require_owner(by, access_scope, report.stakeholders, WHAT)
    return report
