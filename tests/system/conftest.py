"""Fixtures of the tests of the whole platform."""

from tests.support.loaded import loaded, templates

__all__ = ["loaded", "templates"]
