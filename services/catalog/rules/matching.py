"""Matching: which services fit an action. Each question is answered true, false or unknown, with the reason.

The questions and their weights, which sum up to 100:

    axis            35  decisive  an axis of the action is that of the service
    beneficiaries   25  decisive  who carries the action is one of those whom the service is for
    main_axis       10            it is the main axis
    on_offer        10  decisive  the service is on offer on the day of submission
    phase           10  decisive  the service is made for the phase of the territory
    openness         5            labelled territories have access to it
    cost             5  decisive  the action reaches the least cost that the service states

The score is the sum of the weights that are true: what is unknown counts for nothing. A decisive question that is
answered false rules a service out. What is left is told best first: at most ten, with a score of at least FLOOR, which
nothing reaches without the axis, nor by the axis and the calendar alone.
"""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Final

from services.catalog.models import Beneficiary, Change, Criterion, Match, Offer, OfferedService, ServiceVersion
from services.catalog.reference import AXES, BENEFICIARIES, SECOND_PHASE, catalogue_axes
from services.catalog.rules.services import Verdict, on_offer

FLOOR: Final = 60
AT_MOST: Final = 10
PHASES: Final = {"2018": "phase 1 (2018-2023)", "2023": "phase 2 (2023-2027)"}


@dataclass(frozen=True)
class Carrier:
    """An organisation that carries the action. An unknown kind is None."""

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
    carriers: Sequence[Carrier]
    regions: Collection[str] = ()
    cost_cents: int | None = None


@dataclass(frozen=True)
class Answer:
    """Answer to a criterion."""

    verdict: Verdict
    because: str
    would_change: str | None = None
    field: str | None = None
    one_of: Collection[str] = ()
    at_least: int | None = None


@dataclass(frozen=True)
class Question:
    """One criterion."""

    code: str
    label: str
    weight: int
    decisive: bool
    ask: Callable[[Offer, Facts], Answer] = field(repr=False)


def match(services: Iterable[OfferedService | ServiceVersion], facts: Facts) -> tuple[list[Match], list[Match]]:
    """The services that fit, best first; and the others that were on offer that day, or may have been."""
    looked_at = [
        beside(service, facts)
        for service in services
        if on_offer(service, withdrawn_on=service.withdrawn_on, on=facts.day) != "false"
    ]
    ranked = sorted(looked_at, key=lambda one: (-one["score"], -one["known"], one["service"]))
    fitting = [one for one in ranked if one["retained"]][:AT_MOST]
    names = {one["service"] for one in fitting}
    others = [one for one in ranked if one["service"] not in names]
    for one in others:
        one["retained"] = False
    return fitting, others


def beside(service: OfferedService | ServiceVersion, facts: Facts) -> Match:
    """One service beside an action: every question, answered."""
    answers = [(question, question.ask(service, facts)) for question in QUESTIONS]
    score = sum(question.weight for question, answer in answers if answer.verdict == "true")
    known = sum(question.weight for question, answer in answers if answer.verdict != "unknown")
    ruled_out = any(question.decisive and answer.verdict == "false" for question, answer in answers)
    return Match(
        service=service.code,
        service_version=service.service_version,
        name=service.name,
        operator=service.operator,
        named=service.named,
        score=score,
        known=known,
        possible=POSSIBLE,
        retained=score >= FLOOR and not ruled_out,
        criteria=[_criterion(question, answer) for question, answer in answers],
    )


def _criterion(question: Question, answer: Answer) -> Criterion:
    change = None
    if answer.would_change:
        change = Change(
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


def axis(service: Offer, facts: Facts) -> Answer:
    """Is the service for an axis of the action?"""
    if service.axis in catalogue_axes(facts.phase, facts.axes):
        return Answer("true", f"L'action porte un axe auquel répond « {service.axis} », celui du service.")
    return _axis_missed(
        service, facts, facts.axes, "axes", f"Aucun axe de l'action ({', '.join(facts.axes)}) n'est celui du service"
    )


def main_axis(service: Offer, facts: Facts) -> Answer:
    """Is the service for the main axis of the action?"""
    if service.axis in catalogue_axes(facts.phase, [facts.main_axis]):
        return Answer("true", f"C'est l'axe principal de l'action ({facts.main_axis}).")
    return _axis_missed(
        service,
        facts,
        [facts.main_axis],
        "main_axis",
        f"L'axe principal ({facts.main_axis}) n'est pas celui du service",
    )


def _axis_missed(service: Offer, facts: Facts, axes: Collection[str], name: str, because: str) -> Answer:
    strange = [axis for axis in axes if (facts.phase, axis) not in AXES]
    fitting = [axis for (phase, axis), answers in AXES.items() if phase == facts.phase and answers == service.axis]
    needed = " ou ".join(f"« {axis} »" for axis in fitting)
    change = (
        f"Porter l'axe {needed}."
        if fitting
        else f"Rien dans la fiche : aucun axe de la {PHASES[facts.phase]} ne répond à « {service.axis} »."
    )
    verdict: Verdict = "false"
    if strange:
        verdict = "unknown"
        because = f"L'axe {', '.join(strange)} n'a pas d'équivalent dans le catalogue"
    return Answer(verdict, f"{because} (« {service.axis} »).", change, name if fitting else None, fitting)


def beneficiaries(service: Offer, facts: Facts) -> Answer:
    """Is who carries the action one of those whom the service is for?"""
    if not service.beneficiary_kinds:
        return Answer(
            "unknown",
            f"Les bénéficiaires (« {service.beneficiaries} ») ne sont pas lus en catégories.",
            "L'opérateur indique à quelles catégories d'organisations il s'adresse.",
        )
    found = [_carried(carrier, one) for carrier in facts.carriers for one in service.beneficiary_kinds]
    for verdict in ("true", "unknown"):
        for answer in found:
            if answer is not None and answer.verdict == verdict:
                return answer
    return _not_for(service, facts)


def _carried(carrier: Carrier, beneficiary: Beneficiary) -> Answer | None:
    """Verdict of one kind of beneficiary on one carrier; None if it does not apply."""
    kind = BENEFICIARIES[beneficiary["kind"]]
    words = beneficiary["words"] or kind.label
    if carrier.kind in kind.surely:
        if not beneficiary["condition"]:
            return Answer("true", f"{carrier.name} est visé par « {words} ».")
        return Answer(
            "unknown",
            f"{carrier.name} peut être visé par « {words} », mais la plateforme ne peut vérifier : "
            f"{beneficiary['condition']}.",
            f"L'opérateur confirme : {beneficiary['condition']}.",
        )
    if carrier.kind in kind.perhaps:
        return Answer(
            "unknown",
            f"{carrier.name} est peut-être visé par « {words} » : le registre ne dit pas si c'est un « {kind.label} ».",
            f"L'opérateur confirme que {carrier.name} est un « {kind.label} ».",
        )
    return None


def _not_for(service: Offer, facts: Facts) -> Answer:
    sure = {
        kind for one in service.beneficiary_kinds if not one["condition"] for kind in BENEFICIARIES[one["kind"]].surely
    }
    change = (
        f"Associer comme porteur : {_labels(service.beneficiary_kinds)}."
        if sure
        else "Rien dans la fiche : le service ne s'adresse pas sans condition à une organisation qui porte des actions."
    )
    because = f"Aucun porteur n'est visé par « {service.beneficiaries} »."
    if strange := [carrier.name for carrier in facts.carriers if carrier.kind is None]:
        names = ", ".join(strange)
        return Answer("unknown", f"La nature de {names} n'est pas connue ici.", f"Enregistrer {names} et sa nature.")
    return Answer("false", because, change, "carriers" if sure else None, sure)


def _labels(kinds: Collection[Beneficiary]) -> str:
    sure = [BENEFICIARIES[one["kind"]] for one in kinds if not one["condition"]]
    return ", ".join(dict.fromkeys(kind.label for kind in sure if kind.surely))


def offered(service: Offer, facts: Facts) -> Answer:
    """Is the service on offer on the day of the submission?"""
    verdict = on_offer(service, withdrawn_on=None, on=facts.day)
    start, end = _day(service.starts_on), _day(service.ends_on)
    since = f"du {start} au {end}" if end else f"depuis le {start}, sans fin annoncée"
    if verdict == "true":
        return Answer("true", f"Offert le {_day(facts.day)} : {since}.")
    if verdict == "unknown":
        return Answer(
            "unknown",
            f"Les sources ne donnent que des années ({since}) : rien ne dit si le service est offert le "
            f"{_day(facts.day)}.",
            "L'opérateur indique le jour où l'offre commence ou finit.",
        )
    return Answer("false", f"Pas offert le {_day(facts.day)} : {since}.", "L'opérateur publie une nouvelle période.")


def phase(service: Offer, facts: Facts) -> Answer:
    """Is the service made for the phase of the territory?"""
    named = [one["phase"] for one in service.phases]
    here = PHASES[facts.phase]
    if named:
        words = " ; ".join(f"« {one['words'] or one['phase']} »" for one in service.phases)
        if facts.phase in named:
            return Answer("true", f"Le service nomme la {here} : {words}.")
        return Answer("false", f"Le service nomme une autre phase que la {here} : {words}.", *_ANOTHER_TERRITORY)
    if service.basket == "droit-commun":
        return Answer("true", "Offre de droit commun : elle ne dépend pas d'une phase du programme.")
    made_for = "2018" if service.starts_on < date.fromisoformat(SECOND_PHASE) else "2023"
    if facts.phase == made_for:
        return Answer("true", f"Entré au panier ({service.basket}) pendant la {here}.")
    return Answer(
        "unknown",
        f"Entré au panier ({service.basket}) pendant la {PHASES[made_for]} : aucune source ne dit s'il vaut pour "
        f"la {here}.",
        f"L'opérateur indique que le service vaut pour la {here}.",
    )


_ANOTHER_TERRITORY: Final = ("Rien dans la fiche : le service s'adresse aux territoires d'une autre phase.",)


def openness(service: Offer, facts: Facts) -> Answer:
    """Do labelled territories have access to the service?"""
    words = f" : « {service.openness_words} »" if service.openness_words else ""
    match service.openness:
        case "reserved":
            return Answer("true", f"Réservé aux territoires d'industrie{words}.")
        case "prioritised":
            return Answer("true", f"Priorité aux territoires d'industrie{words}.")
        case "open":
            return Answer("true", f"Ouvert à tous, sans priorité{words}.")
        case _:
            return Answer(
                "unknown",
                "Aucune source ne dit si le service est réservé, prioritaire ou ouvert à tous.",
                "L'opérateur indique à qui le service est ouvert.",
            )


def cost(service: Offer, facts: Facts) -> Answer:
    """Does the action reach the least cost that the service states?"""
    threshold = service.threshold
    if threshold is None:
        return Answer("unknown", "Aucun coût minimal n'est indiqué.", "L'opérateur indique un coût minimal, ou aucun.")
    words = f"« {threshold['words'] or euros(threshold['least_cents'])} »"
    if threshold["region"] and threshold["region"] not in facts.regions:
        return Answer(
            "unknown",
            f"Le seuil n'est indiqué que pour la région {threshold['region']} : {words}.",
            "L'opérateur indique le seuil de cette région.",
        )
    change = ("cost_cents", (), threshold["surely_cents"])
    access_scope = f"Un coût d'au moins {euros(threshold['surely_cents'])}."
    if facts.cost_cents is None:
        return Answer(
            "unknown", f"Le coût de l'action n'est pas connu ; le service demande {words}.", access_scope, *change
        )
    here = f"Le coût de l'action, {euros(facts.cost_cents)},"
    if facts.cost_cents >= threshold["surely_cents"]:
        return Answer("true", f"{here} atteint le seuil : {words}.")
    if facts.cost_cents < threshold["least_cents"]:
        return Answer("false", f"{here} est sous le seuil : {words}.", access_scope, *change)
    return Answer(
        "unknown",
        f"{here} atteint l'un des seuils successifs, dont les dates manquent : {words}.",
        access_scope,
        *change,
    )


def euros(cents: int) -> str:
    """An amount as it is read in French."""
    whole, rest = divmod(cents, 100)
    text = f"{whole:,}".replace(",", "\u202f")
    return f"{text},{rest:02d}\u00a0€" if rest else f"{text}\u00a0€"


def _day(day: date | None) -> str:
    return f"{day:%d/%m/%Y}" if day else ""


QUESTIONS: Final = (
    Question("axis", "Axe", 35, True, axis),
    Question("beneficiaries", "Bénéficiaires", 25, True, beneficiaries),
    Question("main_axis", "Axe principal", 10, False, main_axis),
    Question("on_offer", "Offert ce jour", 10, True, offered),
    Question("phase", "Phase du programme", 10, True, phase),
    Question("openness", "Ouverture aux territoires d'industrie", 5, False, openness),
    Question("cost", "Coût minimal", 5, True, cost),
)
POSSIBLE: Final = sum(question.weight for question in QUESTIONS)
