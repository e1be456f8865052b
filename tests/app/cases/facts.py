"""Facts of two real contracts, each with its source; what no source at hand gives is synthetic, and says so.

Persons appear by their office alone. No source at hand gives the number and the names of the companies, the SIRENs of
the préfectures, or what the sheets say.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from tests.app.permissions.callers import BPIFRANCE, CAISSE, NOUVELLE_AQUITAINE, OCCITANIE, synthetic

POLE_EMPLOI: Final = "130005481"
BUSINESS_FRANCE: Final = "451930051"
OPERATORS: Final = (CAISSE, BPIFRANCE, POLE_EMPLOI, BUSINESS_FRANCE)
"""Operators that sign as a rule, among them those of both contracts [C-ROC][C-LPT]."""


@dataclass(frozen=True)
class Body:
    """Synthetic body of a case: it is registered first."""

    siren: str
    kind: str
    name: str
    region: str | None = None


@dataclass(frozen=True)
class Approval:
    """Decision by which a Region approves a contract, and its body."""

    region: str
    organisation: str
    decided_on: str
    reference: str


@dataclass(frozen=True)
class StateParty:
    """Préfecture de région that is the party, and the préfecture de département that signs for it."""

    region: Body
    departement: Body


@dataclass(frozen=True)
class Case:
    """A contract as it was: a field that `sources` does not name is synthetic."""

    territory: str
    title: str
    starts_on: str
    ends_on: str
    protocol_signed_on: str | None
    contract_signed_on: str
    sheets: int
    intercommunalities: tuple[str, ...]
    approvals: tuple[Approval, ...]
    operators: tuple[str, ...]
    state: tuple[StateParty, ...]
    companies: tuple[Body, ...]
    pair_since: str
    deliberated_on: str
    """Day of the deliberations of the intercommunalities on the contract."""
    record_precision: str
    """Precision of the day of the signature in the published record."""
    sources: Mapping[str, str]

    @property
    def regions(self) -> list[str]:
        """Codes of its régions, the lead first."""
        return [approval.region for approval in self.approvals]

    @property
    def bodies(self) -> list[Body]:
        """Bodies to register."""
        return [*(body for state in self.state for body in (state.region, state.departement)), *self.companies]


def _prefecture(number: int, name: str, region: str) -> Body:
    return Body(synthetic(number), "state", f"Préfecture {name} (synthétique)", region)


def _companies(first: int) -> tuple[Body, ...]:
    return tuple(Body(synthetic(first + n), "company", f"Entreprise {n + 1} (synthétique)") for n in range(4))


LACQ_PAU_TARBES: Final = Case(
    territory="2018-ti-7505",
    title="Contrat de Territoire d'industrie Lacq-Pau-Tarbes",
    starts_on="2019-07-15",
    ends_on="2022-12-31",
    protocol_signed_on="2019-03-25",
    contract_signed_on="2019-07-15",
    sheets=29,
    intercommunalities=(
        "200067254",  # CA Pau Béarn Pyrénées
        "200039204",  # CC de Lacq-Orthez
        "200069300",  # CA Tarbes-Lourdes-Pyrénées
        "200067239",  # CC des Luys en Béarn
        "200067262",  # CC du Haut Béarn
        "200067288",  # CC du Béarn des Gaves
        "200067296",  # CC du Nord Est Béarn
        "246400337",  # CC de la Vallée d'Ossau
        "246401756",  # CC Pays de Nay
        "246500482",  # CC de la Haute-Bigorre
    ),
    approvals=(
        Approval("75", NOUVELLE_AQUITAINE, "2019-06-24", "Décision 75 (synthétique)"),
        Approval("76", OCCITANIE, "2019-07-05", "Décision 76 (synthétique)"),
    ),
    operators=OPERATORS,
    state=(
        StateParty(
            _prefecture(101, "de la région Nouvelle-Aquitaine", "75"),
            _prefecture(102, "des Pyrénées-Atlantiques", "75"),
        ),
        StateParty(
            _prefecture(103, "de la région Occitanie", "76"),
            _prefecture(104, "des Hautes-Pyrénées", "76"),
        ),
    ),
    companies=_companies(110),
    pair_since="2019-03-25",
    deliberated_on="2019-06-27",
    record_precision="day",
    sources={
        "territory": "ANCT, liste 2018-2023 : ti-7505",
        "title": "lawinsider.com/fr/contracts/bxpwV6PcYJg [C-LPT]",
        "state": "[C-LPT] : préfet de département, par délégation du préfet de région",
        "protocol_signed_on": "presselib.com ; agglo-tlp.fr/actualite/fiche/137",
        "contract_signed_on": "aqui.fr 18816 ; pau.fr, 17 juillet 2019",
        "sheets": "aqui.fr 18816",
        "record_precision": "contract_events.csv",
        "operators": "[C-LPT] : Banque des Territoires, Bpifrance, Pôle emploi, Business France",
        "intercommunalities": "ANCT, liste 2018-2023, géographie mise à jour",
    },
)
"""Two Regions, whose decisions are synthetic. The list of members is real; that all ten sign is synthetic."""

ROCHEFORT: Final = Case(
    territory="2018-ti-7513",
    title="Contrat de Territoire d'industrie Rochefort-Royan-Marennes-Oléron 2020-2022",
    starts_on="2020-01-01",
    ends_on="2022-12-31",
    protocol_signed_on=None,
    # The year alone is known.
    contract_signed_on="2020-02-20",
    sheets=9,
    intercommunalities=(
        "200041762",  # CA Rochefort Océan
        "241700640",  # CA Royan Atlantique
        "241700699",  # CC du Bassin de Marennes
        "241700624",  # CC de l'Ile d'Oléron
    ),
    approvals=(Approval("75", NOUVELLE_AQUITAINE, "2019-12-16", "Délibération du 16 décembre 2019 (n° synthétique)"),),
    operators=OPERATORS,
    state=(
        StateParty(
            _prefecture(101, "de la région Nouvelle-Aquitaine", "75"),
            _prefecture(105, "de la Charente-Maritime", "75"),
        ),
    ),
    companies=_companies(120),
    pair_since="2019-11-04",
    deliberated_on="2020-01-23",
    record_precision="year",
    sources={
        "territory": "ANCT, liste 2018-2023 : ti-7513",
        "title": "lawinsider.com/fr/contracts/9CP7FsJyROj [C-ROC]",
        "state": "[C-ROC] : préfet de département, par délégation du préfet de région",
        # The years; the days of the period are synthetic.
        "starts_on": "[C-ROC] : 2020-2022",
        "ends_on": "[C-ROC] : 2020-2022",
        "sheets": "adcf.org 6106 [ADCF-ROC]",
        "approvals": "[C-ROC] : délibération du conseil régional du 16 décembre 2019",
        "record_precision": "contract_events.csv",
        "operators": "[C-ROC] : Banque des Territoires, Bpifrance, Pôle emploi, Business France",
        "intercommunalities": "ANCT, liste 2018-2023",
    },
)
"""One Region, four intercommunalities; signed in 2020, on a day that no source at hand gives."""
