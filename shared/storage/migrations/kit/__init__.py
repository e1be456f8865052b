"""Revisions of the kit's tables: one branch, run in the database of each service."""
