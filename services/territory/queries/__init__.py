"""Queries: each reads, and changes nothing."""

from services.territory.queries.filters import (
    CommitteeFilters,
    DecisionFilters,
    FigureFilters,
    OrganisationFilters,
    TerritoryFilters,
)
from services.territory.queries.geography import all_places, areas_of, get_place, list_places, official, require_known
from services.territory.queries.governance import (
    committee_changes,
    committee_history,
    decision_changes,
    decision_history,
    get_committee,
    get_decision,
    list_committees,
    list_decisions,
)
from services.territory.queries.mandates import pilot_of
from services.territory.queries.organisations import (
    chosen_organisations,
    get_organisation,
    list_organisations,
    organisation_changes,
    organisation_history,
)
from services.territory.queries.outlines import Drawing, draw, outlines_of
from services.territory.queries.programme import (
    figure_changes,
    figure_history,
    get_figure,
    list_axes,
    list_figures,
    list_phases,
)
from services.territory.queries.territories import (
    access_scope_of,
    all_territories,
    chosen_territories,
    elsewhere,
    get_territory,
    get_territory_on,
    list_territories,
    territory_changes,
    territory_history,
)

__all__ = [
    "CommitteeFilters",
    "DecisionFilters",
    "Drawing",
    "FigureFilters",
    "OrganisationFilters",
    "TerritoryFilters",
    "access_scope_of",
    "all_places",
    "all_territories",
    "areas_of",
    "chosen_organisations",
    "chosen_territories",
    "committee_changes",
    "committee_history",
    "decision_changes",
    "decision_history",
    "draw",
    "elsewhere",
    "figure_changes",
    "figure_history",
    "get_committee",
    "get_decision",
    "get_figure",
    "get_organisation",
    "get_place",
    "get_territory",
    "get_territory_on",
    "list_axes",
    "list_committees",
    "list_decisions",
    "list_figures",
    "list_organisations",
    "list_phases",
    "list_places",
    "list_territories",
    "official",
    "organisation_changes",
    "organisation_history",
    "outlines_of",
    "pilot_of",
    "require_known",
    "territory_changes",
    "territory_history",
]
