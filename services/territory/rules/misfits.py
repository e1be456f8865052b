"""Rule of misfits: mandates in office that the kind or the région of their organisation does not allow."""

from collections.abc import Collection, Iterator

from services.territory.models import Organisation, Territory
from services.territory.rules import mandates, state_referents
from services.territory.rules.tenures import Tenure, tenure_of_pilot, tenure_of_referent


def misfits_in(territory: Territory, organisation: Organisation, *, ties: Collection[str]) -> Iterator[Tenure]:
    """Yield the mandates in office of an organisation in a territory with which it does not fit."""
    for pilot in territory.in_office:
        if pilot.organisation_siren == organisation.siren and (
            not mandates.is_fitting(pilot.capacity, organisation)
            or mandates.first_day_elsewhere(territory, pilot, organisation, ties=ties)
        ):
            yield tenure_of_pilot(territory, pilot)
    for referent in territory.state_referents:
        if (
            referent.organisation_siren == organisation.siren
            and referent.until is None
            and territory.closed_on is None
            and state_referents.first_day_elsewhere(territory, referent, organisation)
        ):
            yield tenure_of_referent(territory, referent)
