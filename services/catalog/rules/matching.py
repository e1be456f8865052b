"""Matching finds the services that fit an action. Each question has an answer (true, false, unknown) and a reason.

The questions and their weights, which add up to 100:

    axis            35  decisive  one axis of the action is the axis of the service
    beneficiaries   25  decisive  a carrier of the action is a beneficiary of the service
    main_axis       10            the main axis of the action is the axis of the service
    on_offer        10  decisive  the service is on offer on the day of submission
    phase           10  decisive  the service is made for the phase of the territory
    openness         5            labelled territories have access to the service
    cost             5  decisive  the cost of the action reaches the minimum of the service

The score is the sum of the weights of true answers; an unknown answer adds nothing. A false answer to a decisive
question excludes the service. The others are listed best first: at most AT_MOST, with a score of at least FLOOR. No
service reaches FLOOR without the axis, nor by the axis and the calendar alone.
"""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Final

from services.catalog.models import (
    Beneficiary,
    Criterion,
    Match,
    Matching,
    MatchResult,
    Offer,
    OfferedService,
    ServiceVersion,
    SuggestedChange,
)
from services.catalog.reference import AXES, BENEFICIARIES, SECOND_PHASE, catalogue_axes
from services.catalog.rules.services import Verdict, on_offer
from shared.events.catalog import MATCHES_AT_MOST
from shared.events.contract import ActionEvent

FLOOR: Final = 60
"""Minimum score of a match."""
AT_MOST: Final = MATCHES_AT_MOST
"""Maximum number of matches per action."""
PHASES: Final = {"2018": "phase 1 (2018-2023)", "2023": "phase 2 (2023-2027)"}


@dataclass(frozen=True)
class CarrierFacts:
    """An organisation that carries the action. Its kind is None if it is unknown."""

    siren: str
    name: str
    kind: str | None


@dataclass(frozen=True)
class Facts:
    """Facts about an action on the day of its submission."""

    day: date
    phase: str
    axes: Sequence[str]
    main_axis: str
    carriers: Sequence[CarrierFacts]
    regions: Collection[str] = ()
    cost_cents: int | None = None


@dataclass(frozen=True)
class CriterionAnswer:
    """Answer to a criterion, with its reason and what would change it."""

    verdict: Verdict
    because: str
    would_change: str | None = None
    field: str | None = None
    one_of: Collection[str] = ()
    at_least: int | None = None


@dataclass(frozen=True)
class Question:
    """One criterion of the matching."""

    code: str
    label: str
    weight: int
    decisive: bool
    ask: Callable[[Offer, Facts], CriterionAnswer] = field(repr=False)


def match(services: Iterable[OfferedService | ServiceVersion], facts: Facts) -> tuple[list[Match], list[Match]]:
    """Return the services that fit, best first, and the others that were on offer that day or may have been."""
    candidates = [
        compare(service, facts)
        for service in services
        if on_offer(service, withdrawn_on=service.withdrawn_on, on=facts.day) != "false"
    ]
    return rank(candidates)


def rank(candidates: Iterable[Match]) -> tuple[list[Match], list[Match]]:
    """Return the compared services that fit, best first, and the others."""
    ranked = sorted(candidates, key=lambda each: (-each["score"], -each["known"], each["service"]))
    fitting = [each for each in ranked if each["retained"]][:AT_MOST]
    names = {each["service"] for each in fitting}
    others = [each for each in ranked if each["service"] not in names]
    for other in others:
        other["retained"] = False
    return fitting, others


def share(matching: Matching, action: ActionEvent) -> None:
    """Give a matching to those whom the action concerns; an operator of a match reads it as it reads the action."""
    matching.territories = action.territories
    matching.regions = action.regions
    matching.organisations = action.organisations
    matching.operators = list(dict.fromkeys(match["operator"] for match in matching.matches if match["operator"]))


def compare(service: OfferedService | ServiceVersion, facts: Facts) -> Match:
    """Compare one service with an action: answer every question, and compute the score."""
    criteria = [criterion(question, question.ask(service, facts)) for question in QUESTIONS]
    return Match(
        service=service.code,
        service_version=service.service_version,
        name=service.name,
        operator=service.operator,
        named=service.operator_named,
        possible=POSSIBLE,
        criteria=criteria,
        **result(criteria),
    )


def result(criteria: Collection[Criterion]) -> MatchResult:
    """Return what the answers to all questions add up to."""
    score = sum(each["weight"] for each in criteria if each["verdict"] == "true")
    ruled_out = any(each["decisive"] and each["verdict"] == "false" for each in criteria)
    return MatchResult(
        score=score,
        known=sum(each["weight"] for each in criteria if each["verdict"] != "unknown"),
        retained=score >= FLOOR and not ruled_out,
    )


def criterion(question: Question, answer: CriterionAnswer) -> Criterion:
    """Return the answer to a question as a matching stores it."""
    change = None
    if answer.would_change:
        change = SuggestedChange(
            sentence=answer.would_change,
            field=answer.field,
            one_of=sorted(answer.one_of) or None,
            at_least=answer.at_least,
        )
    return Criterion(
        code=question.code,
        label=question.label,
        weight=question.weight,
        verdict=answer.verdict,
        decisive=question.decisive,
        because=answer.because,
        would_change=change,
    )


def axis(service: Offer, facts: Facts) -> CriterionAnswer:
    """Compare the service's axis with the axes of the action."""
    if service.axis in catalogue_axes(facts.phase, facts.axes):
        return CriterionAnswer("true", f"L'action porte un axe auquel répond « {service.axis} », celui du service.")
    return _axis_missed(
        service, facts, facts.axes, "axes", f"Aucun axe de l'action ({', '.join(facts.axes)}) n'est celui du service"
    )


def main_axis(service: Offer, facts: Facts) -> CriterionAnswer:
    """Compare the service's axis with the main axis of the action."""
    if service.axis in catalogue_axes(facts.phase, [facts.main_axis]):
        return CriterionAnswer("true", f"C'est l'axe principal de l'action ({facts.main_axis}).")
    return _axis_missed(
        service,
        facts,
        [facts.main_axis],
        "main_axis",
        f"L'axe principal ({facts.main_axis}) n'est pas celui du service",
    )


def _axis_missed(service: Offer, facts: Facts, axes: Collection[str], name: str, because: str) -> CriterionAnswer:
    unmapped = [axis for axis in axes if (facts.phase, axis) not in AXES]
    fitting = [axis for (phase, axis), answers in AXES.items() if phase == facts.phase and answers == service.axis]
    needed = " ou ".join(f"« {axis} »" for axis in fitting)
    change = (
        f"Porter l'axe {needed}."
        if fitting
        else f"Rien dans la fiche : aucun axe de la {PHASES[facts.phase]} ne répond à « {service.axis} »."
    )
    verdict: Verdict = "false"
    if unmapped:
        verdict = "unknown"
        because = f"L'axe {', '.join(unmapped)} n'a pas d'équivalent dans le catalogue"
    return CriterionAnswer(verdict, f"{because} (« {service.axis} »).", change, name if fitting else None, fitting)


def beneficiaries(service: Offer, facts: Facts) -> CriterionAnswer:
    """Compare the carriers of the action with the beneficiaries of the service."""
    if not service.beneficiary_kinds:
        return CriterionAnswer(
            "unknown",
            f"Les bénéficiaires (« {service.beneficiaries} ») ne sont pas lus en catégories.",
            "L'opérateur indique à quelles catégories d'organisations il s'adresse.",
        )
    answers = [_answer_for(carrier, each) for carrier in facts.carriers for each in service.beneficiary_kinds]
    for verdict in ("true", "unknown"):
        for answer in answers:
            if answer is not None and answer.verdict == verdict:
                return answer
    return _no_beneficiary(service, facts)


def _answer_for(carrier: CarrierFacts, beneficiary: Beneficiary) -> CriterionAnswer | None:
    """Verdict of one kind of beneficiary on one carrier; None if it does not apply."""
    kind = BENEFICIARIES[beneficiary["kind"]]
    words = beneficiary["words"] or kind.label
    if carrier.kind in kind.surely:
        if not beneficiary["condition"]:
            return CriterionAnswer("true", f"{carrier.name} est visé par « {words} ».")
        return CriterionAnswer(
            "unknown",
            f"{carrier.name} peut être visé par « {words} », mais la plateforme ne peut vérifier : "
            f"{beneficiary['condition']}.",
            f"L'opérateur confirme : {beneficiary['condition']}.",
        )
    if carrier.kind in kind.perhaps:
        return CriterionAnswer(
            "unknown",
            f"{carrier.name} est peut-être visé par « {words} » : le registre ne dit pas si c'est un « {kind.label} ».",
            f"L'opérateur confirme que {carrier.name} est un « {kind.label} ».",
        )
    return None


def _no_beneficiary(service: Offer, facts: Facts) -> CriterionAnswer:
    sure = {
        kind
        for each in service.beneficiary_kinds
        if not each["condition"]
        for kind in BENEFICIARIES[each["kind"]].surely
    }
    change = (
        f"Associer comme porteur : {_labels(service.beneficiary_kinds)}."
        if sure
        else "Rien dans la fiche : le service ne s'adresse pas sans condition à une organisation qui porte des actions."
    )
    because = f"Aucun porteur n'est visé par « {service.beneficiaries} »."
    if unknown := [carrier.name for carrier in facts.carriers if carrier.kind is None]:
        names = ", ".join(unknown)
        return CriterionAnswer(
            "unknown", f"La nature de {names} n'est pas connue ici.", f"Enregistrer {names} et sa nature."
        )
    return CriterionAnswer("false", because, change, "carriers" if sure else None, sure)


def _labels(kinds: Collection[Beneficiary]) -> str:
    sure = [BENEFICIARIES[each["kind"]] for each in kinds if not each["condition"]]
    return ", ".join(dict.fromkeys(kind.label for kind in sure if kind.surely))


def offered(service: Offer, facts: Facts) -> CriterionAnswer:
    """Check that the service is on offer on the day of the submission."""
    verdict = on_offer(service, withdrawn_on=None, on=facts.day)
    start, end = _day(service.starts_on), _day(service.ends_on)
    since = f"du {start} au {end}" if end else f"depuis le {start}, sans fin annoncée"
    if verdict == "true":
        return CriterionAnswer("true", f"Offert le {_day(facts.day)} : {since}.")
    if verdict == "unknown":
        return CriterionAnswer(
            "unknown",
            f"Les sources ne donnent que des années ({since}) : rien ne dit si le service est offert le "
            f"{_day(facts.day)}.",
            "L'opérateur indique le jour où l'offre commence ou finit.",
        )
    return CriterionAnswer(
        "false", f"Pas offert le {_day(facts.day)} : {since}.", "L'opérateur publie une nouvelle période."
    )


def phase(service: Offer, facts: Facts) -> CriterionAnswer:
    """Compare the phases of the service with the phase of the territory."""
    named = [each["phase"] for each in service.phases]
    here = PHASES[facts.phase]
    if named:
        words = " ; ".join(f"« {each['words'] or each['phase']} »" for each in service.phases)
        if facts.phase in named:
            return CriterionAnswer("true", f"Le service nomme la {here} : {words}.")
        return CriterionAnswer(
            "false", f"Le service nomme une autre phase que la {here} : {words}.", *_ANOTHER_TERRITORY
        )
    if service.basket == "droit-commun":
        return CriterionAnswer("true", "Offre de droit commun : elle ne dépend pas d'une phase du programme.")
    made_for = "2018" if service.starts_on < date.fromisoformat(SECOND_PHASE) else "2023"
    if facts.phase == made_for:
        return CriterionAnswer("true", f"Entré au panier ({service.basket}) pendant la {here}.")
    return CriterionAnswer(
        "unknown",
        f"Entré au panier ({service.basket}) pendant la {PHASES[made_for]} : aucune source ne dit s'il vaut pour "
        f"la {here}.",
        f"L'opérateur indique que le service vaut pour la {here}.",
    )


_ANOTHER_TERRITORY: Final = ("Rien dans la fiche : le service s'adresse aux territoires d'une autre phase.",)


def openness(service: Offer, facts: Facts) -> CriterionAnswer:
    """Check that labelled territories have access to the service."""
    words = f" : « {service.openness_words} »" if service.openness_words else ""
    match service.openness:
        case "reserved":
            return CriterionAnswer("true", f"Réservé aux territoires d'industrie{words}.")
        case "prioritised":
            return CriterionAnswer("true", f"Priorité aux territoires d'industrie{words}.")
        case "open":
            return CriterionAnswer("true", f"Ouvert à tous, sans priorité{words}.")
        case _:
            return CriterionAnswer(
                "unknown",
                "Aucune source ne dit si le service est réservé, prioritaire ou ouvert à tous.",
                "L'opérateur indique à qui le service est ouvert.",
            )


def cost(service: Offer, facts: Facts) -> CriterionAnswer:
    """Compare the cost of the action with the minimum cost of the service."""
    threshold = service.threshold
    if threshold is None:
        return CriterionAnswer(
            "unknown", "Aucun coût minimal n'est indiqué.", "L'opérateur indique un coût minimal, ou aucun."
        )
    words = f"« {threshold['words'] or euros(threshold['least_cents'])} »"
    if threshold["region"] and threshold["region"] not in facts.regions:
        return CriterionAnswer(
            "unknown",
            f"Le seuil n'est indiqué que pour la région {threshold['region']} : {words}.",
            "L'opérateur indique le seuil de cette région.",
        )
    change = ("cost_cents", (), threshold["surely_cents"])
    needed = f"Un coût d'au moins {euros(threshold['surely_cents'])}."
    if facts.cost_cents is None:
        return CriterionAnswer(
            "unknown", f"Le coût de l'action n'est pas connu ; le service demande {words}.", needed, *change
        )
    here = f"Le coût de l'action, {euros(facts.cost_cents)},"
    if facts.cost_cents >= threshold["surely_cents"]:
        return CriterionAnswer("true", f"{here} atteint le seuil : {words}.")
    if facts.cost_cents < threshold["least_cents"]:
        return CriterionAnswer("false", f"{here} est sous le seuil : {words}.", needed, *change)
    return CriterionAnswer(
        "unknown",
        f"{here} atteint l'un des seuils successifs, dont les dates manquent : {words}.",
        needed,
        *change,
    )


def euros(cents: int) -> str:
    """Format an amount in French, such as 1 234,50 €."""
    whole, rest = divmod(cents, 100)
    text = f"{whole:,}".replace(",", "\u202f")
    return f"{text},{rest:02d}\u00a0€" if rest else f"{text}\u00a0€"


def _day(day: date | None) -> str:
    return f"{day:%d/%m/%Y}" if day else ""


COST: Final = Question("cost", "Coût minimal", 5, True, cost)
QUESTIONS: Final = (
    Question("axis", "Axe", 35, True, axis),
    Question("beneficiaries", "Bénéficiaires", 25, True, beneficiaries),
    Question("main_axis", "Axe principal", 10, False, main_axis),
    Question("on_offer", "Offert ce jour", 10, True, offered),
    Question("phase", "Phase du programme", 10, True, phase),
    Question("openness", "Ouverture aux territoires d'industrie", 5, False, openness),
    COST,
)
POSSIBLE: Final = sum(question.weight for question in QUESTIONS)
