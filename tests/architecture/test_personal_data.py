"""Each column that could hold data about a person declares it, or is of a kind that holds none."""

from collections.abc import Iterator
from fnmatch import fnmatchcase
from typing import Any, Final

import pytest
from sqlalchemy import JSON, Column, LargeBinary, MetaData, String, Table, Text, Uuid

from app.artifacts import personal_data as register_page
from app.embedded import SERVICES
from shared.runtime.platform import Service
from shared.settings import Settings
from shared.storage.history import Recorded
from shared.storage.personal_data import PersonalData, columns_with, contact_columns, entry_of, is_contact, personal
from tests.architecture.test_rebuildable import models

HOLDS_NONE: Final = {
    "code of a place, an organisation or the programme": """
        *.*_code *.*_codes *.code *.siren *.*_siren *.region *.regions *.lead_regions *.only_regions *.territory
        *.territories *.lead_territory *.only_territories *.territory_key *.departements *.employment_zone *.seat
        *.zone *.operator *.operators *.organisation *.organisations *.org *.requester *.requested_by *.party
        *.deposited_by *.submitted_by *.resolved_by *.signed_by *.ended_by *.successor *.duplicate_of *.distinct_from
        *.asked_operators *.redirected_to meetings.present outlines.members known_territories.key territories.key
        perimeter_requests.enters perimeter_requests.leaves *.phase *.axis *.axes *.main_axis *.service *.initials
        audit_entries.client_id
        client_rights.client_id history.client_id idempotency.client_id subscriptions.client_id *.geography""",
    "kind, state or role": """
        *.kind *.status *.state *.type *.types *.level *.levels *.layer *.unit *.qualifier *.precision *.day_precision
        *.outcome *.end_outcome *.origin *.operation *.method *.proof *.disabled_reason *.openness *.basket
        *.confidence *.basis *.weighting *.commitment *.block *.wave *.measure *.grain *.financing *.answer
        client_rights.role subscriptions.role parties.role committee_seats.capacity known_pilots.capacity
        pilots.capacity commune_parts.change""",
    "number, hash, cursor or name of a field": """
        *.sha256 *.*_sha256 *.hash *.leaf *.chain *.root *.time_stamp
        *.fingerprint *.*_decimal *.number *.contract_number *.reference *.*_reference *.event_id
        *.subject *.object_id *.identity *.handler *.collection *.sequences *.years *.nominal_month *.valid_from
        *.valid_to *.quorums *.delays *.threshold *.notified_late *.reminded *.decides *.spent_decisions
        *.signed_amendments *.kept_actions *.confidential *.unlocked *.subjects *.pointer *.current_pointer
        *.challenge_digest *.header_names *.guide_version *.metric *.fact *.waves story_lines.about story_lines.labels
        idempotency.key idempotency.path idempotency.headers sources.published baselines.frozen_values""",
    "decision of a Region, with its organisation and day": "actions.decisions contracts.approvals *_requests.decisions",
    "name of a thing, a place or a body": """
        axes.label indicators.label phase_stages.label links.label committees.name commune*.name
        departements.name employment_zones.name ep?is.name epts.name known_*.name operators.name organisations.name
        parties.name phases.name regions.name
        scheme*.name schemes.acronym communes.perimeters service*.name territories.name service*.named *.aliases *.names
        *.brands *.title mailboxes.role *.place indicators.sector *.zoning known_actions.carriers known_actions.partners
        actions.carriers actions.partners""",
    "published text: the catalogue, definitions, sources": """
        service*.beneficiaries *.beneficiary_kinds service*.description *.key_figures *.openness_words service*.phases
        *.source *.sources *.*_source *.definition *.population *.reserve *.licence phase_stages.content shipped.row
        schemes.ends schemes.state_of schemes.note guides.url links.url sources.url""",
    "computed from columns of this list": """
        *.search matchings.matches matchings.others outlines.polygons calendar_events.attendance""",
    "encrypted secret of a system": "subscriptions.sealed_headers subscription_secrets.sealed",
    "name of an error, or text of a refusal": "*.error *.handshake_error",
}  # fmt: skip
"""Reason → patterns of `table.column`. A new column that none of them fits is declared, or gets a pattern."""
PATTERNS: Final = [pattern for patterns in HOLDS_NONE.values() for pattern in patterns.split()]


def could_hold_some(column: Column[Any]) -> bool:
    """Return True for a text, a structure or bytes that no other row gives, and for the id of a person."""
    if isinstance(column.type, Uuid):
        return "person" in column.name
    return isinstance(column.type, String | Text | JSON | LargeBinary) and not column.foreign_keys


def unclassified(metadata: MetaData) -> Iterator[str]:
    """Yield the columns that neither declare personal data nor are of a kind that holds none."""
    for table in metadata.tables.values():
        for column in filter(could_hold_some, table.columns):
            name = f"{table.name}.{column.name}"
            if entry_of(column) is None and not any(fnmatchcase(name, pattern) for pattern in PATTERNS):
                yield name


@pytest.mark.parametrize("service", SERVICES, ids=[each.name for each in SERVICES])
def test_each_column_is_classified(service: Service) -> None:
    found = list(unclassified(service.metadata))

    assert found == [], "declare it, `mapped_column(info=personal(…))`, or say in HOLDS_NONE why it holds none"


@pytest.mark.parametrize(
    ("name", "kind"), [("nickname", String(50)), ("note", Text()), ("guests", JSON()), ("scan", LargeBinary())]
)
def test_a_new_column_must_be_classified(name: str, kind: Any) -> None:
    metadata = MetaData()
    Table("visits", metadata, Column(name, kind), Column("person_id", Uuid), Column("kind", String(10)))

    assert list(unclassified(metadata)) == [f"visits.{name}", "visits.person_id"]


def test_a_column_that_is_declared_is_classified() -> None:
    metadata = MetaData()
    info = personal(PersonalData.NAME, about="visitors", purpose="let them in")
    Table("visits", metadata, Column("nickname", String(50), info=info))

    assert list(unclassified(metadata)) == []


def test_each_pattern_is_of_some_column() -> None:
    names = {
        f"{table.name}.{column.name}"
        for service in SERVICES
        for table in service.metadata.tables.values()
        for column in filter(could_hold_some, table.columns)
        if entry_of(column) is None
    }

    assert [pattern for pattern in PATTERNS if not any(fnmatchcase(name, pattern) for name in names)] == []


@pytest.mark.parametrize("service", SERVICES, ids=[each.name for each in SERVICES])
def test_a_contact_can_be_erased(service: Service) -> None:
    recorded = {model.__table__: model for model in models(service) if issubclass(model, Recorded)}
    for table in service.metadata.tables.values():
        contacts = [column for column in table.columns if is_contact(column)]
        if contacts:
            assert columns_with(table, PersonalData.PERSON_ID), f"{table.name}: whose contact it is"
            assert [column.name for column in contacts if not column.nullable] == []
            assert [column.name for column in contacts if column.index or column.unique] == []
            assert contact_columns(recorded[table]) == [column.name for column in contacts]


def test_each_setting_that_the_register_names_exists() -> None:
    page = register_page.table(SERVICES)
    named = {word.strip("`") for word in page.split() if word.startswith("`TERRITORIES_")}

    assert named
    assert named <= {f"TERRITORIES_{name.upper()}" for name in Settings.model_fields}
