"""FastAPI dependencies that identify the caller and check the permission of an operation."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from fastapi import Request
from fastapi.openapi.models import OAuth2 as OAuth2Model
from fastapi.openapi.models import OAuthFlowClientCredentials, OAuthFlows
from fastapi.security.base import SecurityBase
from starlette.requests import HTTPConnection

from shared.problem import Forbidden, Unauthorized
from shared.security.access import ANONYMOUS, Caller
from shared.security.request_state import VERIFIER, state_of
from shared.security.roles import Grant, Permission, Role


def _bearer_token(request: HTTPConnection) -> str | None:
    """The token, if one was sent."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if not scheme:
        return None
    if scheme.lower() != "bearer" or not token.strip():
        raise Unauthorized("Send `Authorization: Bearer <token>`.", headers={"WWW-Authenticate": "Bearer"})
    return token.strip()


async def identify(request: Request) -> Caller:
    """The caller, from its verified token; `ANONYMOUS` without one."""
    state = state_of(request)
    if state.caller is None and (token := _bearer_token(request)) is not None:
        state.caller = await VERIFIER.of(request).verify(token)
    return state.caller or ANONYMOUS


@dataclass(frozen=True, eq=False)
class Access(SecurityBase):
    """The permission of an operation: its scope and the grant of each role. Used as a dependency."""

    # For the OpenAPI document.
    scheme_name = "oauth2"
    model = OAuth2Model(
        flows=OAuthFlows(clientCredentials=OAuthFlowClientCredentials(tokenUrl="/oauth/token", scopes={})),
        description="OAuth 2 client credentials; the token is a JWT (RFC 9068), verified as RFC8725 asks. The "
        "platform's own issuer gives it for an hour; the next one is had in the same way.",
    )

    scope: str
    public: bool = False
    whole: bool = False
    grants: Mapping[Role, Grant] = field(default_factory=dict)

    async def __call__(self, request: Request) -> Caller:
        """The caller, with what its role is granted here. 401 without a token, 403 without the scope or the role."""
        caller = await identify(request)
        if self.public:
            # Without the scope a token opens what no token opens: what is public.
            known = caller if self.scope in caller.scopes else ANONYMOUS
            return replace(known, grant=self.grants.get(known.role, Grant.OWN))
        if caller is ANONYMOUS:
            raise Unauthorized(
                "This needs a token: ask the token address for one with your client id and secret.",
                headers={"WWW-Authenticate": f'Bearer scope="{self.scope}"'},
            )
        if self.scope not in caller.scopes:
            raise Forbidden(
                f"Your token lacks the scope {self.scope}: ask for a token with it.",
                headers={"WWW-Authenticate": f'Bearer error="insufficient_scope", scope="{self.scope}"'},
            )
        if caller.role not in self.grants:
            raise Forbidden(f"A token of role {caller.role} may not do this; it is for {', '.join(self.grants)}.")
        if self.whole and caller.is_narrowed:
            raise Forbidden("Your token is narrowed to territories or Regions, and this is about all of them.")
        return replace(caller, grant=self.grants[caller.role])


def allowed(permission: Permission) -> Access:
    """Ask for a permission: `Depends(allowed(permissions.DRAFT_ACTIONS))`. The rows of the roles decide who has it.

    `public` reads need no token. A token is verified anyway, and may show more.
    """
    grants = {role: grant for role in Role if (grant := role.grant(permission))}
    return Access(permission.scope, permission.public, permission.whole, grants)


def challenge(detail: str) -> Unauthorized:
    """The refusal of a token that is not valid here (RFC 6750)."""
    return Unauthorized(detail, headers={"WWW-Authenticate": 'Bearer error="invalid_token"'})


def claims_of(value: Any) -> frozenset[str] | None:
    """A claim that lists codes, as an array or as a string of words; None where absent."""
    if value is None:
        return None
    return frozenset(value.split() if isinstance(value, str) else map(str, value))
