"""The roles of the programme: one row each, with its scope and its permissions.

This is the permission table. Services declare permissions (`services/*/permissions.py`) and endpoints ask for one with
`allowed(...)`; the rows below decide which roles have it. A new role is one more row: tokens, access scopes, endpoints,
events, documents and demo clients read it from here.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final


class Grant(StrEnum):
    """The objects on which a role has a permission."""

    OWN = "own"
    LED = "led"
    """On what lies in a territory that its organisation leads as industrial pilot."""
    ANY = "any"


OWN: Final = Grant.OWN
LED: Final = Grant.LED
ANY: Final = Grant.ANY


class ScopedBy(StrEnum):
    """The tie between an organisation and the objects that are its own."""

    EVERYTHING = "everything"
    REGION = "region"
    TERRITORY = "territory"
    ORGANISATION = "organisation"
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class Permission:
    """A right to some operations, asked for under an OAuth scope. Public ones need no token.

    The rows of the roles name it. A service that brings a permission with it may also bring its `grants`, by role.
    """

    name: str
    scope: str
    public: bool = False
    whole: bool = False
    """Not for narrowed tokens: what it opens cannot be narrowed."""
    grants: Mapping[str, Grant] = field(default_factory=dict, compare=False)


@dataclass(frozen=True, slots=True)
class RoleDefinition:
    """A role: its name in tokens, the tie that makes objects its own, its permissions on its own and on any object."""

    name: str
    scoped_by: ScopedBy
    own: Collection[str] = ()
    led: Collection[str] = ()
    """Permissions on what lies in a territory that its organisation leads, by a mandate of `leads_as`."""
    any: Collection[str] = ()
    kinds: Collection[str] = ()
    """Kinds of organisation that act in their whole région, or serve the whole programme; no others, even if their
    token has the role."""
    leads_as: Collection[str] = ()
    """Capacities of a pilot whose organisation leads the territory: all that lies there is its own too."""
    serves_programme: bool = False
    """Its organisations are the operators of the programme: submitted sheets concern them, wherever they lie."""
    operates: bool = False
    """Runs the platform: receives its internal events and may intervene in every subscription."""


EVERYBODY: Final = (
    "read_events",
    "read_event_types",
    "read_subscriptions",
    "manage_subscriptions",
    "disable_subscriptions",
    "read_deliveries",
    "read_audit",
)
"""Permissions of each role on what its own clients have subscribed to."""
READS: Final = (
    "read_decisions",
    "read_perimeter_requests",
    "read_actions",
    "read_contracts",
    "read_contract_details",
    "read_reports",
    "read_referents",
    "read_matchings",
    "read_requests",
    "read_mailboxes",
)
"""Permissions to read what concerns an organisation."""


class Role(StrEnum):
    """The role of an organisation in the programme. A token without our claims is a partner's."""

    NATIONAL = RoleDefinition(
        "national",
        ScopedBy.EVERYTHING,
        own=(*EVERYBODY, "establish_committees", "record_decisions"),
        any=(
            *READS,
            "register_organisations",
            "appoint_pilots",
            "correct_mandates",
            "designate_territories",
            "request_perimeters",
            "change_perimeters",
            "declare_figures",
            "publish_indicators",
            "record_calendar",
            "register_sources",
            "publish_guides",
            "announce_envelopes",
            "publish_links",
            "register_mailboxes",
            "set_targets",
            "announce_ceremonies",
            "record_facts",
            "read_subscriptions",
            "read_audit",
        ),
    )
    REGION = RoleDefinition(
        "region",
        ScopedBy.REGION,
        own=(
            *EVERYBODY,
            *READS,
            "establish_committees",
            "record_decisions",
            "request_perimeters",
            "change_perimeters",
            "decide_actions",
            "decide_contracts",
            "announce_ceremonies",
            "check_reports",
            "comment_on_contracts",
            "request_signatures",
            "terminate_contracts",
            "sign_contracts",
            "deposit_paper_copies",
            "complete_seals",
        ),
        kinds=("region", "collectivite"),
    )
    STATE = RoleDefinition(
        "state",
        ScopedBy.REGION,
        own=(
            *EVERYBODY,
            *READS,
            "advise_on_actions",
            "advise_on_contracts",
            "comment_on_contracts",
            "sign_contracts",
            "deposit_paper_copies",
            "complete_seals",
        ),
        kinds=("state",),
    )
    TERRITORY = RoleDefinition(
        "territory",
        ScopedBy.TERRITORY,
        own=(
            *EVERYBODY,
            *READS,
            "appoint_pilots",
            "request_perimeters",
            "establish_committees",
            "record_decisions",
            "draft_actions",
            "edit_actions",
            "draft_contracts",
            "answer_comments",
            "request_signatures",
            "terminate_contracts",
            "sign_contracts",
            "write_reports",
            "deposit_paper_copies",
            "complete_seals",
            "request_services",
        ),
    )
    PARTY = RoleDefinition(
        "party",
        ScopedBy.ORGANISATION,
        own=(*EVERYBODY, *READS, "edit_actions", "sign_contracts", "deposit_paper_copies", "complete_seals"),
        # Half of the pair that leads a territory: it works on the plan there as the team of the élu does.
        led=(
            "draft_actions",
            "draft_contracts",
            "answer_comments",
            "request_signatures",
            "terminate_contracts",
            "write_reports",
            "request_services",
        ),
        leads_as=("industriel",),
    )
    OPERATOR = RoleDefinition(
        "operator",
        ScopedBy.ORGANISATION,
        own=(
            *EVERYBODY,
            *READS,
            "sign_contracts",
            "deposit_paper_copies",
            "complete_seals",
            "publish_services",
            "name_referents",
            "answer_requests",
        ),
        kinds=("operator",),
        serves_programme=True,
    )
    PARTNER = RoleDefinition(
        "partner",
        ScopedBy.NOTHING,
        own=(*EVERYBODY, "read_actions", "read_matchings", "read_requests", "read_mailboxes"),
    )
    PLATFORM = RoleDefinition(
        "platform",
        ScopedBy.NOTHING,
        own=EVERYBODY,
        any=("read_journal", "read_subscriptions", "disable_subscriptions", "read_deliveries", "read_audit"),
        operates=True,
    )

    _value_: str
    definition: RoleDefinition

    # `Role("region")` finds a member and never comes here; its argument is checked against this signature all the same.
    def __new__(cls, definition: Any) -> "Role":
        """Make the member from its definition; its value is the name that tokens carry."""
        role = str.__new__(cls, definition.name)
        role._value_ = definition.name
        role.definition = definition
        return role

    def grant(self, permission: Permission) -> Grant | None:
        """The grant of a permission to this role; None if it has none."""
        if permission.name in self.definition.any:
            return Grant.ANY
        if permission.name in self.definition.own:
            return Grant.OWN
        return Grant.LED if permission.name in self.definition.led else permission.grants.get(self)

    def scopes(self, permissions: Collection[Permission]) -> frozenset[str]:
        """The OAuth scopes that open something to this role, among those of these permissions."""
        return frozenset(each.scope for each in permissions if each.public or self.grant(each))
