"""The permissions of the territory service. `shared.security.roles` says which roles have them."""

from typing import Final

from shared.security.roles import Permission

READ_TERRITORIES: Final = Permission("read_territories", "territories:read", public=True)
DECLARE_FIGURES: Final = Permission("declare_figures", "figures:write")
REGISTER_ORGANISATIONS: Final = Permission("register_organisations", "organisations:write")
APPOINT_PILOTS: Final = Permission("appoint_pilots", "pilots:write")
CORRECT_MANDATES: Final = Permission("correct_mandates", "pilots:write")
DESIGNATE_TERRITORIES: Final = Permission("designate_territories", "territories:write")
REQUEST_PERIMETERS: Final = Permission("request_perimeters", "perimeters:write")
READ_PERIMETER_REQUESTS: Final = Permission("read_perimeter_requests", "perimeters:read")
CHANGE_PERIMETERS: Final = Permission("change_perimeters", "perimeters:decide")
ESTABLISH_COMMITTEES: Final = Permission("establish_committees", "committees:write")
RECORD_DECISIONS: Final = Permission("record_decisions", "decisions:write")
READ_DECISIONS: Final = Permission("read_decisions", "decisions:read")
PUBLISH_INDICATORS: Final = Permission("publish_indicators", "indicators:write")
RECORD_CALENDAR: Final = Permission("record_calendar", "calendar:write")
REGISTER_SOURCES: Final = Permission("register_sources", "sources:write")
PUBLISH_GUIDES: Final = Permission("publish_guides", "guides:write")
ANNOUNCE_ENVELOPES: Final = Permission("announce_envelopes", "envelopes:write")
PUBLISH_LINKS: Final = Permission("publish_links", "links:write")
REGISTER_MAILBOXES: Final = Permission("register_mailboxes", "mailboxes:write")
READ_MAILBOXES: Final = Permission("read_mailboxes", "mailboxes:read")
