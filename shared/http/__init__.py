"""The HTTP side of a service: routes, sessions, errors, pagination, idempotency, the OpenAPI document."""
