"""Rules of guides and of the sources that can be cited."""

from collections.abc import Sequence
from datetime import date
from itertools import groupby
from typing import Final

from services.territory.errors import DayNotPlausible, GuideAlreadyPublished
from services.territory.models import Guide, Phase, Source
from services.territory.rules.days import LAST_DAY, first_preparation
from shared.events.guides import GuidePublished
from shared.events.sources import SourceRegistered
from shared.problem import FieldError

FIRST_SOURCE: Final = "1900"
"""First year of a source: an older one is a slip of the pen."""


def require_of_phase(applicable_from: date, phase: Phase | None) -> None:
    """Refuse a guide from before its phase, or before the programme. One that will apply later is announced."""
    first = first_preparation(phase)
    if not first <= applicable_from <= LAST_DAY:
        of = f" in phase {phase.code}" if phase else ""
        raise DayNotPlausible(
            f"`applicable_from` is {applicable_from}: give a day from {first} to {LAST_DAY}{of}.",
            errors=[FieldError(pointer="/applicable_from", detail=f"not between {first} and {LAST_DAY}")],
        )


def settle(versions: Sequence[Guide]) -> None:
    """Let each version of a guide apply until the next one of its phase."""
    ordered = sorted(versions, key=lambda guide: (guide.phase or "", guide.applicable_from))
    for _, of_phase in groupby(ordered, key=lambda guide: guide.phase):
        _settle(list(of_phase))


def _settle(ordered: Sequence[Guide]) -> None:
    for guide, following in zip(ordered, [*ordered[1:], None], strict=True):
        until = following.applicable_from if following else None
        if until == guide.applicable_from:
            raise GuideAlreadyPublished(
                f"Another version of {guide.title} applies from {until}: give another day in `applicable_from`."
            )
        guide.applicable_until = until


def absence(first: Guide | None, day: date) -> str:
    """Return the sentence that explains why no version is known for a day."""
    if first is None:
        return "No guide is known."
    return (
        f"No guide is known that applied on {day}: the first version whose day is known, {first.guide_version}, "
        f"applies from {first.applicable_from}."
    )


def require_published(published: str | None, *, today: date) -> None:
    """Refuse a source of the future, or of before 1900. A year or month alone counts from its first day."""
    if published is not None and not FIRST_SOURCE <= published <= today.isoformat()[: len(published)]:
        raise DayNotPlausible(
            f"`published` is {published}: give a day, month or year from {FIRST_SOURCE} to {today}.",
            errors=[FieldError(pointer="/published", detail=f"not between {FIRST_SOURCE} and {today}")],
        )


def registered(source: Source) -> SourceRegistered:
    """Return the event of the current state of a source."""
    return SourceRegistered(source_id=source.id, title=source.title, published=source.published)


def published(guide: Guide) -> GuidePublished:
    """Return the event of the current state of a version."""
    return GuidePublished(
        guide_id=guide.id,
        title=guide.title,
        guide_version=guide.guide_version,
        phase=guide.phase,
        applicable_from=guide.applicable_from,
        applicable_until=guide.applicable_until,
        source_id=guide.source_id,
    )
