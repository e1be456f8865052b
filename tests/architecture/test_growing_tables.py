"""Each table has its fate: what grows with time is the record of the programme, or is swept."""

from collections.abc import Iterator
from typing import Final

import pytest
from sqlalchemy import Table

from app.embedded import SERVICES
from shared.runtime.platform import Service
from shared.runtime.sweeper import Sweeper
from shared.settings import Settings
from shared.storage.database import Database
from shared.storage.tables import append_only, handlings, history_head, idempotency, inbox, swept_handlings

SWEPT_OTHERWISE: Final = {
    idempotency.name: "after a day",
    inbox.name: "with its last handling",
    history_head.name: "one row",
    swept_handlings.name: "merged into ranges: one row for each handler and subject",
}
RECORD: Final = {
    "territory": {
        "communes", "commune_parts", "departements", "employment_zones", "epcis", "epts", "regions", "phases", "axes",
        "outlines", "schemes", "scheme_perimeters", "territories", "perimeter_requests",
        "territory_departements", "territory_regions", "organisations", "memberships", "pilots", "state_referents",
        "committees", "committee_seats", "meetings", "first_signatures", "contract_states",
        "decisions", "decision_territories", "figures", "shipped", "reference_versions",
        "phase_stages", "calendar_events", "sources", "guides", "envelopes", "links", "mailboxes",
        "indicators", "indicator_values", "indicator_imports", "indicator_import_rows", "baselines",
    },
    "contract": {
        "actions", "action_tags", "contracts", "contract_tags", "frozen_contents", "parties", "plans",
        "ceremonies", "declared_figures", "story_lines", "tallies", "targets", "reports", "contract_records", "shipped",
        "paper_copies", "documents", "document_parts", "contract_texts", "comments", "seals", "sealed_files",
    },
    "catalog": {
        "operators", "services", "service_versions", "referents", "requests", "request_counters", "matchings",
        "shipped", "reference_versions",
    },
    # A client has few subscriptions and one row of rights; a secret goes at a later rotation.
    "notification": {
        "subscriptions", "subscription_secrets", "client_rights", "journal_end", "journal_subjects",
        "audit_entries",
    },
}  # fmt: skip
"""Tables of the objects themselves: as many rows as there are territories, contracts, requests, subscriptions …"""


def swept(service: Service) -> set[str]:
    """Return the tables that the sweeper of a service keeps small."""
    settings = Settings()
    sweeper = Sweeper(Database(service.name, settings), settings, service.retentions)
    return {retention.name for retention in sweeper.retentions} | SWEPT_OTHERWISE.keys()


def parts(table: Table, whole: set[str]) -> Iterator[str]:
    """Yield the tables among these with whose rows those of a table go."""
    for key in table.foreign_keys:
        if key.ondelete == "CASCADE" and key.column.table.name in whole:
            yield key.column.table.name


@pytest.mark.parametrize("service", SERVICES, ids=[each.name for each in SERVICES])
def test_each_table_is_the_record_a_copy_or_swept(service: Service) -> None:
    tables = service.metadata.tables
    going = swept(service)
    fates = {
        "swept": going,
        "part of what is swept": {name for name, table in tables.items() if list(parts(table, going))} - going,
        "history": {name for name, table in tables.items() if append_only(table) is not None},
        "copy": {name for name in tables if name.startswith("known_")},
        "record": RECORD[service.name],
    }

    counted = {name: [fate for fate, names in fates.items() if name in names] for name in tables}
    assert {name: found for name, found in counted.items() if len(found) != 1} == {}
    assert RECORD[service.name] <= tables.keys()


def test_the_deliveries_and_all_that_comes_with_them_are_swept() -> None:
    [notification] = [each for each in SERVICES if each.name == "notification"]

    assert swept(notification) >= {"outbox", "inbox", "handlings", "idempotency", "deliveries", "replays"}
    assert handlings.name in swept(notification)
