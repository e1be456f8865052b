"""Parts of the text of a contract, as they are sent and answered."""

from typing import Annotated, Final, Literal
from uuid import UUID

from pydantic import Field

from services.contract.models import MeansKind, PlanState
from services.contract.schemas.texts import LongText, Office, PerimeterCode, Sentence, ShortText
from shared.events.codes import Siren, SirenInput
from shared.events.contract import Block, PartyKind
from shared.http.schemas import Answer, Body, Id, Line, Note, Prose, Word, unsent
from shared.http.unique import Unique

PartyRole = Annotated[Literal["carrier", "partner"], Field(description="carrier (porteur) or partner (partenaire).")]
ACTION: Final = "0198f3a2-7b1c-7e44-9d55-2c1f0a9b8e01"
SCHEME: Final = "Code of the scheme in `/v1/schemes`; null: not in this registry."
PERIMETER: Final = "Code of one of its perimeters, as `/v1/schemes/{scheme}/perimeters` lists them."


class PartyIn(Body):
    """A party, in one of the three blocks of the contract."""

    organisation: SirenInput = Field(examples=["200067254"])
    block: Block = Field(description="territory « d'une part », public « d'autre part », economic « ainsi que ».")
    kind: PartyKind = Field(
        description="The organisation is of the territory: an intercommunality is a member or contains one, a commune "
        "is a member or lies in one; Regions, départements and State services act there. A central State service fits."
    )
    label: Office | None = Field(
        default=None, description="What a party of kind `other` is, in words; null for all others.", examples=[None]
    )
    capacity: Office = Field(description="Office in which its signatory signs; no name.", examples=["Présidence"])
    role: PartyRole
    required: bool = Field(default=True, description="Whether the contract waits for its signature.")


class ProjectIssueIn(Body):
    """An issue (enjeu) of the territory."""

    title: ShortText = Field(examples=["Des métiers en tension"])
    text: Sentence = Field(examples=["Un tiers des offres de soudeurs restent sans réponse (texte synthétique)."])


class ProjectIn(Body):
    """The projet de territoire: the first part of the contract. Fields not sent stay, null takes one away."""

    diagnosis: LongText | None = Field(
        default_factory=unsent, examples=["Le bassin compte 12 000 emplois industriels (texte synthétique)."]
    )
    ambitions: LongText | None = Field(
        default_factory=unsent, examples=["Faire du bassin une plateforme de chimie verte (texte synthétique)."]
    )
    issues: Annotated[list[ProjectIssueIn], Unique(by=("title",))] = Field(default_factory=unsent, max_length=20)


class AttractivenessIn(Body):
    """Answer to the theme attractiveness, in its two sub-themes."""

    people: LongText | None = Field(default_factory=unsent, examples=["Loger les apprentis (texte synthétique)."])
    businesses: LongText | None = Field(default_factory=unsent, examples=["Offrir du foncier (texte synthétique)."])


class FacilitatorIn(Body):
    """The office that facilitates the economic animation; never a person."""

    organisation: SirenInput | None = Field(
        default=None, description="SIREN or SIRET of its organisation, if it has one.", examples=["200067254"]
    )
    office: Office = Field(examples=["Direction du développement économique"])


class AnimationIn(Body):
    """Answer to the theme economic animation: a text, its schemes, its facilitator."""

    text: LongText | None = Field(default_factory=unsent, examples=["Un réseau d'entreprises (texte synthétique)."])
    schemes: Annotated[list[ShortText], Unique()] = Field(
        default_factory=unsent, max_length=20, examples=[["Club des entreprises du bassin (exemple synthétique)"]]
    )
    facilitator: FacilitatorIn | None = Field(default_factory=unsent)


class ThemesIn(Body):
    """Answers to the five themes. Those not sent stay, null takes one away."""

    ambitions: LongText | None = Field(
        default_factory=unsent, examples=["Développer la chimie verte (texte synthétique)."]
    )
    attractiveness: AttractivenessIn = Field(default_factory=unsent)
    skills: LongText | None = Field(default_factory=unsent, examples=["Ouvrir une école (texte synthétique)."])
    animation: AnimationIn = Field(default_factory=unsent)
    simplification: LongText | None = Field(
        default_factory=unsent, examples=["Raccourcir une procédure (texte synthétique)."]
    )


class PriorityIn(Body):
    """A priority, with the parties that carry it and the sheets that serve it."""

    title: ShortText = Field(examples=["Attirer des talents"])
    carriers: Annotated[list[SirenInput], Unique()] = Field(
        default=[], max_length=10, description="SIREN or SIRET of parties of the contract.", examples=[["200067254"]]
    )
    actions: Annotated[list[Id], Unique()] = Field(
        default=[], max_length=30, description="Ids of sheets of its plan.", examples=[[ACTION]]
    )


class CommitmentIn(Body):
    """A commitment of a party."""

    organisation: SirenInput = Field(description="SIREN or SIRET of a party of the contract.", examples=["200053759"])
    kind: MeansKind = Field(examples=["financial"])
    text: Sentence = Field(examples=["Cofinancer les études de l'école de production (texte synthétique)."])


class PlanEntryIn(Body):
    """A sheet in the plan of actions: proposed, then retained or refused with a reason."""

    action_id: Id = Field(description="A sheet of the territory's plan.", examples=[ACTION])
    state: PlanState = Field(default="retained", examples=["retained"])
    reason: ShortText | None = Field(
        default=None, description="Required for a refused sheet: why it is not part of the contract.", examples=[None]
    )


class SchemeLinkIn(Body):
    """Another scheme that the contract is articulated with, and what both have in common."""

    kind: Literal["CTE", "CRTE", "ACV", "PVD", "CPER", "other"] = Field(examples=["CTE"])
    name: ShortText = Field(examples=["Contrat de transition écologique du bassin de Lacq (exemple synthétique)"])
    scheme: Word | None = Field(default=None, description=SCHEME, examples=["cte"])
    perimeter: PerimeterCode | None = Field(default=None, description=PERIMETER, examples=[None])
    actions: Annotated[list[Id], Unique()] = Field(
        default_factory=list,
        max_length=30,
        description="Sheets of the plan that are also part of the other scheme.",
        examples=[[]],
    )
    covers: ShortText | None = Field(default=None, description="What else both cover, in words.", examples=[None])


class ProjectIssueOut(Answer):
    """An issue (enjeu) of the territory."""

    title: Line = Field(examples=["Des métiers en tension"])
    text: Note = Field(examples=["Un tiers des offres de soudeurs restent sans réponse (texte synthétique)."])


class ProjectOut(Answer):
    """The projet de territoire: the first part of the contract."""

    diagnosis: Prose | None = Field(examples=["Le bassin compte 12 000 emplois industriels (texte synthétique)."])
    ambitions: Prose | None = Field(examples=["Faire du bassin une plateforme de chimie verte (texte synthétique)."])
    issues: list[ProjectIssueOut] = Field(max_length=20)


class AttractivenessOut(Answer):
    """Answer to the theme attractiveness, in its two sub-themes."""

    people: Prose | None = Field(examples=["Loger les apprentis (texte synthétique)."])
    businesses: Prose | None = Field(examples=["Offrir du foncier (texte synthétique)."])


class FacilitatorOut(Answer):
    """The office that facilitates the economic animation."""

    organisation: Siren | None = Field(examples=["200067254"])
    office: Line = Field(examples=["Direction du développement économique"])


class AnimationOut(Answer):
    """Answer to the theme economic animation."""

    text: Prose | None = Field(examples=["Un réseau d'entreprises (texte synthétique)."])
    schemes: list[Line] = Field(max_length=20, examples=[["Club des entreprises du bassin (exemple synthétique)"]])
    facilitator: FacilitatorOut | None


class ThemesOut(Answer):
    """Answers to the five themes; null: not answered."""

    ambitions: Prose | None = Field(examples=["Développer la chimie verte (texte synthétique)."])
    attractiveness: AttractivenessOut
    skills: Prose | None = Field(examples=["Ouvrir une école (texte synthétique)."])
    animation: AnimationOut
    simplification: Prose | None = Field(examples=["Raccourcir une procédure (texte synthétique)."])


class PriorityOut(Answer):
    """A priority, with the parties that carry it and the sheets that serve it."""

    title: Line = Field(examples=["Attirer des talents"])
    carriers: list[Siren] = Field(max_length=10, examples=[["200067254"]])
    actions: list[UUID] = Field(max_length=30, examples=[[ACTION]])


class CommitmentOut(Answer):
    """A commitment of a party."""

    organisation: Siren = Field(examples=["200053759"])
    kind: MeansKind = Field(examples=["financial"])
    text: Note = Field(examples=["Cofinancer les études de l'école de production (texte synthétique)."])


class PlanEntryOut(Answer):
    """A sheet in the plan of actions."""

    action_id: UUID = Field(examples=[ACTION])
    state: PlanState = Field(examples=["retained"])
    reason: Note | None = Field(description="Why it is refused.", examples=[None])


class SchemeLinkOut(Answer):
    """Another scheme that the contract is articulated with, and what both have in common."""

    kind: Word = Field(examples=["CTE"])
    name: Line = Field(examples=["Contrat de transition écologique du bassin de Lacq (exemple synthétique)"])
    scheme: Word | None = Field(default=None, description=SCHEME, examples=["cte"])
    perimeter: Note | None = Field(default=None, description=PERIMETER, examples=[None])
    actions: list[UUID] = Field(
        default_factory=list, max_length=30, description="Sheets that are also part of it.", examples=[[]]
    )
    covers: Note | None = Field(default=None, description="What else both cover.", examples=[None])
