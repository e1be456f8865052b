"""Signed contents of earlier versions of the platform: they never change, and are printed as today's."""

from collections.abc import Mapping
from typing import Any, Final

from services.contract.models import empty_project, empty_themes, merged

ABSENT: Final[Mapping[str, Any]] = {
    "project": empty_project(),
    "themes": {},
    "priorities": [],
    "commitments": [],
    "links": None,
    "approvals": {},
    "actions": [],
    "refused_actions": [],
}
"""Members that a content of before did not have."""


def completed(content: Mapping[str, Any]) -> dict[str, Any]:
    """Return a content with every member of today. A theme and a priority were one text each."""
    found = {**ABSENT, **content}
    return {
        **found,
        "themes": merged(empty_themes(), {name: _theme(name, each) for name, each in found["themes"].items()}),
        "priorities": [
            {"title": each, "carriers": [], "actions": []} if isinstance(each, str) else each
            for each in found["priorities"]
        ],
        "parties": [{"label": None, "role": "partner", "capacity": "—", **party} for party in found["parties"]],
        "actions": [_sheet(sheet) for sheet in found["actions"]],
    }


def _theme(name: str, answer: Any) -> Any:
    if isinstance(answer, str):
        return {"attractiveness": {"people": answer}, "animation": {"text": answer}}.get(name, answer)
    return answer


def _sheet(sheet: Mapping[str, Any]) -> dict[str, Any]:
    lists: dict[str, Any] = {
        name: sheet.get(name) or [] for name in ("axes", "territories", "carriers", "partners", "issues", "milestones")
    }
    texts = ("main_axis", "commitment", "cost_cents", "planned_start", "planned_end", "number", "title")
    return {**dict.fromkeys(texts), **sheet, **lists}
