"""Ten actions, synthetic but likely, in real territories, beside the real services: to be looked at by eye.

`python -m tests.services.catalog.cases` prints each with its matches, question by question.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Final

from services.catalog.models import Match, OfferedService
from services.catalog.reference import SHIPPED
from services.catalog.rules import services as rules
from services.catalog.rules.matching import CarrierFacts, Facts, match

LOADED: Final = datetime(2021, 6, 15, 10, tzinfo=UTC)
SIGNS: Final = {"true": "+", "false": "-", "unknown": "?"}


def catalogue() -> dict[str, OfferedService]:
    """The 48 real services, as they are loaded."""
    found = {}
    for row in SHIPPED.services():
        content = {name: value for name, value in row.items() if name != "code"}
        found[row["code"]] = rules.publish(row["code"], content, day=LOADED.date(), at=LOADED)
    return found


SERVICES: Final = catalogue()

LACQ: Final = "2018-ti-7505"
COEUR: Final = "2018-ti-7601"
DUNKERQUE: Final = "2018-ti-3208"
ALSACE_CENTRALE: Final = "2018-ti-4402"
BRIVE: Final = "2023-ti-7505"

CA_PAU: Final = CarrierFacts("200067254", "CA Pau Béarn Pyrénées", "epci")
CA_BRIVE: Final = CarrierFacts("200043172", "CA du Bassin de Brive", "epci")
CU_DUNKERQUE: Final = CarrierFacts("245900428", "CU de Dunkerque", "epci")
ATELIERS: Final = CarrierFacts("000000117", "Ateliers du Gave (entreprise synthétique)", "company")
FORGES: Final = CarrierFacts("000000125", "Forges du Béarn (entreprise synthétique)", "company")
UIMM: Final = CarrierFacts("784717191", "Union des industries et métiers de la métallurgie", "association")
CCI: Final = CarrierFacts("187500020", "CCI France", "chamber")
GRAND_EST: Final = CarrierFacts("200052264", "Région Grand Est", "region")
NOBODY_KNOWN: Final = CarrierFacts("000000133", "000000133", None)


@dataclass(frozen=True)
class Case:
    """An action, and what is expected of some services."""

    title: str
    territory: str
    facts: Facts
    matched: tuple[str, ...]
    """Services that are told, the best first among them."""
    not_matched: tuple[str, ...] = ()
    verdicts: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """Service → question → verdict."""


def explained(case: Case) -> str:
    """A case as a person reads it."""
    fitting, others = match(SERVICES.values(), case.facts)
    facts = case.facts
    lines = [
        f"== {case.title} ({case.territory}, {facts.day:%d/%m/%Y})",
        f"   axes {', '.join(facts.axes)} ; principal {facts.main_axis} ; coût {facts.cost_cents}",
        f"   porteurs : {', '.join(f'{carrier.name} ({carrier.kind})' for carrier in facts.carriers)}",
    ]
    for one in [*fitting, *others[:3]]:
        lines += ["", *_lines(one)]
    return "\n".join(lines)


def _lines(one: Match) -> list[str]:
    mark = "->" if one["retained"] else "  "
    head = f"{mark} {one['service']} {one['name']} [{one['named']}] {one['score']}/{one['known']}/{one['possible']}"
    return [
        head,
        *(
            f"     {SIGNS[each['verdict']]} {each['label']} ({each['weight']}) : {each['because']}"
            + (f" >> {each['would_change']['sentence']}" if each["would_change"] else "")
            for each in one["criteria"]
        ),
    ]


def _facts(day: date, phase: str, main: str, *also: str, carriers: list[CarrierFacts], **more: object) -> Facts:
    return Facts(day=day, phase=phase, axes=[main, *also], main_axis=main, carriers=carriers, **more)  # type: ignore[arg-type]


CASES: Final = (
    Case(
        "École de production en chaudronnerie de Lacq",
        LACQ,
        _facts(date(2021, 9, 15), "2018", "recruter", "attirer", carriers=[CA_PAU, ATELIERS], regions=["75", "76"]),
        matched=("ETAT-03", "PE-04", "BDT-09", "CNAM-01", "PE-02", "BF-01", "NUM-02", "APEC-01"),
        not_matched=("BPI-04", "AL-02", "BDT-10"),
        verdicts={
            # Nobody knows the size of a company, nor whether it is industrial.
            "PE-01": {"axis": "true", "beneficiaries": "unknown", "openness": "true"},
            # An apprentice carries no action; an association that founds a school would.
            "AL-02": {"beneficiaries": "false"},
            "BDT-10": {"beneficiaries": "false"},
            "BF-01": {"axis": "true", "main_axis": "false"},
            # « 2021- »: of a day in 2021 nobody knows.
            "APEC-01": {"on_offer": "unknown", "openness": "true"},
        },
    ),
    Case(
        "Reconversion d'une friche chimique",
        LACQ,
        _facts(date(2020, 6, 15), "2018", "attirer", carriers=[CA_PAU], regions=["75", "76"], cost_cents=300_000_000),
        matched=("BF-01", "NUM-02", "BDT-01", "BDT-02", "BDT-04", "BDT-05"),
        not_matched=("BDT-09", "PE-04"),
        verdicts={
            "BDT-05": {"beneficiaries": "true", "openness": "unknown", "cost": "unknown"},
            "BDT-06": {"beneficiaries": "unknown"},
            "BPI-08": {"cost": "true", "on_offer": "unknown", "beneficiaries": "unknown"},
        },
    ),
    Case(
        "Extension d'un atelier de forge",
        LACQ,
        _facts(date(2021, 3, 1), "2018", "attirer", carriers=[FORGES], regions=["75"], cost_cents=12_000_000),
        matched=("NUM-02", "NUM-01", "BDT-02"),
        not_matched=("BPI-08", "BDT-01", "BF-01"),
        verdicts={
            # 120,000 € are below both thresholds that the fund has had.
            "BPI-08": {"cost": "false", "beneficiaries": "unknown"},
            "BDT-01": {"beneficiaries": "false"},
            "BDT-04": {"beneficiaries": "unknown"},
        },
    ),
    Case(
        "Plan de recrutement de soudeurs",
        COEUR,
        _facts(date(2021, 3, 1), "2018", "recruter", carriers=[UIMM], regions=["76", "84"]),
        matched=("BDT-11", "BDT-08", "BDT-09", "BDT-10"),
        not_matched=("PE-04", "CNAM-01"),
        verdicts={
            "BDT-10": {"beneficiaries": "unknown"},
            "BDT-08": {"openness": "true", "cost": "unknown"},
            "PE-04": {"beneficiaries": "false"},
        },
    ),
    Case(
        "Boucle d'écologie industrielle du port",
        DUNKERQUE,
        _facts(date(2020, 2, 3), "2018", "innover", carriers=[CU_DUNKERQUE], regions=["32"], cost_cents=80_000_000),
        matched=("ADEME-01", "BDT-07", "BPI-07"),
        not_matched=("BPI-04", "BF-03", "ADEME-02"),
        verdicts={
            "ADEME-01": {"axis": "true", "beneficiaries": "true", "phase": "true", "openness": "unknown"},
            # The axis « transition » of the catalogue came after phase 1 and answers to none of its axes.
            "ADEME-02": {"axis": "false", "openness": "true", "phase": "true"},
        },
    ),
    Case(
        "Campus des métiers de l'usine du futur",
        ALSACE_CENTRALE,
        _facts(date(2020, 6, 15), "2018", "recruter", carriers=[CCI, GRAND_EST], regions=["44"], cost_cents=60_000_000),
        matched=("BDT-09", "PE-02"),
        not_matched=("BDT-08",),
        verdicts={
            # 600,000 € in Grand Est, where the call asked for a million.
            "BDT-08": {"cost": "false", "beneficiaries": "unknown"},
            "PE-02": {"beneficiaries": "true"},
        },
    ),
    Case(
        "Accueil des familles de salariés",
        ALSACE_CENTRALE,
        _facts(date(2021, 3, 1), "2018", "installer", carriers=[GRAND_EST], regions=["44"]),
        # The axis that Grand Est added answers to none of the catalogue: unknown is never counted as true.
        matched=(),
        not_matched=("ETAT-02", "PE-02"),
        verdicts={"ETAT-02": {"axis": "unknown", "main_axis": "unknown", "beneficiaries": "true"}},
    ),
    Case(
        "Décarbonation d'une zone d'activité",
        BRIVE,
        _facts(date(2024, 5, 2), "2023", "transition", "foncier", carriers=[CA_BRIVE, ATELIERS], regions=["75"]),
        matched=("ADEME-02", "AL-01", "ETAT-07", "BDT-05", "BDT-13", "ETAT-05"),
        not_matched=("BPI-03", "ADEME-01"),
        verdicts={
            "ETAT-07": {"axis": "true", "beneficiaries": "true", "phase": "true", "on_offer": "unknown"},
            "ETAT-05": {"phase": "true"},
            "BDT-05": {"phase": "unknown", "main_axis": "false"},
            "BPI-03": {"beneficiaries": "unknown", "phase": "unknown"},
        },
    ),
    Case(
        "Permis de construire d'une usine",
        LACQ,
        _facts(date(2021, 6, 1), "2018", "simplifier", carriers=[ATELIERS, CA_PAU], regions=["75"]),
        matched=("ETAT-02", "ETAT-04", "TOUS-01", "ETAT-01"),
        not_matched=("BF-01",),
        verdicts={
            "ETAT-01": {"beneficiaries": "unknown", "openness": "true"},
            "TOUS-01": {"beneficiaries": "true", "on_offer": "true"},
        },
    ),
    Case(
        "Action d'un porteur qui n'est pas encore enregistré",
        LACQ,
        _facts(date(2021, 6, 1), "2018", "innover", carriers=[NOBODY_KNOWN], regions=["75"]),
        matched=("BPI-04", "BPI-05", "BPI-07"),
        not_matched=("BF-01",),
        verdicts={"BPI-04": {"beneficiaries": "unknown", "openness": "true"}},
    ),
)

if __name__ == "__main__":
    for case in CASES:
        print(explained(case), end="\n\n")
