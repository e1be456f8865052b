"""Fixtures of the tests of the whole platform."""

from tests.support.loaded import loaded

__all__ = ["loaded"]
