"""Revisions of the territory service's database."""
