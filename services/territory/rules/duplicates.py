"""Rules of duplicates: one body that is registered under two SIRENs."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from services.territory.errors import (
    OrganisationExhausted,
    OrganisationStillActive,
)
from services.territory.errors.duplicates import DuplicateDecided, DuplicateNotDecided, DuplicateNotFitting
from services.territory.models import Alias, FormerName, Organisation
from services.territory.rules.organisations import OFFICIAL
from services.territory.rules.tenures import Tenure
from shared.problem import FieldError
from shared.references import OrganisationDuplicate
from shared.storage.search import SAINTS, SMALL_WORDS, words

DISTINCT_AT_MOST: Final = 100
"""Organisations from which one is told apart."""
COMPANY_TYPES: Final = {
    "sa", "sas", "sasu", "sarl", "eurl", "snc", "sci", "scop", "scic", "sca", "selarl", "gie", "gip", "geie", "epic",
    "epa", "epl", "spl", "sem", "association", "asso", "societe", "etablissements", "ets",
}  # fmt: skip
_INITIALS: Final = re.compile(r"\b(?:\w\.){2,}")


@dataclass(frozen=True)
class RegisteredBody:
    """Facts of an organisation by which a duplicate is suspected, and the decisions on it."""

    siren: str
    name: str
    kind: str
    region: str | None
    aliases: Sequence[Alias]
    names: Sequence[FormerName]
    successor: str | None
    duplicate_of: str | None
    distinct_from: Sequence[str]


@dataclass(frozen=True)
class Pair:
    """Two organisations that may be the same body, or on which a person decided."""

    first: RegisteredBody
    second: RegisteredBody
    """That of the higher SIREN."""
    reasons: Sequence[str]
    decision: str | None
    """`same` or `different`; null: nobody has decided."""

    @property
    def duplicate(self) -> str | None:
        """SIREN of the one that is the duplicate; null: none was named so."""
        if self.decision != "same":
            return None
        return self.first.siren if self.first.duplicate_of == self.second.siren else self.second.siren


def name_key(name: str) -> str:
    """Return the words of a name without legal form and small words. Without any other word: all of them."""
    every = words(_INITIALS.sub(lambda initials: initials[0].replace(".", ""), name))
    telling = [SAINTS.get(word, word) for word in every if word not in COMPANY_TYPES and word not in SMALL_WORDS]
    return " ".join(telling or every)


def pairs(
    bodies: Iterable[RegisteredBody], *, decision: str | None, after: tuple[str, str] | None = None
) -> Iterator[Pair]:
    """Yield the pairs of a decision, or those that nobody has decided, in the order of their two SIRENs.

    `after` names the pair after which to go on.
    """
    known = {body.siren: body for body in sorted(bodies, key=lambda body: body.siren)}
    keys = {siren: (name_key(body.name), _other_keys(body)) for siren, body in known.items()}
    by_key: dict[str, list[str]] = defaultdict(list)
    for siren, (name, others) in keys.items():
        for key in {name, *others}:
            by_key[key].append(siren)
    decided = _decided(known)
    for siren, body in known.items():
        if after is not None and siren < after[0]:
            continue
        alike = {other for key in {keys[siren][0], *keys[siren][1]} for other in by_key[key]} | decided[siren].keys()
        for other in sorted(one for one in alike if one > siren):
            if after is not None and (siren, other) <= after:
                continue
            said, twin = decided[siren].get(other), known[other]
            if said == decision and (said is not None or _may_be_same(body, twin)):
                yield Pair(body, twin, list(_reasons(keys[siren], keys[other])), said)


def _other_keys(body: RegisteredBody) -> set[str]:
    return {name_key(other["name"]) for other in (*body.aliases, *body.names)}


def _reasons(one: tuple[str, set[str]], other: tuple[str, set[str]]) -> Iterator[str]:
    if one[0] == other[0]:
        yield "same_name"
    if one[1] & {other[0], *other[1]} or one[0] in other[1]:
        yield "same_alias"


def _may_be_same(one: RegisteredBody, other: RegisteredBody) -> bool:
    """Return False for two official bodies, a successor, a named duplicate, and bodies of two régions."""
    return not (
        (one.kind in OFFICIAL and other.kind in OFFICIAL)
        or one.successor == other.siren
        or other.successor == one.siren
        or one.duplicate_of
        or other.duplicate_of
        or (one.region and other.region and one.region != other.region)
    )


def _decided(known: Mapping[str, RegisteredBody]) -> dict[str, dict[str, str]]:
    """Return the decisions on pairs of organisations, by the lower SIREN and the higher one."""
    found: dict[str, dict[str, str]] = {siren: {} for siren in known}
    for siren, body in known.items():
        for other in body.distinct_from:
            first, second = sorted((siren, other))
            found[first][second] = "different"
        if body.duplicate_of:
            first, second = sorted((siren, body.duplicate_of))
            found[first][second] = "same"
    return found


def require_original(organisation: Organisation, *, field: str) -> None:
    """Refuse to name a duplicate."""
    if (original := organisation.duplicate_of_siren) is not None:
        raise OrganisationDuplicate(
            f"{organisation.name} ({organisation.siren}) is a duplicate of {original}: name that one.",
            errors=[FieldError(pointer=f"/{field}", detail=f"a duplicate of {original}")],
        )


def name_duplicate(
    organisation: Organisation,
    original: Organisation,
    *,
    duplicates: Sequence[Organisation],
    tenures: Sequence[Tenure],
    today: date,
) -> None:
    """Decide that an organisation is a duplicate of another one. `duplicates` are its own ones."""
    _require_undecided(organisation, original)
    if organisation.kind in OFFICIAL:
        raise _not_fitting(
            f"{_named(organisation)} is listed by the official geography, and never a duplicate: is {original.siren} "
            f"one of {organisation.siren}?",
            "is a duplicate of nothing",
        )
    if original.duplicate_of_siren:
        raise _not_fitting(
            f"{_named(original)} is itself a duplicate of {original.duplicate_of_siren}: name that one in `of`.",
            f"a duplicate of {original.duplicate_of_siren}",
        )
    if duplicates:
        raise _not_fitting(
            f"{_named(organisation)} has duplicates of its own, {', '.join(each.siren for each in duplicates)}: revoke "
            "these decisions first, POST /v1/organisations/{siren}/duplicate/revoke.",
            f"{organisation.siren} has duplicates",
        )
    for former, heir in ((organisation, organisation.successor_siren), (original, original.successor_siren)):
        if heir and (former is organisation or heir == organisation.siren):
            raise _not_fitting(
                f"{_named(former)} was taken over by {heir}, which is no duplicate: correct its `successor` first, "
                f"PATCH /v1/organisations/{former.siren}.",
                f"{heir} has taken over {former.siren}",
            )
    _require_no_tenure(organisation, original, tenures, today)
    organisation.duplicate_of_siren = original.siren


def mark_distinct(organisation: Organisation, other: Organisation) -> None:
    """Decide that two organisations are different ones."""
    _require_undecided(organisation, other)
    for one, its_other in ((organisation, other), (other, organisation)):
        if len(one.distinct_from) >= DISTINCT_AT_MOST:
            raise OrganisationExhausted(
                f"{_named(one)} is told apart from {DISTINCT_AT_MOST} organisations, the maximum: contact the platform "
                "team."
            )
        one.distinct_from = sorted([*one.distinct_from, its_other.siren])


def revoke(organisation: Organisation, other: Organisation) -> None:
    """Take back the decision on two organisations, whichever of them is the duplicate."""
    if other.siren in organisation.distinct_from:
        for one, its_other in ((organisation, other), (other, organisation)):
            one.distinct_from = [siren for siren in one.distinct_from if siren != its_other.siren]
    elif organisation.duplicate_of_siren == other.siren:
        organisation.duplicate_of_siren = None
    elif other.duplicate_of_siren == organisation.siren:
        other.duplicate_of_siren = None
    else:
        raise DuplicateNotDecided(
            f"Nobody has decided on {organisation.siren} and {other.siren}, or the decision was revoked: "
            "GET /v1/organisations/duplicates?decision=same lists the decisions."
        )


def require_two(siren: str, of: str) -> None:
    """Refuse a pair of an organisation and itself."""
    if siren == of:
        raise _not_fitting(
            f"`of` is {siren} itself: give the SIREN of another organisation.", "the organisation itself"
        )


def _require_undecided(organisation: Organisation, other: Organisation) -> None:
    """Refuse a second decision on a pair, or a second original."""
    is_apart = other.siren in organisation.distinct_from
    original = organisation.duplicate_of_siren or (
        organisation.siren if other.duplicate_of_siren == organisation.siren else None
    )
    if is_apart or original:
        duplicate, of = (other, organisation) if original == organisation.siren else (organisation, other)
        said = f"is told apart from {of.siren}" if is_apart else f"is a duplicate of {original}"
        raise DuplicateDecided(
            f"{_named(duplicate)} {said}: revoke this decision first, "
            f"POST /v1/organisations/{duplicate.siren}/duplicate/revoke.",
            duplicate_of=None if is_apart else original,
        )


def _require_no_tenure(
    organisation: Organisation, original: Organisation, tenures: Sequence[Tenure], today: date
) -> None:
    """Refuse a duplicate that is a member, has a mandate or sits in a committee, today or later."""
    if late := [tenure for tenure in tenures if tenure.until is None or tenure.until > today]:
        raise OrganisationStillActive(
            f"{_named(organisation)} is still {'; '.join(f'{each.title} ({each.way_out})' for each in late)}. "
            f"End each by {today}, or hand it to {original.siren}; then it can be a duplicate.",
            errors=[FieldError(pointer="/of", detail=f"{each.title}: {each.way_out}") for each in late],
        )


def _named(organisation: Organisation) -> str:
    return f"{organisation.name} ({organisation.siren})"


def _not_fitting(sentence: str, detail: str) -> DuplicateNotFitting:
    return DuplicateNotFitting(sentence, errors=[FieldError(pointer="/of", detail=detail)])
