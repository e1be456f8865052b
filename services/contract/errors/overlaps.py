"""Refusals of links to other schemes.

Unprocessable 422
  SchemeNotKnown
"""

from shared.problem import Unprocessable, example_members


class SchemeNotKnown(Unprocessable):
    """The registry has no such scheme or perimeter: GET /v1/schemes lists them."""

    shown = example_members("/links/0/scheme")
