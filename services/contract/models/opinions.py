"""Opinions of State services on a contract or an action sheet."""

from collections.abc import Sequence
from typing import Literal, TypedDict

Verdict = Literal["favourable", "unfavourable", "reserved"]


class Opinion(TypedDict):
    """Opinion of a State service on one version of a text."""

    organisation: str
    verdict: str
    text: str
    given_at: str
    text_version: int


class DatedOpinion(Opinion):
    """Opinion beside the text of today."""

    is_current: bool


def dated(opinions: Sequence[Opinion], text_version: int) -> list[DatedOpinion]:
    """Return opinions that say whether the text is still the one that they are about."""
    return [DatedOpinion(**opinion, is_current=opinion["text_version"] == text_version) for opinion in opinions]
