"""Matching: which services fit, why, and what would change it."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from services.catalog.models import Criterion, Match, SuggestedChange
from services.catalog.reference import AXES, BENEFICIARIES, SHIPPED
from services.catalog.rules.matching import (
    AT_MOST,
    FLOOR,
    POSSIBLE,
    QUESTIONS,
    CarrierFacts,
    Facts,
    compare,
    euros,
    match,
)
from tests.services.catalog.cases import ATELIERS, CA_PAU, CASES, SERVICES, Case, explained

NAMES = [question.code for question in QUESTIONS]
USUAL = Facts(
    day=date(2020, 6, 15),
    phase="2018",
    axes=["recruter", "attirer"],
    main_axis="recruter",
    carriers=[CA_PAU, ATELIERS],
    regions=["75", "76"],
)


def criterion(found: Match, code: str) -> Criterion:
    """One question of a match."""
    return next(each for each in found["criteria"] if each["code"] == code)


def verdict(service: str, code: str, facts: Facts) -> str:
    """The answer to one question."""
    return criterion(compare(SERVICES[service], facts), code)["verdict"]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.title)
def test_ten_actions_beside_the_real_services(case: Case) -> None:
    fitting, others = match(SERVICES.values(), case.facts)

    codes = [one["service"] for one in fitting]
    assert codes[: len(case.matched)] == list(case.matched), explained(case)
    assert not set(case.not_matched) & set(codes), explained(case)
    found = {one["service"]: {each["code"]: each["verdict"] for each in one["criteria"]} for one in [*fitting, *others]}
    for service, expected in case.verdicts.items():
        assert {code: found[service][code] for code in expected} == expected, f"{service}\n{explained(case)}"


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.title)
def test_unknown_is_never_counted_as_true(case: Case) -> None:
    for one in [part for parts in match(SERVICES.values(), case.facts) for part in parts]:
        weights = dict.fromkeys(("true", "false", "unknown"), 0)
        for each in one["criteria"]:
            weights[each["verdict"]] += each["weight"]

        assert one["score"] == weights["true"]
        assert one["known"] == weights["true"] + weights["false"]
        assert one["possible"] == sum(weights.values()) == POSSIBLE == 100


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.title)
def test_published_matches_are_best_first_above_the_floor_and_not_ruled_out(case: Case) -> None:
    fitting, others = match(SERVICES.values(), case.facts)

    assert len(fitting) <= AT_MOST
    assert [one["score"] for one in fitting] == sorted((one["score"] for one in fitting), reverse=True)
    for one in fitting:
        assert one["score"] >= FLOOR
        assert criterion(one, "axis")["verdict"] == "true"
        assert not [each for each in one["criteria"] if each["decisive"] and each["verdict"] == "false"]
    assert not [one for one in others if one["retained"]]
    assert not {one["service"] for one in fitting} & {one["service"] for one in others}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.title)
def test_every_answer_says_why_and_what_would_change_it(case: Case) -> None:
    for one in [part for parts in match(SERVICES.values(), case.facts) for part in parts]:
        for each in one["criteria"]:
            assert each["because"].endswith(".")
            assert (each["would_change"] is None) == (each["verdict"] == "true")


def changed(facts: Facts, change: SuggestedChange) -> Facts:
    """The action, once what is named is changed."""
    name, one_of = change["field"], change["one_of"] or [""]
    if name == "axes":
        return replace(facts, axes=[*facts.axes, one_of[0]])
    if name == "main_axis":
        return replace(facts, main_axis=one_of[0])
    if name == "carriers":
        return replace(facts, carriers=[*facts.carriers, CarrierFacts("000000141", "Un autre porteur", one_of[0])])
    assert name == "cost_cents"
    return replace(facts, cost_cents=change["at_least"])


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.title)
def test_applying_the_change_that_is_named_turns_the_answer(case: Case) -> None:
    turned = 0
    for one in [part for parts in match(SERVICES.values(), case.facts) for part in parts]:
        for each in one["criteria"]:
            change = each["would_change"]
            if change and change["field"]:
                # An axis without an equivalent stays in the way of the main one alone.
                facts = changed(case.facts, change)

                assert verdict(one["service"], each["code"], facts) == "true", (one["service"], each)
                turned += 1
    assert turned > 10


@pytest.mark.parametrize(
    ("cost", "expected"),
    [(None, "unknown"), (19_999_999, "false"), (20_000_000, "unknown"), (39_999_999, "unknown"), (40_000_000, "true")],
)
def test_between_two_thresholds_without_a_day_nobody_knows(cost: int | None, expected: str) -> None:
    assert verdict("BPI-08", "cost", replace(USUAL, cost_cents=cost)) == expected


@pytest.mark.parametrize(
    ("regions", "cost", "expected"),
    [(["44"], 100_000_000, "true"), (["44"], 99_999_999, "false"), (["75"], 99_999_999, "unknown")],
)
def test_a_threshold_of_one_region_says_nothing_of_the_others(regions: list[str], cost: int, expected: str) -> None:
    assert verdict("BDT-08", "cost", replace(USUAL, regions=regions, cost_cents=cost)) == expected


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        (date(2018, 12, 31), "false"),
        (date(2019, 1, 1), "unknown"),
        (date(2019, 12, 31), "unknown"),
        (date(2020, 1, 1), "true"),
        (date(2021, 12, 31), "true"),
        (date(2022, 1, 1), "unknown"),
        (date(2022, 12, 31), "unknown"),
        (date(2023, 1, 1), "false"),
    ],
)
def test_whole_years_leave_their_first_and_last_open(day: date, expected: str) -> None:
    assert verdict("BDT-01", "on_offer", replace(USUAL, day=day)) == expected


def test_a_service_that_is_not_on_offer_is_not_looked_at() -> None:
    fitting, others = match(SERVICES.values(), replace(USUAL, day=date(2018, 12, 1)))

    assert "BDT-01" not in {one["service"] for one in [*fitting, *others]}
    assert "PE-04" in {one["service"] for one in [*fitting, *others]}


def test_a_withdrawn_service_is_not_looked_at() -> None:
    service = SERVICES["PE-04"]
    service.withdrawn_on = USUAL.day
    try:
        fitting, others = match([service], USUAL)
        before, _ = match([service], replace(USUAL, day=USUAL.day - timedelta(days=1)))
    finally:
        service.withdrawn_on = None

    assert (fitting, others) == ([], [])
    assert [one["service"] for one in before] == ["PE-04"]


@pytest.mark.parametrize(
    ("service", "phase", "expected"),
    [
        ("ETAT-07", "2023", "true"),
        ("ETAT-07", "2018", "false"),
        ("ETAT-05", "2018", "true"),
        ("ETAT-05", "2023", "true"),
        ("PE-04", "2023", "true"),
        ("BDT-05", "2018", "true"),
        ("BDT-05", "2023", "unknown"),
    ],
)
def test_a_service_is_for_the_phase_that_it_names_or_entered_in(service: str, phase: str, expected: str) -> None:
    assert verdict(service, "phase", replace(USUAL, phase=phase)) == expected


@pytest.mark.parametrize(
    ("service", "kind", "expected"),
    [
        ("BDT-01", "epci", "true"),
        ("BDT-01", "ept", "true"),
        ("BDT-01", "commune", "true"),
        ("BDT-01", "company", "false"),
        ("BPI-01", "company", "unknown"),
        ("BPI-01", "epci", "false"),
        ("PE-04", "company", "true"),
        ("BDT-09", "chamber", "unknown"),
        ("BDT-09", "commune", "true"),
        ("ETAT-01", "company", "unknown"),
        ("TOUS-01", "association", "true"),
        ("AL-02", "company", "false"),
        ("BDT-15", "epci", "unknown"),
        ("BF-02", "region", "true"),
        ("BF-02", "collectivite", "true"),
        ("BDT-01", None, "unknown"),
    ],
)
def test_who_is_a_beneficiary(service: str, kind: str | None, expected: str) -> None:
    facts = replace(USUAL, carriers=[CarrierFacts("000000141", "Un porteur", kind)])

    assert verdict(service, "beneficiaries", facts) == expected


def test_one_carrier_who_fits_is_enough() -> None:
    assert verdict("BF-01", "beneficiaries", replace(USUAL, carriers=[ATELIERS])) == "false"
    assert verdict("BF-01", "beneficiaries", replace(USUAL, carriers=[ATELIERS, CA_PAU])) == "true"


def test_a_service_whose_beneficiaries_nobody_read_is_unknown() -> None:
    rows = {row["code"]: row for row in SHIPPED.services()}

    assert all(row["beneficiary_kinds"] for row in rows.values())
    assert all(kind["kind"] in BENEFICIARIES for row in rows.values() for kind in row["beneficiary_kinds"])


def test_every_axis_of_the_programme_but_one_has_an_answer_in_the_catalogue() -> None:
    assert set(AXES.values()) == {"attirer", "recruter", "innover", "simplifier", "transition"}
    assert ("2018", "installer") not in AXES


def test_amounts_are_written_as_in_french() -> None:
    assert euros(40_000_000) == "400\u202f000\u00a0€"
    assert euros(1_205) == "12,05\u00a0€"
