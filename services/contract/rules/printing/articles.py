"""Articles of a contract or protocol: the outline of `domain.md`, 5.1, which is a template to be confirmed ([GEN])."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from services.contract.rules.printing import words
from services.contract.rules.printing.blocks import (
    NOTHING,
    Block,
    day,
    euros,
    heading,
    items,
    strong,
    table,
    text,
)

AMENDING: Final = (
    "Toute modification fait l’objet d’un avenant écrit, numéroté, daté et motivé, que les parties signent selon le "
    "même circuit. Le texte en vigueur, avec ses avenants, se lit à toute date sur la plateforme du programme."
)
ENDING: Final = (
    "Le texte prend fin à son terme, par résiliation, par dénonciation d’une partie dont la signature était requise, "
    "ou lorsqu’un autre contrat le remplace. La fin est déclarée avec son motif, sa date et ses effets sur les "
    "actions. Un avenant peut le prolonger."
)
FOLLOW_UP: Final = (
    "Après la signature, le comité de projet devient comité de suivi. Coprésidé par le binôme formé d’un élu et d’un "
    "industriel, il réunit l’État, la Région et les parties, suit l’exécution du plan et propose les avenants."
)
EVALUATION: Final = (
    "Un rapport annuel rend compte de l’avancement de chaque fiche action. Les indicateurs de suivi sont ceux du "
    "programme : fiches remontées, validées, en cours de déploiement et réalisées ; montants demandés, accordés et "
    "payés ; délais de réponse des opérateurs."
)
DISPUTES: Final = (
    "Les parties recherchent un accord amiable sur toute difficulté d’interprétation ou d’exécution, avant de saisir "
    "la juridiction compétente."
)


def articles(kind: str, content: Mapping[str, Any]) -> Iterator[Block]:
    """Yield the nine articles."""
    names = {party["organisation"]: party["name"] for party in content["parties"]}
    numbers = {sheet["action_id"]: f"{sheet['number']} – {sheet['title']}" for sheet in content["actions"]}
    yield heading(1, "Article 1 – Objet")
    yield text(
        f"{words.THE_KIND[kind].capitalize()} fixe les ambitions, les priorités et le plan d’actions que les parties "
        f"retiennent pour le territoire {content['territory']}, et les engagements de chacune d’elles."
    )
    yield heading(1, "Article 2 – Situation, ambitions et priorités")
    yield from _project(content["project"])
    yield from _themes(content["themes"], names)
    yield from _priorities(content["priorities"], names, numbers)
    yield from _links(content["links"], numbers)
    yield heading(1, "Article 3 – Plan d’actions")
    yield from _plan(content)
    yield heading(1, "Article 4 – Engagements des parties")
    yield from _commitments(content["commitments"], names)
    yield heading(1, "Article 5 – Gouvernance et suivi")
    yield text(FOLLOW_UP)
    yield heading(1, "Article 6 – Évaluation et indicateurs")
    yield text(EVALUATION)
    yield heading(1, "Article 7 – Avenants")
    yield text(AMENDING)
    yield heading(1, "Article 8 – Durée, entrée en vigueur et fin")
    yield text(
        f"{words.THE_KIND[kind].capitalize()} prend effet le {day(content['starts_on'])} et prend fin le "
        f"{day(content['ends_on'])}."
    )
    yield text(ENDING)
    yield heading(1, "Article 9 – Différends")
    yield text(DISPUTES)


def _project(project: Mapping[str, Any]) -> Iterator[Block]:
    yield heading(2, "2.1 Projet de territoire")
    yield strong("Diagnostic")
    yield text(project["diagnosis"])
    yield strong("Ambitions")
    yield text(project["ambitions"])
    if project["issues"]:
        yield strong("Enjeux")
        yield items(f"{issue['title']}\n{issue['text']}" for issue in project["issues"])


def _themes(themes: Mapping[str, Any], names: Mapping[str, str]) -> Iterator[Block]:
    yield heading(2, "2.2 Réponses aux cinq thèmes de l’État")
    attractiveness, animation = themes["attractiveness"], themes["animation"]
    for title, answer in (
        ("Ambitions de développement ou de redéveloppement industriel", themes["ambitions"]),
        ("Attractivité du territoire pour les personnes", attractiveness["people"]),
        ("Attractivité du territoire pour les entreprises", attractiveness["businesses"]),
        ("Compétences, emploi et offre de formation", themes["skills"]),
        ("Animation économique", animation["text"]),
        ("Expérimentation et simplification", themes["simplification"]),
    ):
        yield strong(title)
        yield text(answer)
        if title == "Animation économique":
            yield from _animation(animation, names)


def _animation(animation: Mapping[str, Any], names: Mapping[str, str]) -> Iterator[Block]:
    if animation["schemes"]:
        yield items(animation["schemes"])
    if facilitator := animation["facilitator"]:
        of = names.get(facilitator["organisation"] or "", facilitator["organisation"])
        yield text(f"Animation confiée à : {facilitator['office']}{f', {of}' if of else ''}.")


def _priorities(
    priorities: Sequence[Mapping[str, Any]], names: Mapping[str, str], numbers: Mapping[str, str]
) -> Iterator[Block]:
    yield heading(2, "2.3 Priorités")
    if not priorities:
        yield text("Aucune priorité n’est fixée.")
        return
    yield table(
        "Priorités, dans leur ordre",
        ["N°", "Priorité", "Portée par", "Fiches actions"],
        [
            (
                str(rank),
                priority["title"],
                "\n".join(names.get(code, code) for code in priority["carriers"]) or NOTHING,
                "\n".join(numbers.get(each, each) for each in priority["actions"]) or NOTHING,
            )
            for rank, priority in enumerate(priorities, 1)
        ],
        widths=[0.4, 2, 2, 2.6],
    )


def _links(links: Sequence[Mapping[str, Any]] | None, numbers: Mapping[str, str]) -> Iterator[Block]:
    yield heading(2, "2.4 Articulation avec les autres contrats et dispositifs")
    if links:
        yield items(_link(link, numbers) for link in links)
    else:
        yield text(None if links is None else "Aucun autre dispositif n’est concerné.")


def _link(link: Mapping[str, Any], numbers: Mapping[str, str]) -> str:
    codes = [code for name in ("scheme", "perimeter") if (code := link.get(name))]
    parts = [f"{link['kind']} : {link['name']}" + (f" ({', '.join(codes)})" if codes else "")]
    if link.get("covers"):
        parts.append(link["covers"])
    if link.get("actions"):
        parts.append(f"fiches communes : {', '.join(numbers.get(each, each) for each in link['actions'])}")
    return " ; ".join(parts)


def _plan(content: Mapping[str, Any]) -> Iterator[Block]:
    if content["actions"]:
        yield table(
            "Actions retenues, détaillées en annexe",
            ["N°", "Action", "Axe principal", "Porteurs", "Coût total"],
            [
                (
                    sheet["number"],
                    sheet["title"],
                    words.axis(sheet["main_axis"]),
                    words.names_of(sheet["carriers"]),
                    "Confidentiel" if "cost_cents" in sheet.get("withheld", ()) else euros(sheet["cost_cents"]),
                )
                for sheet in content["actions"]
            ],
            widths=[0.9, 2.8, 1.2, 2, 1.3],
            aligned=["left", "left", "left", "left", "right"],
        )
    else:
        yield text("Aucune action n’est retenue à ce jour.")
    if content["refused_actions"]:
        yield strong("Propositions écartées")
        yield items(each["reason"] or NOTHING for each in content["refused_actions"])


def _commitments(commitments: Sequence[Mapping[str, Any]], names: Mapping[str, str]) -> Iterator[Block]:
    if not commitments:
        yield text("Aucun engagement n’est inscrit.")
        return
    yield table(
        "Engagements de chaque partie, par nature de moyens",
        ["Partie", "Moyens", "Engagement"],
        [
            (names.get(each["organisation"], each["organisation"]), words.MEANS[each["kind"]], each["text"])
            for each in commitments
        ],
        widths=[2, 1, 3.4],
    )
