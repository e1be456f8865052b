"""The permissions of the catalog service. `shared.security.roles` says which roles have them."""

from typing import Final

from shared.security.roles import Permission

READ_SERVICES: Final = Permission("read_services", "services:read", public=True)
PUBLISH_SERVICES: Final = Permission("publish_services", "services:write")
READ_REFERENTS: Final = Permission("read_referents", "referents:read")
NAME_REFERENTS: Final = Permission("name_referents", "referents:write")
READ_MATCHINGS: Final = Permission("read_matchings", "matchings:read")
READ_REQUESTS: Final = Permission("read_requests", "requests:read")
REQUEST_SERVICES: Final = Permission("request_services", "requests:write")
ANSWER_REQUESTS: Final = Permission("answer_requests", "requests:decide")
