"""Pairs of organisations that may be the same body, and the decisions that a person may take."""

import time
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from services.territory.errors import (
    OrganisationClosed,
    OrganisationExhausted,
    OrganisationStillActive,
)
from services.territory.errors.duplicates import DuplicateDecided, DuplicateNotDecided, DuplicateNotFitting
from services.territory.models import Alias, FormerName
from services.territory.rules import duplicates
from services.territory.rules.duplicates import DISTINCT_AT_MOST, RegisteredBody, name_key, pairs
from services.territory.rules.organisations import Succession, close
from services.territory.rules.tenures import Tenure
from tests.services.territory.makers import TODAY, make_organisation

FORGES, ATELIERS = "000000117", "000000125"


def body(siren: str = FORGES, name: str = "Forges du Gave", **more: Any) -> RegisteredBody:
    usual: dict[str, Any] = {"kind": "company", "region": None, "aliases": [], "names": [], "successor": None}
    return RegisteredBody(**{"siren": siren, "name": name, "duplicate_of": None, "distinct_from": [], **usual, **more})


def alias(name: str) -> list[Alias]:
    return [Alias(name=name, note=None)]


def suspected(*bodies: RegisteredBody) -> list[tuple[str, ...]]:
    return [tuple(pair.reasons) for pair in pairs(bodies, decision=None)]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Forges du Gave", "FORGES DU GAVE"),
        ("Forges du Gave", "SAS Forges Gave"),
        ("Forges du Gave", "S.A.R.L. Les Forges du Gave"),
        ("Société des Forges du Gave (S.A.)", "Forges du Gâve"),
        ("Apec", "Association Apec"),
        ("Forges de St-Étienne", "Forges Saint Etienne"),
    ],
)
def test_names_without_legal_form_and_small_words_are_the_same(one: str, other: str) -> None:
    assert name_key(one) == name_key(other)


@pytest.mark.parametrize(("one", "other"), [("Forges du Gave", "Forges de Pau"), ("SA", "SAS"), ("L'Aa", "La Aar")])
def test_other_names_are_not_the_same(one: str, other: str) -> None:
    assert name_key(one) != name_key(other)


def test_a_pair_is_suspected_by_its_name_or_an_alias() -> None:
    former = [FormerName(name="Ateliers du Gave", valid_from=None, valid_to="2019-12-31")]

    assert suspected(body(), body(ATELIERS, "Forges Gave SAS")) == [("same_name",)]
    assert suspected(body(), body(ATELIERS, "FDG", aliases=alias("Forges du Gave"))) == [("same_alias",)]
    assert suspected(body(names=former), body(ATELIERS, "Ateliers du Gave")) == [("same_alias",)]
    assert suspected(body(aliases=alias("FDG")), body(ATELIERS, aliases=alias("FDG"))) == [("same_name", "same_alias")]
    assert suspected(body(aliases=alias("FDG")), body(ATELIERS, "Ateliers")) == []


def test_bodies_of_one_region_or_without_one_are_suspected() -> None:
    here = body(region="75")

    assert suspected(here, body(ATELIERS, region="75")) == suspected(here, body(ATELIERS)) == [("same_name",)]
    assert suspected(here, body(ATELIERS, region="76")) == []


def test_official_bodies_successors_and_decided_pairs_are_not_suspected() -> None:
    epci, other = body(kind="epci"), body(ATELIERS)

    assert suspected(epci, replace(other, kind="commune")) == []
    assert suspected(epci, other) == [("same_name",)]
    assert suspected(body(successor=ATELIERS), other) == suspected(body(), replace(other, successor=FORGES)) == []
    assert suspected(body(), replace(other, duplicate_of=FORGES)) == []
    assert suspected(body(), replace(other, distinct_from=[FORGES])) == []
    assert suspected(body(), other, body("000000133", "Autre", duplicate_of=FORGES)) == [("same_name",)]


def test_decided_pairs_are_listed_by_their_decision_even_if_their_names_differ() -> None:
    bodies = [body(distinct_from=["000000133"]), body(ATELIERS, "Ateliers", duplicate_of=FORGES), body("000000133")]
    [same] = pairs(bodies, decision="same")
    [different] = pairs(bodies, decision="different")

    assert (same.first.siren, same.second.siren, same.duplicate, same.reasons) == (FORGES, ATELIERS, ATELIERS, [])
    assert (different.second.siren, different.duplicate, different.reasons) == ("000000133", None, ["same_name"])


def test_pairs_go_on_after_any_of_them() -> None:
    bodies = [body(f"00000{number:04}") for number in range(12)]
    every = [(pair.first.siren, pair.second.siren) for pair in pairs(bodies, decision=None)]

    assert len(every) == 66
    assert every == sorted(every)
    for index, after in enumerate(every):
        following = pairs(reversed(bodies), decision=None, after=after)
        assert [(pair.first.siren, pair.second.siren) for pair in following] == every[index + 1 :]


def test_five_thousand_organisations_are_compared_quickly() -> None:
    names = [f"Société {number % 4000} des Forges du Gave" for number in range(5000)]
    bodies = [body(f"1{number:08}", name, aliases=alias(f"F{number}")) for number, name in enumerate(names)]
    started = time.process_time()
    found = list(pairs(bodies, decision=None))

    assert len(found) == 1000
    # A tenth of this on an idle machine.
    assert time.process_time() - started < 1


def decide(one: Any, other: Any, *, its: Any = (), tenures: Any = ()) -> None:
    duplicates.name_duplicate(one, other, duplicates=its, tenures=tenures, today=TODAY)


def company(siren: str = FORGES) -> Any:
    return make_organisation(siren, kind="company", name="Forges du Gave (synthétique)", region=None)


def test_a_duplicate_has_one_original_until_it_is_revoked() -> None:
    one, other, third = company(), company(ATELIERS), company("000000133")
    decide(one, other)

    assert one.duplicate_of_siren == ATELIERS
    for pair in ((one, other), (other, one), (one, third)):
        with pytest.raises(DuplicateDecided):
            decide(*pair)
    with pytest.raises(DuplicateDecided):
        duplicates.mark_distinct(other, one)
    with pytest.raises(DuplicateNotDecided):
        duplicates.revoke(one, third)

    duplicates.revoke(other, one)

    assert one.duplicate_of_siren is None
    with pytest.raises(DuplicateNotDecided):
        duplicates.revoke(one, other)


def test_duplicates_form_no_chain() -> None:
    one, other, third = company(), company(ATELIERS), company("000000133")
    decide(one, other)

    with pytest.raises(DuplicateNotFitting, match=f"itself a duplicate of {ATELIERS}"):
        decide(third, one)
    with pytest.raises(DuplicateNotFitting, match=f"duplicates of its own, {FORGES}"):
        decide(other, third, its=[one])


def test_an_official_body_is_never_a_duplicate() -> None:
    with pytest.raises(DuplicateNotFitting, match="official geography"):
        decide(make_organisation(), company())
    one = company()
    decide(one, make_organisation())

    assert one.duplicate_of_siren == make_organisation().siren


def test_a_body_is_no_duplicate_of_the_one_that_took_it_over() -> None:
    one, other = company(), company(ATELIERS)
    one.successor_siren = ATELIERS

    for pair in ((one, other), (other, one)):
        with pytest.raises(DuplicateNotFitting, match="taken over"):
            decide(*pair)


def test_a_duplicate_in_office_is_refused_with_what_it_is() -> None:
    until = [Tenure("elu of 2018-ti-7505", day, "POST …/end") for day in (None, date(2020, 9, 2), TODAY)]

    with pytest.raises(OrganisationStillActive) as refused:
        decide(company(), company(ATELIERS), tenures=until)
    assert len(refused.value.errors) == 2
    decide(company(), company(ATELIERS), tenures=until[2:])


def test_different_organisations_are_kept_apart_on_both_sides() -> None:
    one, other = company(), company(ATELIERS)
    duplicates.mark_distinct(one, other)

    assert (one.distinct_from, other.distinct_from) == ([ATELIERS], [FORGES])
    with pytest.raises(DuplicateDecided, match="told apart"):
        decide(other, one)
    duplicates.revoke(other, one)
    assert (one.distinct_from, other.distinct_from) == ([], [])

    other.distinct_from = [f"1{number:08}" for number in range(DISTINCT_AT_MOST)]
    with pytest.raises(OrganisationExhausted):
        duplicates.mark_distinct(one, other)


def test_an_organisation_is_no_duplicate_of_itself() -> None:
    with pytest.raises(DuplicateNotFitting, match="itself"):
        duplicates.require_two(FORGES, FORGES)


def test_a_duplicate_that_is_closed_has_no_successor() -> None:
    one, other = company(), company(ATELIERS)
    decide(one, other)

    with pytest.raises(OrganisationClosed, match=f"a duplicate of {ATELIERS}"):
        close(one, on=date(2020, 1, 1), successor=company("000000133"), around=Succession([], []), today=TODAY)
