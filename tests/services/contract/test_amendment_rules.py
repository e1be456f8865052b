"""Rules of amendments and of the consolidated text."""

import itertools
import json
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.contract import errors
from services.contract.models import Contract, PlanEntry
from services.contract.rules import amendments as rules
from services.contract.rules import consolidation, ends, transitions
from services.contract.rules import content as contents
from services.contract.rules.consolidation import SignedDocument
from services.contract.rules.periods import overlapping
from services.contract.rules.readiness import blockers
from shared.events.contract import AmendmentSubject
from shared.ids import uuid7
from tests.services.contract.places import NOON, PAU, make_action, make_contract, make_surroundings
from tests.services.contract.test_ends_rules import LAST, SIGNED_ON, declared, signed

TODAY = date(2020, 6, 1)
SHEET = make_action(status="validated")


def ids() -> Iterator[UUID]:
    """New ids."""
    return (uuid7() for _ in itertools.count())


def opened(contract: Contract, *subjects: AmendmentSubject, family: list[Contract] | None = None) -> Contract:
    """The draft of an amendment."""
    return rules.open_amendment(
        uuid7(),
        contract,
        family or [],
        subjects=subjects or ("title",),
        reason="Motif synthétique.",
        party_ids=ids(),
        today=TODAY,
        at=NOON,
    )


def signed_amendment(contract: Contract, on: date, family: list[Contract], **content: Any) -> Contract:
    """A signed amendment that gives fields other values."""
    amendment = opened(contract, "title", "period", family=family)
    for name, value in content.items():
        setattr(amendment, name, value)
    amendment.status, amendment.signed_on, amendment.content_sha256 = "signed", on, "1" * 64
    return amendment


@pytest.mark.parametrize("subject", rules.AMENDABLE)
def test_a_subject_that_goes_gives_its_fields_their_former_values(subject: AmendmentSubject) -> None:
    contract = signed(action=SHEET)
    other: AmendmentSubject = "links" if subject == "title" else "title"
    amendment = opened(contract, subject, other)
    [name] = rules.AMENDABLE[subject]
    changed: dict[str, Any] = {"ends_on": TODAY, "title": "Autre", "parties": amendment.parties[:1], "links": None}
    setattr(amendment, name, changed.get(name, []))

    assert rules.differs(amendment, contract)
    rules.set_subjects(amendment, [other], contract, party_ids=ids())

    assert amendment.subjects == [other]
    assert not rules.differs(opened(contract), contract)
    if name == "parties":
        assert [each.organisation for each in amendment.parties] == [each.organisation for each in contract.parties]
        assert {each.signed_on for each in amendment.parties} == {None}
    else:
        assert getattr(amendment, name) == getattr(contract, name)


def test_a_field_outside_the_subjects_is_refused_by_name() -> None:
    amendment = opened(signed(), "title", "period")

    rules.require_within(amendment, {"title": "Autre", "ends_on": LAST})
    with pytest.raises(errors.OutsideSubjects) as refused:
        rules.require_within(amendment, {"title": "Autre", "themes": {}, "replaces": None})

    assert [each.pointer for each in refused.value.errors] == ["/themes", "/replaces"]


def test_amendments_are_numbered_and_one_at_a_time_is_under_way() -> None:
    contract = signed()
    first = opened(contract)

    with pytest.raises(errors.AmendmentUnderWay):
        opened(contract, family=[first])
    first.status = "cancelled"
    second = opened(contract, family=[first])

    assert [(each.number, each.amendment_number) for each in (first, second)] == [("C-0001-1", 1), ("C-0001-2", 2)]


def test_an_amendment_takes_over_the_last_signed_text() -> None:
    contract = signed()
    first = signed_amendment(contract, TODAY, [], title="Premier")
    second = signed_amendment(contract, TODAY, [first], ends_on=date(2024, 12, 31))
    third = opened(contract, family=[first, second])

    assert (third.title, third.ends_on) == ("Premier", date(2024, 12, 31))
    assert rules.base_of(third, contract, [first, second, third]) is second
    assert rules.base_of(first, contract, [first, second, third]) is contract
    assert rules.consolidated(contract, [first, second, third]) is second


@pytest.mark.parametrize(
    ("status", "kind", "refusal"),
    [
        ("draft", "contract", errors.AmendedContractEnded),
        ("ended", "contract", errors.AmendedContractEnded),
        ("signed", "protocol", errors.NotAmendable),
    ],
)
def test_only_a_signed_contract_is_amended(status: Any, kind: Any, refusal: type[Exception]) -> None:
    contract = signed(kind=kind)
    contract.status = status

    with pytest.raises(refusal):
        opened(contract)


def test_a_contract_is_amended_until_its_last_day() -> None:
    contract = signed()

    rules.require_amendable(contract, today=LAST)
    with pytest.raises(errors.AmendedContractEnded):
        rules.require_amendable(contract, today=LAST + timedelta(1))


@pytest.mark.parametrize(
    ("change", "codes"),
    [
        ({}, ["nothing-amended"]),
        ({"title": "Autre"}, []),
        ({"ends_on": TODAY}, ["end-in-the-past"]),
        ({"ends_on": TODAY + timedelta(1)}, []),
    ],
)
def test_an_amendment_is_ready_with_a_difference_and_an_end_to_come(change: dict[str, Any], codes: list[str]) -> None:
    contract = signed(action=SHEET)
    amendment = opened(contract, "title", "period")
    for name, value in change.items():
        setattr(amendment, name, value)
    around = make_surroundings(SHEET, others=[contract], amended=contract, base=contract, today=TODAY)

    assert [each.code for each in blockers(amendment, around)] == codes


def test_the_sheets_of_the_amended_text_need_no_validation_again() -> None:
    sheet, new = make_action(status="in_progress"), make_action(status="submitted")
    contract = signed(action=sheet)
    amendment = opened(contract, "plan")
    amendment.plan = [*amendment.plan, PlanEntry(action_id=str(new.id), state="retained", reason=None)]
    around = make_surroundings(sheet, new, others=[contract], amended=contract, base=contract, today=TODAY)

    assert [(each.code, each.pointer) for each in blockers(amendment, around)] == [("action-not-validated", "/plan/1")]


def test_a_prolongation_keeps_off_the_days_of_another_contract() -> None:
    contract, next_one = signed(), make_contract(starts_on=date(2023, 1, 1), ends_on=date(2025, 12, 31))
    amendment = opened(contract, "period")

    assert list(overlapping(amendment, [contract, next_one])) == []
    amendment.ends_on = date(2023, 1, 1)
    assert list(overlapping(amendment, [contract, next_one])) == [next_one]
    next_one.replaces = contract.id
    assert list(overlapping(amendment, [contract, next_one])) == []


@pytest.mark.parametrize(
    ("declared_on", "ends_on", "in_force_until"),
    [
        (None, date(2024, 12, 31), date(2024, 12, 31)),
        (date(2021, 1, 1), date(2024, 12, 31), date(2020, 12, 31)),
        (date(2021, 1, 1), date(2020, 7, 1), date(2020, 7, 1)),
    ],
)
def test_a_signed_prolongation_moves_the_last_day_but_no_declared_end(
    declared_on: date | None, ends_on: date, in_force_until: date
) -> None:
    contract = signed()
    if declared_on:
        ends.terminate(contract, declared(declared_on), organisation=PAU)
    amendment = signed_amendment(contract, TODAY, [], ends_on=ends_on)

    event = rules.amended(amendment, contract)

    assert (contract.expires_on, contract.in_force_until) == (ends_on, in_force_until)
    assert (event.amends, event.amended_number, event.ends_on) == (contract.id, contract.number, ends_on)
    assert (event.effective_on, event.subjects) == (TODAY, ["period", "title"])
    assert contract.signed_amendments == [str(amendment.id)]
    assert not set(transitions.allowed(amendment)) & set(transitions.ENDS)


def documents(*days: date) -> list[SignedDocument]:
    """A contract and its amendments, signed on these days."""
    contract = signed()
    found = []
    for number, day in enumerate(days):
        contract.title = f"Titre {number}"
        frozen = contents.frozen(contract, [])
        found.append(SignedDocument(uuid7(), f"C-0001-{number}", day, frozen.sha256, frozen.body))
    return found


@settings(deadline=None)
@given(st.lists(st.dates(SIGNED_ON, LAST), max_size=5), st.dates(SIGNED_ON, LAST))
def test_the_text_of_a_day_is_that_of_the_last_document_in_force(days: list[date], day: date) -> None:
    made = documents(SIGNED_ON, *days)
    expected = [number for number in range(len(made)) if max(each.signed_on for each in made[: number + 1]) <= day]

    text = consolidation.text_on(made, day)

    assert text is not None
    found = json.loads(text.body)
    assert found["text"]["title"] == f"Titre {expected[-1]}"
    assert [each["number"] for each in found["documents"]] == [made[number].number for number in expected]
    assert contents.canonical(found) == text.body


@settings(deadline=None)
@given(st.lists(st.dates(SIGNED_ON, LAST), min_size=1, max_size=5), st.dates(SIGNED_ON, LAST))
def test_a_later_amendment_changes_no_day_before_its_signature(days: list[date], day: date) -> None:
    made = documents(SIGNED_ON, *days)

    if day < made[-1].signed_on:
        assert consolidation.text_on(made, day) == consolidation.text_on(made[:-1], day)


def test_there_is_no_text_before_the_signature() -> None:
    assert consolidation.text_on(documents(SIGNED_ON), SIGNED_ON - timedelta(1)) is None
