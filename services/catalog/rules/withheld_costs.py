"""A matching whose action no longer tells its cost: the services are compared again, without it."""

from collections.abc import Collection, Mapping

from services.catalog.models import Match, Matching, ServiceVersion
from services.catalog.rules.matching import COST, Facts, cost, criterion, rank, result

Versions = Mapping[tuple[str, int], ServiceVersion]
"""Code and number of a version → the version of the service."""


def withhold_cost(matching: Matching, versions: Versions, *, regions: Collection[str]) -> bool:
    """Compare the services again with an action whose cost is not known any longer. Return False if nothing changes.

    The answers to the other questions stay: they are those of the submission.
    """
    facts = Facts(
        day=matching.day, phase=matching.phase, axes=matching.axes, main_axis="", carriers=(), regions=regions
    )
    before = [*matching.matches, *matching.others]
    after = [_compared_again(each, versions[each["service"], each["service_version"]], facts) for each in before]
    if [each["criteria"] for each in after] == [each["criteria"] for each in before]:
        return False
    matching.matches, matching.others = rank(after)
    return True


def _compared_again(match: Match, version: ServiceVersion, facts: Facts) -> Match:
    answer = criterion(COST, cost(version, facts))
    criteria = [answer if each["code"] == COST.code else each for each in match["criteria"]]
    return {**match, "criteria": criteria, **result(criteria)}
