"""Services, as they are sent and answered."""

from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import Field, StringConstraints, computed_field

from services.catalog.rules.services import on_offer
from services.catalog.schemas.texts import Amount, LongText, Partial, Why, Words
from shared.clock import today
from shared.events.catalog import Openness, ServiceCode, ServiceKind
from shared.events.codes import PhaseCode, RegionCode, Siren
from shared.http.schemas import (
    MANY,
    Answer,
    BigCount,
    Body,
    Count,
    Day,
    Line,
    Note,
    Prose,
    Title,
    Version,
    Word,
    unsent,
)
from shared.http.unique import Unique

CatalogueAxis = Literal["attirer", "recruter", "innover", "simplifier", "transition"]
Basket = Literal["panier-2018", "panier-2019", "ajout", "droit-commun"]
BeneficiaryKind = Literal[
    "company", "intercommunality", "commune", "local_authority", "region", "association", "training_body",
    "project_company", "developer", "land_agency", "development_agency", "business_park", "consortium", "operator",
    "territory", "project_sponsor", "project_committee", "jobseeker", "young_person", "graduate", "apprentice",
]  # fmt: skip


class BeneficiaryIn(Body):
    """For whom a service is. A condition makes a match unknown: the platform cannot check it."""

    kind: BeneficiaryKind
    condition: Words | None = Field(default=None, examples=["une taille de PME ou d'ETI"])
    words: Words | None = Field(default=None, examples=["PME et ETI"])


class NamedPhaseIn(Body):
    """A phase that the service is made for; none at all: nobody has said."""

    phase: PhaseCode
    words: Words | None = Field(default=None, examples=["territoires de la phase 1"])


class ThresholdIn(Body):
    """The least cost of a project."""

    least_cents: Amount = Field(description="Below, it is missed.", examples=[20_000_000])
    surely_cents: Amount = Field(description="From here on, it is reached.", examples=[20_000_000])
    region: RegionCode | None = Field(default=None, description="Where it holds; everywhere if null.", examples=[None])
    words: Words | None = Field(default=None, examples=["assiette minimale 200 000 €"])


class _ServiceContent(Partial):
    beneficiary_kinds: Annotated[list[BeneficiaryIn], Unique()] = Field(default_factory=unsent, max_length=30)
    key_figures: Words | None = Field(default=None, examples=["jusqu'à 50 % du coût"])
    ends_on: Day | None = Field(default=None, description="The last day; null: no end is announced.")
    openness: Openness | None = Field(default=None, description="Reserved, prioritised or open; null: not said.")
    openness_words: Words | None = Field(default=None, examples=["Réservé aux territoires d'industrie"])
    phases: Annotated[list[NamedPhaseIn], Unique(by=("phase",))] = Field(default_factory=unsent, max_length=2)
    threshold: ThresholdIn | None = None
    basket: Basket = Field(default_factory=unsent, examples=["ajout"])
    source: Words | None = Field(default=None, examples=["https://www.example.org/offre"])


class ServiceIn(_ServiceContent):
    """A new service of your organisation; its code is given by the catalogue."""

    name: Title = Field(examples=["Diagnostic de décarbonation des sites industriels (démonstration)"])
    axis: CatalogueAxis
    kind: ServiceKind
    beneficiaries: Words = Field(examples=["Intercommunalités, entreprises industrielles"])
    description: LongText = Field(examples=["Un bureau d'études visite le site et chiffre les travaux."])
    starts_on: Day = Field(description="The first day.", examples=["2026-01-01"])


class ServiceChange(_ServiceContent):
    """Fields that the next version changes. A list replaces the whole list."""

    name: Title = Field(default_factory=unsent, examples=["Cofinancement d'études pré-opérationnelles"])
    axis: CatalogueAxis = Field(default_factory=unsent)
    kind: ServiceKind = Field(default_factory=unsent)
    beneficiaries: Words = Field(default_factory=unsent)
    description: LongText = Field(default_factory=unsent)
    starts_on: Day = Field(default_factory=unsent)
    reason: Why | None = Field(default=None, description="Why, for its history.", examples=["Nouvelle enveloppe"])


class Withdrawal(Body):
    """Why a service is no longer offered."""

    reason: Why | None = Field(default=None, examples=["L'enveloppe est épuisée."])


class BeneficiaryOut(Answer):
    """For whom a service is, in the words that say it."""

    kind: Word = Field(examples=["company"])
    condition: Note | None = Field(
        description="What the words ask for besides.", examples=["une taille de PME ou d'ETI"]
    )
    words: Note | None = Field(examples=["PME et ETI"])


class NamedPhaseOut(Answer):
    """A phase that the service names."""

    phase: PhaseCode
    words: Note | None = Field(examples=["territoires de la phase 1"])


class ThresholdOut(Answer):
    """The least cost of a project."""

    least_cents: BigCount = Field(examples=[20_000_000])
    surely_cents: BigCount = Field(examples=[20_000_000])
    region: RegionCode | None = Field(examples=[None])
    words: Note | None = Field(examples=["assiette minimale 200 000 €"])


class ServiceOut(Answer):
    """A service of the catalogue, in one version."""

    code: ServiceCode = Field(examples=["BDT-05"])
    version: Version = Field(description="Grows with each change of the service; its ETag.", examples=[1])
    updated_at: datetime = Field(examples=["2026-01-05T06:00:00Z"])
    service_version: Version = Field(description="The number of this version of what is offered.", examples=[1])
    valid_from: date = Field(description="The day from which this version speaks.", examples=["2019-01-01"])
    valid_until: date | None = Field(description="Its last day; null for the present version.")
    published_at: datetime = Field(examples=["2026-01-05T06:00:00Z"])
    operator: Siren | None = Field(
        description="Null: no organisation of the platform answers for it.", examples=["180020026"]
    )
    named: Line = Field(
        validation_alias="operator_named",
        description="The operator, as the catalogue names it: its brand, or its name on the day of `on`, on the last "
        "day of a former version, or today.",
        examples=["Banque des Territoires"],
    )
    name: Line = Field(examples=["Requalification de friches et aménagement de sites d'activité"])
    axis: CatalogueAxis = Field(examples=["attirer"])
    kind: ServiceKind = Field(examples=["investment"])
    beneficiaries: Note = Field(examples=["Collectivités, EPF, aménageurs, promoteurs, SEM et SPL"])
    beneficiary_kinds: list[BeneficiaryOut] = Field(
        max_length=30,
        examples=[[{"kind": "local_authority", "words": "Collectivités"}]],
        description="Empty: not read out of the words.",
    )
    description: Prose = Field(
        examples=["Co-investissement et cofinancement d'études pour reconvertir une friche ou aménager une zone."]
    )
    key_figures: Note | None = Field(examples=["études cofinancées ; quotité au cas par cas"])
    starts_on: date = Field(examples=["2019-01-01"])
    ends_on: date | None = Field(description="Null: no end is announced.")
    precision: Literal["day", "year"] = Field(description="`year`: the source names years alone.")
    openness: Openness | None = Field(description="Null: no source says.", examples=[None])
    openness_words: Note | None
    phases: list[NamedPhaseOut] = Field(max_length=2, examples=[[]], description="Those that the service names.")
    threshold: ThresholdOut | None = Field(examples=[None])
    basket: Basket = Field(examples=["panier-2019"])
    confidence: Literal["stated", "deduced"] = Field(
        description="stated: a source describes the service; deduced: it describes the operator's mission."
    )
    source: Note | None = Field(
        examples=["https://banquedesterritoires.fr/offre-investissement-requalification-friche-industrielle"]
    )
    withdrawn_on: date | None
    withdrawal_reason: Note | None

    @computed_field(description="Null: only years are known, and this is the first or the last.", examples=[True])  # type: ignore[prop-decorator]
    @property
    def on_offer_today(self) -> bool | None:
        """From this version's period."""
        verdict = on_offer(self, withdrawn_on=self.withdrawn_on, on=today())
        return None if verdict == "unknown" else verdict == "true"


Code = Annotated[str, StringConstraints(pattern=r"^[0-9A-Za-z_-]{1,50}$", max_length=50)]


class FacetOut(Answer):
    """Number of services with a value."""

    value: Code | None = Field(description="Null: unknown, or no operator.", examples=["recruter"])
    label: Line | None = Field(description="Of an operator, as the services name it.", examples=["Bpifrance"])
    count: Count = Field(examples=[14])


class FacetsOut(Answer):
    """Number of services by value. Each facet ignores its own filter."""

    total: Count = Field(description="With every filter.", examples=[48])
    axis: list[FacetOut] = Field(max_length=MANY, examples=[[{"value": "recruter", "count": 16}]])
    kind: list[FacetOut] = Field(max_length=MANY, examples=[[{"value": "support", "count": 17}]])
    operator: list[FacetOut] = Field(
        max_length=MANY, examples=[[{"value": "180020026", "label": "Banque des Territoires", "count": 15}]]
    )
    openness: list[FacetOut] = Field(max_length=MANY, examples=[[{"value": "reserved", "count": 7}]])
    basket: list[FacetOut] = Field(max_length=MANY, examples=[[{"value": "panier-2019", "count": 18}]])
